"""The memory autoencoder: what is decoded is not the code itself but what a memory of normal codes recalls for it."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.autoencoder import Reconstruction
from offbeat.networks.layers import Affine, start_affine
from offbeat.networks.penalised import AbstractPenalisedAutoencoder, place_of_code, through

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

    layers: tuple[Affine | Memory, ...]
    layer_words: tuple[str, ...] = eqx.field(static=True)
    code: int = eqx.field(static=True)
    penalty_weight: float = eqx.field(static=True)

    @property
    def draws(self) -> bool:
        """Never."""
        return False

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; the latent code is that before the memory."""
        after = self.code + 1
        code = through(self.layers[:after], self.layer_words[:after], x)
        memory = self.layers[after]
        assert isinstance(memory, Memory)
        recalled, shares = memory(code)
        values = through(self.layers[after + 1 :], self.layer_words[after + 1 :], recalled)
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
    sizes, words = (features, *hidden, features), (*activation, output_activation)
    after = place_of_code(hidden) + 1
    layers: list[Affine | Memory] = []
    for place, (inputs, outputs, word) in enumerate(zip(sizes[:-1], sizes[1:], words, strict=True)):
        if place == after:
            layers.append(Memory(start_affine(slots, inputs, "linear", randomness).weight))
        layers.append(start_affine(inputs, outputs, word, randomness))
    return MemoryAutoencoder(
        layers=tuple(layers),
        layer_words=(*words[:after], "memory", *words[after:]),
        code=after - 1,
        penalty_weight=ENTROPY_WEIGHT,
    )
