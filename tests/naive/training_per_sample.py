"""Training one row at a time in plain loops, for networks of a few units."""

from __future__ import annotations

import math
import struct
from typing import Any


def root(value: float) -> float:
    """H2O's square root: half of a float32's bits, moved."""
    bits = struct.unpack("<i", struct.pack("<f", value))[0]
    return float(struct.unpack("<f", struct.pack("<i", 532483686 + (bits >> 1)))[0])


def root_of_biases(value: float) -> float:
    """H2O's square root of doubles: half of the upper 32 bits, moved."""
    bits = struct.unpack("<q", struct.pack("<d", value))[0]
    return float(struct.unpack("<d", struct.pack("<q", ((bits >> 32) + 1072632448) << 31))[0])


def sign(value: float) -> float:
    return float((value > 0) - (value < 0))


def activate(word: str, value: float) -> float:
    if word == "tanh":
        return math.tanh(value)
    return max(value, 0.0) if word == "rectifier" else (value if value >= 0 else math.expm1(value))


def slope(word: str, output: float) -> float:
    if word == "tanh":
        return 1.0 - output * output
    if word == "rectifier":
        return float(output > 0)
    negative = math.exp(output) if word == "elu_with_h2os_slope" else output + 1.0
    return 1.0 if output >= 0 else negative


def loss_signal(word: str, output: float, target: float, alpha: float) -> float:
    if word == "quadratic":
        return 2 * (output - target)
    if word == "absolute":
        return 1.0 if output > target else -1.0
    if word == "quantile":
        return -alpha if target > output else 1.0 - alpha
    return max(-2.0, min(2.0, 2 * (output - target)))


def train(weights: list[Any], biases: list[Any], rows: list[list[float]], **chosen: Any) -> tuple[list[Any], list[Any]]:
    """Weights (inputs x outputs) and biases after each row was seen once; nothing is dropped."""
    p: dict[str, Any] = {"activation": "tanh", "loss": "quadratic", "quantile_alpha": 0.5, "adaptive_rate": True}
    p.update(rho=0.99, epsilon=1e-8, rate=0.005, rate_annealing=1e-6, rate_decay=1.0, momentum_start=0.0)
    p.update(momentum_stable=0.0, momentum_ramp=1e6, nesterov_accelerated_gradient=True, l1=0.0, l2=0.0)
    p.update(max_w2=math.inf, fast_mode=True, sparsity_beta=0.0, average_activation=0.0)
    p.update(chosen)
    weights, biases = [[list(map(float, line)) for line in layer] for layer in weights], [list(b) for b in biases]
    memory: dict[Any, list[float]] = {}
    means = [[0.0] * len(layer) for layer in biases]
    for seen, row in enumerate(rows):
        outputs = [list(row)]
        for weight, bias in zip(weights, biases, strict=True):
            before = outputs[-1]
            nets = [
                sum(a * line[j] for a, line in zip(before, weight, strict=True)) + bias[j] for j in range(len(bias))
            ]
            outputs.append([activate(p["activation"], net) for net in nets])
        signal = [loss_signal(p["loss"], y, t, p["quantile_alpha"]) for y, t in zip(outputs[-1], row, strict=True)]
        for depth in reversed(range(len(weights))):
            before, weight, bias = outputs[depth], weights[depth], biases[depth]
            passed = [
                sum(weight[i][j] * signal[j] for j in range(len(bias))) * slope(p["activation"], before[i])
                for i in range(len(before))
            ]
            for j in range(len(bias)):
                rate = _see(p, weight, bias, before, signal[j], depth, j, seen, memory)
                if p["sparsity_beta"] > 0 and depth < len(weights) - 1:
                    means[depth][j] = 0.999 * means[depth][j] + 0.001 * outputs[depth + 1][j]
                    bias[j] -= rate * p["sparsity_beta"] * (means[depth][j] - p["average_activation"])
            signal = passed
    return weights, biases


def _see(
    p: Any, weight: Any, bias: Any, before: Any, error: float, depth: int, j: int, seen: int, memory: Any
) -> float:
    idle = p["fast_mode"] and error == 0
    squares = 0.0
    for i, a in enumerate(before):
        if idle or (p["fast_mode"] and a == 0):
            continue
        w = weight[i][j]
        gradient = error * a + p["l1"] * sign(w) + p["l2"] * w
        squares += gradient * gradient
        weight[i][j] = _step(
            p, w, gradient, gradient * gradient, memory.setdefault((depth, i, j), [0.0, 0.0]), depth, seen
        )[0]
    total = sum(line[j] ** 2 for line in weight)
    if total > p["max_w2"]:
        for line in weight:
            line[j] *= root(p["max_w2"] / total)
    pull = error + p["l1"] * sign(bias[j]) + p["l2"] * bias[j]
    own = memory.setdefault((depth, j), [0.0, 0.0])
    moved, rate = _step(
        p, bias[j], pull, squares / len(before), list(own) if idle else own, depth, seen, root_of_biases
    )
    bias[j] = bias[j] if idle else moved
    return 0.0 if idle else rate


def _step(
    p: Any, value: float, slope: float, square: float, own: list[float], depth: int, seen: int, own_root: Any = root
) -> tuple[float, float]:
    if p["adaptive_rate"]:
        own[0] = p["rho"] * own[0] + (1 - p["rho"]) * square
        rate = own_root((own[1] + p["epsilon"]) / (own[0] + p["epsilon"]))
        own[1] = p["rho"] * own[1] + (1 - p["rho"]) * rate * rate * square
        return value - rate * slope, rate
    momentum = p["momentum_start"] + min(seen / p["momentum_ramp"], 1.0) * (p["momentum_stable"] - p["momentum_start"])
    rate = p["rate"] * p["rate_decay"] ** depth / (1 + p["rate_annealing"] * seen) * (1 - momentum)
    if p["nesterov_accelerated_gradient"]:
        own[0] = momentum * own[0] - slope
        return value + rate * own[0], rate
    moved = value - rate * slope + momentum * own[0]
    own[0] = -rate * slope
    return moved, rate
