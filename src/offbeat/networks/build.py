"""From settings to a network with random weights: one table from the settings word to the builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.contractive import build_contractive
from offbeat.networks.convolutional import build_convolutional, convolutional_sizes
from offbeat.networks.denoiser import CODE_WIDTH, build_denoiser
from offbeat.networks.dense import build_dense
from offbeat.networks.ensemble import ensemble_of
from offbeat.networks.linear_skip import parameters_of_skip, with_linear_skip
from offbeat.networks.memory import build_memory
from offbeat.networks.settings import NetworkSettings, asks_for_something
from offbeat.networks.softmax import CategoryProbabilities
from offbeat.networks.variational import build_variational, variational_sizes

Entry = TypeVar("Entry")
Builder = Callable[[NetworkSettings, int, np.random.Generator], AbstractAutoencoder]

_CODED = (32, 16, 8, 16, 32)
DEFAULT_HIDDEN = {
    "dense": _CODED,
    "denoiser": (256, 256),
    "variational": _CODED,
    "contractive": _CODED,
    "memory": _CODED,
    "convolutional": (16, 8, 4),
}
DEFAULT_ACTIVATION = {
    "dense": "tanh",
    "denoiser": "silu",
    "variational": "tanh",
    "contractive": "tanh",
    "memory": "tanh",
    "convolutional": "leaky-relu",
}
SETTINGS_OF_KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "output_activation": frozenset(DEFAULT_HIDDEN) - {"denoiser"},
        "dropout": frozenset({"dense"}),
        "input_dropout": frozenset({"dense"}),
        "noise_levels": frozenset({"denoiser"}),
        "kl_weight": frozenset({"variational"}),
        "contraction": frozenset({"contractive"}),
        "memory_slots": frozenset({"memory"}),
        "kernel": frozenset({"convolutional"}),
        "linear_skip": frozenset({"dense"}),
    }
)
"""The kinds of network that heed a setting, for those that not all of them do."""


def build_network(
    settings: NetworkSettings, features: int, randomness: np.random.Generator, *, probabilities: tuple[int, ...] = ()
) -> AbstractAutoencoder:
    """A network of the kind that the settings name, for so many features.

    Args:
        settings: With `network` resolved to a kind, no longer "auto".
        features: Width of the input and of the reconstruction.
        randomness: Where the first weights come from.
        probabilities: How many of the last features each categorical column has that is to be reconstructed as the
            probabilities of its levels; none of them unless given.

    Raises:
        SettingsError: The settings contradict each other, or do not apply to this kind.
    """
    _refuse_settings_of_other_kinds(settings)
    if probabilities and settings.output_activation != "linear":
        raise SettingsError(
            f"output_activation='{settings.output_activation}' would bound what category_loss='cross-entropy' makes "
            "probabilities of. Leave one of them out."
        )

    def one() -> AbstractAutoencoder:
        network = BUILDERS[settings.network](settings, features, randomness)
        return CategoryProbabilities(network, probabilities) if probabilities else network

    return ensemble_of([one() for _ in range(settings.ensemble)]) if settings.ensemble > 1 else one()


def refuse_long_kernel(settings: NetworkSettings, features: int) -> None:
    """Refuse a convolution that is longer than the curve; the default is taken for shorter ones too.

    For fits alone: `build_network` builds what an earlier version saved.

    Raises:
        SettingsError: It is.
    """
    usual = NetworkSettings.model_fields["kernel"].default
    if settings.network == "convolutional" and settings.kernel > max(features, usual):
        raise SettingsError(
            f"kernel={settings.kernel} is longer than the curves, which have {features:,} steps. Give as many at most, "
            f"or leave it out: it is {usual} then."
        )


def _dense(settings: NetworkSettings, features: int, randomness: np.random.Generator) -> AbstractAutoencoder:
    hidden = _hidden(settings)
    network = build_dense(
        features,
        hidden,
        _activations(settings),
        settings.output_activation,
        _of_each_layer("dropout", settings.dropout, hidden),
        settings.input_dropout,
        randomness,
    )
    return with_linear_skip(network, settings.linear_skip) if settings.linear_skip else network


def _denoiser(settings: NetworkSettings, features: int, randomness: np.random.Generator) -> AbstractAutoencoder:
    activation = _activation(settings)
    if isinstance(activation, tuple):
        raise SettingsError(
            f"network='denoiser' has one activation for all hidden layers; {len(activation)} were given. Give one, or "
            "take network='dense'."
        )
    return build_denoiser(features, _hidden(settings), activation, settings.noise_levels, randomness)


def _coded(build: Callable[..., AbstractAutoencoder], own: str) -> Builder:
    """The builder of a kind that needs a code layer and has one setting of its own."""

    def built(settings: NetworkSettings, features: int, randomness: np.random.Generator) -> AbstractAutoencoder:
        hidden, words = _with_code(settings), _activations(settings)
        return build(features, hidden, words, settings.output_activation, getattr(settings, own), randomness)

    return built


BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "dense": _dense,
        "denoiser": _denoiser,
        "variational": _coded(build_variational, "kl_weight"),
        "contractive": _coded(build_contractive, "contraction"),
        "memory": _coded(build_memory, "memory_slots"),
        "convolutional": _coded(build_convolutional, "kernel"),
    }
)


def _refuse_settings_of_other_kinds(settings: NetworkSettings) -> None:
    for name, kinds in SETTINGS_OF_KINDS.items():
        if asks_for_something(settings, name) and settings.network not in kinds:
            other = "dense" if "dense" in kinds else min(kinds)
            raise SettingsError(
                f"The setting '{name}' does not apply to network='{settings.network}'. Leave it out, or take "
                f"network='{other}'."
            )


def _with_code(settings: NetworkSettings) -> tuple[int, ...]:
    """The hidden layers, of which there must be one to be the code."""
    if not (hidden := _hidden(settings)):
        raise SettingsError(
            f"network='{settings.network}' needs a hidden layer for its latent code; hidden=[] has none. Give one at "
            "least, such as hidden=[8]."
        )
    return hidden


def _hidden(settings: NetworkSettings) -> tuple[int, ...]:
    return DEFAULT_HIDDEN[settings.network] if settings.hidden is None else settings.hidden


def _activation(settings: NetworkSettings) -> str | tuple[str, ...]:
    return DEFAULT_ACTIVATION[settings.network] if settings.activation is None else settings.activation


def _activations(settings: NetworkSettings) -> tuple[str, ...]:
    return _of_each_layer("activation", _activation(settings), _hidden(settings))


def _of_each_layer(name: str, value: Entry | tuple[Entry, ...], hidden: tuple[int, ...]) -> tuple[Entry, ...]:
    """What a setting says of each hidden layer, be it one value for all or one a layer."""
    if not isinstance(value, tuple):
        return (value,) * len(hidden)
    if len(value) != len(hidden):
        raise SettingsError(
            f"{name}={list(value)} does not fit the hidden layers {list(hidden)}. Give one for all layers, or one for "
            "each."
        )
    return value


def parameter_count(settings: NetworkSettings, features: int) -> int:
    """How many weights and biases a network of these settings has, without making it; an ensemble those of all."""
    return settings.ensemble * _parameters_of_one(settings, features)


def _parameters_of_one(settings: NetworkSettings, features: int) -> int:
    hidden = _hidden(settings)
    if settings.network == "convolutional":
        return sum((settings.kernel * inputs + 1) * outputs for inputs, outputs in convolutional_sizes(hidden))
    if settings.network == "variational" and hidden:
        return sum((inputs + 1) * outputs for inputs, outputs in variational_sizes(features, hidden))
    inputs = features + CODE_WIDTH if settings.network == "denoiser" else features
    memory = settings.memory_slots * min(hidden, default=0) if settings.network == "memory" else 0
    beside = memory + parameters_of_skip(features, settings.linear_skip)
    return beside + sum((before + 1) * after for before, after in pairwise((inputs, *hidden, features)))
