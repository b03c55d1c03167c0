"""Optimizers in plain loops, from their papers. The slow twins of what offbeat.training.optimizers takes from optax.

Each class is told one gradient after another, and answers with the step, to be multiplied by minus the learning rate.
"""

from __future__ import annotations

import math

Weights = list[float]


class Adam:
    """Kingma & Ba 2015, algorithm 1."""

    def __init__(self, count: int, epsilon: float) -> None:
        self.mean, self.square = [0.0] * count, [0.0] * count
        self.step, self.epsilon = 0, epsilon

    def direction(self, gradient: Weights, weights: Weights) -> Weights:
        self.step += 1
        answer = []
        for index, slope in enumerate(gradient):
            self.mean[index] = 0.9 * self.mean[index] + 0.1 * slope
            self.square[index] = 0.999 * self.square[index] + 0.001 * slope * slope
            mean = self.mean[index] / (1 - 0.9**self.step)
            square = self.square[index] / (1 - 0.999**self.step)
            answer.append(mean / (math.sqrt(square) + self.epsilon))
        return answer


class AdamW(Adam):
    """Loshchilov & Hutter 2019, algorithm 2, but with the decay times the learning rate, as optax and PyTorch do."""

    def __init__(self, count: int, epsilon: float, decay: float) -> None:
        super().__init__(count, epsilon)
        self.decay = decay

    def direction(self, gradient: Weights, weights: Weights) -> Weights:
        steps = super().direction(gradient, weights)
        return [step + self.decay * weight for step, weight in zip(steps, weights, strict=True)]


class Momentum:
    """Sutskever et al. 2013 with the learning rate outside the velocity, as PyTorch and optax do; momentum 0 is SGD.

    Nesterov's form looks ahead: the gradient plus the momentum times the velocity that already contains it.
    """

    def __init__(self, count: int, momentum: float, nesterov: bool = False) -> None:
        self.velocity = [0.0] * count
        self.momentum, self.nesterov = momentum, nesterov

    def direction(self, gradient: Weights, weights: Weights) -> Weights:
        self.velocity = [g + self.momentum * v for g, v in zip(gradient, self.velocity, strict=True)]
        if self.nesterov:
            return [g + self.momentum * v for g, v in zip(gradient, self.velocity, strict=True)]
        return list(self.velocity)


class Adadelta:
    """Zeiler 2012, algorithm 1, times a learning rate that the paper has not (1 is the paper's)."""

    def __init__(self, count: int, rho: float, epsilon: float) -> None:
        self.gradients, self.steps = [0.0] * count, [0.0] * count
        self.rho, self.epsilon = rho, epsilon

    def direction(self, gradient: Weights, weights: Weights) -> Weights:
        answer = []
        for index, slope in enumerate(gradient):
            self.gradients[index] = self.rho * self.gradients[index] + (1 - self.rho) * slope**2
            step = math.sqrt(self.steps[index] + self.epsilon) / math.sqrt(self.gradients[index] + self.epsilon) * slope
            self.steps[index] = self.rho * self.steps[index] + (1 - self.rho) * step**2
            answer.append(step)
        return answer


class RmsProp:
    """Tieleman & Hinton 2012, lecture 6.5, with memory 0.9; epsilon stands inside the root, as in optax.

    Keras and PyTorch put it outside, so their 1e-8 is a ten-thousandth of this one's effect.
    """

    def __init__(self, count: int, epsilon: float) -> None:
        self.square = [0.0] * count
        self.epsilon = epsilon

    def direction(self, gradient: Weights, weights: Weights) -> Weights:
        self.square = [0.9 * s + 0.1 * g * g for s, g in zip(self.square, gradient, strict=True)]
        return [g / math.sqrt(s + self.epsilon) for s, g in zip(self.square, gradient, strict=True)]


Optimizer = Adam | Momentum | Adadelta | RmsProp


def clipped(gradient: Weights, longest: float | None) -> Weights:
    """The gradient, scaled down to the longest length allowed."""
    length = math.sqrt(sum(slope * slope for slope in gradient))
    if longest is None or length <= longest:
        return gradient
    return [slope * longest / length for slope in gradient]
