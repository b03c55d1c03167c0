"""Writes the reference files of format 1, once: `python tests/files/make_format_1.py`.

They stay as they are. When the format changes, they show that old detectors can still be read.

- `format-1.offbeat`: a detector of numbers, words, gaps and a label, with every array that a score can have;
- `format-1.csv`: rows to score;
- `format-1.json`: what the detector said of them on the day it was made.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

import offbeat
from offbeat.data.mixed_rows import mixed_rows

FOLDER = Path(__file__).resolve().parent
COLUMNS = ("machine", "mode", "speed", "flow", "pressure")


def _rows(count: int, *, seed: int, anomalies: int) -> pl.DataFrame:
    made = mixed_rows(count, seed=seed, anomalies=anomalies, missing=0.05)
    assert isinstance(made.table.cells, pl.DataFrame)
    state = pl.Series("state", ["good" if kind == "normal" else "bad" for kind in made.kinds])
    return made.table.cells.select(COLUMNS).with_columns(state)


def main() -> None:
    """Fit, save, and note what the detector says."""
    detector = offbeat.fit(
        offbeat.Table(_rows(60, seed=1, anomalies=4), source="pumps.csv"),
        label="state",
        normal="good",
        hidden=[4],
        epochs=30,
        learning_rate=0.02,
        score="combined",
        progress="none",
    )
    detector.save(FOLDER / "format-1.offbeat")
    _rows(20, seed=2, anomalies=4).write_csv(FOLDER / "format-1.csv", float_precision=6)
    found = detector.detect(FOLDER / "format-1.csv")
    said = {
        "scores": found.scores.tolist(),
        "p_values": found.p_values.tolist(),
        "threshold": found.threshold,
        "anomalous": found.flags.tolist(),
        "labelled": None if found.labels is None else found.labels.tolist(),
        "expected_flow": detector.reconstruct(FOLDER / "format-1.csv")["flow"].tolist(),
    }
    (FOLDER / "format-1.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
