"""Readings of a pump: small tables that all tests of the service share."""

from __future__ import annotations

import numpy as np
import polars as pl


def readings(rows: int = 60, seed: int = 0) -> pl.DataFrame:
    """Three columns that follow the first one, and a valve."""
    rng = np.random.default_rng(seed)
    flow = rng.normal(50.0, 4.0, rows)
    numbers = {"flow": flow, "rpm": 30 * flow + rng.normal(0, 5, rows), "heat": 80 - 0.5 * flow}
    return pl.DataFrame({**numbers, "valve": np.where(np.arange(rows) % 3 > 0, "open", "shut")})
