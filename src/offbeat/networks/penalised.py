"""The interface of networks whose training has a term of its own beside the reconstruction error."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float

from offbeat.networks.activations import activation_function
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.layers import Affine


class AbstractPenalisedAutoencoder(AbstractAutoencoder):
    """Here `Reconstruction.penalty` is the network's own term, which training adds `penalty_weight` times.

    The term is in units of one feature, as the reconstruction error is, which is a mean over features: the formulas of
    papers, which sum over features, are divided by their number.

    Attributes:
        layers: From the input to the reconstruction.
        layer_words: The activation that follows each layer.
        code: Which layer makes the latent code.
        penalty_weight: From the settings; training asks for no other weight.
    """

    layers: tuple[Affine, ...]
    layer_words: tuple[str, ...] = eqx.field(static=True)
    code: int = eqx.field(static=True)
    penalty_weight: float = eqx.field(static=True)

    def encoded(self, x: Float[Array, "features"]) -> Float[Array, "latent"]:
        """The input after the layers up to the code's."""
        return self._through(0, self.code + 1, x)

    def decoded(self, code: Float[Array, "latent"]) -> Float[Array, "features"]:
        """A code after the layers that follow."""
        return self._through(self.code + 1, len(self.layers), code)

    def _through(self, first: int, stop: int, signal: Float[Array, "inputs"]) -> Float[Array, "outputs"]:
        for layer, word in zip(self.layers[first:stop], self.layer_words[first:stop], strict=True):
            signal = activation_function(word)(layer(signal))
        return signal


def place_of_code(hidden: tuple[int, ...]) -> int:
    """Which hidden layer is the latent code: the narrowest, of several the first.

    Example:
        >>> place_of_code((7, 4, 2, 3, 2, 4, 7))
        2
    """
    return hidden.index(min(hidden))
