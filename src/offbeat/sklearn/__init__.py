"""Sklearn takes arrays and data frames as scikit-learn's estimators do; gives their scores, signs and attributes."""

from offbeat.sklearn.detector import AutoEncoderDetector

__all__ = ["AutoEncoderDetector"]
