"""The affine layer that every network here is made of, and how its weights start."""

from __future__ import annotations

from collections.abc import Iterable

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

# Variance gain of the uniform start, by activation: He et al. 2015 for the half-linear ones, Glorot & Bengio 2010 else.
_HALF_LINEAR = frozenset({"relu", "leaky-relu", "elu", "silu", "gelu", "softplus"})


class Affine(eqx.Module):
    """y = x W + b, with W stored as inputs x outputs so that a batch of rows is one plain matrix product."""

    weight: Float[Array, "inputs outputs"] | Float[np.ndarray, "inputs outputs"]
    bias: Float[Array, "outputs"] | Float[np.ndarray, "outputs"]

    def __call__(self, x: Float[Array, "inputs"]) -> Float[Array, "outputs"]:
        """Apply the layer to one example."""
        return x @ self.weight + self.bias


def start_affine(inputs: int, outputs: int, activation: str, randomness: np.random.Generator) -> Affine:
    """A layer with uniform random weights and a bias of zero.

    Args:
        inputs: Width of the layer before.
        outputs: Width of this layer.
        activation: Settings word of the activation that follows, which sets the range of the weights.
        randomness: Drawn from once, in row-major order.

    Reference:
        Glorot & Bengio 2010, eq. 16: U(-r, r), r = sqrt(6 / (inputs + outputs)); He et al. 2015, eq. 10 as uniform:
        r = sqrt(6 / inputs) where half of the activation's inputs are cut off.
    """
    fan = inputs if activation.partition(":")[0] in _HALF_LINEAR else inputs + outputs
    reach = np.sqrt(6.0 / fan)
    weight = randomness.uniform(-reach, reach, size=(inputs, outputs)).astype(np.float32)
    return Affine(weight=weight, bias=np.zeros(outputs, np.float32))


def start_affines(
    sizes: Iterable[tuple[int, int]], activations: tuple[str, ...], randomness: np.random.Generator
) -> tuple[Affine, ...]:
    """Layers one after another, as `start_affine` makes them, from input to output.

    Args:
        sizes: Inputs and outputs of each layer.
        activations: What follows each.
        randomness: Drawn from once a layer.
    """
    return tuple(start_affine(*size, word, randomness) for size, word in zip(sizes, activations, strict=True))
