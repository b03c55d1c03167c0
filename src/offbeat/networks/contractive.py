"""The contractive autoencoder: a reconstruction that moves little when the input does."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.autoencoder import Reconstruction
from offbeat.networks.layers import start_affines
from offbeat.networks.penalised import AbstractPenalisedAutoencoder, place_of_code


class ContractiveAutoencoder(AbstractPenalisedAutoencoder):
    """A dense autoencoder whose penalty is the squared Jacobian of the reconstruction, summed, over the features.

    Training then minimises |r(x) - x|^2 + contraction |dr/dx|^2, each over the number of features: what denoising with
    noise of the variance `contraction` does on average as long as it is small, without the randomness.

    With a key the sum is estimated from one draw, whose mean it is; without, it is exact. The exact one costs as many
    passes as there are features, the estimate one pass:

        |J|^2 = E |v J|^2, each v_j being -1 or 1 with equal chance.

    Reference:
        Alain & Bengio 2014, equation 9 (the reconstruction contractive autoencoder). Rifai et al. 2011 penalise the
        Jacobian of the code alone, with a decoder tied to the encoder; a decoder of its own would pay for any code,
        however small, with larger weights, and the penalty would change nothing. Hutchinson 1990 for the estimate.
    """

    @property
    def draws(self) -> bool:
        """Always: the direction in which the Jacobian is measured."""
        return True

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; a key changes the penalty only."""

        def reconstruct(x: Float[Array, "features"]) -> tuple[Float[Array, "features"], Float[Array, "latent"]]:
            code = self.encoded(x)
            return self.decoded(code), code

        values, pull, code = jax.vjp(reconstruct, x, has_aux=True)
        directions = jnp.eye(len(x)) if key is None else jax.random.rademacher(key, (1, len(x)), jnp.float32)
        (rows,) = jax.vmap(pull)(directions)
        return Reconstruction(values=values, latent=code, penalty=jnp.sum(rows * rows) / len(x))


def build_contractive(
    features: int,
    hidden: tuple[int, ...],
    activation: tuple[str, ...],
    output_activation: str,
    contraction: float,
    randomness: np.random.Generator,
) -> ContractiveAutoencoder:
    """A contractive autoencoder with random weights, drawn layer by layer from input to output."""
    words = (*activation, output_activation)
    layers = start_affines(pairwise((features, *hidden, features)), words, randomness)
    return ContractiveAutoencoder(layers, words, place_of_code(hidden), contraction)
