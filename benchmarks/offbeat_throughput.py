"""offbeat on random rows, in a process of its own: python offbeat_throughput.py ARRAY.npy HIDDEN BATCH EPOCHS."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from peak_memory import forget_peak, peak_bytes, resident_bytes

import offbeat

WARM_UP_ROWS = 2048


def fit(rows: np.ndarray, hidden: list[int], batch: int, epochs: int) -> offbeat.Detector:
    """Fit as the peers do: tanh, Adam, every row trained on, the threshold from the training scores."""
    return offbeat.fit(
        rows,
        hidden=hidden,
        activation="tanh",
        optimizer="adam",
        batch_size=batch,
        epochs=epochs,
        threshold="mean+1std",
    )


def memory(path: Path, hidden: list[int], batch: int) -> dict[str, int]:
    """Return the bytes of the data and the peak of one fit and one scoring, above a process that has done tiny ones."""
    warm_up = np.random.default_rng(1).standard_normal((WARM_UP_ROWS, np.load(path, mmap_mode="r").shape[1]))
    fit(warm_up.astype(np.float32), hidden, batch, 1).score(warm_up.astype(np.float32))
    baseline = resident_bytes()
    forget_peak()
    rows = np.load(path)
    fit(rows, hidden, batch, 1).score(rows)
    return {"data_bytes": rows.nbytes, "peak_bytes": peak_bytes() - baseline, "baseline_bytes": baseline}


def speed(path: Path, hidden: list[int], batch: int, epochs: int) -> dict[str, float]:
    """Return seconds of a fit, of its training alone and of scoring, all compiled before: `memory` has run them."""
    rows = np.load(path)
    start = time.perf_counter()
    detector = fit(rows, hidden, batch, epochs)
    fitting = time.perf_counter() - start
    start = time.perf_counter()
    detector.score(rows)
    scoring = time.perf_counter() - start
    training = detector.history.seconds
    return {
        "fit_seconds": fitting,
        "training_seconds_per_epoch": training / epochs,
        "scoring_seconds": scoring,
        "fit_rows_per_second": len(rows) * epochs / fitting,
        "training_rows_per_second": len(rows) * epochs / training,
        "scoring_rows_per_second": len(rows) / scoring,
    }


def main() -> None:
    """Print memory and speed as one line of JSON."""
    path, hidden = Path(sys.argv[1]), [int(units) for units in sys.argv[2].split(",")]
    batch, epochs = int(sys.argv[3]), int(sys.argv[4])
    peak = memory(path, hidden, batch)
    print(json.dumps(speed(path, hidden, batch, epochs) | peak))


if __name__ == "__main__":
    main()
