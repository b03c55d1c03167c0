"""Estimators take an `H2OFrame`; training gives a model that scores, reconstructs and explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator, H2ODeepLearningEstimator

__all__ = ["H2OAutoEncoderEstimator", "H2ODeepLearningEstimator"]


def __getattr__(name: str) -> Any:
    """The estimators, imported when they are asked for: a model needs this package's other parts before."""
    if name in __all__:
        from offbeat.h2o.estimators import deeplearning

        return getattr(deeplearning, name)
    raise AttributeError(f"module 'offbeat.h2o.estimators' has no attribute '{name}'")
