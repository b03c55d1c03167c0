"""The interface of networks whose training has a term of its own beside the reconstruction error."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float

from offbeat.networks.activations import activation_function
from offbeat.networks.autoencoder import AbstractAutoencoder


class AbstractPenalisedAutoencoder(AbstractAutoencoder):
    """Here `Reconstruction.penalty` is the network's own term, which training adds `penalty_weight` times.

    The term is in units of one feature, as the reconstruction error is, which is a mean over features: the formulas of
    papers, which sum over features, are divided by their number.
    """

    penalty_weight: eqx.AbstractVar[float]
    """From the settings; training asks for no other weight."""

    layer_words: eqx.AbstractVar[tuple[str, ...]]
    """What follows each layer, in order: an activation, or what the layer is when it is no ordinary one."""


def through(
    layers: tuple[eqx.Module, ...], words: tuple[str, ...], signal: Float[Array, "inputs"]
) -> Float[Array, "outputs"]:
    """The signal after some layers, each followed by its activation."""
    for layer, word in zip(layers, words, strict=True):
        signal = activation_function(word)(layer(signal))  # type: ignore[operator]
    return signal


def place_of_code(hidden: tuple[int, ...]) -> int:
    """Which hidden layer is the latent code: the narrowest, of several the first.

    Example:
        >>> place_of_code((7, 4, 2, 3, 2, 4, 7))
        2
    """
    return hidden.index(min(hidden))
