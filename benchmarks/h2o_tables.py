"""The tables that H2O and offbeat.h2o both read: good rows to train on, other rows to score, as CSV files."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.data.mixed_rows import mixed_rows

SPEED_ROWS, SPEED_COLUMNS = 20_000, 100


@dataclass(frozen=True)
class Tables:
    """The two files of a job, and the settings of its estimator but for the seed."""

    name: str
    train: Path
    test: Path
    settings: dict[str, Any]


def heartbeats(data: Path) -> Tables:
    """H2O's notebook: 20 good heartbeats; the same and three bad ones."""
    settings = {"activation": "Tanh", "hidden": [50], "l1": 1e-5, "score_interval": 0, "epochs": 100}
    return Tables("ecg", data / "ecg_discord_train.csv", data / "ecg_discord_test.csv", settings)


def pumps(folder: Path) -> Tables:
    """Ten columns of numbers and words with missing cells, a tenth of the rows to score anomalous."""
    good = mixed_rows(1000, seed=1, missing=0.04)
    other = mixed_rows(1000, seed=2, missing=0.04, anomalies=100)
    for part, made in (("train", good), ("test", other)):
        made.table.cells.write_csv(folder / f"mixed_{part}.csv")
    settings = {"activation": "Tanh", "hidden": [20, 10, 20], "epochs": 30}
    return Tables("mixed, missing cells", folder / "mixed_train.csv", folder / "mixed_test.csv", settings)


def labelled_rows(data: Path, name: str, folder: Path) -> Tables:
    """A public set of rows: half of the normal ones to train on, all others to score."""
    found = np.load(data / "rows" / f"{name}.npz")
    rows, is_bad = found["X"], found["y"] != 0
    normal = np.random.default_rng(0).permutation(np.flatnonzero(~is_bad))
    learnt = np.zeros(len(rows), dtype=bool)
    learnt[normal[: len(normal) // 2]] = True
    names = [f"v{column + 1}" for column in range(rows.shape[1])]
    for part, chosen in (("train", learnt), ("test", ~learnt)):
        _write(folder / f"{name}_{part}.csv", names, rows[chosen].tolist())
    settings = {"activation": "Tanh", "hidden": [20, 10, 20], "epochs": 30}
    return Tables(name, folder / f"{name}_train.csv", folder / f"{name}_test.csv", settings)


def random_numbers(folder: Path) -> Tables:
    """20,000 x 100 random numbers, for speed."""
    path = folder / "random.csv"
    rows = np.random.default_rng(0).normal(size=(SPEED_ROWS, SPEED_COLUMNS))
    _write(path, [f"v{column + 1}" for column in range(SPEED_COLUMNS)], rows.tolist())
    settings = {"activation": "Tanh", "hidden": [200, 200], "epochs": 1, "seed": 1}
    return Tables("200,200 on 20,000 x 100", path, path, settings)


def _write(path: Path, names: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)
