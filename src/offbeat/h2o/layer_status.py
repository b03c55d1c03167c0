"""The status of neuron layers, which H2O prints as the summary of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from offbeat.h2o.estimators.descent import Descent
from offbeat.h2o.training_run import distribution_of
from offbeat.h2o.two_dim_table import H2OTwoDimTable

COLUMNS = (
    *("", "layer", "units", "type", "dropout", "l1", "l2", "mean_rate", "rate_rms", "momentum"),
    *("mean_weight", "weight_rms", "mean_bias", "bias_rms"),
)
_WORDS = {"tanh": "Tanh", "relu": "Rectifier", "elu": "ExpRectifier"}


def layer_status(descent: Descent, parameters: Mapping[str, Any]) -> H2OTwoDimTable:
    """One row a layer, the input first; what H2O calls RMS are standard deviations.

    Args:
        descent: What training found.
        parameters: What it was trained with.
    """
    inputs = len(descent.model.feature_names)
    dropped = _percent(parameters["input_dropout_ratio"])
    rows = [("", 1, inputs, "Input", dropped, *([""] * 9))]
    rows += [_row(descent, parameters, depth) for depth in range(len(descent.model.layers))]
    return H2OTwoDimTable(
        "Status of Neuron Layers", _description(descent, parameters), COLUMNS, cell_values=tuple(rows)
    )


def _row(descent: Descent, parameters: Mapping[str, Any], depth: int) -> tuple[Any, ...]:
    layer, is_output = descent.model.layers[depth], depth == len(descent.model.layers) - 1
    with_dropout = parameters["activation"].endswith("with_dropout") and not is_output
    word = _WORDS[descent.model.activation] + ("Dropout" if with_dropout else "")
    steps = (descent.mean_rates[depth], descent.rate_deviations[depth], descent.momenta[depth])
    values = (layer.weight.mean(), layer.weight.std(), layer.bias.mean(), layer.bias.std())
    fixed = (float(parameters["l1"]), float(parameters["l2"]))
    dropout = "" if is_output else _percent(layer.dropout)
    return ("", depth + 2, len(layer.bias), word, dropout, *fixed, *map(float, steps), *map(float, values))


def _description(descent: Descent, parameters: Mapping[str, Any]) -> str:
    """Loss and size in words, as H2O says them.

    The bytes are those of a model as offbeat holds it; H2O counts Java's objects as well.
    """
    loss = "quadratic" if parameters["loss"] == "automatic" else parameters["loss"]
    layers = descent.model.layers
    numbers = sum(layer.weight.size + layer.bias.size for layer in layers)
    held = sum(np.asarray(array).nbytes for layer in descent.state.layers for array in layer)
    samples, batch = int(descent.state.samples), parameters["mini_batch_size"]
    return (
        f"auto-encoder, {distribution_of(loss)} distribution, {loss.capitalize()} loss, "
        f"{numbers:,} weights/biases, {_bytes(held)}, {samples:,} training samples, mini-batch size {batch:,}"
    )


def _percent(share: float) -> float:
    return 100.0 * share


def _bytes(count: int) -> str:
    """A size as H2O writes it: "3.5 KB"."""
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
