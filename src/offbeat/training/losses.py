"""The error of one feature, from the settings word; a row's loss is its mean over the features."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.penalised import AbstractPenalisedAutoencoder
from offbeat.training.settings import TrainingSettings

ElementLoss = Callable[[Float[Array, "*axes"]], Float[Array, "*axes"]]


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


def element_loss(settings: TrainingSettings) -> ElementLoss:
    """The loss of the settings as a function of the residual."""
    if settings.loss == "huber":
        return lambda residual: huber(residual, settings.huber_delta)
    return {"squared": squared, "absolute": absolute}[settings.loss]


def penalty_weight(network: AbstractAutoencoder, settings: TrainingSettings) -> float:
    """How often the network's penalty counts in the loss: a network with a term of its own says so itself.

    Raises:
        SettingsError: It does, and the settings ask for sparse activations as well.
    """
    if not isinstance(network, AbstractPenalisedAutoencoder):
        return settings.sparsity
    if settings.sparsity > 0:
        raise SettingsError(
            f"sparsity={settings.sparsity:g} asks for sparse activations, but a {type(network).__name__} has a penalty "
            "of its own. Leave sparsity out, or take network='dense'."
        )
    return network.penalty_weight


def mean_loss(settings: TrainingSettings, residual: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows"]:
    """Each row's loss on the host: the mean over its features."""
    size = np.abs(residual)
    if settings.loss == "absolute":
        return size.mean(axis=1)
    if settings.loss == "squared":
        return np.square(size, out=size).mean(axis=1)
    delta = settings.huber_delta
    return np.where(size <= delta, size * size, delta * (2.0 * size - delta)).mean(axis=1)
