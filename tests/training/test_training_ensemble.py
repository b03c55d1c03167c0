"""Members that are trained together are what they would have become alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_training import arrays, distance, network, rows, same_bits, settings

from offbeat.networks.blocks import reconstruct
from offbeat.networks.ensemble import Ensemble, ensemble_of
from offbeat.training import batches, loop
from offbeat.training.loop import train
from offbeat.training.losses import mean_loss

ROUNDING = 2e-5
"""Products of a batch of matrices add in another order than those of one; Adam divides by small roots."""


def _trained(start: Any, data: np.ndarray, call: dict[str, Any] | None = None, **values: object) -> tuple[Any, Any]:
    return train(start, data, settings(**values), **(call or {}))


@pytest.mark.parametrize("batch_size", [8, 128])
@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"optimizer": "adam", "schedule": "cosine"}, id="adam"),
        pytest.param({"optimizer": "sgd", "momentum": 0.9, "clip_norm": 0.1, "l1": 0.01}, id="clipped"),
    ],
)
def test_each_member_learns_by_its_own_loss(values: dict[str, object], batch_size: int) -> None:
    """The same batches, its own optimizer: clipped by its own gradient, too."""
    data, start = rows(150), network(ensemble=3)
    assert isinstance(start, Ensemble)
    together, history = _trained(start, data, batch_size=batch_size, **values)
    alone = [_trained(start.member(number), data, batch_size=batch_size, **values) for number in range(3)]
    for number, (member, _) in enumerate(alone):
        assert distance(arrays(together.member(number)), arrays(member)) < ROUNDING
    np.testing.assert_allclose(history.loss, np.mean([own.loss for _, own in alone], axis=0), rtol=1e-5)


@pytest.mark.parametrize("values", [{"noise": 0.3}, {"masking": 0.3}])
def test_members_draw_their_own_noise(values: dict[str, float]) -> None:
    twins = ensemble_of([network(), network()])
    apart, _ = _trained(twins, rows(40), epochs=2, **values)
    alike, _ = _trained(twins, rows(40), epochs=2)
    assert distance(arrays(apart.member(0)), arrays(apart.member(1))) > 1e-3
    assert same_bits(arrays(alike.member(0)), arrays(alike.member(1)))


def test_the_denoisers_of_an_ensemble_are_shown_noise_of_their_own() -> None:
    one = network(network="denoiser")
    apart, _ = _trained(ensemble_of([one, one]), rows(40), epochs=2)
    assert distance(arrays(apart.member(0)), arrays(apart.member(1))) > 1e-3


def test_validation_rows_measure_the_mean_of_the_members() -> None:
    held = rows(9, seed=1)
    made, history = _trained(network(ensemble=2), rows(30), {"validation": held})
    expected = mean_loss(settings(), reconstruct(made, held) - held).mean()
    assert history.validation_loss[-1] == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize("values", [{"optimizer": "adamw"}, {"noise": 0.2, "patience": 3, "batch_size": 128}])
def test_a_resumed_training_ends_with_the_same_bits(
    values: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", 1e9)
    monkeypatch.setattr(batches, "BURST_STEPS", 1)
    start, call = network(ensemble=3), {"checkpoint": tmp_path / "training.checkpoint"}
    whole, _ = _trained(start, rows(20), epochs=6, **values)

    class Stopped(Exception):
        """Stands for the kill of the process."""

    write, written = loop.save_progress, []

    def killed(*arguments: Any) -> None:
        write(*arguments)
        written.append(arguments)
        if len(written) == 2:
            raise Stopped

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(loop, "save_progress", killed)
        _trained(start, rows(20), call, epochs=6, **values)
    resumed, _ = _trained(start, rows(20), call, epochs=6, **values)
    assert same_bits(arrays(resumed), arrays(whole))
