"""The interface of every network: one example in, its `Reconstruction` out."""

from __future__ import annotations

import abc

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray


class Reconstruction(eqx.Module):
    """What a network makes of one example (or, with leading axes, of many)."""

    values: Float[Array, "*rows features"]
    """The example as the network would expect it, in the scaled space of the features."""

    latent: Float[Array, "*rows latent"]
    """The latent code: the activations of the narrowest hidden layer (of several, the first)."""

    penalty: Float[Array, "*rows"]
    """What training may add to the example's loss: its mean absolute activation. Scoring does not look at it."""


class AbstractAutoencoder(eqx.Module):
    """Reconstructs one example from itself."""

    @property
    @abc.abstractmethod
    def draws(self) -> bool:
        """Whether training draws random numbers in the network (dropout, noise); if not, a key changes nothing."""

    @property
    def view_count(self) -> int:
        """How many `views` there are of an example."""
        return 1

    @abc.abstractmethod
    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example.

        Args:
            x: The scaled features of one example.
            key: Randomness of dropout and noise: given while training, None while scoring.
        """

    def views(self, x: Float[Array, "features"]) -> Float[Array, "views features"]:
        """Every reconstruction of one example that scores may look at; their mean is what a call without a key gives.

        Most networks have one view. A denoiser has one for each level of noise.

        Args:
            x: The scaled features of one example.
        """
        return self(x).values[None]
