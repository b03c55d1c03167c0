"""Forward passes in plain loops over lists. The slow twins of offbeat.networks.dense and .denoiser, one example a call.

A layer is a pair (weight, bias) of lists; weight[i][o] leads from input i to output o.
"""

from __future__ import annotations

import math

Layer = tuple[list[list[float]], list[float]]
Answer = tuple[list[float], list[float], float]
"""The reconstruction, the latent code, the mean absolute activation."""


def activate(word: str, z: float) -> float:
    """The activation functions as textbooks give them; leaky relu with slope 0.01 unless stated, elu with alpha 1."""
    if word == "tanh":
        return math.tanh(z)
    if word == "relu":
        return max(z, 0.0)
    if word == "silu":
        return z / (1.0 + math.exp(-z))
    if word.startswith("leaky-relu"):
        return z if z > 0 else float(word.removeprefix("leaky-relu").removeprefix(":") or 0.01) * z
    if word == "elu":
        return z if z > 0 else math.exp(z) - 1.0
    if word == "selu":  # Klambauer et al. 2017, section 2
        return 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * (math.exp(z) - 1.0))
    if word == "gelu":
        return z * 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
    if word == "softplus":
        return math.log(1.0 + math.exp(z))
    if word == "sigmoid":
        return 1.0 / (1.0 + math.exp(-z))
    assert word == "linear", word
    return z


def affine(layer: Layer, x: list[float]) -> list[float]:
    """y = x W + b."""
    weight, bias = layer
    return [bias[o] + sum(x[i] * weight[i][o] for i in range(len(x))) for o in range(len(bias))]


def dense(layers: list[Layer], activation: list[str], output_activation: str, x: list[float]) -> Answer:
    """Every layer but the last is followed by its activation, the last by the output activation."""
    hidden: list[list[float]] = []
    signal = x
    for layer, word in zip(layers[:-1], activation, strict=True):
        signal = [activate(word, z) for z in affine(layer, signal)]
        hidden.append(signal)
    values = [activate(output_activation, z) for z in affine(layers[-1], signal)]
    return values, _narrowest(hidden, x), _mean_absolute(hidden)


def denoise(layers: list[Layer], activation: str, levels: list[float], x: list[float]) -> Answer:
    """The mean answer over all noise levels; the latent code is that of the first."""
    hidden = [activation] * (len(layers) - 1)
    answers = [dense(layers, hidden, "linear", x + level_code(level)) for level in levels]
    values = [sum(answer[0][i] for answer in answers) / len(levels) for i in range(len(x))]
    latent = answers[0][1] if len(layers) > 1 else x
    return values, latent, answers[0][2]


def level_code(level: float) -> list[float]:
    """Two sines, then two cosines, of half the logarithm and of the logarithm."""
    half, whole = 0.5 * math.log(level), math.log(level)
    return [math.sin(half), math.sin(whole), math.cos(half), math.cos(whole)]


def _narrowest(hidden: list[list[float]], x: list[float]) -> list[float]:
    best = None
    for layer in hidden:
        if best is None or len(layer) < len(best):
            best = layer
    return x if best is None else best


def _mean_absolute(hidden: list[list[float]]) -> float:
    units = [abs(unit) for layer in hidden for unit in layer]
    return sum(units) / len(units) if units else 0.0
