"""Scripts that catch H2O's errors, each where H2O 3.46 raises it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import offbeat.h2o as h2o
from offbeat.h2o import exceptions
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.exceptions import H2ODependencyWarning, H2OResponseError, H2OServerError, H2OTypeError, H2OValueError

NAMES = {
    *("H2OError", "H2OSoftError", "H2OValueError", "H2OTypeError", "H2OStartupError", "H2OConnectionError"),
    *("H2OResponseError", "H2OServerError", "H2OJobCancelled", "H2ODeprecationWarning", "H2ODependencyWarning"),
}


def test_every_name_of_h2o_is_there() -> None:
    assert set(vars(exceptions)) >= NAMES and h2o.exceptions is exceptions


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (H2OTypeError, lambda: H2OAutoEncoderEstimator(hidden="x")),
        (H2OTypeError, lambda: H2OAutoEncoderEstimator(epochs="3")),
        (H2OTypeError, lambda: h2o.H2OFrame("x")),
        (H2OValueError, lambda: h2o.H2OFrame([1.5, 2.5]).asfactor()),
        (H2OValueError, lambda: h2o.create_frame(real_fraction=0.8, integer_fraction=0.3)),
        (H2OValueError, lambda: H2OAutoEncoderEstimator().train(x=["nope"], training_frame=h2o.H2OFrame([1, 2]))),
        (H2OResponseError, lambda: h2o.import_file("/no/such/file.csv")),
        (H2OResponseError, lambda: h2o.H2OFrame([1, 2])["nope"]),
        (H2OServerError, lambda: h2o.H2OFrame(["p", "q"]) < "p"),
    ],
)
def test_an_error_is_caught_by_h2os_name(error: type[Exception], fault: Callable[[], Any]) -> None:
    with pytest.raises(error):
        fault()


def test_a_warning_can_be_silenced_by_h2os_name() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=H2ODependencyWarning)
        warnings.warn("install polars", H2ODependencyWarning, stacklevel=1)
