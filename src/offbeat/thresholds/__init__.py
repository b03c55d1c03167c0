"""Thresholds takes calibration scores; gives a `Threshold` that turns scores into p-values and flags."""
