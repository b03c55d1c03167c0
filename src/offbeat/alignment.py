"""Memory that JAX takes as it is: an array that begins elsewhere is copied on its way into a program."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32

ALIGNMENT = 64
"""What XLA asks of a buffer on the processor."""


def aligned_empty(shape: tuple[int, ...]) -> Float32[np.ndarray, "..."]:
    """A float32 array with arbitrary content, which a compiled program reads without a copy.

    Whoever writes to it again must know that the programs that got it have ended.

    Example:
        >>> array = aligned_empty((3, 5))
        >>> array.shape, array.ctypes.data % 64
        ((3, 5), 0)
    """
    size = 4 * math.prod(shape)
    memory = np.empty(size + ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % ALIGNMENT
    return memory[first : first + size].view(np.float32).reshape(shape)
