"""From settings to a network with random weights: one table from the settings word to the builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.denoiser import CODE_WIDTH, build_denoiser
from offbeat.networks.dense import build_dense
from offbeat.networks.settings import NetworkSettings

Entry = TypeVar("Entry")

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
        _of_each_layer("activation", _activation(settings), hidden),
        settings.output_activation,
        _of_each_layer("dropout", settings.dropout, hidden),
        settings.input_dropout,
        randomness,
    )


def _denoiser(settings: NetworkSettings, features: int, randomness: np.random.Generator) -> AbstractAutoencoder:
    for name in ("output_activation", "dropout", "input_dropout"):
        if getattr(settings, name) != NetworkSettings.model_fields[name].default:
            raise SettingsError(
                f"The setting '{name}' does not apply to network='denoiser'. Leave it out, or take network='dense'."
            )
    activation = _activation(settings)
    if isinstance(activation, tuple):
        raise SettingsError(
            f"network='denoiser' has one activation for all hidden layers; {len(activation)} were given. Give one, or "
            "take network='dense'."
        )
    return build_denoiser(features, _hidden(settings), activation, settings.noise_levels, randomness)


BUILDERS: Mapping[str, Callable[[NetworkSettings, int, np.random.Generator], AbstractAutoencoder]] = MappingProxyType(
    {"dense": _dense, "denoiser": _denoiser}
)


def _hidden(settings: NetworkSettings) -> tuple[int, ...]:
    return DEFAULT_HIDDEN[settings.network] if settings.hidden is None else settings.hidden


def _activation(settings: NetworkSettings) -> str | tuple[str, ...]:
    return DEFAULT_ACTIVATION[settings.network] if settings.activation is None else settings.activation


def _of_each_layer(name: str, value: Entry | tuple[Entry, ...], hidden: tuple[int, ...]) -> tuple[Entry, ...]:
    """What a setting says of each hidden layer, be it one value for all or one a layer."""
    if not isinstance(value, tuple):
        return (value,) * len(hidden)
    if len(value) != len(hidden):
        raise SettingsError(
            f"{name} has {len(value)} entries, but there are {len(hidden)} hidden layers {list(hidden)}. "
            "Give one for all layers, or one for each."
        )
    return value


def parameter_count(settings: NetworkSettings, features: int) -> int:
    """How many weights and biases a network of these settings has, without making it."""
    hidden = _hidden(settings)
    inputs = features + CODE_WIDTH if settings.network == "denoiser" else features
    sizes = (inputs, *hidden, features)
    return sum((before + 1) * after for before, after in pairwise(sizes))
