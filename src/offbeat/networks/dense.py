"""The dense autoencoder: fully connected layers, mirrored or not, with the field's usual options."""

from __future__ import annotations

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.activations import activation_function
from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction
from offbeat.networks.layers import Affine, start_affines


class DenseAutoencoder(AbstractAutoencoder):
    """features -> hidden[0] -> ... -> hidden[-1] -> features; activation and dropout have one entry a hidden layer."""

    layers: tuple[Affine, ...]
    activation: tuple[str, ...] = eqx.field(static=True)
    output_activation: str = eqx.field(static=True)
    dropout: tuple[float, ...] = eqx.field(static=True)
    input_dropout: float = eqx.field(static=True)

    @property
    def draws(self) -> bool:
        """Whether there is dropout."""
        return any(self.dropout) or self.input_dropout > 0

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; with a key, dropout is on."""
        keys = [None] * len(self.layers) if key is None else list(jax.random.split(key, len(self.layers)))
        activations = []
        signal = drop(x, self.input_dropout, keys[0])
        hidden = zip(self.layers[:-1], self.activation, self.dropout, keys[1:], strict=True)
        for layer, word, rate, layer_key in hidden:
            signal = activation_function(word)(layer(signal))
            activations.append(signal)
            signal = drop(signal, rate, layer_key)
        values = activation_function(self.output_activation)(self.layers[-1](signal))
        return Reconstruction(values=values, latent=narrowest(activations, x), penalty=mean_absolute(activations))


def drop(x: Float[Array, "units"], rate: float, key: PRNGKeyArray | None) -> Float[Array, "units"]:
    """Inverted dropout: zero a share of the units and scale the others up, so that scoring needs no correction.

    Reference:
        Srivastava et al. 2014, section 10, in the inverted form.
    """
    if key is None or rate == 0.0:
        return x
    kept = jax.random.bernoulli(key, 1.0 - rate, x.shape)
    return jnp.where(kept, x / (1.0 - rate), 0.0)


def narrowest(activations: list[Array], x: Float[Array, "features"]) -> Float[Array, "latent"]:
    """The first of the narrowest hidden layers; the example itself where there is no hidden layer."""
    return min(activations, key=len, default=x)


def mean_absolute(activations: list[Array]) -> Float[Array, ""]:
    """Mean absolute activation over all hidden units, which the sparsity setting penalises."""
    if not activations:
        return jnp.zeros(())
    return jnp.mean(jnp.abs(jnp.concatenate(activations)))


def build_dense(
    features: int,
    hidden: tuple[int, ...],
    activation: tuple[str, ...],
    output_activation: str,
    dropout: tuple[float, ...],
    input_dropout: float,
    randomness: np.random.Generator,
) -> DenseAutoencoder:
    """A dense autoencoder with random weights, drawn layer by layer from input to output."""
    layers = start_affines(pairwise((features, *hidden, features)), (*activation, output_activation), randomness)
    return DenseAutoencoder(
        layers=layers,
        activation=activation,
        output_activation=output_activation,
        dropout=dropout,
        input_dropout=input_dropout,
    )
