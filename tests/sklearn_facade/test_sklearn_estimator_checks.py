"""scikit-learn's own checks of an estimator, none of them expected to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import (
    check_methods_subset_invariance,
    check_outliers_train,
    parametrize_with_checks,
)

from offbeat.sklearn import AutoEncoderDetector


@parametrize_with_checks([AutoEncoderDetector(hidden=(2,), epochs=5)])
def test_every_check_of_scikit_learn(estimator: AutoEncoderDetector, check: Callable[[Any], None]) -> None:
    check(estimator)


@pytest.mark.slow
@pytest.mark.parametrize(
    "check",
    [check_outliers_train, check_methods_subset_invariance],
    ids=lambda check: check.__name__,
)
def test_the_default_detector_passes_those_that_look_at_its_numbers(check: Callable[[str, Any], None]) -> None:
    check("AutoEncoderDetector", AutoEncoderDetector())
