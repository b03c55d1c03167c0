"""What H2O's `seed` decides: the first weights and the order of the rows, number for number as H2O draws them.

With `reproducible=True` H2O gives the same model for the same seed. So does offbeat, and it is the same model as H2O's,
but for rounding, which grows with the steps: both see the same rows in the same order, from the same weights.

Reference:
    O'Neill 2014, PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
    Generation (XSH RR 64/32); H2O-3 3.46, water.util.RandomUtils, hex.FrameTask and
    hex.deeplearning.DeepLearningModelInfo; java.util.Random for floats and Gaussian numbers.
"""

from __future__ import annotations

import time
from typing import Final

import numpy as np
from jaxtyping import Float32, Float64, Int, UInt64

_MULTIPLIER: Final = 6364136223846793005
_INCREMENT: Final = 3
_WORD: Final = 2**64 - 1
_WEIGHTS: Final = 0xBAD5EED
_ROWS: Final = 0x8734093502429734
_ITERATION: Final = 0x9823423497823423


def drawn_seed(asked: int) -> int:
    """The seed of a training run: the one that was asked for, and the clock's for -1 alone, as in H2O.

    Args:
        asked: H2O's parameter.

    Example:
        >>> drawn_seed(7), drawn_seed(-7), drawn_seed(-1) >= 0
        (7, -7, True)
    """
    return time.time_ns() % 2**32 if asked == -1 else asked


def generator(seed: int, *more: int) -> np.random.Generator:
    """NumPy's generator of a seed, for what offbeat draws by itself; below 0 it is the one of Java's 64 bits.

    Args:
        seed: From `drawn_seed`.
        *more: What else it hangs on, at least 0.
    """
    return np.random.default_rng([seed & _WORD, *more] if more else seed & _WORD)


def first_weights(
    seed: int, depth: int, inputs: int, outputs: int, distribution: str, scale: float
) -> Float32[np.ndarray, "inputs outputs"]:
    """A layer's weights before the first row.

    Args:
        seed: H2O's parameter.
        depth: The layer, from 0.
        inputs: How many numbers go in.
        outputs: How many units it has.
        distribution: "uniform_adaptive" (`scale` is not used), "uniform" or "normal".
        scale: The largest absolute weight, or the standard deviation.

    Example:
        >>> first_weights(7, depth=0, inputs=210, outputs=5, distribution="uniform_adaptive", scale=1.0)[:2, 0]
        array([0.05826898, 0.0799714 ], dtype=float32)
    """
    words = seed + _WEIGHTS + depth + 1
    count = inputs * outputs
    if distribution == "normal":
        drawn = _gaussian(words, count) * scale
    else:
        reach = np.sqrt(6.0 / (inputs + outputs)) if distribution == "uniform_adaptive" else scale
        drawn = -reach + _low_bits(_words(words, 2 * count), 24) * 2.0**-24 * (2 * reach)
    return drawn.astype(np.float32).reshape(outputs, inputs).T


def shuffled_rows(seed: int, rows: int, iteration: int, samples: int) -> Int[np.ndarray, "rows"]:
    """The order in which an iteration sees the training rows.

    Args:
        seed: H2O's parameter.
        rows: How many there are.
        iteration: From 1, one an epoch.
        samples: How many rows were seen before.

    Example:
        >>> sorted(shuffled_rows(7, rows=4, iteration=1, samples=0).tolist())
        [0, 1, 2, 3]
    """
    words = _words((_ROWS + seed + samples) * (iteration + _ITERATION), rows)
    order = list(range(rows))
    for place, step in enumerate((words % np.arange(rows, 0, -1, dtype=np.uint64)).tolist()):
        order[place], order[place + step] = order[place + step], order[place]
    return np.array(order, dtype=np.int64)


def _words(seed: int, count: int) -> UInt64[np.ndarray, "count"]:
    """The generator's first numbers of 32 bits; all states at once, as the powers of a linear congruence."""
    start = ((_INCREMENT + seed) * _MULTIPLIER + _INCREMENT) & _WORD
    powers = np.ones(max(count, 1), np.uint64)
    powers[1:] = _MULTIPLIER
    powers = np.multiply.accumulate(powers)[:count]
    sums = np.cumsum(powers, dtype=np.uint64) - powers
    state = powers * np.array(start, np.uint64) + sums * np.array(_INCREMENT, np.uint64)
    mixed = (((state >> np.uint64(18)) ^ state) >> np.uint64(27)) & np.uint64(2**32 - 1)
    turn = state >> np.uint64(59)
    back = (np.uint64(32) - turn) & np.uint64(31)
    return ((mixed >> turn) | (mixed << back)) & np.uint64(2**32 - 1)


def _low_bits(words: UInt64[np.ndarray, "words"], bits: int) -> Float64[np.ndarray, "numbers"]:
    """Java's `next(bits)`: H2O takes the lower bits of two words, of which the second one is the lower."""
    return (words[1::2] & np.uint64(2**bits - 1)).astype(np.float64)


def _gaussian(seed: int, count: int) -> Float64[np.ndarray, "count"]:
    """Java's `nextGaussian`, Marsaglia's polar method: pairs from points of the unit disc."""
    # Of a square's points 79 % lie in the disc; half as many pairs again as are needed were always enough.
    pairs = 20 + (count // 2 + 1) * 3 // 2
    words = _words(seed, 8 * pairs).reshape(-1, 4)
    high, low = _low_bits(words[:, :2].ravel(), 26), _low_bits(words[:, 2:].ravel(), 27)
    points = (2 * (high * 2.0**27 + low) * 2.0**-53 - 1).reshape(-1, 2)
    squared = np.square(points).sum(axis=1)
    inside = (squared < 1) & (squared > 0)
    points, squared = points[inside], squared[inside]
    return (points * np.sqrt(-2 * np.log(squared) / squared)[:, None]).ravel()[:count]
