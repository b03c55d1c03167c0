"""The error of one feature, from the settings word; a row's loss is its mean over the features.

Of a network that gives probabilities of categories, a row's loss is the mean over the numeric features and the
categorical columns, each of these by its cross-entropy.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.penalised import AbstractPenalisedAutoencoder
from offbeat.networks.softmax import CategoryProbabilities, category_widths
from offbeat.networks.wrapper import innermost
from offbeat.training.cross_entropy import cross_entropies, cross_entropies_of
from offbeat.training.settings import TrainingSettings

ElementLoss = Callable[[Float[Array, "*axes"]], Float[Array, "*axes"]]
RowLoss = Callable[[Float[Array, "rows features"], Float[Array, "rows features"]], Float[Array, "rows"]]


def squared(residual: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """r^2, without the half that some books put before it."""
    return residual * residual


def absolute(residual: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """|r|."""
    return jnp.abs(residual)


def huber(residual: Float[Array, "*axes"], delta: float) -> Float[Array, "*axes"]:
    """r^2 up to delta, then the tangent line: 2 delta |r| - delta^2 (twice Huber's own, to agree with squared)."""
    size = jnp.abs(residual)
    return jnp.where(size <= delta, residual * residual, delta * (2.0 * size - delta))


def huber_of_sizes(size: Float[np.ndarray, "*axes"], delta: float) -> Float[np.ndarray, "*axes"]:
    """`huber` on the host, of sizes of residuals: |r| (2 |r| - |r|) up to delta, then delta (2 |r| - delta).

    In one formula: of two branches one is computed for nothing, and delta^2 may be no float32.

    Example:
        >>> huber_of_sizes(np.array([0.5, 1.0, 3.0]), 1.0).tolist()
        [0.25, 1.0, 5.0]
    """
    inner = np.minimum(size, size.dtype.type(delta))
    return inner * (2 * size - inner)


def element_loss(settings: TrainingSettings) -> ElementLoss:
    """The loss of the settings as a function of the residual."""
    if settings.loss == "huber":
        return lambda residual: huber(residual, settings.huber_delta)
    return {"squared": squared, "absolute": absolute}[settings.loss]


def row_loss(settings: TrainingSettings, network: AbstractAutoencoder) -> RowLoss:
    """The loss of each row, as a function of what `before_softmax` makes of the rows, and of the rows as they are."""
    measure, widths = element_loss(settings), category_widths(network)
    if not widths:
        return lambda outputs, rows: jnp.mean(measure(outputs - rows), axis=1)

    def over_columns(outputs: Float[Array, "rows features"], rows: Float[Array, "rows features"]) -> Array:
        numeric = rows.shape[1] - sum(widths)
        numbers = jnp.sum(measure(outputs[:, :numeric] - rows[:, :numeric]), axis=1)
        return (numbers + cross_entropies(outputs, rows, widths)) / (numeric + len(widths))

    return over_columns


def before_softmax(network: AbstractAutoencoder) -> AbstractAutoencoder:
    """The network whose output training looks at: a cross-entropy is computed from logits without loss of digits."""
    return network.network if isinstance(network, CategoryProbabilities) else network


def penalty_weight(network: AbstractAutoencoder, settings: TrainingSettings) -> float:
    """How often the network's penalty counts in the loss: a network with a term of its own says so itself.

    Raises:
        SettingsError: It does, and the settings ask for sparse activations as well.
    """
    inside = innermost(network)
    if not isinstance(inside, AbstractPenalisedAutoencoder):
        return settings.sparsity
    if settings.sparsity > 0:
        word = type(inside).__name__.removesuffix("Autoencoder").lower()
        raise SettingsError(
            f"sparsity={settings.sparsity:g} asks for sparse activations, but network='{word}' has a penalty of its "
            "own. Leave sparsity out, or take network='dense'."
        )
    return inside.penalty_weight


def mean_loss(settings: TrainingSettings, residual: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows"]:
    """Each row's loss on the host: the mean over its features."""
    size = np.abs(residual)
    if settings.loss == "absolute":
        return size.mean(axis=1)
    if settings.loss == "squared":
        return np.square(size, out=size).mean(axis=1)
    return huber_of_sizes(size, settings.huber_delta).mean(axis=1)


def mean_loss_of(
    settings: TrainingSettings,
    network: AbstractAutoencoder,
    values: Float[np.ndarray, "rows features"],
    rows: Float[np.ndarray, "rows features"],
) -> Float[np.ndarray, "rows"]:
    """Each row's loss on the host, from the reconstruction that the network gave."""
    if not (widths := category_widths(network)):
        return mean_loss(settings, values - rows)
    numeric = rows.shape[1] - sum(widths)
    numbers = numeric * mean_loss(settings, values[:, :numeric] - rows[:, :numeric]) if numeric else 0.0
    return np.asarray((numbers + cross_entropies_of(values, rows, widths)) / (numeric + len(widths)))
