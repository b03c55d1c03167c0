"""A checkpoint goes on where a training was, and one that cannot be gone on from says so."""

from __future__ import annotations

import itertools
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small_training import distance, rows, same_bits, trained

from offbeat.errors import TrainingError
from offbeat.training import batches, checkpoint, loop
from offbeat.training.history import History

DATA = rows(20)


class Stopped(Exception):
    """Stands for the kill of the process."""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the checkpoint goes, which is written after every epoch."""
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", 1e9)
    monkeypatch.setattr(batches, "BURST_STEPS", 1)
    return tmp_path / "training.checkpoint"


def _stop_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """Let training stop right after so many checkpoints."""
    left = iter(range(writes, -1, -1))
    write = checkpoint.save_progress

    def save(*arguments: Any) -> None:
        write(*arguments)
        if next(left) == 1:
            raise Stopped

    monkeypatch.setattr(loop, "save_progress", save)


def _stopped(path: Path, writes: int, data: np.ndarray = DATA, **values: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _stop_after(patch, writes)
        with pytest.raises(Stopped):
            trained(data, {"checkpoint": path}, **values)


def _resumed(path: Path, data: np.ndarray = DATA, **values: object) -> tuple[list[np.ndarray], History]:
    return trained(data, {"checkpoint": path}, **values)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"optimizer": "adamw", "schedule": "cosine"}, id="optimizer state and schedule"),
        pytest.param({"noise": 0.2, "masking": 0.1}, id="noise"),
        pytest.param({"epochs": 5.5}, id="fractional"),
    ],
)
def test_a_resumed_training_ends_with_the_same_bits(path: Path, values: dict[str, object]) -> None:
    values = {"epochs": 6, **values}
    whole, history = trained(DATA, **values)
    for writes in (1, 2):
        _stopped(path, writes, **values)
    resumed, resumed_history = _resumed(path, **values)
    assert same_bits(resumed, whole)
    assert resumed_history.loss == history.loss
    assert (len(history), history.best_epoch, history.stopped) == (6, 6, "epochs")


def test_early_stopping_remembers_its_best_weights_and_how_long_it_waited(path: Path) -> None:
    values: dict[str, object] = {"patience": 5, "learning_rate": 0.05, "epochs": 300}
    call = {"validation": rows(7, seed=1)}
    whole, history = trained(DATA, call, **values)
    with pytest.MonkeyPatch.context() as patch:
        _stop_after(patch, history.best_epoch + 2)
        with pytest.raises(Stopped):
            trained(DATA, {**call, "checkpoint": path}, **values)
    resumed, resumed_history = trained(DATA, {**call, "checkpoint": path}, **values)
    assert same_bits(resumed, whole)
    assert resumed_history.validation_loss == history.validation_loss
    assert (resumed_history.best_epoch, resumed_history.stopped) == (history.best_epoch, "patience")


def test_a_finished_checkpoint_returns_at_once_with_the_same_result(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, history = _resumed(path)
    written = path.stat()
    monkeypatch.setattr(loop, "chunks_of_epochs", None)  # training would fail
    again, again_history = _resumed(path)
    assert same_bits(again, weights)
    assert again_history == history
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_checkpoints_are_written_seldom_however_slow_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, written = [0.0], []

    def slow_disk(*arguments: object) -> None:
        written.append(now[0])
        now[0] += 10.0

    def tick() -> float:
        now[0] += 2.0
        return now[0]

    monkeypatch.setattr(loop, "time", types.SimpleNamespace(monotonic=tick))
    monkeypatch.setattr(loop, "save_progress", slow_disk)
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", 0.5)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", 0.05)
    trained(DATA, {"checkpoint": path}, epochs=165)
    # Ten seconds a write, at most a twentieth of the time: the last one comes when training ends.
    assert [later - earlier >= 210 for earlier, later in itertools.pairwise(written)] == [True, True, False]


def test_a_training_that_ran_out_of_time_goes_on_when_it_is_given_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(1_000_000))
    monkeypatch.setattr(loop, "time", types.SimpleNamespace(monotonic=lambda: float(next(now))))
    cut, history = _resumed(path, epochs=40, max_seconds=30)
    assert history.stopped == "time"
    assert 2 < len(history) < 30
    again, again_history = _resumed(path, epochs=40, max_seconds=30)
    assert same_bits(again, cut)
    assert again_history == history
    longer, longer_history = _resumed(path, epochs=40, max_seconds=30_000)
    assert longer_history.stopped == "epochs"
    assert same_bits(longer, trained(DATA, epochs=40)[0])


@pytest.mark.parametrize(
    ("values", "call"),
    [
        pytest.param({"epochs": 1}, {}, id="within the only epoch"),
        pytest.param({"epochs": 3.5, "noise": 0.1, "optimizer": "adamw"}, {}, id="within a later one"),
        pytest.param({"epochs": 9, "patience": 1, "learning_rate": 3.0}, {"validation": rows(7)}, id="with patience"),
    ],
)
def test_time_that_ends_within_an_epoch_loses_no_row_when_there_is_more_of_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, object], call: dict[str, Any]
) -> None:
    now = iter(range(1_000_000))
    monkeypatch.setattr(batches, "CHUNK_STEPS", 1)
    whole, whole_history = trained(DATA, call, **values)
    monkeypatch.setattr(loop, "time", types.SimpleNamespace(monotonic=lambda: float(next(now))))
    call = {**call, "checkpoint": path}
    cuts = []
    for seconds in (1.5, 8.5, 9.5, 15.5):
        cuts.append(trained(DATA, call, **values, max_seconds=seconds)[1])
        _, history = trained(DATA, call, **values, max_seconds=seconds)
        assert history == cuts[-1], "the same limit gives the same again"
    assert cuts[0].stopped == "time"
    longer, longer_history = trained(DATA, call, **values, max_seconds=30_000)
    assert same_bits(longer, whole)
    assert longer_history.loss == whole_history.loss
    assert longer_history.validation_loss == whole_history.validation_loss
    assert (longer_history.best_epoch, longer_history.stopped) == (whole_history.best_epoch, whole_history.stopped)


def test_a_limit_that_is_left_out_is_a_longer_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = trained(DATA, epochs=1)
    monkeypatch.setattr(batches, "CHUNK_STEPS", 1)
    assert _resumed(path, epochs=1, max_seconds=1e-9)[1].stopped == "time"
    longer, history = _resumed(path, epochs=1)
    assert same_bits(longer, whole)
    assert history.stopped == "epochs"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda path: _resumed(path, learning_rate=0.5), id="settings"),
        pytest.param(lambda path: _resumed(path, seed=1), id="seed"),
        pytest.param(lambda path: _resumed(path, rows(20, seed=1)), id="data"),
        pytest.param(lambda path: trained(DATA, {"checkpoint": path, "train_rows": np.arange(19)}), id="rows"),
        pytest.param(lambda path: trained(DATA, {"checkpoint": path, "validation": rows(3)}), id="validation rows"),
        pytest.param(lambda path: trained(DATA, {"checkpoint": path, "like_rows": 5}), id="cut of the batches"),
        pytest.param(lambda path: trained(DATA, {"checkpoint": path, "scheduled": 50.0}), id="pace"),
    ],
)
def test_words_for_the_checkpoint_of_another_training(path: Path, other: Callable[[Path], object]) -> None:
    _resumed(path)
    before = path.read_bytes()
    with pytest.raises(TrainingError) as problem:
        other(path)
    assert str(problem.value) == (
        f"{path}: this checkpoint belongs to a training with other settings, data or seed, and cannot be continued "
        "by this one. Repeat the call that wrote it, or name another checkpoint folder to start afresh."
    )
    assert path.read_bytes() == before


def test_which_features_are_one_cell_counts_where_cells_are_masked(path: Path) -> None:
    cells = tuple(place // 2 for place in range(DATA.shape[1]))
    _resumed(path)
    trained(DATA, {"checkpoint": path, "columns": cells})
    path.unlink()
    _resumed(path, masking=0.1)
    with pytest.raises(TrainingError, match="this checkpoint belongs to a training with other settings, data or seed"):
        trained(DATA, {"checkpoint": path, "columns": cells}, masking=0.1)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * 4096)


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 4
    path.write_bytes(bytes(content))


def _drop_the_facts(path: Path) -> None:
    save_file(load_file(path), path)


def _make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [_truncate, _empty, _overwrite, _flip_a_bit, _drop_the_facts, _make_a_folder])
def test_words_for_a_damaged_checkpoint(path: Path, damage: Callable[[Path], None]) -> None:
    _resumed(path)
    damage(path)
    with pytest.raises(TrainingError) as problem:
        _resumed(path)
    words = str(problem.value)
    assert words.startswith(f"{path}: this is no readable checkpoint (")
    assert words.endswith("). Remove it to start the training afresh.")
    if damage is _flip_a_bit:
        assert "(its numbers do not match their checksum)" in words
    elif damage is _make_a_folder:
        assert "(it cannot be read)" in words
    else:
        assert "(it is damaged, or no checkpoint at all)" in words


def test_words_for_a_checkpoint_of_another_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _resumed(path)
    read = checkpoint._read

    def without_the_last_leaf(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        leaves, facts = read(path)
        return dict(list(leaves.items())[:-1]), facts

    monkeypatch.setattr(checkpoint, "_read", without_the_last_leaf)
    with pytest.raises(TrainingError, match=r"no readable checkpoint \(it was written by another version\)"):
        _resumed(path)


def test_a_crash_while_writing_leaves_the_former_checkpoint(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, object] = {"epochs": 6}
    _stopped(path, 2, **values)
    before = path.read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        with pytest.raises(OSError, match="No space left"):
            _resumed(path, **values)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert same_bits(_resumed(path, **values)[0], trained(DATA, **values)[0])


def test_a_checkpoint_changes_nothing_in_the_result(path: Path) -> None:
    with_checkpoint, _ = _resumed(path)
    assert distance(with_checkpoint, trained(DATA)[0]) == 0
