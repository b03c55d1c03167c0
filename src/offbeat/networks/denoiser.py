"""The multi-scale denoiser: a wide network that removes noise of many sizes, told how much there is."""

from __future__ import annotations

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.activations import activation_function
from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction
from offbeat.networks.dense import mean_absolute, narrowest
from offbeat.networks.layers import Affine, start_affines

CODE_WIDTH = 4


class MultiScaleDenoiser(AbstractAutoencoder):
    """Predicts the clean example from a noisy one and the size of the noise; has no bottleneck, the noise regularises.

    While training each example gets Gaussian noise of a random level, log-uniform between the smallest and the largest.
    While scoring the clean example is reconstructed at every level, so a score is not random. What is expected of a row
    is the mean over levels; the whitened score looks at each level by itself, for what is unusual differs: told of
    little noise the network gives back nearly what it got, told of much it pulls rows towards the middle.

    Reference:
        The wide denoiser with a sinusoidal level code follows DDAE (KDD 2025, arXiv 2508.00758), which sums residual
        norms over levels.
    """

    layers: tuple[Affine, ...]
    activation: str = eqx.field(static=True)
    levels: tuple[float, ...] = eqx.field(static=True)

    @property
    def draws(self) -> bool:
        """Always: the noise."""
        return True

    @property
    def view_count(self) -> int:
        """One for each noise level."""
        return len(self.levels)

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; with a key, from a noisy copy."""
        if key is None:
            return self._over_all_levels(x)
        level_key, noise_key = jax.random.split(key)
        smallest, largest = np.log(self.levels[0]), np.log(self.levels[-1])
        level = jnp.exp(jax.random.uniform(level_key, (), minval=smallest, maxval=largest))
        return self._at_level(x + level * jax.random.normal(noise_key, x.shape), level)

    def views(self, x: Float[Array, "features"]) -> Float[Array, "views features"]:
        """The reconstruction at each level, from the smallest to the largest."""
        first, width = self.layers[0], len(x)
        # All levels share what the first layer makes of the row itself.
        of_row = x @ first.weight[:width] + first.bias
        codes = jnp.stack([level_code(jnp.float32(level)) for level in self.levels])
        return jax.vmap(lambda code: self._onward(of_row + code @ first.weight[width:], x).values)(codes)

    def _over_all_levels(self, x: Float[Array, "features"]) -> Reconstruction:
        lowest = self._at_level(x, jnp.float32(self.levels[0]))
        return Reconstruction(values=self.views(x).mean(axis=0), latent=lowest.latent, penalty=lowest.penalty)

    def _at_level(self, x: Float[Array, "features"], level: Float[Array, ""]) -> Reconstruction:
        return self._onward(self.layers[0](jnp.concatenate([x, level_code(level)])), x)

    def _onward(self, signal: Float[Array, "units"], x: Float[Array, "features"]) -> Reconstruction:
        """From what the first layer gives to the reconstruction of x."""
        activations = []
        for layer in self.layers[1:]:
            activations.append(activation_function(self.activation)(signal))
            signal = layer(activations[-1])
        return Reconstruction(values=signal, latent=narrowest(activations, x), penalty=mean_absolute(activations))


def level_code(level: Float[Array, ""]) -> Float[Array, "code"]:
    """Sines and cosines of the logarithm of the noise level."""
    angles = jnp.log(level) * jnp.asarray([0.5, 1.0], jnp.float32)
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)])


def build_denoiser(
    features: int, hidden: tuple[int, ...], activation: str, levels: tuple[float, ...], randomness: np.random.Generator
) -> MultiScaleDenoiser:
    """A denoiser with random weights, drawn layer by layer from input to output."""
    words = (*(activation for _ in hidden), "linear")
    layers = start_affines(pairwise((features + CODE_WIDTH, *hidden, features)), words, randomness)
    return MultiScaleDenoiser(layers=layers, activation=activation, levels=levels)
