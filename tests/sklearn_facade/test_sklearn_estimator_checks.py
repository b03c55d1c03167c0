"""scikit-learn's own checks of an estimator, none of them expected to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import (
    check_methods_subset_invariance,
    check_outliers_train,
    estimator_checks_generator,
)

from offbeat.sklearn import AutoEncoderDetector

SMALL = AutoEncoderDetector(hidden=(2,), epochs=5)
CHECKS = [check for _, check in estimator_checks_generator(SMALL)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.func.__name__)
def test_every_check_of_scikit_learn(check: Callable[[Any], None]) -> None:
    check(SMALL)


@pytest.mark.slow
@pytest.mark.parametrize(
    "check",
    [check_outliers_train, check_methods_subset_invariance],
    ids=lambda check: check.__name__,
)
def test_the_default_detector_passes_those_that_look_at_its_numbers(check: Callable[[str, Any], None]) -> None:
    check("AutoEncoderDetector", AutoEncoderDetector())
