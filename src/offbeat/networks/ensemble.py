"""Several networks of one shape as one: what they expect of a row is the mean of what each expects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction
from offbeat.networks.wrapper import AbstractWrapper


class Ensemble(AbstractWrapper):
    """Members that differ in their first weights, and in what they draw while training.

    Each has learned by its own loss: members that only had to be right on average would lean on one another. Where they
    have seen rows they agree; elsewhere each errs in its own way, and the mean of them less than most.

    Attributes:
        network: All members as one network, whose arrays have the axis "networks" before their own.
        count: How many members there are.

    Reference:
        Lakshminarayanan et al. 2017 ("deep ensembles"), section 2.4: random first weights, all rows for each member.
    """

    count: int = eqx.field(static=True)

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """The mean of the members' reconstructions, and their latent codes one after another."""
        keys = None if key is None else jax.random.split(key, self.count)
        made = jax.vmap(lambda member, key: member(x, key=key))(self.network, keys)
        return Reconstruction(
            values=jnp.mean(made.values, axis=0), latent=jnp.ravel(made.latent), penalty=jnp.mean(made.penalty)
        )

    def views(self, x: Float[Array, "features"]) -> Float[Array, "views features"]:
        """Each view is the mean of the members' views of its kind, such as those at one level of noise."""
        return jnp.mean(jax.vmap(lambda member: member.views(x))(self.network), axis=0)

    def member(self, number: int) -> AbstractAutoencoder:
        """One of the members, counted from 0, as a network of its own."""
        chosen: AbstractAutoencoder = jax.tree.map(lambda leaf: leaf[number], self.network)
        return chosen


def ensemble_of(members: Sequence[AbstractAutoencoder]) -> Ensemble:
    """Networks of one shape as an ensemble."""
    together: Any = jax.tree.map(lambda *leaves: np.stack(leaves), *members)
    return Ensemble(together, len(members))
