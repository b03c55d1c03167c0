"""Whether rows that are to be learned from hold crowds: rows far from most others, but close to one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Float64, Int

from offbeat.scoring.neighbours import NEIGHBOURHOOD_SHARE, thinned

NEIGHBOURS = 5
FAR_SHARE = 0.1
# With fewer rows, five neighbours are no smaller a company than a neighbourhood is.
FEWEST_ROWS = 200
MOST_ROWS = 5000
# Most of its five nearest. Combinations of a few levels stand as near to one another at the edge, but to usual rows.
FAR_COMPANIONS = 3
# Of 20 public sets, clean and contaminated, at most .17 of the usual rows hang together with fewer than a tenth.
MOST_IN_GROUPS = 0.5
# Of 20 public sets, clean and contaminated, none came above a half; anomalies all of one kind above .67.
MOST_OF_A_CROWD = 0.6
_ROWS_AT_A_TIME = 512


def share_in_crowds(features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"], seed: int) -> float:
    """Of the rows that are farthest from most others, the share that stands in crowds, where usual rows do not.

    Scattered anomalies, and the normal rows at the edges, are far from everybody. Rows of another kind are far from
    most, nearer to five others than a usual row is, and much nearer to these than to most, compared with usual rows;
    and most of the five are far as well: who is near to usual rows is at their edge.
    The length of the scores' tail does not tell rows with anomalies among them from rows without; this share does where
    it matters: `benchmarks/rows.py` prints it for public sets.

    Where usual rows stand in groups of their own (kinds of product, say, each with its own weight), so do normal rows
    that are far from most, and crowds tell nothing. A single column of many rows falls into such groups by chance.

    Args:
        features: All scaled rows.
        rows: The numbers of those to look at; of more than 5,000 a sample by the seed.
        seed: Of the sample.

    Returns:
        From 0 to 1; 0 for fewer than 200 rows, and where usual rows stand in groups.
    """
    looked_at = thinned(rows, MOST_ROWS, seed)
    if len(looked_at) < FEWEST_ROWS:
        return 0.0
    chosen = features[looked_at].astype(np.float64)
    around = math.ceil(NEIGHBOURHOOD_SHARE * len(chosen))
    near, far = _mean_squared_distances(chosen, (NEIGHBOURS, around))
    is_far = far > np.quantile(far, 1 - FAR_SHARE)
    if not is_far.any():
        return 0.0
    least = np.finfo(np.float64).tiny
    leap = np.log(np.maximum(far, least)) - np.log(np.maximum(near, least))
    in_crowds = is_far & (near < np.median(near)) & (leap > np.quantile(leap[~is_far], 1 - FAR_SHARE))
    if not in_crowds.any():
        return 0.0
    nearest = _nearest(chosen)
    if np.mean(_group_sizes(nearest)[~is_far] < 2 * around) > MOST_IN_GROUPS:
        return 0.0
    in_company = is_far[nearest].sum(axis=1) >= FAR_COMPANIONS
    return float((in_crowds & in_company).sum() / is_far.sum())


def _nearest(rows: Float64[np.ndarray, "rows features"]) -> Int[np.ndarray, "rows k"]:
    """Which five others are nearest to each row."""
    nearest = np.empty((len(rows), NEIGHBOURS), np.int64)
    for part, distances in _squared_distances(rows):
        nearest[part] = np.argpartition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return nearest


def _group_sizes(nearest: Int[np.ndarray, "rows k"]) -> Int[np.ndarray, "rows"]:
    """Of each row, how many hang together with it: each row with its nearest, these with theirs, and so on."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ends = np.arange(0, nearest.size + 1, nearest.shape[1])
    neighbours = csr_array((np.ones(nearest.size), nearest.ravel(), ends), shape=(len(nearest), len(nearest)))
    _, group = connected_components(neighbours, directed=False)
    return np.bincount(group)[group]


def largest_crowd(
    features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"], shares: Sequence[float], seed: int
) -> float:
    """The largest of the shares of the rows that one crowd makes up, 0 where none does.

    A crowd larger than a neighbourhood is not far by it: its rows are near to as many of their own kind. Its rows are
    the farthest ones by a neighbourhood of twice its size, and nearer to one another than a usual row is to others.

    Args:
        features: All scaled rows.
        rows: The numbers of those to look at; of more than 5,000 a sample by the seed.
        shares: How large a crowd may be, each above 0 and at most a half.
        seed: Of the sample.
    """
    looked_at = thinned(rows, MOST_ROWS, seed)
    height = len(looked_at)
    sizes = {share: math.ceil(share * height) for share in shares if 2 <= math.ceil(share * height) < height / 2}
    if not sizes:
        return 0.0
    nearest = min(NEIGHBOURS, min(sizes.values()) - 1)
    chosen = features[looked_at].astype(np.float64)
    near, *distances = _mean_squared_distances(chosen, (nearest, *(2 * size for size in sizes.values())))
    usual = np.median(near)
    crowds = [
        share
        for (share, size), far in zip(sizes.items(), distances, strict=True)
        if np.mean(near[np.argsort(far)[height - size :]] < usual) > MOST_OF_A_CROWD
    ]
    return max(crowds, default=0.0)


def _mean_squared_distances(
    rows: Float64[np.ndarray, "rows features"], counts: tuple[int, ...]
) -> Float64[np.ndarray, "counts rows"]:
    """How far each row is from so many nearest others, for each of the counts."""
    found = np.empty((len(counts), len(rows)))
    for part, distances in _squared_distances(rows):
        for place, count in enumerate(counts):
            found[place, part] = np.partition(distances, count - 1, axis=1)[:, :count].mean(axis=1)
    return found


def _squared_distances(
    rows: Float64[np.ndarray, "rows features"],
) -> Iterator[tuple[Int[np.ndarray, "part"], Float64[np.ndarray, "part rows"]]]:
    """Some rows at a time, and how far they are from all, themselves left out."""
    centred = rows - rows.mean(axis=0)
    squares = np.square(centred).sum(axis=1)
    for first in range(0, len(rows), _ROWS_AT_A_TIME):
        part = np.arange(first, min(first + _ROWS_AT_A_TIME, len(rows)))
        distances = np.maximum(squares[part, None] + squares - 2 * centred[part] @ centred.T, 0.0)
        distances[part - first, part] = np.inf
        yield part, distances
