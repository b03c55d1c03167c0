"""Fisher's exact test: whether two samples have the same share of something."""

from __future__ import annotations

import numpy as np


def fisher_p_value(found: int, of: int, known: int, of_known: int) -> float:
    """The chance of shares that differ at least as much, in either direction, where both samples are alike.

    Exact for samples of any size. Twice the smaller tail, at most 1.

    Args:
        found: How many of one sample have it.
        of: The size of that sample.
        known: How many of the other have it.
        of_known: The size of the other.

    Example:
        >>> round(fisher_p_value(8, 10, 1, 10), 6)
        0.005477
        >>> fisher_p_value(0, 10, 0, 10)
        1.0

    Reference:
        R. A. Fisher (1935), The design of experiments; the hypergeometric distribution is summed by the ratio of
        neighbouring terms.
    """
    having = found + known
    if not having:  # most columns have no missing cell
        return 1.0
    fewest, most = max(0, having - of_known), min(having, of)
    counts = np.arange(fewest, most)
    # P(count + 1) / P(count), from the definition; products of many would leave the range of floats.
    ratios = np.log((having - counts) * (of - counts)) - np.log((counts + 1) * (of_known - having + counts + 1))
    logs = np.concatenate([[0.0], np.cumsum(ratios)])
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    at = found - fewest
    return min(1.0, 2 * float(min(chances[: at + 1].sum(), chances[at:].sum())))
