"""Losses, penalties and the learning rate in plain loops. The slow twins of offbeat.training.losses and .epoch."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

from naive.networks_forward import Layer, dense

Weights = list[float]


def element_loss(word: str, residual: float, delta: float) -> float:
    """Squared, absolute, or Huber's (doubled, so that it begins as the square)."""
    size = abs(residual)
    if word == "absolute":
        return size
    if word == "squared" or size <= delta:
        return size * size
    return delta * (2 * size - delta)


def row_loss(word: str, values: list[float], target: list[float], delta: float = 1.0) -> float:
    """The mean over the features."""
    return sum(element_loss(word, v - t, delta) for v, t in zip(values, target, strict=True)) / len(target)


def softmax(logits: list[float]) -> list[float]:
    """exp over the sum of exp, each less the largest."""
    powers = [math.exp(logit - max(logits)) for logit in logits]
    return [power / sum(powers) for power in powers]


def loss_with_categories(word: str, outputs: list[float], target: list[float], widths: list[int]) -> float:
    """The mean over numbers and categorical columns: -log of the true level's probability over log of the levels."""
    first = len(target) - sum(widths)
    terms = [element_loss(word, v - t, 1.0) for v, t in zip(outputs[:first], target[:first], strict=True)]
    for width in widths:
        shares, truth = softmax(outputs[first : first + width]), target[first : first + width]
        terms.append(-math.log(shares[truth.index(1.0)]) / math.log(max(width, 2)))
        first += width
    return sum(terms) / len(terms)


def unflatten(weights: Weights, widths: list[int]) -> list[Layer]:
    """Layers from one list of numbers: weight in row-major order, then bias, layer by layer."""
    layers, at = [], 0
    for inputs, outputs in itertools.pairwise(widths):
        matrix = [weights[at + i * outputs : at + (i + 1) * outputs] for i in range(inputs)]
        at += inputs * outputs
        layers.append((matrix, weights[at : at + outputs]))
        at += outputs
    assert at == len(weights)
    return layers


def objective(
    weights: Weights,
    widths: list[int],
    activation: str,
    rows: list[list[float]],
    *,
    loss: str = "squared",
    delta: float = 1.0,
    l1: float = 0.0,
    l2: float = 0.0,
    sparsity: float = 0.0,
) -> float:
    """What training makes small: mean loss of the batch, and the penalties, which leave biases free."""
    layers = unflatten(weights, widths)
    total = 0.0
    for row in rows:
        values, _, mean_absolute = dense(layers, [activation] * (len(layers) - 1), "linear", row)
        total += row_loss(loss, values, row, delta) + sparsity * mean_absolute
    matrices = [weight for matrix, _ in layers for line in matrix for weight in line]
    return total / len(rows) + l1 * sum(abs(w) for w in matrices) + l2 / 2 * sum(w * w for w in matrices)


def gradient(function: Callable[[Weights], float], weights: Weights, step: float = 1e-6) -> Weights:
    """Central differences."""
    slopes = []
    for index in range(len(weights)):
        ahead, behind = list(weights), list(weights)
        ahead[index] += step
        behind[index] -= step
        slopes.append((function(ahead) - function(behind)) / (2 * step))
    return slopes


def rate_share(schedule: str, warmup: float, step: int, steps: float) -> float:
    """Share of the learning rate: rising to 1 over the warm-up, then along the schedule over the rest."""
    rise = min(1.0, (step + 1) / max(warmup * steps, 1.0)) if warmup else 1.0
    progress = min(max((step / steps - warmup) / (1 - warmup), 0.0), 1.0)
    if schedule == "cosine":
        return rise * (1 + math.cos(math.pi * progress)) / 2
    if schedule == "linear":
        return rise * (1 - progress)
    if schedule == "exponential":
        return rise * 0.01**progress
    return rise
