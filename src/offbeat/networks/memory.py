"""The memory autoencoder: what is decoded is not the code itself but what a memory of normal codes recalls for it."""

from __future__ import annotations

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.autoencoder import Reconstruction
from offbeat.networks.layers import start_affine, start_affines
from offbeat.networks.penalised import AbstractPenalisedAutoencoder, place_of_code

ENTROPY_WEIGHT = 2e-4
"""Of the attention's entropy in the loss, as in the reference."""

# Under a root and below a fraction bar; far below what float32 tells apart beside 1.
TINY = 1e-12


class Memory(eqx.Module):
    """Prototype codes, learned like weights; a code is replaced by the mean of those that it resembles.

    Attention is the softmax of the cosine between the code and each slot; slots below 1 / slots get none ("hard
    shrinkage"), so that no code is mixed from many; the others are scaled to sum to 1.

    Reference:
        Gong et al. 2019 (MemAE), equations 3 to 7, with the threshold at the lower end of the range that they advise,
        1/N to 3/N: above it, a code that resembles all slots alike would recall nothing.
    """

    weight: Float[Array, "slots latent"] | Float[np.ndarray, "slots latent"]

    def __call__(self, code: Float[Array, "latent"]) -> tuple[Float[Array, "latent"], Float[Array, "slots"]]:
        """What is recalled, and the attention that each slot got."""
        weight = jnp.asarray(self.weight)
        sizes = jnp.sqrt(jnp.sum(weight * weight, axis=1) + TINY) * jnp.sqrt(jnp.sum(code * code) + TINY)
        attention = jax.nn.softmax((weight @ code) / sizes)
        excess = attention - 1.0 / len(weight)
        kept = jnp.maximum(excess, 0.0) * attention / (jnp.abs(excess) + TINY)
        shares = kept / (jnp.sum(kept) + TINY)
        return shares @ weight, shares


class MemoryAutoencoder(AbstractPenalisedAutoencoder):
    """A dense autoencoder with a `Memory` behind the code; the penalty is the attention's entropy over the features.

    A row that is unlike the training rows recalls the code of one that is like them, and so is reconstructed badly,
    however well the decoder extrapolates.

    Reference:
        Gong et al. 2019, equations 8 to 10; they sum over features, this is divided by their number.
    """

    memory: Memory

    @property
    def draws(self) -> bool:
        """Never."""
        return False

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; the latent code is that before the memory."""
        code = self.encoded(x)
        recalled, shares = self.memory(code)
        values = self.decoded(recalled)
        entropy = -jnp.sum(shares * jnp.log(shares + TINY))
        return Reconstruction(values=values, latent=code, penalty=entropy / len(x))


def build_memory(
    features: int,
    hidden: tuple[int, ...],
    activation: tuple[str, ...],
    output_activation: str,
    slots: int,
    randomness: np.random.Generator,
) -> MemoryAutoencoder:
    """A memory autoencoder with random weights, drawn layer by layer from input to output."""
    sizes, words = list(pairwise((features, *hidden, features))), (*activation, output_activation)
    after = place_of_code(hidden) + 1
    encoder = start_affines(sizes[:after], words[:after], randomness)
    memory = Memory(start_affine(slots, hidden[after - 1], "linear", randomness).weight)
    decoder = start_affines(sizes[after:], words[after:], randomness)
    return MemoryAutoencoder((*encoder, *decoder), words, after - 1, ENTROPY_WEIGHT, memory)
