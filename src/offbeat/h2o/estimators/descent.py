"""H2O's training run: iterations, scores along the way, early stopping, the best model kept."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Bool, Float32, Float64, Int

from offbeat.h2o.estimators.encoding import Encoding
from offbeat.h2o.estimators.initial_weights import initial_state
from offbeat.h2o.estimators.progress import progress
from offbeat.h2o.estimators.row_weights import one_epoch
from offbeat.h2o.estimators.scoring import ScoredRows, ScoringEvent, has_converged, is_due, scored_rows
from offbeat.h2o.estimators.seeds import generator
from offbeat.integrations.h2o_mojo import Mojo
from offbeat.integrations.h2o_mojo.mojo import MojoLayer
from offbeat.training.per_sample import train_rows
from offbeat.training.per_sample_batches import train_batches
from offbeat.training.per_sample_state import MOST_SAMPLES, PerSampleSettings, PerSampleState, next_iteration, pace

MOST_ROWS_AN_ITERATION = 100_000
"""Where H2O may choose, an iteration has an epoch's rows, or so many."""
_ROWS_BETWEEN_NEWS = 8192


@dataclass(frozen=True, eq=False)
class Descent:
    """What training found.

    Attributes:
        model: The network in H2O's layout.
        history: One entry for each score, those of the checkpoint first.
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


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """What is learnt from, and what scores are measured on.

    Attributes:
        scored: Inputs as scoring sees them.
        learnt: The same as training sees them; they differ in some of H2O's defects only.
        weights: How much each row counts.
        seen: Which rows are learnt from: with missing_values_handling="skip" those without missing cells. As in H2O,
            the others are scored all the same, and an epoch has as many rows as there are.
        held: Inputs of the validation rows.
    """

    scored: Float64[np.ndarray, "rows inputs"]
    learnt: Float32[np.ndarray, "rows inputs"]
    weights: Float64[np.ndarray, "rows"]
    seen: Bool[np.ndarray, "rows"]
    held: Float64[np.ndarray, "held inputs"] | None


def descend(
    layout: Mojo,
    rows: TrainingRows,
    parameters: Mapping[str, Any],
    checkpoint: Descent | None = None,
    encoding: Encoding | None = None,
) -> Descent:
    """Train on rows until the epochs or the time are over, or the error no longer falls.

    Args:
        layout: From `layout_of`.
        rows: The rows.
        parameters: From `checked_parameters`, the seed from `drawn_seed`.
        checkpoint: The training that goes on.
        encoding: What the layout's columns were made by.

    Raises:
        TrainingError: The model became unstable.
    """
    seed = parameters["seed"]
    state = initial_state(rows.scored.shape[1], parameters, seed) if checkpoint is None else checkpoint.state
    earlier = () if checkpoint is None else checkpoint.history
    judged = scored_rows(rows.scored, rows.weights, rows.held, parameters, generator(seed), earlier)
    settings = settings_of(parameters, zeros_among_inputs=bool((rows.learnt == 0).any()))
    with progress() as news:
        state, history = _iterate(layout, rows, judged, parameters, settings, state, seed, news, earlier)
    mean_rates, rate_deviations, momenta = _rates(state, settings, parameters)
    return Descent(
        replace(layout, layers=_layers(state, parameters)),
        tuple(history),
        state,
        mean_rates=mean_rates,
        rate_deviations=rate_deviations,
        momenta=momenta,
        never_fed=~(rows.scored != 0).any(axis=0),
        scored_rows=len(judged.training),
        scored_held=0 if judged.held is None else len(judged.held),
        encoding=encoding or Encoding(),
    )


def settings_of(parameters: Mapping[str, Any], zeros_among_inputs: bool = True) -> PerSampleSettings:
    """The parameters that change how a row is learnt from.

    Args:
        parameters: From `checked_parameters`.
        zeros_among_inputs: Whether an input of a row is exactly 0.
    """
    own = {"activation", "loss", "zeros_among_inputs", "annealed_by_row"}
    names = set(PerSampleSettings.__dataclass_fields__) - own
    same = {name: parameters[name] for name in names}
    word: Any = parameters["activation"].split("_")[0]
    strict = parameters["strict_h2o"]
    if strict:  # H2O asks for the momentum of row -1, whichever row it is at
        start, climb = parameters["momentum_start"], parameters["momentum_stable"] - parameters["momentum_start"]
        same["momentum_start"] = same["momentum_stable"] = start - climb / parameters["momentum_ramp"]
    return PerSampleSettings(
        activation=("elu_with_h2os_slope" if strict else "elu") if word == "exp" else word,
        loss="quadratic" if parameters["loss"] == "automatic" else parameters["loss"],
        zeros_among_inputs=zeros_among_inputs,
        annealed_by_row=not strict,
        **same,
    )


def _iterate(
    layout: Mojo,
    rows: TrainingRows,
    judged: ScoredRows,
    parameters: Mapping[str, Any],
    settings: PerSampleSettings,
    state: PerSampleState,
    seed: int,
    news: Any,
    earlier: Sequence[ScoringEvent],
) -> tuple[PerSampleState, list[ScoringEvent]]:
    """Iterations and scores; gives the state to keep.

    As in H2O, the scores of a checkpoint count for early stopping, and at least one iteration follows the first score
    of a run: also where the epochs are over already, because this frame has fewer rows than the checkpoint's.
    """
    words = generator(seed).integers(0, 2**32, size=2, dtype=np.uint32)
    total, spent = int(np.ceil(parameters["epochs"] * len(rows.learnt))), 0.0
    iterations = earlier[-1].iterations if earlier else 0
    orders = _orders(rows, _iteration(int(rows.seen.sum()), parameters), seed, int(state.samples))
    learnt, best, history = _placed(rows.learnt, parameters["mini_batch_size"]), state, list(earlier)

    def score(state: PerSampleState) -> ScoringEvent:
        return judged.score(replace(layout, layers=_layers(state, parameters)), iterations, int(state.samples))

    def left(state: PerSampleState) -> int:
        return max(0, min(total, MOST_SAMPLES) - int(state.samples))

    while True:
        now, is_first = time.perf_counter(), len(history) == len(earlier)
        elapsed = now - judged.began
        since_last = elapsed if is_first else judged.earlier + elapsed - history[-1].seconds
        is_over = (not left(state) and not (is_first and earlier)) or 0 < parameters["max_runtime_secs"] < elapsed
        if is_over or is_first or is_due(parameters, since_last, spent, elapsed):
            event = score(state)
            spent += time.perf_counter() - now
            is_best = is_first or event.deciding < min(past.deciding for past in history[len(earlier) :])
            best = state if is_best else best
            history.append(event)
            if is_over or (not is_first and has_converged(history, parameters)):
                break
        order, state = next(orders)[: left(state) or MOST_SAMPLES - int(state.samples)], next_iteration(state)
        for part in _parts(order, parameters["mini_batch_size"]):
            state = _learn(state, learnt, settings, words, parameters["mini_batch_size"], part)
            news.epoch(int(state.samples), total, history[-1].training, None)
        iterations += 1
    if int(state.samples) == MOST_SAMPLES < total:
        warnings.warn(f"Training ended after {MOST_SAMPLES:,} of {total:,} rows: more are not counted.", stacklevel=2)
    is_timed_out = 0 < parameters["max_runtime_secs"] < history[-1].seconds - judged.earlier and left(state) > 0
    if best is state or is_timed_out or not parameters["overwrite_with_best_model"]:
        return state, history
    history.append(replace(score(best), epochs=history[-1].epochs, samples=history[-1].samples))
    return best._replace(samples=state.samples), history  # what goes on from here has seen all of these rows


def _placed(rows: Float32[np.ndarray, "rows inputs"], batch_size: int) -> Array:
    """The rows where they are learnt from: single ones beside the processor, whatever else the machine has."""
    return jax.device_put(rows, jax.local_devices(backend="cpu")[0] if batch_size == 1 else None)


def _learn(
    state: PerSampleState,
    rows: Array,
    settings: PerSampleSettings,
    words: np.ndarray,
    batch_size: int,
    order: Int[np.ndarray, "seen"],
) -> PerSampleState:
    if batch_size == 1:
        return train_rows(state, rows, settings, words, order)
    return train_batches(state, rows, settings, words, batch_size, order)


def _iteration(rows: int, parameters: Mapping[str, Any]) -> int:
    """How many rows there are between two scores."""
    asked = int(parameters["train_samples_per_iteration"])
    if asked > 0:
        return min(asked, max(1, int(parameters["epochs"] * rows)))
    return min(rows, MOST_ROWS_AN_ITERATION) if asked == -2 else rows


def _orders(rows: TrainingRows, size: int, seed: int, seen: int) -> Iterator[np.ndarray]:
    """For each iteration the rows to see, epoch after epoch, of which some rows were seen before."""
    waiting = np.empty(0, np.int64)
    while True:
        while len(waiting) < size:
            waiting = np.concatenate([waiting, one_epoch(rows.weights, seed, seen, rows.seen)])
            seen += int(rows.seen.sum())
        yield waiting[:size]
        waiting = waiting[size:]


def _parts(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """An iteration in parts of whole batches, so that news of it come in between."""
    size = batch_size * max(1, _ROWS_BETWEEN_NEWS // batch_size)
    return [order[first : first + size] for first in range(0, len(order), size)]


def _layers(state: PerSampleState, parameters: Mapping[str, Any]) -> tuple[MojoLayer, ...]:
    dropped = (*parameters["hidden_dropout_ratios"], 0.0)
    return tuple(
        MojoLayer(np.asarray(layer.weight).T.copy(), np.asarray(layer.bias, np.float64), ratio)
        for layer, ratio in zip(state.layers, dropped, strict=True)
    )


def _rates(
    state: PerSampleState, settings: PerSampleSettings, parameters: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each layer's step sizes, and its momentum.

    As H2O tells them: the rate set by hand before momentum lessens it, and the momentum that the ramp would have
    reached, also where it was never climbed.
    """
    layers = len(state.layers)
    if not settings.adaptive_rate:
        still = replace(settings, momentum_start=0.0, momentum_stable=0.0)
        ends = {name: parameters[name] for name in ("momentum_start", "momentum_stable")}
        after = next_iteration(state)
        rates = [float(pace(still, depth, after)[0]) for depth in range(layers)]
        momenta = [float(pace(replace(settings, **ends), depth, after)[1]) for depth in range(layers)]
        return np.array(rates), np.zeros(layers), np.array(momenta)
    each = [
        np.sqrt((np.asarray(of.weight_second) + settings.epsilon) / (np.asarray(of.weight_first) + settings.epsilon))
        for of in state.layers
    ]
    means, deviations = [float(rate.mean()) for rate in each], [float(rate.std()) for rate in each]
    return np.array(means), np.array(deviations), np.zeros(layers)
