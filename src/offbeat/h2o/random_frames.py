"""`create_frame`: a frame of random columns.

The same seed gives the same numbers each time; they are not H2O's numbers.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from offbeat.errors import SettingsError
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.random_rows import generator_of

_KINDS = ("real", "categorical", "integer", "binary", "time", "string")
_SHARES = {"real": 0.5, "categorical": 0.2, "integer": 0.2, "binary": 0.1, "time": 0.0, "string": 0.0}
"""How H2O shares out what the given fractions leave."""
_YEARS = 30


def create_frame(
    frame_id: str | None = None,
    rows: int = 10000,
    cols: int = 10,
    real_fraction: float | None = None,
    categorical_fraction: float | None = None,
    integer_fraction: float | None = None,
    binary_fraction: float | None = None,
    time_fraction: float | None = None,
    string_fraction: float | None = None,
    real_range: float = 100,
    factors: int = 100,
    integer_range: int = 100,
    binary_ones_fraction: float = 0.02,
    missing_fraction: float = 0.01,
    has_response: bool = False,
    response_factors: int = 2,
    seed: int | None = None,
) -> H2OFrame:
    """A frame of random columns C1, C2, ..., the kinds in the order of the parameters.

    Args:
        frame_id: Its name.
        rows: How many rows.
        cols: How many columns.
        real_fraction: The share of columns of real numbers; fractions that are None share the rest as in H2O.
        categorical_fraction: The share of columns of categories.
        integer_fraction: The share of columns of whole numbers.
        binary_fraction: The share of columns of 0 and 1.
        time_fraction: The share of columns of times.
        string_fraction: The share of columns of text.
        real_range: Real numbers lie from minus this to this.
        factors: How many levels a column of categories has.
        integer_range: Whole numbers lie from minus this to this.
        binary_ones_fraction: The share of 1 in columns of 0 and 1.
        missing_fraction: The share of missing cells, but for the response.
        has_response: Whether a column `response` comes first.
        response_factors: How many levels it has, `0`, `1`, ...; with 1 it holds real numbers.
        seed: The same seed gives the same frame; None and -1 give another each time.

    Raises:
        SettingsError: A fraction lies outside of 0 to 1, they add up to more than 1, or `response_factors` is below 1.
    """
    given = (real_fraction, categorical_fraction, integer_fraction, binary_fraction, time_fraction, string_fraction)
    counts = _columns_of_each_kind(dict(zip(_KINDS, given, strict=True)), cols)
    rng = generator_of(seed)
    columns: list[pl.Series] = []
    for kind in _KINDS:
        for _ in range(counts[kind]):
            match kind:
                case "real":
                    cells = pl.Series(rng.uniform(-real_range, real_range, rows))
                case "integer":
                    cells = pl.Series(rng.integers(-integer_range, integer_range, rows, endpoint=True))
                case "binary":
                    cells = pl.Series((rng.random(rows) < binary_ones_fraction).astype(np.int64))
                case _:
                    cells = _words_or_times(kind, rng, rows, len(columns), factors)
            cells = cells.set(pl.Series(rng.random(rows) < missing_fraction), None)
            columns.append(cells.alias(f"C{len(columns) + 1}"))
    response = [_response(rng, rows, response_factors, float(real_range))] if has_response else []
    return H2OFrame.of(pl.DataFrame(response + columns), frame_id)


def _response(rng: np.random.Generator, rows: int, factors: int, real_range: float) -> pl.Series:
    if factors < 1:
        raise SettingsError(f"response_factors is {factors}; 1 for real numbers, or more for levels was expected.")
    if factors == 1:
        return pl.Series("response", rng.uniform(-real_range, real_range, rows))
    levels = pl.Enum([str(level) for level in range(factors)])
    return pl.Series("response", rng.integers(0, factors, rows).astype(str).tolist(), dtype=levels)


def _words_or_times(kind: str, rng: np.random.Generator, rows: int, number: int, factors: int) -> pl.Series:
    """A column of categories, times or text."""
    if kind == "categorical":
        levels = sorted(f"c{number}.l{level}" for level in range(factors))
        return pl.Series(np.array(levels)[rng.integers(0, factors, rows)].tolist(), dtype=pl.Enum(levels))
    if kind == "time":
        seconds = rng.integers(0, _YEARS * 365 * 86_400, rows) * 1000
        return pl.Series(seconds).cast(pl.Datetime("ms"))
    return pl.Series([bytes(word).hex() for word in rng.integers(0, 256, (rows, 4), dtype=np.uint8)], dtype=pl.String)


def _columns_of_each_kind(given: dict[str, float | None], cols: int) -> dict[str, int]:
    """How many columns there are of each kind; rounding goes to the first kinds."""
    known = {kind: share for kind, share in given.items() if share is not None}
    rest = 1 - sum(known.values())
    if rest < -1e-9 or not all(0 <= share <= 1 for share in known.values()):
        raise SettingsError(f"The fractions {known} must lie from 0 to 1 and add up to at most 1.")
    weight = sum(_SHARES[kind] for kind in given if kind not in known)
    if not weight and rest > 1e-9:
        raise SettingsError(f"The fractions {known} must add up to 1, for no other kind takes the rest.")
    shares = [known.get(kind, _SHARES[kind] * rest / weight if weight else 0.0) for kind in _KINDS]
    ends = np.round(np.cumsum(shares) * cols).astype(int)
    return dict(zip(_KINDS, np.diff(ends, prepend=0).tolist(), strict=True))
