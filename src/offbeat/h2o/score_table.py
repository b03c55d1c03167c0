"""The scoring history of a model, column for column as H2O has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from offbeat.h2o.estimators.scoring import ScoringEvent
from offbeat.h2o.two_dim_table import H2OTwoDimTable

_COLUMNS = ("", "timestamp", "duration", "training_speed", "epochs", "iterations", "samples")
_TRAINING = ("training_rmse", "training_mse")
_VALIDATION = ("validation_rmse", "validation_mse")


def score_table(history: Sequence[ScoringEvent]) -> H2OTwoDimTable:
    """One row for each score: before training, after iterations, and of the best model where it was restored.

    Args:
        history: The scores in order.
    """
    is_validated = any(event.validation == event.validation for event in history)
    columns = (*_COLUMNS, *_TRAINING, *(_VALIDATION if is_validated else ()))
    return H2OTwoDimTable("Scoring History", "", columns, cell_values=[_row(event, is_validated) for event in history])


def _row(event: ScoringEvent, is_validated: bool) -> tuple[Any, ...]:
    facts = (event.timestamp.strftime("%Y-%m-%d %H:%M:%S"), _duration(event.seconds), _speed(event))
    errors = [event.training**0.5, event.training]
    if is_validated:
        errors += [event.validation**0.5, event.validation]
    return ("", *facts, event.epochs, event.iterations, float(event.samples), *errors)


def _speed(event: ScoringEvent) -> str:
    if event.samples == 0:
        return "0.00000 obs/sec"
    return f"{int(event.samples / max(event.seconds, 1e-9))} obs/sec"


def _duration(seconds: float) -> str:
    """A time as H2O writes it.

    Example:
        >>> _duration(3.17), _duration(75.2), _duration(3725.0)
        (' 3.170 sec', ' 1 min 15.200 sec', ' 1:02:05.000')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    if hours:
        return f" {hours}:{minutes:02d}:{rest:06.3f}"
    return f" {minutes} min {rest:.3f} sec" if minutes else f" {rest:.3f} sec"
