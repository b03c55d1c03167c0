"""A dense network from elsewhere, in offbeat's own terms, and the `Detector` made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from offbeat.data.schema import Schema
from offbeat.detector.config import Settings, parse_settings
from offbeat.detector.detector import Detector, Facts
from offbeat.errors import DetectorFileError, SettingsError
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.layers import Affine
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.preprocessing.settings import ScalingWord
from offbeat.scoring.combine import Scorer
from offbeat.scoring.reconstruction import ReconstructionError
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.thresholds.threshold import fit_threshold
from offbeat.training.history import History

_MOST_SHOWN = 60


@dataclass(frozen=True, eq=False)
class ImportedLayer:
    """One layer: activation(input @ weight + bias).

    Attributes:
        weight: In C order, in the order of the preprocessor's features. float64 where the model computes in that.
        bias: One number a unit.
        activation: The settings' word.
        dropout: Share of the units that training dropped.
    """

    weight: Float[np.ndarray, "inputs outputs"]
    bias: Float[np.ndarray, "outputs"]
    activation: str
    dropout: float = 0.0


@dataclass(frozen=True, eq=False)
class ImportedModel:
    """Everything that a detector needs, and where it comes from.

    Attributes:
        source: Name of the file.
        origin: Where the model comes from, in sentences.
        schema: The columns that tables must have.
        preprocessor: How they become features.
        layers: From input to output; the last is as wide as the first's input.
        scaling: The settings' word for what the preprocessor does.
        score: The settings' word for the error that is a row's score.
        threshold: A number where one is known, else "none".
        rows: How many rows it was trained on; 0 where that is not known.
        curves: Whether each row is one series.
    """

    source: str
    origin: str
    schema: Schema
    preprocessor: Preprocessor
    layers: tuple[ImportedLayer, ...]
    scaling: ScalingWord
    score: Literal["squared", "absolute"]
    threshold: float | Literal["none"]
    rows: int = 0
    curves: bool = False


def printable(text: object) -> str:
    """What a file says of itself, shortened and without characters that steer a terminal.

    Example:
        >>> printable("3.46\x1b[2J")
        '3.46[2J'
    """
    return "".join(character for character in str(text) if character.isprintable())[:_MOST_SHOWN]


def detector_of(model: ImportedModel) -> Detector:
    """The detector. It has no calibration rows, so its p-values are 1 until a threshold is set on normal rows.

    Raises:
        DetectorFileError: The settings have no words for the network, such as a layer beyond the largest size.
    """
    settings = _settings(model)
    return Detector(
        settings=settings,
        resolved=settings,
        schema=model.schema,
        preprocessor=model.preprocessor,
        network=DenseAutoencoder(
            layers=tuple(Affine(weight=layer.weight, bias=layer.bias) for layer in model.layers),
            activation=tuple(layer.activation for layer in model.layers[:-1]),
            output_activation=model.layers[-1].activation,
            dropout=tuple(layer.dropout for layer in model.layers[:-1]),
            input_dropout=0.0,
        ),
        scorer=Scorer((ReconstructionError(model.score),), (1.0,)),
        threshold=fit_threshold(settings.part(ThresholdSettings), np.empty(0), held_out=True),
        history=History(),
        facts=Facts(
            source=model.source,
            rows=model.rows,
            trained_on=model.rows,
            validated_on=0,
            curves=model.curves,
            seconds=0.0,
            origin=model.origin,
        ),
    )


def _settings(model: ImportedModel) -> Settings:
    hidden = model.layers[:-1]
    activations = tuple(layer.activation for layer in hidden)
    dropout = tuple(layer.dropout for layer in hidden)
    try:
        return parse_settings(
            {
                "network": "dense",
                "hidden": tuple(len(layer.bias) for layer in hidden),
                "activation": activations[0] if len(set(activations)) == 1 else activations,
                "output_activation": model.layers[-1].activation,
                **({"dropout": dropout} if any(dropout) else {}),
                "scaling": model.scaling,
                "loss": model.score,
                "score": model.score,
                "threshold": model.threshold,
            }
        )
    except SettingsError as problem:
        raise DetectorFileError(f"{model.source}: offbeat cannot express this network. {problem}") from None
