"""H2O's training run: iterations, a score after each, early stopping, the best model kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64

from offbeat.errors import TrainingError
from offbeat.h2o.estimators.encoding import Encoding
from offbeat.integrations.h2o_mojo import Mojo
from offbeat.integrations.h2o_mojo.forward import activations
from offbeat.integrations.h2o_mojo.mojo import MojoLayer
from offbeat.training.per_sample import train_rows
from offbeat.training.per_sample_state import PerSampleSettings, PerSampleState, first_state


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
class Descent:
    """What training found.

    Attributes:
        model: The network in H2O's layout.
        history: One entry for each score.
        state: Where a checkpoint goes on.
        mean_rates: The mean step size of each layer's weights at the end.
        rate_deviations: Their standard deviations, which H2O calls RMS.
        momenta: The momentum of each layer at the end.
        never_fed: Inputs that were 0 in every training row, such as the slot of missing cells where none is missing;
            H2O gives them no importance.
        scored_rows: How many training rows the training errors are of.
        scored_held: How many validation rows the validation errors are of.
        encoding: What replaces columns before `model` sees a frame.
    """

    model: Mojo
    history: tuple[ScoringEvent, ...]
    state: PerSampleState
    mean_rates: Float64[np.ndarray, "layers"]
    rate_deviations: Float64[np.ndarray, "layers"]
    momenta: Float64[np.ndarray, "layers"]
    never_fed: Bool[np.ndarray, "inputs"]
    scored_rows: int
    scored_held: int
    encoding: Encoding = Encoding()  # noqa: RUF009 - frozen


def descend(
    layout: Mojo,
    rows: Float[np.ndarray, "rows inputs"],
    held: Float[np.ndarray, "held inputs"] | None,
    parameters: Mapping[str, Any],
    start: PerSampleState | None = None,
) -> Descent:
    """Train on rows until the epochs are over, or the error no longer falls.

    Args:
        layout: From `layout_of`.
        rows: Scaled training rows.
        held: Scaled validation rows.
        parameters: From `checked_parameters`.
        start: Where a checkpoint ended.

    Raises:
        TrainingError: The model became unstable.
    """
    seed = parameters["seed"] if parameters["seed"] >= 0 else time.time_ns() % 2**32
    random, began = np.random.default_rng(seed), time.perf_counter()
    state = _first(layout, rows.shape[1], parameters, random) if start is None else start
    words, settings = random.integers(0, 2**32, size=2, dtype=np.uint32), settings_of(parameters)
    total, size = int(np.ceil(parameters["epochs"] * len(rows))), _iteration(len(rows), parameters)
    order, history, best = np.empty(0, np.int64), list[ScoringEvent](), state
    while True:
        event = _score(layout, state, parameters, rows, held, len(history), time.perf_counter() - began)
        if not history or event.deciding < min(past.deciding for past in history):
            best = state
        history.append(event)
        if event.samples >= total or has_converged(history, parameters):
            break
        while len(order) < size:
            order = np.concatenate([order, random.permutation(len(rows))])
        take = order[: min(size, total - event.samples)]
        state, order = train_rows(state, rows[take].astype(np.float32), settings, words), order[len(take) :]
    if parameters["overwrite_with_best_model"] and best is not state:
        last, state = history[-1], best
        kept = _score(layout, best, parameters, rows, held, last.iterations, time.perf_counter() - began)
        history.append(replace(kept, epochs=last.epochs, samples=last.samples))
    mean_rates, rate_deviations, momenta = _rates(state, settings)
    return Descent(
        replace(layout, layers=_layers(state, parameters)),
        tuple(history),
        state,
        mean_rates=mean_rates,
        rate_deviations=rate_deviations,
        momenta=momenta,
        never_fed=~(rows != 0).any(axis=0),
        scored_rows=len(rows),
        scored_held=0 if held is None else len(held),
    )


def _rates(state: PerSampleState, settings: PerSampleSettings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each layer's step sizes, and its momentum."""
    layers = len(state.layers)
    if not settings.adaptive_rate:
        rates = [float(settings.rate) * settings.rate_decay**depth for depth in range(layers)]
        return np.array(rates), np.zeros(layers), np.zeros(layers)
    each = [
        np.sqrt(
            (np.asarray(layer.weight_second) + settings.epsilon) / (np.asarray(layer.weight_first) + settings.epsilon)
        )
        for layer in state.layers
    ]
    means, deviations = [float(rate.mean()) for rate in each], [float(rate.std()) for rate in each]
    return np.array(means), np.array(deviations), np.zeros(layers)


def settings_of(parameters: Mapping[str, Any]) -> PerSampleSettings:
    """The parameters that change how a row is learnt from."""
    word = parameters["activation"].split("_")[0]
    same = [name for name in PerSampleSettings.__dataclass_fields__ if name not in {"activation", "loss"}]
    return PerSampleSettings(
        activation="elu" if word == "exp" else word,
        loss="quadratic" if parameters["loss"] == "automatic" else parameters["loss"],
        **{name: parameters[name] for name in same},
    )


def has_converged(history: list[ScoringEvent], parameters: Mapping[str, Any]) -> bool:
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


def _iteration(rows: int, parameters: Mapping[str, Any]) -> int:
    asked = int(parameters["train_samples_per_iteration"])
    return min(asked, max(1, int(parameters["epochs"] * rows))) if asked > 0 else rows


def _first(layout: Mojo, inputs: int, parameters: Mapping[str, Any], random: np.random.Generator) -> PerSampleState:
    sizes = (inputs, *parameters["hidden"], inputs)
    word, scale = parameters["initial_weight_distribution"], parameters["initial_weight_scale"]
    weights, biases = [], []
    for depth, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        reach = np.sqrt(6.0 / (fan_in + fan_out)) if word == "uniform_adaptive" else scale
        shape = (fan_in, fan_out)
        weights.append(random.normal(0, scale, shape) if word == "normal" else random.uniform(-reach, reach, shape))
        is_output = depth == len(sizes) - 2
        # H2O starts rectifiers in their upper half: .5 in the first hidden layer, 1 in the others.
        height = 0.0 if layout.activation != "relu" or is_output else 0.5 if depth == 0 else 1.0
        biases.append(np.full(fan_out, height))
    return first_state(weights, biases)


def _layers(state: PerSampleState, parameters: Mapping[str, Any]) -> tuple[MojoLayer, ...]:
    dropped = (*parameters["hidden_dropout_ratios"], 0.0)
    return tuple(
        MojoLayer(np.asarray(layer.weight).T.copy(), np.asarray(layer.bias, np.float64), ratio)
        for layer, ratio in zip(state.layers, dropped, strict=True)
    )


def _score(
    layout: Mojo,
    state: PerSampleState,
    parameters: Mapping[str, Any],
    rows: Float[np.ndarray, "rows inputs"],
    held: Float[np.ndarray, "held inputs"] | None,
    iterations: int,
    seconds: float,
) -> ScoringEvent:
    model = replace(layout, layers=_layers(state, parameters))
    if not all(np.isfinite(layer.weight).all() and np.isfinite(layer.bias).all() for layer in model.layers):
        raise TrainingError(
            f"The model became unstable after {int(state.samples)} rows. Choose a bounded activation such as 'tanh', "
            "l1, l2 or max_w2, or a smaller rate."
        )
    training = float(np.square(activations(model, rows)[-1] - rows).mean())
    validation = float("nan") if held is None else float(np.square(activations(model, held)[-1] - held).mean())
    samples = int(state.samples)
    now = datetime.now(UTC).astimezone()
    return ScoringEvent(seconds, samples / len(rows), iterations, samples, training, validation, now)
