"""What H2O itself answers for a table: its columns, their names and order, its units, its precision.

H2O computes with float32 weights and float64 activations and biases, offbeat's detectors with float32 throughout. A
detector's scores agree with H2O's to about 1e-6; these numbers do to the last digits, so that two systems can be
compared cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.data.readers import read
from offbeat.data.table import Table
from offbeat.errors import SettingsError
from offbeat.integrations.h2o_mojo.columns import schema_of, words_of
from offbeat.integrations.h2o_mojo.mojo import Mojo

ACTIVATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "tanh": np.tanh,
        "relu": lambda x: np.maximum(x, 0.0),
        "elu": lambda x: np.where(x >= 0, x, np.expm1(np.minimum(x, 0.0))),
    }
)


def anomaly(model: Mojo, table: object) -> pl.DataFrame:
    """Each row's mean squared error over all of the network's inputs, as `model.anomaly(frame)`.

    Args:
        model: From `read_mojo`.
        table: A path, URL, data frame, array or `Table` with the model's columns.

    Returns:
        One column, `Reconstruction.MSE`.
    """
    return pl.DataFrame({"Reconstruction.MSE": _squared_errors(model, table).mean(axis=1)})


def anomaly_per_feature(model: Mojo, table: object) -> pl.DataFrame:
    """The squared error of each input, as `model.anomaly(frame, per_feature=True)`.

    Args:
        model: From `read_mojo`.
        table: As for `anomaly`.

    Returns:
        A column `reconstr_NAME.SE` for each of `model.feature_names`; their mean is `anomaly`.
    """
    return _frame([f"reconstr_{name}.SE" for name in model.feature_names], _squared_errors(model, table))


def predict(model: Mojo, table: object) -> pl.DataFrame:
    """The reconstruction, as `model.predict(frame)`: numbers in their own units, slots of categories as they are.

    Args:
        model: From `read_mojo`.
        table: As for `anomaly`.

    Returns:
        A column `reconstr_NAME` for each of `model.feature_names`.
    """
    values = activations(model, inputs(model, table))[-1]
    numeric = slice(values.shape[1] - len(model.numeric), None)
    values[:, numeric] = values[:, numeric] / model.multiplied + model.subtracted
    return _frame([f"reconstr_{name}" for name in model.feature_names], values)


def deep_features(model: Mojo, table: object, layer: int) -> pl.DataFrame:
    """The activations of a hidden layer, as `model.deepfeatures(frame, layer)`.

    Args:
        model: From `read_mojo`.
        table: As for `anomaly`.
        layer: From 0, the first hidden one.

    Returns:
        A column `DF.L1.C1`, `DF.L1.C2`, ... for each unit of the first layer, `DF.L2.C1` for the second.

    Raises:
        SettingsError: There is no such hidden layer.
    """
    hidden = len(model.layers) - 1
    if not 0 <= layer < hidden:
        raise SettingsError(f"There is no hidden layer {layer}; {model.source} has {hidden}, counted from 0.")
    values = activations(model, inputs(model, table))[layer]
    return _frame([f"DF.L{layer + 1}.C{unit + 1}" for unit in range(values.shape[1])], values)


def inputs(model: Mojo, table: object) -> Float64[np.ndarray, "rows inputs"]:
    """What the network sees: a slot for each level and one for missing ones, then scaled numbers; 0 where missing.

    Args:
        model: From `read_mojo`.
        table: As for `anomaly`.

    Raises:
        SchemaError: Columns are lacking.
        DataError: A numeric column holds something else.
    """
    aligned = schema_of(model).align(read(table))
    slots = [_slots(aligned, name, levels) for name, levels in model.levels.items()]
    scaled = (aligned.numbers(model.numeric).astype(np.float64) - model.subtracted) * model.multiplied
    return np.hstack([*slots, np.where(np.isnan(scaled), 0.0, scaled)])


def activations(model: Mojo, signal: Float64[np.ndarray, "rows inputs"]) -> list[Float64[np.ndarray, "rows _"]]:
    """The output of every layer, that of dropped units scaled as H2O does.

    Args:
        model: From `read_mojo`.
        signal: From `inputs`.
    """
    answers = []
    for layer in model.layers:
        signal = ACTIVATIONS[model.activation](signal @ layer.weight.T.astype(np.float64) + layer.bias)
        signal = signal * (1.0 - layer.dropout)
        answers.append(signal)
    return answers


def _slots(table: Table, name: str, levels: tuple[str, ...]) -> Float64[np.ndarray, "rows slots"]:
    place = {word: slot for slot, word in enumerate(words_of(levels))}
    lit = [place.get(word, len(levels)) for word in table.words(name).to_list()]
    return np.eye(len(levels) + 1)[lit]


def _squared_errors(model: Mojo, table: object) -> Float64[np.ndarray, "rows inputs"]:
    given = inputs(model, table)
    return np.square(activations(model, given)[-1] - given)


def _frame(names: list[str], values: Float64[np.ndarray, "rows _"]) -> pl.DataFrame:
    return pl.DataFrame(values, schema=names, orient="row")
