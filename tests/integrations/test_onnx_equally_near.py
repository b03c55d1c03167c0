"""Which rows' errors are a matter of rounding: those to which other training rows are as near."""

from __future__ import annotations

import numpy as np
import pytest

from offbeat.integrations.onnx.equally_near import has_equally_near
from offbeat.scoring.aligned import AlignedNeighbourDistance
from offbeat.scoring.neighbours import NeighbourDistance
from offbeat.scoring.reconstruction import ReconstructionError

ROUNDING = 1e-5
LINE = np.array([[0.0], [1.0], [3.0], [6.0], [9.0]], np.float32)


@pytest.mark.parametrize(
    ("at", "neighbours", "expected"),
    [
        (0.4, 1, False),
        (0.5, 1, True),  # between 0 and 1
        (0.5 + 1e-7, 1, True),
        (0.5, 2, False),  # both count
        (2.0, 1, True),  # between 1 and 3
        (3.0, 1, False),
        (3.0, 2, True),  # 3 equals the row and does not count: behind 1, both 0 and 6 are as near
        (5.0, 4, False),
        (5.0, 5, False),
    ],
)
def test_a_row_in_the_middle_between_others_has_a_choice(at: float, neighbours: int, expected: bool) -> None:
    component = NeighbourDistance(LINE, neighbours)
    row = np.array([at], np.float32)
    assert has_equally_near([ReconstructionError("squared"), component], row, ROUNDING) is expected
    assert not has_equally_near([ReconstructionError("squared")], row, ROUNDING)


def test_reference_rows_that_equal_the_row_leave_no_choice_that_shows() -> None:
    component = NeighbourDistance(np.zeros((9, 2), np.float32), 3)
    assert not has_equally_near([component], np.zeros(2, np.float32), ROUNDING)


def test_a_curve_that_two_shifts_fit_as_well_has_a_choice() -> None:
    narrow, wide = np.zeros((2, 20), np.float32)
    narrow[10] = wide[9] = wide[10] = 1.0
    far = np.linspace(7.0, 9.0, 20, dtype=np.float32)
    component = AlignedNeighbourDistance(np.stack([narrow, far]), np.ones(20, np.float32), 1, 0.05)
    assert has_equally_near([component], wide, ROUNDING)
    assert not has_equally_near([component], wide * np.linspace(1.0, 2.0, 20, dtype=np.float32), ROUNDING)
