"""How far the columns of normal rows follow from one another, but for noise that is the same everywhere."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

from offbeat.scoring.neighbours import thinned

MOST_ROWS = 2000
FEWEST_ROWS_A_COLUMN = 10
FEWEST_COLUMNS = 4
# What the many directions in which rows hardly vary have of all variance.
SHARE_OF_NOISE = 0.1
# Of the columns so many follow from the others.
FEWEST_LINKED = 0.5
# How far the noise of the rows reaches, by that of normal numbers: 1 where it is such, about 1.5 with Student's t of 5
# degrees. Of 61 public sets 12 have so many linked columns; their noise reaches 1.1 to 2.7 times as far.
EVEN_NOISE, UNEVEN_NOISE = 1.5, 2.0
# Shares of rows that are far, and how far such a share of normal numbers is, in standard deviations. A few anomalies
# lengthen the end of the tail only.
_FAR = ((0.1, 1.2816), (0.02, 2.0537))
# Of the largest variance; what float32 rounds is less. A column that follows exactly is linked, and has no noise.
_LEAST_VARIANCE = 1e-10
# Rows that were written twice are near to themselves, and no distances of new rows are.
_FEWEST_DIFFERENT = 0.95


def share_of_links(
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"],
    filled: Float[np.ndarray, "numbers"],
    seed: int,
) -> float:
    """How sure it is that most columns follow from a few unknown ones, each with some noise of its own.

    Sensors of one machine are such. One of them that breaks moves the row by little among its neighbours, whose own
    distances sum up the noise of all columns, but far out of the residual of a network that knows what follows from
    what. Where there is no such link, or the noise of rows differs (several kinds of row, readings that jump), the
    residual is no better a witness than the distances.

    Cells that were missing would break the links that they are filled in beside: rows with such are left out.

    Half of the rows tell the directions of least variance, the other half how far rows reach in these.

    Args:
        features: All scaled rows, the numbers first.
        rows: The numbers of those to look at; of more than 2,000 a sample by the seed.
        filled: What stands in for a missing number, for each feature that is a number.
        seed: Of the sample.

    Returns:
        From 0, not at all, to 1; 0 with fewer than ten rows a column.
    """
    chosen = features[thinned(rows, MOST_ROWS, seed), : len(filled)]
    chosen = chosen[~has_filled(chosen, filled)].astype(np.float64)
    if len(chosen) < FEWEST_ROWS_A_COLUMN * FEWEST_COLUMNS:
        return 0.0
    if len(np.unique(chosen, axis=0)) < _FEWEST_DIFFERENT * len(chosen):
        return 0.0
    spread = chosen.std(axis=0)
    chosen = (chosen - chosen.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    height, width = chosen.shape
    if width < FEWEST_COLUMNS or height < FEWEST_ROWS_A_COLUMN * width:
        return 0.0
    halves = chosen[::2], chosen[1::2]
    reach = np.mean([_reach_of_noise(one, other) for one, other in (halves, halves[::-1])])
    return float(np.clip((UNEVEN_NOISE - reach) / (UNEVEN_NOISE - EVEN_NOISE), 0.0, 1.0))


def has_filled(
    features: Float[np.ndarray, "*rows features"], filled: Float[np.ndarray, "numbers"]
) -> Bool[np.ndarray, "*rows"]:
    """Whether a number of a row is the very one that stands in for missing ones; a reading hardly ever is."""
    return (features[..., : len(filled)] == filled).any(axis=-1)


def _reach_of_noise(
    learned: Float64[np.ndarray, "some features"], seen: Float64[np.ndarray, "others features"]
) -> float:
    """How far the farthest rows are from the middle one, by normal noise; infinite without links or without noise."""
    centre = learned.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov((learned - centre).T))
    is_linked = np.cumsum(variances) <= SHARE_OF_NOISE * variances.sum()
    is_noise = is_linked & (variances > _LEAST_VARIANCE * variances[-1])
    count = int(is_noise.sum())
    if count == 0 or is_linked.sum() < FEWEST_LINKED * len(variances):
        return np.inf
    noise = (((seen - centre) @ directions[:, is_noise]) ** 2 / variances[is_noise]).sum(axis=1)
    middle = np.median(noise)
    if not middle > 0:
        return np.inf
    # The cube root of a sum of squares is nearly normal (Wilson and Hilferty 1931), which spares an import of SciPy's.
    spread = 2 / (9 * count)
    reaches = [
        np.log(np.quantile(noise, 1 - share) / middle) / (3 * np.log1p(deviations * spread**0.5 / (1 - spread)))
        for share, deviations in _FAR
    ]
    return float(max(reaches))
