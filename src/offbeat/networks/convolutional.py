"""The convolutional autoencoder: the columns are the steps of one curve, and what is learned holds at every step."""

from __future__ import annotations

import math
from itertools import pairwise

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.activations import activation_function
from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction
from offbeat.networks.dense import mean_absolute
from offbeat.networks.layers import start_affine

STRIDE = 2
MOST_SLICES = 15
"""Up to so many taps, slices of the curve and one product train twice as fast as XLA's convolution (7 taps, two
cores: 10 epochs in 0.5 s against 1.5 s). Beyond, compiling them takes longer than that saves: 15 s for 59 taps."""


class Convolution(eqx.Module):
    """Slides over a curve: each output is an affine function of `taps` neighbouring steps, the same one everywhere.

    Beyond its ends the curve goes on as its first and last step: zeros there would look like jumps.
    """

    weight: Float[Array, "taps inputs outputs"] | Float[np.ndarray, "taps inputs outputs"]
    bias: Float[Array, "outputs"] | Float[np.ndarray, "outputs"]
    stride: int = eqx.field(static=True)

    def __call__(self, signal: Float[Array, "steps inputs"]) -> Float[Array, "places outputs"]:
        """Apply the layer to one curve of several channels; with stride 2, at every other step."""
        taps, inputs, outputs = self.weight.shape
        places = math.ceil(len(signal) / self.stride)
        reach = (taps - 1) // 2
        # No step that is looked at lies further out: the last place starts at the last step or the one before it.
        around = jnp.pad(signal, ((reach, taps - 1 - reach), (0, 0)), mode="edge")
        last = self.stride * (places - 1) + 1
        if taps > MOST_SLICES:
            seen = around[None, : last + taps - 1]
            (made,) = lax.conv_general_dilated(
                seen, jnp.asarray(self.weight), (self.stride,), "VALID", dimension_numbers=("NHC", "HIO", "NHC")
            )
            return made + jnp.expand_dims(self.bias, 0)
        # Slices rather than gathered windows: their gradient is a sum, that of a gather one step after another.
        windows = jnp.concatenate([around[tap : tap + last : self.stride] for tap in range(taps)], axis=1)
        return windows @ jnp.reshape(self.weight, (taps * inputs, outputs)) + jnp.expand_dims(self.bias, 0)


class ConvolutionalAutoencoder(AbstractAutoencoder):
    """Halves the curve at each layer of the encoder, doubles it at each of the decoder, which mirrors the encoder.

    The latent code is the encoder's last layer, all its channels at all its places: a curve of 140 steps and channels
    16, 8, 4 becomes 18 places of 4 numbers.
    """

    layers: tuple[Convolution, ...]
    layer_words: tuple[str, ...] = eqx.field(static=True)
    steps: int = eqx.field(static=True)

    @property
    def draws(self) -> bool:
        """Never."""
        return False

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one curve."""
        depth = len(self.layers) // 2
        lengths = halved_lengths(self.steps, depth)
        signal, activations = x[:, None], []
        for place, (layer, word) in enumerate(zip(self.layers, self.layer_words, strict=True)):
            if place >= depth:
                signal = jnp.repeat(signal, STRIDE, axis=0)[: lengths[2 * depth - 1 - place]]
            signal = activation_function(word)(layer(signal))
            activations.append(jnp.ravel(signal))
        return Reconstruction(
            values=activations.pop(), latent=activations[depth - 1], penalty=mean_absolute(activations)
        )


def halved_lengths(steps: int, depth: int) -> list[int]:
    """How long a curve is before each layer of the encoder, and after the last.

    Example:
        >>> halved_lengths(140, 3)
        [140, 70, 35, 18]
    """
    lengths = [steps]
    for _ in range(depth):
        lengths.append(math.ceil(lengths[-1] / STRIDE))
    return lengths


def convolutional_sizes(channels: tuple[int, ...]) -> list[tuple[int, int]]:
    """Input and output channels of each layer, for the channels of the encoder's layers.

    Example:
        >>> convolutional_sizes((16, 4))
        [(1, 16), (16, 4), (4, 16), (16, 1)]
    """
    there = [1, *channels]
    back = there[::-1]
    return [*pairwise(there), *pairwise(back)]


def build_convolutional(
    steps: int,
    channels: tuple[int, ...],
    activation: tuple[str, ...],
    output_activation: str,
    taps: int,
    randomness: np.random.Generator,
) -> ConvolutionalAutoencoder:
    """A convolutional autoencoder with random weights, drawn layer by layer from input to output.

    Args:
        steps: Of a curve.
        channels: Of each layer of the encoder.
        activation: Of each layer of the encoder; the decoder's layers have them in reverse order.
        output_activation: Of the last layer.
        taps: How many neighbouring steps each layer looks at.
        randomness: Where the weights come from.
    """
    words = (*activation, *activation[-2::-1], output_activation)
    layers = []
    for place, ((inputs, outputs), word) in enumerate(zip(convolutional_sizes(channels), words, strict=True)):
        flat = start_affine(taps * inputs, outputs, word, randomness)
        stride = STRIDE if place < len(channels) else 1
        layers.append(Convolution(np.reshape(flat.weight, (taps, inputs, outputs)), flat.bias, stride))
    return ConvolutionalAutoencoder(layers=tuple(layers), layer_words=words, steps=steps)
