"""Small tables and quick settings, in the same shapes for many tests, so that few programs are compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

import offbeat

NAMES = ("flow", "rpm", "heat", "load")

QUICK: dict[str, Any] = {
    "hidden": [2],
    "epochs": 20,
    "learning_rate": 0.05,
    "threshold": "mean+3std",
    "progress": "none",
}
"""A small network, and a threshold over the training scores: no folds to train."""


def readings(rows: int = 60, seed: int = 0) -> np.ndarray:
    """Four columns that follow the first one, in units far apart."""
    rng = np.random.default_rng(seed)
    flow = rng.normal(50.0, 4.0, rows)
    rpm = 30.0 * flow + rng.normal(0.0, 5.0, rows)
    heat = 80.0 - 0.5 * flow + rng.normal(0.0, 0.3, rows)
    return np.stack([flow, rpm, heat, 0.001 * flow], axis=1)


def new_readings(seed: int = 9) -> np.ndarray:
    """16 rows, of which 3 (flow) and 11 (heat) are bad."""
    rows = readings(16, seed)
    rows[3, 0] += 30.0
    rows[11, 2] -= 12.0
    return rows


def framed(rows: np.ndarray) -> pl.DataFrame:
    """The rows with names."""
    return pl.DataFrame(rows, schema=NAMES)


def labelled(bad: int = 5) -> tuple[pl.DataFrame, np.ndarray]:
    """60 good rows and some bad ones among them, with a column 'state'; and which rows are bad."""
    rows, is_bad = readings(60 + bad, seed=3), np.zeros(60 + bad, bool)
    is_bad[7 * np.arange(1, bad + 1)] = True
    rows[is_bad] *= [1.0, -3.0, 2.0, 1.0]
    return framed(rows).with_columns(pl.Series("state", np.where(is_bad, "bad", "good"))), is_bad


def fitted(table: object = None, **settings: Any) -> offbeat.Detector:
    """A quick detector of the readings."""
    return offbeat.fit(readings() if table is None else table, **{**QUICK, **settings})


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays are the same to the last bit."""
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
