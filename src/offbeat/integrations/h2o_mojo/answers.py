"""What H2O itself answers for a table: its columns, their names and order, its units, its precision.

H2O computes with float32 weights and float64 activations and biases, offbeat's detectors with float32 throughout. A
detector's scores agree with H2O's to about 1e-6; these numbers do to the last digits, so that two systems can be
compared cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.data.names import free_name
from offbeat.errors import SettingsError
from offbeat.integrations.h2o_mojo.forward import activations, mean_squared_errors, quick_errors
from offbeat.integrations.h2o_mojo.inputs import inputs_of
from offbeat.integrations.h2o_mojo.mojo import Mojo


def anomaly(model: Mojo, table: object) -> pl.DataFrame:
    """Each row's mean squared error over all of the network's inputs, as `model.anomaly(frame)`.

    Args:
        model: From `read_mojo`.
        table: A path, URL, data frame, array or `Table` with the model's columns.

    Returns:
        One column, `Reconstruction.MSE`.
    """
    return _errors_of_rows(model, table, mean_squared_errors)


def quick_anomaly(model: Mojo, table: object) -> pl.DataFrame:
    """`anomaly` in half the time where float32 tells small errors as well: the same within 1e-7.

    Args:
        model: From `read_mojo`.
        table: As for `anomaly`.

    Returns:
        One column, `Reconstruction.MSE`.
    """
    return _errors_of_rows(model, table, quick_errors)


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
    return inputs_of(model, table).of_rows(slice(None))


def _errors_of_rows(model: Mojo, table: object, errors: Callable[..., Float64[np.ndarray, "rows"]]) -> pl.DataFrame:
    given = inputs_of(model, table)
    return pl.DataFrame({"Reconstruction.MSE": errors(model, given.of_rows, given.height)})


def _squared_errors(model: Mojo, table: object) -> Float64[np.ndarray, "rows inputs"]:
    given = inputs(model, table)
    return np.square(activations(model, given)[-1] - given)


def _frame(names: list[str], values: Float64[np.ndarray, "rows _"]) -> pl.DataFrame:
    """A column for each name; H2O's frames may have a name twice, here the second one gets a number."""
    free: dict[str, None] = {}
    for name in names:
        free[free_name(name, free)] = None
    return pl.DataFrame(values, schema=list(free), orient="row")
