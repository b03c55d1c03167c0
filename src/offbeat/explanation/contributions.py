"""From what each feature adds to a score to what each column adds, as the user knows the columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64, Int

from offbeat.errors import DataError


def column_contributions(
    feature_contributions: Float[np.ndarray, "rows features"],
    feature_columns: Int[np.ndarray, "features"],
    columns: int,
) -> Float64[np.ndarray, "rows columns"]:
    """What each column adds to its row's score: the sum over the features that were made from it.

    Args:
        feature_contributions: What each feature adds; each row sums to the row's score.
        feature_columns: For each feature, the position of its column, from 0; in any order, and not each need occur.
        columns: How many columns there are.

    Returns:
        One value a row and column, added in float64; each row still sums to the row's score. A column without features
        adds 0.

    Raises:
        DataError: A feature is said to come from a column that there is not.

    Example:
        >>> column_contributions(np.array([[1.0, 2.0, 4.0]]), np.array([1, 0, 1]), 3)
        array([[2., 5., 0.]])
    """
    if outside := [int(column) for column in feature_columns if not 0 <= column < columns]:
        raise DataError(f"A feature is said to come from column {outside[0]}, but columns go from 0 to {columns - 1}.")
    contributions = np.zeros((len(feature_contributions), columns))
    order = np.argsort(feature_columns, kind="stable")
    present, starts = np.unique(feature_columns[order], return_index=True)
    if len(present):
        in_order = feature_contributions[:, order].astype(np.float64, copy=False)
        contributions[:, present] = np.add.reduceat(in_order, starts, axis=1)
    return contributions


def shares(contributions: Float[np.ndarray, "*rows columns"]) -> Float64[np.ndarray, "*rows columns"]:
    """Which fraction of its row's score each column carries.

    Where no contribution is negative (every score that is a mean of errors), these are contribution / score and sum
    to 1. Otherwise the sizes sum to 1, and a column that lowers the score has a negative share: dividing by a score in
    which large contributions cancel would give shares of many times the whole.

    Args:
        contributions: What each column adds; one row, or one a row of the array.

    Returns:
        Fractions between -1 and 1; a row of zeros has shares of zero.

    Example:
        >>> shares(np.array([[1.0, 3.0], [0.0, 0.0], [-1.0, 3.0]]))
        array([[ 0.25,  0.75],
               [ 0.  ,  0.  ],
               [-0.25,  0.75]])
    """
    # Divided by the largest first: a sum of very large ones would be infinite, one of very small ones inexact.
    largest = np.max(np.abs(contributions), axis=-1, keepdims=True, initial=0)
    relative = np.divide(contributions, largest, out=np.zeros(contributions.shape), where=largest > 0)
    total = np.sum(np.abs(relative), axis=-1, keepdims=True)
    return np.divide(relative, total, out=np.zeros(contributions.shape), where=total > 0)


def top_columns(
    contributions_row: Float[np.ndarray, "columns"], names: Sequence[str], most: int = 3
) -> list[tuple[str, float]]:
    """The columns that carry most of one row's score, the largest share first; equal shares in the columns' order.

    Args:
        contributions_row: What each column adds to the score of one row.
        names: What the columns are called, in the same order.
        most: How many to name at most. Columns that add nothing, or lower the score, are never named.

    Returns:
        Name and share of the score, as `shares` defines it.

    Example:
        >>> top_columns(np.array([1.0, 5.0, 0.0, 2.0]), ["flow", "rpm", "mass", "load"], most=2)
        [('rpm', 0.625), ('load', 0.25)]
    """
    fractions = shares(contributions_row)
    order = np.argsort(-fractions, kind="stable")[:most]
    return [(names[place], float(fractions[place])) for place in order if fractions[place] > 0]
