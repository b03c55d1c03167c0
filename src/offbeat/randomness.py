"""Randomness on the host: a draw follows from the seed and the purpose it serves, never from global state."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What is being drawn. The numbers are part of the promise that a seed gives the same result again."""

    FIRST_WEIGHTS = 1
    SHUFFLE = 2
    CALIBRATION_ROWS = 3
    VALIDATION_ROWS = 4
    REFERENCE_ROWS = 5
    FOLDS = 6
    BASELINES = 7
    COLUMN_REFERENCE = 8
    DRIFT = 9
    TUNING = 10
    COUNTERFEITS = 11
    RESAMPLES = 12


def host_randomness(seed: int, purpose: Purpose, index: int = 0) -> np.random.Generator:
    """A generator for one purpose; `index` tells apart draws for the same purpose, such as epochs.

    Philox is counter-based: the draw for epoch 70 needs nothing of the 69 before it, so training resumes exactly.
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, int(purpose), index])))
