"""From a Keras file to a `Detector`."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeGuard

import numpy as np

from offbeat.detector.detector import Detector
from offbeat.errors import DetectorFileError, SettingsError, name_some
from offbeat.integrations.foreign_zip import DAMAGED, open_zip
from offbeat.integrations.imported import ImportedLayer, ImportedModel, detector_of, printable
from offbeat.integrations.keras.call_order import label_of
from offbeat.integrations.keras.class_parts import without_optimizers
from offbeat.integrations.keras.columns import MISSING_IS_MEAN, MISSING_IS_MOVING_MEAN, preprocessor_of, schema_of
from offbeat.integrations.keras.dense_chain import DenseLayer, read_chain
from offbeat.integrations.keras.layers import KerasLayer, is_model, is_wired, layers_of
from offbeat.integrations.keras.subclassed import layers_by_shape, layers_of_parts
from offbeat.integrations.keras.weights import KerasWeights, read_weights
from offbeat.persistence.format import MAX_FILE_BYTES, MAX_MANIFEST_BYTES, shown
from offbeat.persistence.strict_json import parse_object

CONFIG: Final = "config.json"
METADATA: Final = "metadata.json"
WEIGHTS: Final = "model.weights.h5"
_NOTHING_ELSE: Final = (
    "Its class {kind} was taken to call {what} and to do nothing else, which its Python code may: compare one row with "
    "Keras's predict."
)
_UNNAMED: Final = (
    "files of Keras before 3.6 do not name layers that keep no arrays, such as Rescaling or Add, and none was assumed "
    "in this {kind}. Where the class calls one, the scores are wrong: compare one row with Keras's predict, or save "
    "the model with Keras 3.6 or later."
)
ABSOLUTE: Final = ("mae", "MAE", "mean_absolute_error", "MeanAbsoluteError")
"""Keras's names of the absolute error."""


def open_keras(
    path: str | os.PathLike[str],
    *,
    scaling: Literal["none"] | None = None,
    minimum: int | float | None = None,
    maximum: int | float | None = None,
    names: Sequence[str] | None = None,
    activation: str | Sequence[str] | None = None,
    output_activation: str | None = None,
) -> Detector:
    """A dense autoencoder that Keras saved, as a detector: scores, explains, is saved and loaded like any other.

    A row's score is the mean error of the loss that the model was compiled with: absolute for `mae`, else squared.
    The file tells nothing of the scores of normal rows, so no threshold is set: set one on such rows
    (`detector.with_threshold(rule, table=...)`) before `detect` is asked.

    Args:
        path: What `model.save("....keras")` wrote.
        scaling: "none" where the tables to be scored are scaled already, or the model scales them itself.
        minimum: With `maximum`, the numbers that training rows were scaled by: (x - minimum) / (maximum - minimum).
        maximum: See `minimum`.
        names: Of the columns; C1, C2, ... where none are given, and tables are then taken by position.
        activation: Of the hidden layers, one for all or one a layer, in Keras's words. Only looked at for a model of a
            class of its own, which saves no activations.
        output_activation: That of the output, likewise.

    Raises:
        SettingsError: It was not said how tables are scaled, or the file needs activations.
        DetectorFileError: The file is damaged or hostile, or is no autoencoder of dense layers.

    Warns:
        UserWarning: Activations were taken that neither the file nor the caller tells, or the file cannot tell whether
            a class has further layers.
    """
    require_scaling(scaling, minimum, maximum)
    with open_zip(Path(path)) as archive:
        config, metadata = (
            parse_object(archive.read(name, MAX_MANIFEST_BYTES), f"{archive.where}: {name}", cure=DAMAGED)
            for name in (CONFIG, METADATA)
        )
        weights = read_weights(archive.read(WEIGHTS, MAX_FILE_BYTES), f"{archive.where}")
    shape = _built_shape(config)
    layers, remark = _layers(config, weights, shape, activation, output_activation)
    chain = read_chain(layers, _input_shape(layers) or shape or _width_of_first(layers, weights), weights)
    width = len(chain.layers[0].weight)
    on_missing = MISSING_IS_MOVING_MEAN if chain.means_of == "BatchNormalization" else MISSING_IS_MEAN
    remarks = [_origin(Path(path).name, config, metadata), remark, _remark_on_precision(layers)]
    remarks += [] if chain.means is None else [on_missing]
    return detector_of(
        ImportedModel(
            source=Path(path).name,
            origin=" ".join(filter(None, remarks)),
            schema=schema_of(width, names),
            preprocessor=preprocessor_of(width, names, minimum, maximum, chain.means),
            layers=tuple(_imported(layer, weights) for layer in chain.layers),
            scaling="none" if scaling == "none" else "minmax-global",
            score="absolute" if _loss(config) in ABSOLUTE else "squared",
            threshold="none",
        )
    )


def require_scaling(scaling: object, minimum: object, maximum: object) -> None:
    """Refuse anything but "none", or a minimum below a maximum.

    Raises:
        SettingsError: Nothing was said, too much, or numbers that are no range.
    """
    if scaling is None and minimum is None and maximum is None:
        raise SettingsError(
            "How were the rows scaled that the Keras model was trained on? The file does not tell. Give the smallest "
            "and the largest number of the training table: minimum=..., maximum=... (--minimum, --maximum); or "
            "scaling='none' (--scaling none) where your tables are scaled already."
        )
    if scaling is not None and (scaling != "none" or minimum is not None or maximum is not None):
        raise SettingsError(
            f"scaling={scaling!r} was given{'' if minimum is None and maximum is None else ' beside numbers'}; either "
            "scaling='none' or minimum=... and maximum=... was expected."
        )
    if scaling is None and not _is_range(minimum, maximum):
        raise SettingsError(
            f"minimum={minimum!r} and maximum={maximum!r} were given; two finite numbers were expected, the first "
            "below the second."
        )


def _is_range(minimum: object, maximum: object) -> bool:
    return _is_number(minimum) and _is_number(maximum) and 0 < float(maximum) - float(minimum) < math.inf


def _is_number(found: object) -> TypeGuard[int | float]:
    if isinstance(found, int):
        return not isinstance(found, bool) and abs(found) <= sys.float_info.max
    return isinstance(found, float | np.integer | np.floating) and math.isfinite(found)


def _layers(
    config: dict[str, Any],
    weights: KerasWeights,
    shape: tuple[int, ...] | None,
    activation: str | Sequence[str] | None,
    output_activation: str | None,
) -> tuple[list[KerasLayer], str]:
    """The layers in line, and a sentence on what had to be taken for granted."""
    is_told = is_model(config) or is_wired(config)
    weights = weights if is_told else without_optimizers(weights)
    layers = list(layers_of(config, "", weights)) if is_told else layers_of_parts(config, weights, shape)
    if not isinstance(config.get("class_name"), str):
        raise DetectorFileError(f"{weights.where}: {CONFIG} does not say what kind of model it is of. {DAMAGED}")
    remark = ""
    if not layers:
        layers, remark = layers_by_shape(config, weights, shape, activation, output_activation)
    elif activation is not None or output_activation is not None:
        raise SettingsError(f"{weights.where}: the file tells the activations of its layers itself. Leave them out.")
    if is_model(config):
        return layers, ""
    kind = shown(str(config.get("class_name")))
    if not is_told and not weights.names:
        warnings.warn(f"{weights.where}: {_UNNAMED.format(kind=kind)}", stacklevel=3)
    what = "its layers as the file wires them" if is_told else f"{_parts_in_order(layers, weights)} in this order"
    return layers, " ".join(filter(None, [remark, _NOTHING_ELSE.format(kind=kind, what=what)]))


def _parts_in_order(layers: list[KerasLayer], weights: KerasWeights) -> str:
    """The models and dense layers that a class calls, by the names that it or Keras gives them."""
    dense = [layer.place for layer in layers if layer.kind == "Dense"]
    parts = [place.rpartition("/layers/")[0] or place for place in dense]
    return name_some(list(dict.fromkeys(label_of(part, weights.names)[:60] for part in parts)))


def _built_shape(config: dict[str, Any]) -> tuple[int, ...] | None:
    """The shape of one example that the model was built with, where the file tells it."""
    built, own = config.get("build_config"), config.get("config")
    shapes = [
        built.get("input_shape") if isinstance(built, dict) else None,
        own.get("build_input_shape") if isinstance(own, dict) else None,
    ]
    return next(filter(None, map(_without_rows, shapes)), None)


def _input_shape(layers: list[KerasLayer]) -> tuple[int, ...] | None:
    """The shape of one example that the first layer tells, where it does."""
    shapes = [layer.config.get(key) for layer in layers[:1] for key in ("batch_shape", "batch_input_shape")]
    return next(filter(None, map(_without_rows, shapes)), None)


def _width_of_first(layers: list[KerasLayer], weights: KerasWeights) -> tuple[int, ...]:
    """The number of inputs of the first dense layer."""
    first = next((layer for layer in layers if layer.kind == "Dense"), None)
    kernel = None if first is None else weights.arrays.get(f"{first.place}/vars/0")
    if kernel is None or kernel.ndim != 2:
        raise DetectorFileError(f"{weights.where}: the shape of the model's input is not told. {DAMAGED}")
    return (int(kernel.shape[0]),)


def _without_rows(shape: Any) -> tuple[int, ...] | None:
    """The shape of one example, of the shape of a batch such as [None, 140]."""
    if not isinstance(shape, list) or len(shape) < 2 or not all(type(size) is int for size in shape[1:]):
        return None
    return tuple(shape[1:])


def _remark_on_precision(layers: list[KerasLayer]) -> str:
    """A sentence where Keras computed with fewer digits than offbeat does."""
    policies = [layer.config.get("dtype") for layer in layers]
    settings = [policy.get("config") if isinstance(policy, dict) else policy for policy in policies]
    words = [setting.get("name") if isinstance(setting, dict) else setting for setting in settings]
    coarse = next((word for word in words if isinstance(word, str) and "16" in word), None)
    return "" if coarse is None else f"Keras computed it in {printable(coarse)}; offbeat's numbers have more digits."


def _imported(layer: DenseLayer, weights: KerasWeights) -> ImportedLayer:
    # Keras computes in float32 unless told otherwise: more digits than it has itself would be made up.
    is_double = any(array.dtype == np.float64 for array in weights.arrays.values())
    dtype = np.float64 if is_double else np.float32
    with np.errstate(over="ignore"):
        weight, bias = np.ascontiguousarray(layer.weight, dtype=dtype), layer.bias.astype(dtype)
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise DetectorFileError(f"{weights.where}: a scaled layer has weights that are too large for {dtype.__name__}.")
    return ImportedLayer(weight, bias, layer.activation or "linear")


def _loss(config: dict[str, Any]) -> str:
    """Keras's name of the loss that the model was compiled with; also where it is in a list or by an output's name."""
    compiled = config.get("compile_config")
    loss = compiled.get("loss") if isinstance(compiled, dict) else None
    while isinstance(loss, list | dict) and len(loss) == 1:
        loss = loss[0] if isinstance(loss, list) else next(iter(loss.values()))
    if isinstance(loss, dict):
        own = loss.get("config")
        loss = own if isinstance(own, str) else loss.get("class_name")
    return str(loss)


def _origin(source: str, config: dict[str, Any], metadata: dict[str, Any]) -> str:
    version, kind = printable(metadata.get("keras_version", "of an unknown version")), config.get("class_name")
    return f"Imported from {source}, a model of Keras {version} ({printable(kind)})."
