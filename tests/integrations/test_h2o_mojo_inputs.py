"""What an H2O network sees of rows: a slot for each level and one for none of them, then scaled numbers."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from imported_models import MOJOS, PUMPS, mojo

from offbeat.integrations.h2o_mojo import read_mojo
from offbeat.integrations.h2o_mojo.inputs import Inputs, inputs_of


def one_by_one(inputs: Inputs, row: int) -> list[float]:
    seen = []
    for levels, slots in zip(inputs.model.levels.values(), inputs.slots, strict=True):
        seen += [float(slot == slots[row]) for slot in range(len(levels) + 1)]
    model = inputs.model
    for number, mean, factor in zip(inputs.numbers[row], model.subtracted, model.multiplied, strict=True):
        seen.append(0.0 if np.isnan(number) else (float(number) - mean) * factor)
    return seen


@pytest.mark.parametrize("name", MOJOS)
def test_each_row_lights_its_slots(name: str) -> None:
    inputs = inputs_of(read_mojo(mojo(name)), PUMPS)
    expected = np.array([one_by_one(inputs, row) for row in range(inputs.height)])
    np.testing.assert_array_equal(inputs.of_rows(slice(None)), expected)
    chosen = np.array([3, 1, 1, inputs.height - 1])
    np.testing.assert_array_equal(inputs.of_rows(chosen), expected[chosen])
    assert inputs.of_rows(slice(0, 0)).shape == (0, expected.shape[1])


def test_memory_follows_the_rows_however_many_levels_there_are() -> None:
    """A table of all slots by all slots took 12.8 GB of 40,000."""
    model = read_mojo(mojo("only-categories"))
    levels = {name: tuple(map(str, range(40_000))) for name in list(model.levels)[:1]}
    inputs = Inputs(replace(model, levels=levels), (np.array([7, 40_000]),), np.empty((2, 0)), 2)
    tracemalloc.start()
    seen = inputs.of_rows(slice(None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.argwhere(seen).tolist() == [[0, 7], [1, 40_000]]
    assert peak < 2 * seen.nbytes
