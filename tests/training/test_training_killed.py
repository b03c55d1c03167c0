"""A training killed with SIGKILL at random moments, again and again, ends with the weights of one never interrupted."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import killed_training
import pytest
from safetensors import safe_open
from small_training import arrays, same_bits

from offbeat.training import batches

KILLS = 2
SCRIPT = Path(killed_training.__file__)


def _facts(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="numpy") as file:
        return dict(json.loads(file.metadata()["progress"]))


def _write_number(path: Path) -> int:
    return path.stat().st_ino if path.exists() else 0


def _start_and_kill(case: str, path: Path, chance: random.Random) -> int:
    """Let a process train until it has written, then for a random while, and kill it; how many epochs it left."""
    before = _write_number(path)
    process = subprocess.Popen([sys.executable, str(SCRIPT), case, str(path)])
    while _write_number(path) == before:
        assert process.poll() is None, "the training ended before it could be killed"
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.25))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    facts = _facts(path)
    assert not facts["finished"]
    return len(facts["history"]["loss"])


def _kill_often(case: str, path: Path) -> list[int]:
    chance = random.Random(case)
    return [_start_and_kill(case, path, chance) for _ in range(KILLS)]


def test_killed_trainings_end_with_the_bits_of_one_never_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {case: tmp_path / f"{number}.checkpoint" for number, case in enumerate(killed_training.CASES)}
    with ThreadPoolExecutor() as pool:
        left = dict(zip(paths, pool.map(_kill_often, paths, paths.values()), strict=True))
    for case, path in paths.items():
        assert left[case] == sorted(set(left[case])), "every process went on where the one before was killed"
        whole, history = killed_training.train_case(case, None)
        with monkeypatch.context() as patch:
            patch.setattr(batches, "BURST_STEPS", 1)  # as the killed ones did
            resumed, resumed_history = killed_training.train_case(case, path)
        assert same_bits(arrays(resumed), arrays(whole))
        assert resumed_history.loss == history.loss
        assert resumed_history.validation_loss == history.validation_loss
        assert resumed_history.best_epoch == history.best_epoch
