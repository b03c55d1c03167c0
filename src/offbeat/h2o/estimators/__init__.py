"""Estimators take an `H2OFrame`; training gives a model that scores, reconstructs and explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offbeat.h2o.modules_not_carried_over import estimator_hint
from offbeat.h2o.not_carried_over import not_carried_over

if TYPE_CHECKING:
    from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator, H2ODeepLearningEstimator

__all__ = ["H2OAutoEncoderEstimator", "H2ODeepLearningEstimator"]


def __getattr__(name: str) -> Any:
    """The estimators, imported when they are asked for: a model needs this package's other parts before."""
    if name in __all__:
        from offbeat.h2o.estimators import deeplearning

        return getattr(deeplearning, name)
    if (hint := estimator_hint(name)) is not None:
        raise not_carried_over("h2o.estimators", name, {name: hint}, "")
    raise AttributeError(f"module 'offbeat.h2o.estimators' has no attribute '{name}'")
