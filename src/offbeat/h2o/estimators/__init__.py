"""Estimators take an `H2OFrame`; training gives a model that scores, reconstructs and explains."""

from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator, H2ODeepLearningEstimator

__all__ = ["H2OAutoEncoderEstimator", "H2ODeepLearningEstimator"]
