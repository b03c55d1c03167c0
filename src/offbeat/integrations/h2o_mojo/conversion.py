"""From an H2O model to a `Detector`."""

from __future__ import annotations

import os

import numpy as np

from offbeat.detector.detector import Detector
from offbeat.detector.shape import looks_like_curves
from offbeat.errors import name_some
from offbeat.integrations.h2o_mojo.columns import (
    feature_order,
    levels_read_as_missing,
    levels_spelled_alike,
    preprocessor_of,
    schema_of,
)
from offbeat.integrations.h2o_mojo.mojo import Mojo, read_mojo
from offbeat.integrations.imported import ImportedLayer, ImportedModel, detector_of, printable

TIMES_TRAINING_ERROR = 10.0
"""H2O-2's `h2o.anomaly` flagged rows whose error was above ten times that of the training rows, unless told else."""


def open_mojo(path: str | os.PathLike[str]) -> Detector:
    """An H2O autoencoder as a detector: scores, explains, takes thresholds, is saved and loaded like any other.

    Scores are H2O's `Reconstruction.MSE`. The threshold is ten times H2O's mean squared error on its training rows,
    where the file tells it; set another on normal rows: `detector.with_threshold(rule, table=...)`.

    Args:
        path: What `model.download_mojo()` or `model.save_mojo()` wrote.

    Raises:
        DetectorFileError: The file is damaged or hostile, or holds another kind of model, or one that offbeat cannot
            express.
    """
    return mojo_detector(read_mojo(path))


def mojo_detector(model: Mojo) -> Detector:
    """The detector that computes what an H2O model computes.

    H2O drops units without rescaling in training, and scales them by 1 - dropout in scoring; offbeat the other way
    round. So the weights that lead out of a layer are multiplied by 1 - its dropout.
    """
    known = model.training_error
    return detector_of(
        ImportedModel(
            source=model.source,
            origin=_origin(model),
            schema=schema_of(model),
            preprocessor=preprocessor_of(model),
            layers=_layers(model),
            scaling="normalize" if model.standardized else "none",
            score="squared",
            threshold="none" if known is None else TIMES_TRAINING_ERROR * known.error,
            rows=0 if known is None else known.rows,
            curves=not model.levels and looks_like_curves(model.subtracted[None, :]),
        )
    )


def _origin(model: Mojo) -> str:
    words = f"Imported from {model.source}, an autoencoder of H2O {printable(model.h2o_version)}."
    if model.training_error is not None:
        words += (
            f" On H2O's training rows its mean squared error was {model.training_error.error:.4g}; H2O 2 flagged rows "
            f"above {TIMES_TRAINING_ERROR:g} times that."
        )
    if levels := levels_read_as_missing(model):
        words += f" Cells {', '.join(map(repr, levels[:5]))} were levels in H2O, and are read as missing here."
    if alike := levels_spelled_alike(model):
        (name, levels), *others = alike.items()
        words += (
            f" Levels {', '.join(map(repr, levels[:5]))} of {name_some([name])} are told apart only where they stand "
            "among words: of a column of numbers only, files do not keep the spelling"
            + (f" (likewise in {name_some([other for other, _ in others])})" if others else "")
            + ". Give that column as text, in a data frame or Parquet."
        )
    if model.times:
        words += (
            f" Dates and times in {name_some(model.times)} count as milliseconds since 1970-01-01, in UTC "
            "where they say no time zone."
        )
    return words


def _layers(model: Mojo) -> tuple[ImportedLayer, ...]:
    place = np.argsort(feature_order(model))  # of each of offbeat's features in H2O's order
    # In float64, as H2O computes: of a row that fits well, the error is a small difference of numbers near 1.
    weights = [layer.weight.T.astype(np.float64) for layer in model.layers]
    biases = [layer.bias for layer in model.layers]
    for weight, before in zip(weights[1:], model.layers[:-1], strict=True):
        weight *= 1.0 - before.dropout
    weights[0] = weights[0][place]
    weights[-1], biases[-1] = weights[-1][:, place], biases[-1][place]
    return tuple(
        ImportedLayer(np.ascontiguousarray(weight), bias, model.activation, layer.dropout)
        for weight, bias, layer in zip(weights, biases, model.layers, strict=True)
    )
