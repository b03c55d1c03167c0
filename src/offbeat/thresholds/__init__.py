"""Thresholds takes calibration scores; gives a `Threshold` that turns scores into p-values and flags."""

from offbeat.thresholds.calibration import Calibration, calibrate
from offbeat.thresholds.rule import Decision
from offbeat.thresholds.rules import RULES, parse_rule
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.thresholds.threshold import Threshold, fit_threshold

__all__ = [
    "RULES",
    "Calibration",
    "Decision",
    "Threshold",
    "ThresholdSettings",
    "calibrate",
    "fit_threshold",
    "parse_rule",
]
