"""A linear path beside a network, so that together they start as principal components, and only get better."""

from __future__ import annotations

from dataclasses import replace

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from offbeat.blas import one_blas_thread
from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.layers import Affine
from offbeat.networks.wrapper import AbstractWrapper

BLOCK_ROWS = 4096
# Of so many features the components take seconds, and 100 MB; both grow much faster than they.
MOST_FEATURES = 2000


class LinearSkip(AbstractWrapper):
    """What is expected of a row is what a linear autoencoder expects, and what the network inside adds.

    Attributes:
        encoder: From the features to the linear code.
        decoder: From the linear code to the features.
    """

    encoder: Affine
    decoder: Affine

    def __call__(self, x: Float[Array, "features"], *, key: PRNGKeyArray | None = None) -> Reconstruction:
        """Reconstruct one example; the latent code is the network's."""
        made = self.network(x, key=key)
        return Reconstruction(
            values=self.decoder(self.encoder(x)) + made.values, latent=made.latent, penalty=made.penalty
        )


def with_linear_skip(network: DenseAutoencoder, rank: int) -> LinearSkip:
    """The network with a linear path of so many components, which `started_at_components` is yet to set.

    The network's last layer starts at 0: it adds nothing until training finds what to add.

    Raises:
        SettingsError: There are fewer features than components, or too many of them, or the output is bounded.
    """
    features = network.layers[-1].weight.shape[1]
    if rank > features:
        raise SettingsError(
            f"linear_skip={rank} asks for more components than there are features, {features}. Give fewer of them."
        )
    if features > MOST_FEATURES:
        raise SettingsError(
            f"linear_skip={rank} (--linear-skip {rank}) looks for components among {features:,} features; at most "
            f"{MOST_FEATURES:,} were expected. Leave it out, or leave columns out (--ignore)."
        )
    if network.output_activation != "linear":
        raise SettingsError(
            f"output_activation='{network.output_activation}' would bound what linear_skip adds to. Leave one of them "
            "out."
        )
    silent = eqx.tree_at(lambda net: net.layers[-1].weight, network, np.zeros_like(network.layers[-1].weight))
    return LinearSkip(silent, _zeros(features, rank), _zeros(rank, features))


def parameters_of_skip(features: int, rank: int) -> int:
    """How many weights and biases a linear path has.

    Example:
        >>> parameters_of_skip(features=5, rank=2)
        27
    """
    return (features + 1) * rank + (rank + 1) * features if rank else 0


def started_at_components(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"]
) -> AbstractAutoencoder:
    """The network with its linear path at the principal components of some rows; itself where it has no such path.

    Args:
        network: Not trained yet; an ensemble's members get the same components.
        features: All scaled rows.
        rows: Which of them to take the components of.

    Reference:
        Baldi & Hornik 1989: no linear autoencoder of that width does better by the squared error.
    """
    if not isinstance(network, AbstractWrapper):
        return network
    if not isinstance(network, LinearSkip):
        return replace(network, network=started_at_components(network.network, features, rows))
    rank = network.encoder.weight.shape[-1]
    mean, components = _components(features, rows, rank)
    encoder = Affine(weight=components, bias=-mean @ components)
    decoder = Affine(weight=components.T, bias=mean)
    start: tuple[Affine, Affine] = jax.tree.map(
        # An ensemble's arrays have an axis before their own.
        lambda wanted, like: np.array(np.broadcast_to(wanted, like.shape), np.float32),
        (encoder, decoder),
        (network.encoder, network.decoder),
    )
    return replace(network, encoder=start[0], decoder=start[1])


def _components(
    features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"], rank: int
) -> tuple[Float[np.ndarray, "features"], Float[np.ndarray, "features rank"]]:
    """The mean of the rows and the directions in which they spread most, in float64."""
    blocks = [rows[first : first + BLOCK_ROWS] for first in range(0, len(rows), BLOCK_ROWS)]
    mean = sum(features[block].sum(axis=0, dtype=np.float64) for block in blocks) / len(rows)
    scatter = np.zeros((features.shape[1], features.shape[1]))
    for block in blocks:
        shifted = features[block] - mean
        # One core, as folds may be fitted side by side: how many take part must not change the last bits.
        with one_blas_thread():
            scatter += shifted.T @ shifted
    with one_blas_thread():
        _, directions = np.linalg.eigh(scatter)
    return np.asarray(mean), np.ascontiguousarray(directions[:, ::-1][:, :rank])


def _zeros(inputs: int, outputs: int) -> Affine:
    return Affine(weight=np.zeros((inputs, outputs), np.float32), bias=np.zeros(outputs, np.float32))
