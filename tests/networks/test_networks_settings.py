"""What settings build, and the words for settings that cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from offbeat.errors import SettingsError
from offbeat.networks.build import BUILDERS, DEFAULT_ACTIVATION, DEFAULT_HIDDEN, SETTINGS_OF_KINDS, build_network
from offbeat.networks.denoiser import MultiScaleDenoiser
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.settings import NetworkSettings


def _build(**settings: object) -> DenseAutoencoder | MultiScaleDenoiser:
    built = build_network(NetworkSettings.model_validate(settings), 10, np.random.default_rng(0))
    assert isinstance(built, DenseAutoencoder | MultiScaleDenoiser)
    return built


def _widths(network: DenseAutoencoder | MultiScaleDenoiser) -> list[tuple[int, ...]]:
    return [layer.weight.shape for layer in network.layers]


def test_every_kind_has_its_defaults() -> None:
    assert set(BUILDERS) == set(DEFAULT_HIDDEN) == set(DEFAULT_ACTIVATION)


def test_defaults_of_a_dense_network() -> None:
    network = _build(network="dense")
    assert _widths(network) == [(10, 32), (32, 16), (16, 8), (8, 16), (16, 32), (32, 10)]
    assert isinstance(network, DenseAutoencoder)
    assert (network.output_activation, network.input_dropout) == ("linear", 0.0)
    assert network.activation == ("tanh",) * 5


def test_defaults_of_a_denoiser() -> None:
    network = _build(network="denoiser")
    assert _widths(network) == [(14, 256), (256, 256), (256, 10)]  # four inputs tell the noise level
    assert isinstance(network, MultiScaleDenoiser)
    assert (network.activation, network.levels) == ("silu", (0.05, 0.2, 0.6))


def test_dropout_is_for_all_layers_or_for_each() -> None:
    for given, expected in ((0.3, (0.3, 0.3)), ((0.1, 0.2), (0.1, 0.2))):
        network = _build(network="dense", hidden=(4, 3), dropout=given, input_dropout=0.05)
        assert isinstance(network, DenseAutoencoder)
        assert (network.dropout, network.input_dropout) == (expected, 0.05)


def test_words_for_as_many_dropout_shares_as_there_are_no_layers() -> None:
    with pytest.raises(SettingsError) as problem:
        _build(network="dense", hidden=(4, 3, 4), dropout=(0.1, 0.2))
    assert str(problem.value) == (
        "dropout=[0.1, 0.2] does not fit the hidden layers [4, 3, 4]. Give one for all layers, or one for each."
    )


def test_words_for_activations_of_fewer_layers_than_there_are() -> None:
    with pytest.raises(SettingsError) as problem:
        _build(network="dense", hidden=(4, 3), activation=("relu",))
    assert str(problem.value) == (
        "activation=['relu'] does not fit the hidden layers [4, 3]. Give one for all layers, or one for each."
    )


def test_words_for_activations_by_layer_of_a_denoiser() -> None:
    with pytest.raises(SettingsError) as problem:
        _build(network="denoiser", hidden=(4, 3), activation=("relu", "tanh"))
    assert str(problem.value) == (
        "network='denoiser' has one activation for all hidden layers; 2 were given. Give one, or take network='dense'."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("dropout", 0.2), ("dropout", (0.2, 0.2)), ("input_dropout", 0.1), ("output_activation", "tanh")],
)
def test_words_for_settings_that_a_denoiser_has_no_use_for(name: str, value: object) -> None:
    with pytest.raises(SettingsError) as problem:
        _build(network="denoiser", **{name: value})
    assert str(problem.value) == (
        f"The setting '{name}' does not apply to network='denoiser'. Leave it out, or take network='dense'."
    )


@pytest.mark.parametrize("kind", [kind for kind in BUILDERS if kind != "dense"])
def test_words_for_settings_of_another_kind(kind: str) -> None:
    with pytest.raises(SettingsError) as problem:
        _build(network=kind, dropout=0.2)
    assert str(problem.value) == (
        f"The setting 'dropout' does not apply to network='{kind}'. Leave it out, or take network='dense'."
    )


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("noise_levels", (0.1,), "denoiser"),
        ("kl_weight", 1.0, "variational"),
        ("contraction", 1.0, "contractive"),
        ("memory_slots", 10, "memory"),
        ("kernel", 3, "convolutional"),
    ],
)
def test_words_for_settings_that_a_dense_network_has_no_use_for(name: str, value: object, kind: str) -> None:
    with pytest.raises(
        SettingsError, match=f"does not apply to network='dense'. Leave it out, or take network='{kind}'"
    ):
        _build(network="dense", **{name: value})


def test_every_setting_that_not_all_kinds_heed_is_one() -> None:
    assert set(SETTINGS_OF_KINDS) == set(NetworkSettings.model_fields) - {"network", "hidden", "activation", "ensemble"}
    assert frozenset().union(*SETTINGS_OF_KINDS.values()) <= set(BUILDERS)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hidden": (0,)}, "greater than or equal to 1"),
        ({"hidden": (65537,)}, "less than or equal to 65536"),
        ({"activation": "swish"}, "'tanh', 'relu', 'silu'"),
        ({"activation": "leaky-relu:2"}, "be leaky-relu with a slope from 0 to 1, as in leaky-relu:0.2"),
        ({"activation": ("relu", "swish")}, "'tanh', 'relu', 'silu'"),
        ({"network": "recurrent"}, "'auto', 'dense', 'denoiser', 'variational'"),
        ({"kl_weight": -0.1}, "greater than or equal to 0"),
        ({"memory_slots": 1}, "greater than or equal to 2"),
        ({"kernel": 0}, "greater than or equal to 1"),
        ({"dropout": 1.0}, "less than 1"),
        ({"input_dropout": -0.1}, "greater than or equal to 0"),
        ({"input_dropout": float("nan")}, "finite number"),
        ({"layers": (3,)}, "Extra inputs are not permitted"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        NetworkSettings.model_validate(settings)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        NetworkSettings().hidden = (3,)
