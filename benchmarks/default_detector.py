"""Time of the default detector, which looks at distances to training rows besides training a network.

python benchmarks/default_detector.py --json default.json
"""

import argparse
import json
import time
from pathlib import Path
from statistics import median

import numpy as np
from findings import warn_if_busy

import offbeat

FITTED, SCORED, COLUMNS = 10_000, 100_000, 30


def one_round(rows: np.ndarray) -> dict[str, float]:
    """Return seconds of a fit, and rows scored a second."""
    began = time.perf_counter()
    detector = offbeat.fit(rows[:FITTED], kind="rows", progress="none")
    fitted = time.perf_counter()
    detector.score(rows[FITTED:])
    return {"fit_seconds": fitted - began, "rows_per_second": SCORED / (time.perf_counter() - fitted)}


def main() -> None:
    """Print the medians of some rounds; the first one, which compiles, is not counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every round here")
    arguments = parser.parse_args()
    warn_if_busy()
    rows = np.random.default_rng(0).standard_normal((FITTED + SCORED, COLUMNS), dtype=np.float32)
    rounds = [one_round(rows) for _ in range(arguments.runs + 1)][1:]
    fit = median(done["fit_seconds"] for done in rounds)
    rate = median(done["rows_per_second"] for done in rounds)
    print(f"{FITTED:,} x {COLUMNS} rows fitted in {fit:.1f} s (at most 20 asked)")
    print(f"{rate:,.0f} rows scored a second (100,000 asked)")
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds))


if __name__ == "__main__":
    main()
