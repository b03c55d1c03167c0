"""What a training frame teaches about how its categories are encoded: H2O's `categorical_encoding`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.h2o.estimators.encoding import (
    CommonLevels,
    Encoding,
    EncodingStep,
    FilledNumbers,
    LevelsAsNumbers,
    LevelsThatAreNumbers,
)
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo import are_numbers

MOST_LEVELS = 10
"""How many levels `enum_limited` keeps, as in H2O."""
_SAME = 1e-9


Weights: TypeAlias = Float64[np.ndarray, "rows"]


def fit_encoding(frame: H2OFrame, word: str, weights: Weights) -> Encoding:
    """How the columns of categories of a frame are replaced; nothing for one-hot encoding, which the layout does.

    Args:
        frame: The training rows, with the columns to use only.
        word: H2O's word.
        weights: How much each row counts; one of weight 2 is as good as two rows.
    """
    fit = FITS.get(word)
    if fit is None:
        return Encoding()
    columns = frame.cells.get_columns()
    steps = [
        fit(column, tuple(column.dtype.categories), weights) for column in columns if isinstance(column.dtype, pl.Enum)
    ]
    return Encoding(tuple(step for step in steps if step is not None))


def fit_filling(frame: H2OFrame, weights: Weights) -> Encoding:
    """The means that take the place of missing numbers, for columns with some.

    Args:
        frame: The training rows.
        weights: How much each row counts.
    """
    columns = [column for column in frame.cells.get_columns() if column.dtype.is_numeric() and column.null_count()]
    means = [(column.name, _mean(column, weights)) for column in columns if column.null_count() < len(column)]
    return Encoding(tuple(FilledNumbers(name, mean) for name, mean in means))


def _mean(column: pl.Series, weights: Weights) -> float:
    """The mean of the known cells; with equal weights the plain one, digit for digit."""
    counted = weights[column.is_not_null().to_numpy()]
    numbers = column.drop_nulls().cast(pl.Float64).to_numpy()
    return float(numbers.mean() if (counted == counted[0]).all() else np.average(numbers, weights=counted))


def _by_place(column: pl.Series, levels: tuple[str, ...], weights: Weights) -> EncodingStep:
    """`label_encoder`: the number that a level spells, or else its place, from 0; an unseen one stands behind them."""
    if are_numbers(levels):
        return LevelsThatAreNumbers(column.name, levels)
    *numbers, unseen = ((float(place),) for place in range(len(levels) + 1))
    return LevelsAsNumbers(column.name, (column.name,), levels, tuple(numbers), (None,), unseen=unseen)


def _by_bits(column: pl.Series, levels: tuple[str, ...], weights: Weights) -> EncodingStep:
    """`binary`: the bits of a level's place, from 1; all 0 where missing. The columns stand behind all others.

    An unseen level stands behind the known ones; where that takes a bit more, this bit is left out, as in H2O.
    """
    bits = len(levels).bit_length()
    names = tuple(f"{column.name}:{bit}" for bit in range(bits))
    *numbers, unseen = (tuple(float(place >> bit & 1) for bit in range(bits)) for place in range(1, len(levels) + 2))
    return LevelsAsNumbers(column.name, names, levels, tuple(numbers), (0.0,) * bits, at_the_end=True, unseen=unseen)


def _by_commonness(column: pl.Series, levels: tuple[str, ...], weights: Weights) -> EncodingStep | None:
    """`enum_limited`: the ten most common levels of a column that has more."""
    if len(levels) <= MOST_LEVELS:
        return None
    rows = _counts(column, len(levels), weights)
    kept = np.argsort(-rows, kind="stable")[:MOST_LEVELS]
    return CommonLevels(column.name, f"{column.name}.top_{MOST_LEVELS}_levels", tuple(levels[place] for place in kept))


def _by_direction(column: pl.Series, levels: tuple[str, ...], weights: Weights) -> EncodingStep:
    """`eigen`: a level's entry in the leading eigenvector of the covariance of the one-hot columns.

    H2O documents the projection onto that direction, but takes a row of the matrix of eigenvectors where its columns
    are the directions. Where several directions lead, the one nearest to the levels' order is taken.
    """
    counts = _counts(column, len(levels), weights)
    shares = counts / (counts.sum() or 1.0)
    strengths, directions = np.linalg.eigh(np.diag(shares) - np.outer(shares, shares))
    leading = directions[:, strengths > strengths.max() * (1 - _SAME) - _SAME]
    direction = leading @ (leading.T @ np.linspace(-1.0, 1.0, len(levels)))
    if np.linalg.norm(direction) < _SAME:
        direction = leading[:, 0]
    numbers = tuple((float(entry),) for entry in direction / max(float(np.linalg.norm(direction)), _SAME))
    return LevelsAsNumbers(column.name, (f"{column.name}.Eigen",), levels, numbers, (None,))


FITS: Mapping[str, Callable[[pl.Series, tuple[str, ...], Weights], EncodingStep | None]] = MappingProxyType(
    {"label_encoder": _by_place, "binary": _by_bits, "enum_limited": _by_commonness, "eigen": _by_direction}
)


def _counts(column: pl.Series, levels: int, weights: Weights) -> Float64[np.ndarray, "levels"]:
    """How many rows each level has, by their weights."""
    known = column.is_not_null().to_numpy()
    return np.bincount(column.to_physical().drop_nulls().to_numpy(), weights=weights[known], minlength=levels)
