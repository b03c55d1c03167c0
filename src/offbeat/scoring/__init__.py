"""Scoring takes features and their reconstruction; gives errors and one score a row, higher = more anomalous."""

from offbeat.scoring.settings import ScoringSettings

__all__ = ["ScoringSettings"]
