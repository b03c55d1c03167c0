"""Detectors that many tests look at and none changes: a detector is frozen."""

from __future__ import annotations

import pytest
from small_detectors import fitted, framed, labelled, readings

import offbeat
from offbeat.data.mixed_rows import MixedRows, mixed_rows


@pytest.fixture(scope="session")
def quick() -> offbeat.Detector:
    """A quick detector of named columns."""
    return fitted(framed(readings()))


@pytest.fixture(scope="session")
def with_label() -> offbeat.Detector:
    """A quick detector that knows its label column."""
    return fitted(labelled()[0], label="state", normal="good")


@pytest.fixture(scope="session")
def pumps() -> offbeat.Detector:
    """The default detector of numbers and words; 400 rows are enough to hold some out."""
    return offbeat.fit(mixed_rows(400, seed=1).table, progress="none")


@pytest.fixture(scope="session")
def new_pumps() -> MixedRows:
    """120 new rows, 12 of them anomalous in one column."""
    return mixed_rows(120, seed=2, anomalies=12, kinds=["spike", "unit-error", "wrong-category"])


@pytest.fixture(scope="session")
def found(pumps: offbeat.Detector, new_pumps: MixedRows) -> offbeat.Detections:
    """What the default detector finds among the new rows."""
    return pumps.detect(new_pumps.table)
