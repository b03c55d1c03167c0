"""The scores along a training run: on which rows, when, and what they say about going on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from jaxtyping import Float64

from offbeat.errors import TrainingError
from offbeat.h2o.estimators.parameter_table import PARAMETERS
from offbeat.integrations.h2o_mojo import Mojo
from offbeat.integrations.h2o_mojo.forward import quick_errors
from offbeat.integrations.h2o_mojo.mojo import MojoLayer

LARGEST_WEIGHT, LARGEST_BIAS = 1e10, 1e5
"""Means and deviations beyond these make H2O call a model unstable."""


@dataclass(frozen=True)
class ScoringEvent:
    """One row of the scoring history; errors are mean squared ones, NaN for a validation that is not there."""

    seconds: float
    epochs: float
    iterations: int
    samples: int
    training: float
    validation: float
    timestamp: datetime
    """When it was measured."""

    @property
    def deciding(self) -> float:
        """The error that tells the best model: of the validation rows where there are such."""
        return self.training if np.isnan(self.validation) else self.validation


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """The rows that scores are measured on.

    Attributes:
        training: Inputs of training rows.
        weights: How much each of these counts.
        held: Inputs of validation rows, where there are such.
        epoch: How many rows an epoch has.
        began: When training began, by `time.perf_counter`.
        earlier: How many seconds the checkpoint was trained for.
    """

    training: Float64[np.ndarray, "scored inputs"]
    weights: Float64[np.ndarray, "scored"]
    held: Float64[np.ndarray, "held inputs"] | None
    epoch: int
    began: float
    earlier: float = 0.0

    def score(self, model: Mojo, iterations: int, samples: int) -> ScoringEvent:
        """Measure a model.

        Args:
            model: With its layers as they are now.
            iterations: How many there were, those of the checkpoint included.
            samples: How many rows were seen, likewise.

        Raises:
            TrainingError: The model is unstable.
        """
        check_stability(model.layers, samples)
        training = float(np.average(_errors(model, self.training), weights=self.weights))
        validation = float("nan") if self.held is None else float(_errors(model, self.held).mean())
        if not np.isfinite(training):
            raise unstable(samples, "its error is no finite number")
        seconds, now = self.earlier + time.perf_counter() - self.began, datetime.now(UTC).astimezone()
        return ScoringEvent(seconds, samples / self.epoch, iterations, samples, training, validation, now)


def scored_rows(
    rows: Float64[np.ndarray, "rows inputs"],
    weights: Float64[np.ndarray, "rows"],
    held: Float64[np.ndarray, "held inputs"] | None,
    parameters: Mapping[str, Any],
    random: np.random.Generator,
    earlier: Sequence[ScoringEvent] = (),
) -> ScoredRows:
    """Random samples of the size that the user asked for, the same ones for each score.

    Args:
        rows: Inputs of all training rows.
        weights: How much each counts.
        held: Inputs of all validation rows.
        parameters: From `checked_parameters`.
        random: Where the samples come from.
        earlier: The scores of the checkpoint.
    """
    chosen = _sample(len(rows), parameters["score_training_samples"], random)
    held = None if held is None else held[_sample(len(held), parameters["score_validation_samples"], random)]
    seconds = earlier[-1].seconds if earlier else 0.0
    return ScoredRows(rows[chosen], weights[chosen], held, len(rows), time.perf_counter(), seconds)


def is_due(parameters: Mapping[str, Any], since_last: float, spent: float, elapsed: float) -> bool:
    """Whether an iteration is followed by a score.

    H2O looks at the clock, so that two runs of one seed keep different models; with `reproducible=True` it scores each
    iteration, and so does this. The clock decides where score_interval or score_duty_cycle was set to a number that
    asks for fewer scores.

    Args:
        parameters: From `checked_parameters`.
        since_last: Seconds since the last score began.
        spent: Seconds that scoring took so far.
        elapsed: Seconds since training began.
    """
    if parameters["score_each_iteration"] or parameters["reproducible"]:
        return True
    interval, share = parameters["score_interval"], parameters["score_duty_cycle"]
    waited = interval == PARAMETERS["score_interval"].default or since_last >= interval
    return waited and (share == PARAMETERS["score_duty_cycle"].default or spent <= share * elapsed)


def has_converged(history: Sequence[ScoringEvent], parameters: Mapping[str, Any]) -> bool:
    """Whether moving averages of the error ceased to fall, or the training error is as low as asked for.

    Args:
        history: All scores so far.
        parameters: From `checked_parameters`.
    """
    errors, width = [event.deciding for event in history], parameters["stopping_rounds"]
    if history[-1].training <= parameters["regression_stop"]:
        return True
    if width == 0 or len(errors) < 2 * width + 1:
        return False
    means = [float(np.mean(errors[len(errors) - width - back : len(errors) - back])) for back in range(width + 1)]
    bound: float = means[width] * (1 - parameters["stopping_tolerance"])
    return min(means[:width]) >= bound


def check_stability(layers: Sequence[MojoLayer], samples: int) -> None:
    """Refuse weights that grew beyond all measure, by H2O's bounds.

    Args:
        layers: As they are now.
        samples: How many rows were seen.

    Raises:
        TrainingError: They did; says what to change.
    """
    for depth, layer in enumerate(layers):
        for numbers, bound, what in ((layer.weight, LARGEST_WEIGHT, "weights"), (layer.bias, LARGEST_BIAS, "biases")):
            values = numbers.astype(np.float64)
            if not np.isfinite(values).all():
                raise unstable(samples, f"layer {depth + 1} has {what} that are no finite numbers")
            if abs(values.mean()) > bound or values.std() > bound:
                raise unstable(samples, f"the {what} of layer {depth + 1} are beyond {bound:g}")


def unstable(samples: int, what: str) -> TrainingError:
    """The error to raise, with H2O's advice.

    Args:
        samples: How many rows were seen.
        what: What is wrong with the model.
    """
    return TrainingError(
        f"The model became unstable after {samples} rows: {what}. Try another initial_weight_distribution or a smaller "
        "initial_weight_scale, a bounded activation such as 'tanh', l1, l2, max_w2 or dropout, or a smaller step: "
        "adaptive_rate=True, a smaller rate or a faster rate_annealing."
    )


def _errors(model: Mojo, rows: Float64[np.ndarray, "rows inputs"]) -> Float64[np.ndarray, "rows"]:
    return quick_errors(model, rows.__getitem__, len(rows))


def _sample(count: int, asked: int, random: np.random.Generator) -> np.ndarray | slice:
    """Rows in their order; all of them where none were asked for, or more than there are."""
    if asked == 0 or asked >= count:
        return slice(None)
    return np.sort(random.choice(count, asked, replace=False))
