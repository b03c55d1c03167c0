"""H2O's updates on the mean slopes of a batch, in plain loops, by ADADELTA and tanh."""

from __future__ import annotations

import math
from typing import Any

from naive.training_per_sample import root, sign


def train(
    weights: list[Any], biases: list[Any], rows: list[list[float]], size: int, l1: float = 0.0, beta: float = 0.0
) -> tuple[list[Any], list[Any]]:
    """Weights (inputs x outputs) and biases after each row was seen once, `size` at a time; sparsity's target is 0."""
    weights, biases = [[list(map(float, line)) for line in layer] for layer in weights], [list(b) for b in biases]
    memory: dict[Any, list[float]] = {}
    means = [[0.0] * len(bias) for bias in biases]
    for first in range(0, len(rows), size):
        batch = rows[first : first + size]
        passes = [_through(weights, biases, row) for row in batch]
        signals = [
            [2 * (y - t) for y, t in zip(outputs[-1], row, strict=True)]
            for outputs, row in zip(passes, batch, strict=True)
        ]
        for depth in reversed(range(len(weights))):
            before = [outputs[depth] for outputs in passes]
            passed = [
                [
                    sum(w * d for w, d in zip(line, signal, strict=True)) * (1 - a * a)
                    for line, a in zip(weights[depth], inputs, strict=True)
                ]
                for signal, inputs in zip(signals, before, strict=True)
            ]
            for j in range(len(biases[depth])):
                rate = _move(weights[depth], biases[depth], before, signals, depth, j, memory, l1)
                if beta and depth < len(weights) - 1:
                    kept = 0.999 ** len(batch)
                    mean = sum(outputs[depth + 1][j] for outputs in passes) / len(batch)
                    means[depth][j] = kept * means[depth][j] + (1 - kept) * mean
                    biases[depth][j] -= rate * beta * means[depth][j]
            signals = passed
    return weights, biases


def _through(weights: list[Any], biases: list[Any], row: list[float]) -> list[list[float]]:
    outputs = [list(row)]
    for weight, bias in zip(weights, biases, strict=True):
        before = outputs[-1]
        outputs.append(
            [math.tanh(sum(a * w[j] for a, w in zip(before, weight, strict=True)) + bias[j]) for j in range(len(bias))]
        )
    return outputs


def _move(weight: Any, bias: Any, before: Any, signals: Any, depth: int, j: int, memory: Any, l1: float) -> float:
    count, squares = len(before), 0.0
    idle = all(signal[j] == 0 for signal in signals)
    for i in range(len(weight)):
        if idle or all(inputs[i] == 0 for inputs in before):
            continue
        slope = sum(inputs[i] * signal[j] for inputs, signal in zip(before, signals, strict=True)) / count
        slope += l1 * sign(weight[i][j])
        squares += slope * slope
        own = memory.setdefault((depth, i, j), [0.0, 0.0])
        weight[i][j] -= _rate(own, slope * slope) * slope
    pull = sum(signal[j] for signal in signals) / count + l1 * sign(bias[j])
    rate = _rate(memory.setdefault((depth, j), [0.0, 0.0]), squares / len(weight))
    bias[j] -= rate * pull
    return rate


def _rate(own: list[float], square: float) -> float:
    own[0] = 0.99 * own[0] + 0.01 * square
    rate = root((own[1] + 1e-8) / (own[0] + 1e-8))
    own[1] = 0.99 * own[1] + 0.01 * rate * rate * square
    return rate
