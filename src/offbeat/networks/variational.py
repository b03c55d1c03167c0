"""The variational autoencoder: the latent code is a distribution, held near a standard normal one while training."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.autoencoder import Reconstruction
from offbeat.networks.layers import start_affines
from offbeat.networks.penalised import AbstractPenalisedAutoencoder, place_of_code

# Beyond these the exponential would leave float32, and a variance is nothing or everything long before.
LOWEST_LOG_VARIANCE, HIGHEST_LOG_VARIANCE = -20.0, 20.0


class VariationalAutoencoder(AbstractPenalisedAutoencoder):
    """While training the code is drawn from its distribution; while scoring it is the mean, so a score is not random.

    The code layer has twice the code's units: the mean, then the logarithm of the variance, both without activation.
    With the mean squared error as loss, training minimises

        mean_i (x_i - y_i)^2 + kl_weight * (2 / features) * KL(N(mean, variance) || N(0, 1)),
        KL = 1/2 sum_j (mean_j^2 + variance_j - 1 - log variance_j)

    which is 2 kl_weight / features times the negative evidence lower bound of a decoder whose noise has the variance
    `kl_weight` in every feature, up to a constant. 1 is the plain bound with unit noise; other weights are those of the
    beta-VAE, and say the same as another noise.

    Reference:
        Kingma & Welling 2014, equation 10 and appendix B (KL); Higgins et al. 2017, equation 4 (beta); the weight as
        the decoder's variance: Lucas et al. 2019 ("Don't blame the ELBO"), section 4.
    """

    @property
    def draws(self) -> bool:
        """Always: the code."""
        return True

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; with a key, from a code that is drawn."""
        mean, log_variance = jnp.split(self.encoded(x), 2)
        log_variance = jnp.clip(log_variance, LOWEST_LOG_VARIANCE, HIGHEST_LOG_VARIANCE)
        drawn = mean
        if key is not None:
            drawn = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
        penalty = jnp.sum(mean * mean + jnp.exp(log_variance) - 1.0 - log_variance) / len(x)
        return Reconstruction(values=self.decoded(drawn), latent=mean, penalty=penalty)


def variational_sizes(features: int, hidden: tuple[int, ...]) -> list[tuple[int, int]]:
    """Inputs and outputs of each layer.

    Example:
        >>> variational_sizes(6, (5, 2, 5))
        [(6, 5), (5, 4), (2, 5), (5, 6)]
    """
    code = place_of_code(hidden)
    inputs, outputs = [features, *hidden], [*hidden, features]
    outputs[code] *= 2
    return list(zip(inputs, outputs, strict=True))


def build_variational(
    features: int,
    hidden: tuple[int, ...],
    activation: tuple[str, ...],
    output_activation: str,
    kl_weight: float,
    randomness: np.random.Generator,
) -> VariationalAutoencoder:
    """A variational autoencoder with random weights, drawn layer by layer; the code layer's activation is not used."""
    code = place_of_code(hidden)
    words = (*activation[:code], "linear", *activation[code + 1 :], output_activation)
    layers = start_affines(variational_sizes(features, hidden), words, randomness)
    return VariationalAutoencoder(layers, words, code, kl_weight)
