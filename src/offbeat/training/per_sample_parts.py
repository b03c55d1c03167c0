"""Rows to be seen, part by part: parts of one length, so that one compiled program sees them all."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Int, Int32

from offbeat.programs import Program
from offbeat.training.per_sample_state import PerSampleSettings, PerSampleState


def parts_of(
    order: Int[np.ndarray, "seen"] | None, rows: int, length: int
) -> Iterator[tuple[Int32[np.ndarray, "length"], np.int32]]:
    """The places of the rows to see, and how many of them count: all but in the last part, which zeros fill up.

    Args:
        order: Which rows to see, in which order; every one once where None.
        rows: How many there are.
        length: Of a part.

    Example:
        >>> [(places.tolist(), int(count)) for places, count in parts_of(None, 5, 3)]
        [([0, 1, 2], 3), ([3, 4, 0], 2)]
    """
    seen = np.arange(rows) if order is None else order
    for first in range(0, len(seen), length):
        part = seen[first : first + length]
        places = np.zeros(length, np.int32)
        places[: len(part)] = part
        yield places, np.int32(len(part))


@functools.lru_cache(maxsize=32)
def program_of(see: Callable[..., PerSampleState], settings: PerSampleSettings) -> Callable[..., PerSampleState]:
    """The compiled program that sees a part.

    Args:
        see: A function of a module: takes the settings, the state and the part, and gives the state after it.
        settings: How to update.
    """
    facts = f"{see.__module__}.{see.__qualname__}, {settings!r}"
    return Program(functools.partial(see, settings), facts, like=lambda state, *_: state)
