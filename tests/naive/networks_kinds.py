"""Forward passes and penalties of the variational, contractive, memory and convolutional networks, in plain loops."""

from __future__ import annotations

import math
from typing import Any

from naive.networks_forward import Answer, Layer, activate, affine


def variational(layers: list[Layer], words: list[str], code: int, x: list[float]) -> Answer:
    """The reconstruction from the mean code, and twice its divergence from a standard normal one over the features."""
    signal, mean, divergence = x, x, 0.0
    for place, (layer, word) in enumerate(zip(layers, words, strict=True)):
        signal = [activate(word, z) for z in affine(layer, signal)]
        if place == code:
            units = len(signal) // 2
            mean, log_variance = signal[:units], signal[units:]
            for m, v in zip(mean, log_variance, strict=True):
                divergence += 0.5 * (m * m + math.exp(v) - 1.0 - v)
            signal = mean
    return signal, mean, 2.0 * divergence / len(x)


def contractive(layers: list[Layer], words: list[str], code: int, x: list[float]) -> Answer:
    """The penalty by differences: how far the reconstruction moves when one feature moves a little."""
    step = 1e-5
    penalty = 0.0
    for feature in range(len(x)):
        up, down = list(x), list(x)
        up[feature] += step
        down[feature] -= step
        answers = [_chain(layers, words, moved) for moved in (up, down)]
        penalty += sum(((a - b) / (2 * step)) ** 2 for a, b in zip(*answers, strict=True))
    latent = _chain(layers[: code + 1], words[: code + 1], x)
    return _chain(layers, words, x), latent, penalty / len(x)


def memory(layers: list[Layer], slots: list[list[float]], words: list[str], code: int, x: list[float]) -> Answer:
    """The reconstruction from what is recalled, and the entropy of the slots' shares over the features."""
    latent = _chain(layers[: code + 1], words[: code + 1], x)
    recalled, shares = recall(slots, latent)
    entropy = -sum(share * math.log(share) for share in shares if share > 0)
    return _chain(layers[code + 1 :], words[code + 1 :], recalled), latent, entropy / len(x)


def recall(slots: list[list[float]], code: list[float]) -> tuple[list[float], list[float]]:
    """Gong et al. 2019, equations 3 to 7."""
    likeness = [sum(a * b for a, b in zip(slot, code, strict=True)) / (_size(slot) * _size(code)) for slot in slots]
    total = sum(math.exp(one) for one in likeness)
    attention = [math.exp(one) / total for one in likeness]
    kept = [share if share > 1.0 / len(slots) else 0.0 for share in attention]
    shares = [share / sum(kept) for share in kept]
    return [sum(s * slot[unit] for s, slot in zip(shares, slots, strict=True)) for unit in range(len(code))], shares


def convolutional(layers: list[Any], words: list[str], x: list[float]) -> Answer:
    """Each encoder layer looks at every other step; each decoder layer at a curve in which every step stands twice."""
    depth = len(layers) // 2
    lengths = [len(x)]
    for _ in range(depth):
        lengths.append((lengths[-1] + 1) // 2)
    signal, hidden = [[value] for value in x], []
    for place, (layer, word) in enumerate(zip(layers, words, strict=True)):
        if place >= depth:
            signal = [signal[step // 2] for step in range(lengths[2 * depth - 1 - place])]
        signal = _convolved(layer, word, signal, 2 if place < depth else 1)
        hidden.append([value for step in signal for value in step])
    values = hidden.pop()
    units = [abs(unit) for layer_units in hidden for unit in layer_units]
    return values, hidden[depth - 1], sum(units) / len(units)


def _convolved(layer: Any, word: str, signal: list[list[float]], stride: int) -> list[list[float]]:
    weight, bias = layer
    taps = len(weight)
    answer = []
    for place in range(0, len(signal), stride):
        outputs = list(bias)
        for tap in range(taps):
            step = min(max(place + tap - (taps - 1) // 2, 0), len(signal) - 1)
            for i, value in enumerate(signal[step]):
                for o in range(len(outputs)):
                    outputs[o] += value * weight[tap][i][o]
        answer.append([activate(word, z) for z in outputs])
    return answer


def _chain(layers: list[Layer], words: list[str], x: list[float]) -> list[float]:
    signal = x
    for layer, word in zip(layers, words, strict=True):
        signal = [activate(word, z) for z in affine(layer, signal)]
    return signal


def _size(values: list[float]) -> float:
    return math.sqrt(sum(value * value for value in values))
