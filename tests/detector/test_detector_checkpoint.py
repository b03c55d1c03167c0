"""A fit killed with SIGKILL goes on where it was, and ends as the same detector."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from killed_fit import fit_case
from small_detectors import framed, new_readings, readings, same_bits

import offbeat
from offbeat.errors import FileError, SettingsError, TrainingError


def _kill_while_training(folder: Path) -> None:
    """Start the fit in a process, and kill that when it has written a few checkpoints."""
    source = str(Path(offbeat.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killed_fit.py")), str(folder)],
        env={**os.environ, "PYTHONPATH": source},
    )
    seen: set[int] = set()
    while len(seen) < 5:
        assert process.poll() is None, "the fit ended before it could be killed"
        seen |= {path.stat().st_ino for path in folder.glob("*.checkpoint")}
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a matter of POSIX")
def test_a_killed_fit_ends_as_one_that_was_never_interrupted(tmp_path: Path) -> None:
    whole = fit_case(None)

    _kill_while_training(tmp_path)
    resumed = fit_case(tmp_path)

    for one, other in zip(jax.tree.leaves(resumed.network), jax.tree.leaves(whole.network), strict=True):
        assert same_bits(np.asarray(one), np.asarray(other))
    assert same_bits(resumed.score(new_readings()), whole.score(new_readings()))
    assert resumed.threshold.to_dict() == whole.threshold.to_dict()
    assert resumed.history.loss == whole.history.loss
    assert resumed.history.validation_loss == whole.history.validation_loss
    assert resumed.history.best_epoch == whole.history.best_epoch


@pytest.mark.parametrize("settings", [{}, {"ensemble": 2}, {"hidden": []}])
def test_a_fit_with_a_linear_path_is_resumed_too(tmp_path: Path, settings: dict[str, object]) -> None:
    whole = fit_case(None, epochs=3, linear_skip=2, **settings)

    first = fit_case(tmp_path, epochs=3, linear_skip=2, **settings)
    again = fit_case(tmp_path, epochs=3, linear_skip=2, **settings)

    assert again.history == first.history, "nothing was trained again"
    for other in (first, again):
        assert same_bits(other.score(new_readings()), whole.score(new_readings()))


def test_a_checkpoint_belongs_to_one_fit(tmp_path: Path) -> None:
    first = fit_case(tmp_path, epochs=3)

    assert same_bits(fit_case(tmp_path, epochs=3).score(new_readings()), first.score(new_readings()))
    for change in ({"learning_rate": 0.1}, {"hidden": [3]}, {"seed": 1}, {"scaling": "robust"}):
        with pytest.raises(TrainingError) as error:
            fit_case(tmp_path, epochs=3, **change)
        assert str(error.value) == (
            f"{tmp_path / 'training.checkpoint'}: this checkpoint belongs to a training with other settings, data or "
            "seed, and cannot be continued by this one. Repeat the call that wrote it, or name another checkpoint "
            "folder to start afresh."
        )


def test_what_comes_after_training_may_change(tmp_path: Path) -> None:
    first = fit_case(tmp_path, epochs=3)

    other = fit_case(tmp_path, epochs=3, threshold="quantile:0.9", kind="curves")

    assert same_bits(other.score(new_readings()), first.score(new_readings()))
    assert other.history.seconds == first.history.seconds, "nothing was trained again"
    assert other.threshold.rule == "quantile:0.9"


def test_a_refused_fit_writes_no_checkpoint_and_spoils_none(tmp_path: Path) -> None:
    fit_case(tmp_path / "good", epochs=3)
    before = (tmp_path / "good" / "training.checkpoint").read_bytes()

    with pytest.raises(SettingsError):
        fit_case(tmp_path / "bad", epochs=-3)
    with pytest.raises(TrainingError):
        offbeat.fit(framed(readings(50)), hidden=[2], progress="none", checkpoint=tmp_path / "good")

    assert [path.name for path in tmp_path.iterdir()] == ["good"]
    assert (tmp_path / "good" / "training.checkpoint").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told_before_training(tmp_path: Path) -> None:
    (tmp_path / "c.txt").touch()
    folder = tmp_path / "c.txt" / "x"

    with pytest.raises(FileError) as error:
        fit_case(folder, epochs=10**9)

    assert str(error.value) == (
        f"checkpoint: the folder {folder} cannot be made (Not a directory). Choose another one for checkpoints "
        "(--checkpoint)."
    )


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told_before_training(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(FileError, match=r"checkpoint: the folder .* may not be written to. Choose another one for"):
        fit_case(tmp_path, epochs=10**9)


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    fit_case(tmp_path, epochs=3)
    path = tmp_path / "training.checkpoint"
    path.write_bytes(path.read_bytes()[:-10])

    with pytest.raises(
        TrainingError, match=r"this is no readable checkpoint .* Remove it to start the training afresh"
    ):
        fit_case(tmp_path, epochs=3)
