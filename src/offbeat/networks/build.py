"""From settings to a network with random weights: one table from the settings word to the builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.denoiser import CODE_WIDTH, build_denoiser
from offbeat.networks.dense import build_dense
from offbeat.networks.settings import NetworkSettings

DEFAULT_HIDDEN = {"dense": (32, 16, 8, 16, 32), "denoiser": (256, 256)}
DEFAULT_ACTIVATION = {"dense": "tanh", "denoiser": "leaky-relu"}


def build_network(settings: NetworkSettings, features: int, randomness: np.random.Generator) -> AbstractAutoencoder:
    """A network of the kind that the settings name, for so many features.

    Args:
        settings: With `network` resolved to a kind, no longer "auto".
        features: Width of the input and of the reconstruction.
        randomness: Where the first weights come from.

    Raises:
        SettingsError: The settings contradict each other, or do not apply to this kind.
    """
    return BUILDERS[settings.network](settings, features, randomness)


def _dense(settings: NetworkSettings, features: int, randomness: np.random.Generator) -> AbstractAutoencoder:
    hidden = _hidden(settings)
    return build_dense(
        features,
        hidden,
        _activation(settings),
        settings.output_activation,
        _dropout_of_each_layer(settings, hidden),
        settings.input_dropout,
        randomness,
    )


def _denoiser(settings: NetworkSettings, features: int, randomness: np.random.Generator) -> AbstractAutoencoder:
    for name in ("output_activation", "dropout", "input_dropout"):
        if getattr(settings, name) != NetworkSettings.model_fields[name].default:
            raise SettingsError(
                f"The setting '{name}' does not apply to network='denoiser'. Leave it out, or take network='dense'."
            )
    return build_denoiser(features, _hidden(settings), _activation(settings), settings.noise_levels, randomness)


BUILDERS: Mapping[str, Callable[[NetworkSettings, int, np.random.Generator], AbstractAutoencoder]] = MappingProxyType(
    {"dense": _dense, "denoiser": _denoiser}
)


def _hidden(settings: NetworkSettings) -> tuple[int, ...]:
    return DEFAULT_HIDDEN[settings.network] if settings.hidden is None else settings.hidden


def _activation(settings: NetworkSettings) -> str:
    return settings.activation or DEFAULT_ACTIVATION[settings.network]


def _dropout_of_each_layer(settings: NetworkSettings, hidden: tuple[int, ...]) -> tuple[float, ...]:
    if not isinstance(settings.dropout, tuple):
        return (settings.dropout,) * len(hidden)
    if len(settings.dropout) != len(hidden):
        raise SettingsError(
            f"dropout has {len(settings.dropout)} shares, but there are {len(hidden)} hidden layers {list(hidden)}. "
            "Give one share for all layers, or one for each."
        )
    return settings.dropout


def parameter_count(settings: NetworkSettings, features: int) -> int:
    """How many weights and biases a network of these settings has, without making it."""
    hidden = _hidden(settings)
    inputs = features + CODE_WIDTH if settings.network == "denoiser" else features
    sizes = (inputs, *hidden, features)
    return sum((before + 1) * after for before, after in pairwise(sizes))
