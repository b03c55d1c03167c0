"""Categories as probabilities: a softmax over the features of each categorical column."""

from __future__ import annotations

from itertools import groupby

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction
from offbeat.networks.wrapper import AbstractWrapper


class CategoryProbabilities(AbstractWrapper):
    """What the network inside gives for a category's features are logits; their softmax is the reconstruction.

    The features of a categorical column, one of which is 1, are so reconstructed as probabilities that sum to 1. The
    numeric features are left as they are.

    Attributes:
        widths: How many features each categorical column has; these are the last features, in this order.
    """

    widths: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; with several views, their mean is taken of the probabilities."""
        made = self.network(x, key=key)
        if key is None and self.view_count > 1:
            values = jnp.mean(self.views(x), axis=0)
        else:
            values = with_probabilities(made.values, self.widths)
        return Reconstruction(values=values, latent=made.latent, penalty=made.penalty)

    def views(self, x: Float[Array, "features"]) -> Float[Array, "views features"]:
        """Those of the network inside, each with probabilities."""
        return with_probabilities(self.network.views(x), self.widths)


def category_widths(network: AbstractAutoencoder) -> tuple[int, ...]:
    """How many features each column has that a network gives probabilities of; none for most networks."""
    while isinstance(network, AbstractWrapper):
        if isinstance(network, CategoryProbabilities):
            return network.widths
        network = network.network
    return ()


def with_probabilities(
    logits: Float[Array, "*rows features"], widths: tuple[int, ...]
) -> Float[Array, "*rows features"]:
    """The softmax over each categorical column's features, which are the last ones.

    Example:
        >>> with_probabilities(jnp.array([7.0, 0.0, 0.0]), (2,)).tolist()
        [7.0, 0.5, 0.5]
    """
    first = logits.shape[-1] - sum(widths)
    parts = [logits[..., :first]]
    for count, width in runs(widths):
        block = logits[..., first : first + count * width].reshape(*logits.shape[:-1], count, width)
        parts.append(jax.nn.softmax(block, axis=-1).reshape(*logits.shape[:-1], count * width))
        first += count * width
    return jnp.concatenate(parts, axis=-1)


def runs(widths: tuple[int, ...]) -> list[tuple[int, int]]:
    """Neighbouring columns of one width, as how many there are and the width: one operation does for all of them.

    Example:
        >>> runs((3, 3, 5, 3))
        [(2, 3), (1, 5), (1, 3)]
    """
    return [(len(list(group)), width) for width, group in groupby(widths)]
