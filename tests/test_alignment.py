"""Aligned arrays are read where they are; the training's buffers are used twice and never too early."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from offbeat.alignment import ALIGNMENT, aligned_empty


@pytest.mark.parametrize("shape", [(1,), (17,), (3, 5), (7, 2, 3)])
def test_an_aligned_array_begins_where_programs_want_it(shape: tuple[int, ...]) -> None:
    array = aligned_empty(shape)
    assert array.shape == shape
    assert array.ctypes.data % ALIGNMENT == 0
    array[...] = 1.0
    assert array.sum() == np.prod(shape)


def test_jax_takes_it_without_a_copy() -> None:
    array = aligned_empty((64, 64))
    array[...] = 0.0
    taken = jax.device_put(array, jax.local_devices(backend="cpu")[0])
    array[0, 0] = 7.0
    assert float(taken[0, 0]) == 7.0, "it is the same memory"
