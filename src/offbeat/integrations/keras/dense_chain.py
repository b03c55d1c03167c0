"""Layers of Keras, one after another, as the dense layers that offbeat has.

Only dense layers and activations compute something here. What scales and shifts (batch normalization after training,
`Rescaling`, `Normalization`) is multiplied into the dense layer beside it; what acts in training only is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from jaxtyping import Float64, Int

from offbeat.errors import DetectorFileError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.integrations.keras.activations import READABLE, activation_in_words, activation_word, after
from offbeat.integrations.keras.layers import KerasLayer
from offbeat.integrations.keras.scaling import SCALINGS, Scaling
from offbeat.integrations.keras.weights import KerasWeights
from offbeat.persistence.format import shown

MAX_WIDTH: Final = 1_000_000
PASSED_OVER: Final = (
    *("InputLayer", "Identity", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
    "ActivityRegularization",
)
"""Layers that give what they get once training is over."""


@dataclass(frozen=True, eq=False)
class DenseLayer:
    """activation(input @ weight + bias); the activation is None as long as none was said."""

    weight: Float64[np.ndarray, "inputs outputs"]
    bias: Float64[np.ndarray, "outputs"]
    activation: str | None


@dataclass(frozen=True, eq=False)
class Chain:
    """What the layers up to some point amount to.

    Attributes:
        shape: Of one example at this point, the axis of rows aside.
        layers: The dense layers so far.
        waiting: What the next dense layer's input is scaled by, after the last activation.
        order: Before the first dense layer, which number of the model's input stands at each place; None where each
            stands at its own.
        means: Of the model's inputs over its training rows, where a layer before all others knows them.
        means_of: The kind of that layer.
    """

    shape: tuple[int, ...]
    layers: tuple[DenseLayer, ...] = ()
    waiting: Scaling | None = None
    order: Int[np.ndarray, "inputs"] | None = None
    means: Float64[np.ndarray, "inputs"] | None = None
    means_of: str = ""


def read_chain(layers: Iterable[KerasLayer], shape: tuple[int, ...], weights: KerasWeights) -> Chain:
    """What a line of layers amounts to: dense layers, with nothing waiting behind them.

    Args:
        layers: In the order in which data passes them.
        shape: Of one example.
        weights: Where they find their arrays.

    Raises:
        DetectorFileError: A layer cannot be expressed or is damaged, or the output is not as wide as the input.
    """
    if not shape or min(shape) < 1 or math.prod(shape) > MAX_WIDTH:
        raise DetectorFileError(f"{weights.where}: an example has the absurd shape {shown(str(shape))}. {DAMAGED}")
    chain = Chain(shape)
    with np.errstate(all="ignore"):  # a scaling that leads beyond all numbers is refused when the weights are rounded
        for layer in layers:
            if layer.kind in KINDS:
                chain = KINDS[layer.kind](chain, layer, weights)
            elif layer.kind not in PASSED_OVER:
                raise _refusal(layer, f"is a {shown(layer.kind)}", weights)
    inputs, outputs = math.prod(shape), len(chain.layers[-1].bias) if chain.layers else 0
    if inputs != outputs:
        raise DetectorFileError(
            f"{weights.where}: the model has {inputs} inputs and {outputs} outputs; an autoencoder has as many of each."
        )
    if chain.waiting is not None:
        raise DetectorFileError(
            f"{weights.where}: the output is scaled after its activation, which offbeat cannot express. Leave the "
            "scaling out of the model, and scale the table."
        )
    return chain


def _dense(chain: Chain, layer: KerasLayer, weights: KerasWeights) -> Chain:
    units = layer.config.get("units")
    if len(chain.shape) != 1:
        raise _refusal(layer, f"gets examples of the shape {chain.shape}, without a Flatten before it", weights)
    if layer.config.get("quantization_config"):
        raise _refusal(layer, "is quantized", weights)
    if type(units) is not int or not 0 < units <= MAX_WIDTH:
        raise _refusal(layer, f"has {shown(str(units))} units", weights)
    weight = weights.array(layer.place, 0, (*chain.shape, units), layer.shown).astype(np.float64)
    bias = np.zeros(units)
    if layer.config.get("use_bias", True):
        bias = weights.array(layer.place, 1, (units,), layer.shown).astype(np.float64)
    if chain.waiting is not None:
        weight, bias = chain.waiting.factor[:, np.newaxis] * weight, bias + chain.waiting.shift @ weight
    if chain.order is not None:
        weight = weight[np.argsort(chain.order)]
    layers = (*_closed(chain.layers), DenseLayer(weight, bias, None))
    added = Chain((units,), layers, means=chain.means, means_of=chain.means_of)
    return _with_activation(added, layer, activation_word(layer.config.get("activation")), weights)


def _activation(chain: Chain, layer: KerasLayer, weights: KerasWeights) -> Chain:
    word = activation_word({"class_name": layer.kind, "config": layer.config})
    return _with_activation(chain, layer, word, weights)


def _flatten(chain: Chain, layer: KerasLayer, weights: KerasWeights) -> Chain:
    """Into one axis; with "channels_first" the first axis becomes the last one before that."""
    width = math.prod(chain.shape)
    data_format = layer.config.get("data_format", "channels_last")
    if data_format == "channels_first" and len(chain.shape) > 1:
        order = np.moveaxis(np.arange(width).reshape(chain.shape), 0, -1).ravel()
        chain = _reordered(chain, order)
    elif data_format not in (None, "channels_first", "channels_last"):
        raise _refusal(layer, f"has the data_format {shown(str(data_format))}", weights)
    return replace(chain, shape=(width,))


def _reordered(chain: Chain, order: Int[np.ndarray, "units"]) -> Chain:
    """With the number at order[i] at each place i."""
    if chain.waiting is not None:
        chain = replace(chain, waiting=Scaling(chain.waiting.factor[order], chain.waiting.shift[order]))
    if not chain.layers:
        return replace(chain, order=order if chain.order is None else chain.order[order])
    last = chain.layers[-1]
    moved = DenseLayer(last.weight[:, order], last.bias[order], last.activation)
    return replace(chain, layers=(*chain.layers[:-1], moved))


def _reshape(chain: Chain, layer: KerasLayer, weights: KerasWeights) -> Chain:
    width = math.prod(chain.shape)
    target = layer.config.get("target_shape")
    sizes = target if isinstance(target, list) and all(type(size) is int for size in target) else [0]
    known = math.prod(size for size in sizes if size != -1)
    shape = tuple(width // max(known, 1) if size == -1 else size for size in sizes)
    if sizes.count(-1) > 1 or min(shape, default=0) < 1 or math.prod(shape) != width:
        raise _refusal(layer, f"makes {shown(str(target))} of the shape {chain.shape}", weights)
    return replace(chain, shape=shape)


def _scale(chain: Chain, layer: KerasLayer, weights: KerasWeights) -> Chain:
    scaling = SCALINGS[layer.kind](layer, chain.shape, weights)
    if chain.layers and chain.layers[-1].activation is None:
        last = chain.layers[-1]
        scaled = DenseLayer(last.weight * scaling.factor, last.bias * scaling.factor + scaling.shift, None)
        return replace(chain, layers=(*chain.layers[:-1], scaled))
    if chain.waiting is not None:
        shift = chain.waiting.shift * scaling.factor + scaling.shift
        scaling = Scaling(chain.waiting.factor * scaling.factor, shift)
    elif not chain.layers and chain.order is None:
        chain = replace(chain, means=scaling.mean, means_of=layer.kind)
    return replace(chain, waiting=scaling)


KINDS: Mapping[str, Callable[[Chain, KerasLayer, KerasWeights], Chain]] = MappingProxyType(
    {
        "Dense": _dense,
        **dict.fromkeys(("Activation", "ReLU", "LeakyReLU", "ELU"), _activation),
        "Flatten": _flatten,
        "Reshape": _reshape,
        **dict.fromkeys(SCALINGS, _scale),
    }
)
"""From Keras's class of a layer to what it adds to the layers before it."""


def _with_activation(chain: Chain, layer: KerasLayer, word: str | None, weights: KerasWeights) -> Chain:
    if word is None:
        raise DetectorFileError(
            f"{weights.where}: {layer.shown} has {activation_in_words(layer.kind, layer.config)}. {READABLE}"
        )
    if word == "linear":
        return chain
    last = chain.layers[-1] if chain.layers else None
    if last is None or chain.waiting is not None:
        raise _refusal(layer, f"applies {word} where no dense layer stands right before it", weights)
    both = after(last.activation, word)
    if both is None:
        raise DetectorFileError(
            f"{weights.where}: {layer.shown} applies {word} after {last.activation}, and a dense layer can have one "
            "activation here. Leave one of the two out, and train the model again."
        )
    return replace(chain, layers=(*chain.layers[:-1], replace(last, activation=both)))


def _closed(layers: tuple[DenseLayer, ...]) -> tuple[DenseLayer, ...]:
    """The layers, once the next begins: without an activation the last one is linear."""
    if not layers or layers[-1].activation is not None:
        return layers
    return (*layers[:-1], replace(layers[-1], activation="linear"))


def _refusal(layer: KerasLayer, why: str, weights: KerasWeights) -> DetectorFileError:
    code = " A Lambda holds Python code, and offbeat runs none." if layer.kind == "Lambda" else ""
    return DetectorFileError(
        f"{weights.where}: {layer.shown} {why}.{code} Only dense autoencoders can be imported, of the layers "
        f"{', '.join(KINDS)} and of those that act in training only."
    )
