"""How far the columns of normal rows follow from one another, but for noise that is the same everywhere."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int
from scipy.special import chdtri

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
_FAR_SHARE = 0.1
_LEAST_VARIANCE = 1e-6


def share_of_links(features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"], seed: int) -> float:
    """How sure it is that most columns follow from a few unknown ones, each with some noise of its own.

    Sensors of one machine are such. One of them that breaks moves the row by little among its neighbours, whose own
    distances sum up the noise of all columns, but far out of the residual of a network that knows what follows from
    what. Where there is no such link, or the noise of rows differs (several kinds of row, readings that jump), the
    residual is no better a witness than the distances.

    Half of the rows tell the directions of least variance, the other half how far rows reach in these.

    Args:
        features: All scaled rows.
        rows: The numbers of those to look at; of more than 2,000 a sample by the seed.
        seed: Of the sample.

    Returns:
        From 0, not at all, to 1; 0 with fewer than ten rows a column.
    """
    chosen = features[thinned(rows, MOST_ROWS, seed)].astype(np.float64)
    if len(chosen) < FEWEST_ROWS_A_COLUMN * FEWEST_COLUMNS:
        return 0.0
    spread = chosen.std(axis=0)
    chosen = (chosen - chosen.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    height, width = chosen.shape
    if width < FEWEST_COLUMNS or height < FEWEST_ROWS_A_COLUMN * width:
        return 0.0
    halves = chosen[::2], chosen[1::2]
    reach = np.mean([_reach_of_noise(one, other) for one, other in (halves, halves[::-1])])
    return float(np.clip((UNEVEN_NOISE - reach) / (UNEVEN_NOISE - EVEN_NOISE), 0.0, 1.0))


def _reach_of_noise(
    learned: Float64[np.ndarray, "some features"], seen: Float64[np.ndarray, "others features"]
) -> float:
    """How far the farthest tenth of the rows is from the middle one, by normal noise; infinite without links."""
    centre = learned.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov((learned - centre).T))
    is_noise = (np.cumsum(variances) <= SHARE_OF_NOISE * variances.sum()) & (
        variances > _LEAST_VARIANCE * variances[-1]
    )
    count = int(is_noise.sum())
    if count < FEWEST_LINKED * len(variances):
        return np.inf
    noise = (((seen - centre) @ directions[:, is_noise]) ** 2 / variances[is_noise]).sum(axis=1)
    middle, far = np.median(noise), np.quantile(noise, 1 - _FAR_SHARE)
    return float(np.log(far / middle) / np.log(chdtri(count, _FAR_SHARE) / chdtri(count, 0.5)))
