"""Features to their reconstruction: one table from the class of a network to its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import jax.numpy as jnp
import numpy as np

from offbeat.errors import DetectorFileError
from offbeat.integrations.onnx.activations import activate
from offbeat.integrations.onnx.graph import LAST, Value
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.contractive import ContractiveAutoencoder
from offbeat.networks.convolutional import STRIDE, Convolution, ConvolutionalAutoencoder, halved_lengths
from offbeat.networks.denoiser import CODE_WIDTH, MultiScaleDenoiser, level_code
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.ensemble import Ensemble
from offbeat.networks.layers import Affine
from offbeat.networks.linear_skip import LinearSkip
from offbeat.networks.memory import TINY, Memory, MemoryAutoencoder
from offbeat.networks.softmax import CategoryProbabilities, runs
from offbeat.networks.variational import VariationalAutoencoder


def views_of(network: AbstractAutoencoder, features: Value) -> list[Value]:
    """The network's views in the scaled space, computed in the type of `features`; their mean is the reconstruction.

    Args:
        network: The detector's; dropout and noise are absent, as when it scores.
        features: (rows, features), float32 or float64.

    Raises:
        DetectorFileError: The export knows no nodes for this kind of network.
    """
    if isinstance(network, Ensemble):
        members = [views_of(network.member(number), features) for number in range(network.count)]
        return [mean_of(views) for views in zip(*members, strict=True)]
    if isinstance(network, CategoryProbabilities):
        return [_with_probabilities(view, network.widths) for view in views_of(network.network, features)]
    if isinstance(network, LinearSkip):
        skipped = _affine(network.decoder, _affine(network.encoder, features))
        return [skipped + view for view in views_of(network.network, features)]
    nodes = NETWORKS.get(type(network))
    if nodes is None:
        raise DetectorFileError(
            f"ONNX cannot express this detector: its network is a {type(network).__name__}; the export knows "
            f"{', '.join(kind.__name__ for kind in NETWORKS)}. Fit with network='dense' or network='denoiser'."
        )
    made = nodes(network, features)
    return made if isinstance(made, list) else [made]


def _with_probabilities(logits: Value, widths: tuple[int, ...]) -> Value:
    """A softmax over the features of each categorical column, which are counted from the last one."""
    graph, first = logits.graph, -sum(widths)
    parts = [logits.columns(0, first)]
    for count, width in runs(widths):
        after = first + count * width
        block = logits.columns(first, after or LAST)
        by_column = graph.apply("Reshape", block, np.array([0, count, width]))
        shares = graph.apply("Softmax", by_column, attributes={"axis": 2})
        parts.append(graph.apply("Reshape", shares, np.array([0, count * width])))
        first = after
    return graph.concatenate(*parts, axis=1)


def _dense(network: DenseAutoencoder, features: Value) -> Value:
    return _through(network.layers, (*network.activation, network.output_activation), features)


def _denoiser(network: MultiScaleDenoiser, features: Value) -> list[Value]:
    """One view for each noise level: the level's code only adds to the first layer's bias."""
    first, *others = network.layers
    product = features @ np.asarray(first.weight, features.dtype)[:-CODE_WIDTH]
    views = []
    for bias in _biases(network, features.dtype):
        signal = product + bias
        for layer in others:
            signal = _affine(layer, activate(network.activation, signal))
        views.append(signal)
    return views


def _variational(network: VariationalAutoencoder, features: Value) -> Value:
    """With the mean code, as when it scores: the half of the code layer that makes the variance is left out."""
    layer = network.layers[network.code]
    units = layer.weight.shape[1] // 2
    mean = Affine(weight=np.asarray(layer.weight)[:, :units], bias=np.asarray(layer.bias)[:units])
    layers = [*network.layers[: network.code], mean, *network.layers[network.code + 1 :]]
    return _through(layers, network.layer_words, features)


def _contractive(network: ContractiveAutoencoder, features: Value) -> Value:
    return _through(network.layers, network.layer_words, features)


def _memory(network: MemoryAutoencoder, features: Value) -> Value:
    after = network.code + 1
    code = _through(network.layers[:after], network.layer_words[:after], features)
    return _through(network.layers[after:], network.layer_words[after:], _recalled(network.memory, code))


def _through(layers: Sequence[Affine], words: Sequence[str], signal: Value) -> Value:
    for layer, word in zip(layers, words, strict=True):
        signal = activate(word, _affine(layer, signal))
    return signal


def _recalled(memory: Memory, code: Value) -> Value:
    """What the memory recalls; the sizes of its slots are computed here, in the precision of the graph."""
    graph, weight = code.graph, np.asarray(memory.weight, code.dtype)
    own = graph.apply("Sqrt", (code * code).sum(axis=1) + TINY).new_axis(1)
    sizes = np.sqrt((weight * weight).sum(axis=1) + code.dtype.type(TINY))
    attention = graph.apply("Softmax", (code @ weight.T) / (own * sizes), attributes={"axis": 1})
    excess = attention - 1.0 / len(weight)
    kept = excess.at_least(0.0) * attention / (graph.apply("Abs", excess) + TINY)
    return (kept / (kept.sum(axis=1).new_axis(1) + TINY)) @ weight


def _convolutional(network: ConvolutionalAutoencoder, features: Value) -> Value:
    """Windows gathered by their places, then one product a layer: onnxruntime has no convolution of float64."""
    depth = len(network.layers) // 2
    lengths = halved_lengths(network.steps, depth)
    signal = features.new_axis(2)
    for place, (layer, word) in enumerate(zip(network.layers, network.layer_words, strict=True)):
        steps = lengths[min(place, 2 * depth - 1 - place)]
        if place >= depth:
            signal = signal.take(np.arange(steps) // STRIDE, 1)
        signal = activate(word, _convolution(layer, signal, steps))
    return signal.take(0, 2)


def _convolution(layer: Convolution, signal: Value, steps: int) -> Value:
    taps, inputs, outputs = layer.weight.shape
    first = layer.stride * np.arange(-(-steps // layer.stride)) - (taps - 1) // 2
    places = np.clip(first[:, None] + np.arange(taps), 0, steps - 1)
    windows = signal.graph.apply("Reshape", signal.take(places, 1), np.array([0, len(first), taps * inputs]))
    weight = np.asarray(layer.weight, signal.dtype).reshape(taps * inputs, outputs)
    return windows @ weight + np.asarray(layer.bias, signal.dtype)


def _biases(network: MultiScaleDenoiser, precision: np.dtype) -> list[np.ndarray]:
    """The first layer's bias at each level, the level's code multiplied in."""
    weight, bias = (np.asarray(array, np.float64) for array in (network.layers[0].weight, network.layers[0].bias))
    codes = [np.asarray(level_code(jnp.float32(level)), np.float64) for level in network.levels]
    return [(bias + code @ weight[-CODE_WIDTH:]).astype(precision) for code in codes]


def _affine(layer: Affine, signal: Value) -> Value:
    return signal @ np.asarray(layer.weight, signal.dtype) + np.asarray(layer.bias, signal.dtype)


def mean_of(values: Sequence[Value]) -> Value:
    """The mean of values of one shape."""
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total / float(len(values))


NETWORKS: Mapping[type[AbstractAutoencoder], Callable[[Any, Value], Value | list[Value]]] = MappingProxyType(
    {
        DenseAutoencoder: _dense,
        MultiScaleDenoiser: _denoiser,
        VariationalAutoencoder: _variational,
        ContractiveAutoencoder: _contractive,
        MemoryAutoencoder: _memory,
        ConvolutionalAutoencoder: _convolutional,
    }
)
"""From the class of a network to its nodes."""
