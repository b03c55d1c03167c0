"""A p-value for each column: could new rows and normal ones come from one distribution?"""

from __future__ import annotations

from math import exp

import numpy as np
from jaxtyping import Float64

from offbeat.drift.exact_test import fisher_p_value
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.preprocessing.reference import ColumnCounts


def column_p_values(preprocessor: Preprocessor, normal: ColumnCounts, new: ColumnCounts) -> dict[str, float]:
    """How likely differences at least as large are where nothing changed, by column.

    Of a numeric column: Kolmogorov and Smirnov's test of the cells that are there, and Fisher's test of the share that
    is missing. Of a categorical one: Fisher's test of each level's share, those of rare, missing and unseen levels
    among them. The smallest is taken, times their number (Bonferroni).

    Args:
        preprocessor: Whose columns were counted.
        normal: The rows to compare with.
        new: The rows that came in.
    """
    p_values = dict(zip(preprocessor.numeric.names, _numeric(normal, new).tolist(), strict=True))
    first = 0
    for column in preprocessor.categorical:
        slots = range(first, first + len(column.slots))
        tests = [fisher_p_value(int(new.levels[s]), new.rows, int(normal.levels[s]), normal.rows) for s in slots]
        p_values[column.name] = min(1.0, min(tests) * len(tests))
        first += len(column.slots)
    return {name: p_values[name] for name in preprocessor.columns}


def kolmogorov_smirnov_p_value(distance: float, rows: int, others: int) -> float:
    """The chance that the distribution functions of two samples of one distribution are so far apart somewhere.

    Args:
        distance: The largest difference that was found between them.
        rows: The size of one sample.
        others: That of the other.

    Example:
        >>> round(kolmogorov_smirnov_p_value(0.1, 500, 5000), 6)
        0.000225

    Reference:
        Dvoretzky, Kiefer and Wolfowitz's bound with Massart's constant, 2 exp(-2 n d^2), for two samples as in Wei and
        Dudley (2012); the first term of Kolmogorov's series, which is slightly smaller.
    """
    if not rows or not others:
        return 1.0
    return min(1.0, 2 * exp(-2 * distance**2 * rows * others / (rows + others)))


def _numeric(normal: ColumnCounts, new: ColumnCounts) -> Float64[np.ndarray, "numeric"]:
    present, expected = new.rows - new.missing, normal.rows - normal.missing
    distances = np.zeros(len(present))
    for found, known in ((new.below, normal.below), (new.up_to, normal.up_to)):
        apart = _shares(found, present) - _shares(known, expected)
        distances = np.maximum(distances, np.abs(apart).max(axis=1, initial=0.0))
    p_values = np.ones(len(present))
    for at, distance in enumerate(distances):
        by_value = kolmogorov_smirnov_p_value(float(distance), int(present[at]), int(expected[at]))
        by_gaps = fisher_p_value(int(new.missing[at]), new.rows, int(normal.missing[at]), normal.rows)
        p_values[at] = min(1.0, 2 * min(by_value, by_gaps))
    return p_values


def _shares(counts: np.ndarray, rows: np.ndarray) -> Float64[np.ndarray, "numeric edges"]:
    return counts / np.maximum(rows, 1)[:, None]
