"""Whether the columns of a table are the steps of one series, or at least have one unit."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

FEWEST_STEPS = 16
MOST_ROWS_LOOKED_AT = 200
# Of white noise the mean squared step between neighbours is twice the variance; of a smooth curve it is far smaller.
LARGEST_ROUGHNESS = 0.7
# Two byte counts side by side among twenty ratios are nearly all that varies in a row, and close to one another. That
# many columns, those farthest from the row's median, count for no more than the next.
FEW_COLUMNS = 3
# Money in one block of columns and flags in another look smooth along a row, but spread by powers of ten apart; the
# steps of one series spread as their neighbours do. Mean squared step of the spread's logarithm, along the columns: at
# most .14 in series of 8 public sets and their classes, .31 and more in tables whose rows are smooth by their levels.
LARGEST_STEP_OF_SPREAD = 0.2
LEAST_SPREAD = 0.03
USUAL_SHARE = 0.95
MOST_ROWS_OF_A_RANGE = 2000
FEWEST_OF_ONE_UNIT = 3
# So many of the columns that vary reach from the same least to the same largest number, and no column beyond these.
SHARE_OF_ONE_RANGE = 0.5
# Flags and small counts beside percentages have units of their own: a flag that is rarely set would be lost in the
# unit of the others. Of an image a few pixels at the edge are as narrow (.02 to .13 of the digits'), beside very many.
NARROW = 0.25
MOST_NARROW = 0.15
FEWEST_BESIDE_NARROW = 32


def looks_like_curves(values: Float[np.ndarray, "rows columns"]) -> bool:
    """True when neighbouring columns of a row are much closer to each other than columns of that row are in general.

    Levels alone make no curve: where there are several rows, what is left without the columns' usual levels must be
    smooth as well, or neighbouring columns vary as much as each other from row to row.

    Args:
        values: Some rows of the table in its own units, NaN where missing.

    Example:
        >>> looks_like_curves(np.sin(np.linspace(0, 6, 50))[None, :])
        True
        >>> looks_like_curves(np.random.default_rng(0).normal(size=(20, 50)))
        False
    """
    sample = np.where(np.isfinite(values), np.asarray(values, np.float64), np.nan)
    known = ~np.isnan(sample)
    sample = sample[known.any(axis=1)][:, known.any(axis=0)]
    if not len(sample) or sample.shape[1] < FEWEST_STEPS:
        return False
    # The squares of very large numbers are no floats.
    largest = np.nanmax(np.abs(sample))
    sample = sample / largest if largest > 0 else sample
    if _roughness(sample) >= LARGEST_ROUGHNESS:
        return False
    return _spread_alike(sample) or _roughness(sample - np.nanmedian(sample, axis=0)) < LARGEST_ROUGHNESS


def _roughness(sample: Float[np.ndarray, "rows columns"]) -> float:
    """The mean squared step from column to column by the variance in a row; the median of all rows."""
    largest = np.nanmax(np.abs(sample), axis=1, keepdims=True)
    sample = np.divide(sample, largest, out=np.zeros_like(sample), where=largest > 0)
    away = sample - np.nanmedian(sample, axis=1, keepdims=True)
    most = np.sort(np.nan_to_num(np.abs(away)), axis=1)[:, -1 - FEW_COLUMNS, None]
    away = np.clip(away, -most, most)
    variance = np.nanvar(away, axis=1)
    steps = np.diff(away[variance > 0], axis=1) ** 2
    some = np.isfinite(steps).any(axis=1)
    if not some.any():
        return np.inf
    return float(np.median(np.nanmean(steps[some], axis=1) / variance[variance > 0][some]))


def _spread_alike(sample: Float[np.ndarray, "rows columns"]) -> bool:
    """Whether each column varies from row to row about as much as the next one.

    So few rows tell a spread roughly; what two columns that spread alike differ by then is allowed for.
    """
    if len(sample) < 2:
        return True
    away = np.abs(sample - np.nanmedian(sample, axis=0))
    places = (USUAL_SHARE * (np.isfinite(away).sum(axis=0) - 1)).astype(np.int64)
    away = np.minimum(away, np.take_along_axis(np.sort(away, axis=0), places[None], axis=0))  # a glitch is no spread
    spread = np.sqrt(np.nanmean(away**2, axis=0))
    whole = np.sqrt(np.mean(spread**2))
    if not whole > 0:
        return True
    steps = np.diff(np.log(np.maximum(spread / whole, LEAST_SPREAD))) ** 2
    # What the logarithms of two such spreads differ by, squared, is 1/f + 1/f² on average, f rows but one (about).
    by_chance = 1 / (len(sample) - 1) + 1 / (len(sample) - 1) ** 2
    return bool(steps.mean() < LARGEST_STEP_OF_SPREAD + by_chance)


def have_one_unit(values: Float[np.ndarray, "rows columns"]) -> bool:
    """True where the columns are whole numbers of one range: pixels, answers on one scale, points on one grid.

    A column that varies less than the others then says less: the pixel at the edge of an image, grey in two of a
    thousand, would be the loudest if each column had a unit of its own. Columns of 0 and 1 only are no such: which of
    their two levels is rare is what there is to know of them. Nor are tables in which some columns reach much less far
    than others, but for a few among the many of an image.

    Args:
        values: Some training rows in their own units, NaN where missing.

    Example:
        >>> pixels = np.random.default_rng(0).integers(0, 17, size=(500, 64)).astype(float)
        >>> have_one_unit(pixels), have_one_unit(pixels * np.linspace(1, 9, 64)), have_one_unit(np.minimum(pixels, 1))
        (True, False, False)
    """
    if not len(values) or (values % 1 > 0).any():
        return False
    ranges = np.stack([np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)], axis=1)
    ranges = ranges[ranges[:, 0] < ranges[:, 1]]
    if len(ranges) < FEWEST_OF_ONE_UNIT:
        return False
    different, counts = np.unique(ranges, axis=0, return_counts=True)
    least, largest = different[counts.argmax()]
    narrow = np.mean(ranges[:, 1] - ranges[:, 0] < NARROW * (largest - least))
    if narrow > (MOST_NARROW if len(ranges) >= FEWEST_BESIDE_NARROW else 0.0):
        return False
    is_within = ranges.min() >= least and ranges.max() <= largest
    return bool(is_within and counts.max() >= SHARE_OF_ONE_RANGE * len(ranges) and largest - least >= 2)
