"""The command's process: how often it looks for garbage, and what it prints where the output knows few letters."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Offbeat

from offbeat.cli.process import PYTHONS_OWN, _in_one_line
from offbeat.cli.watch import _Watching
from offbeat.errors import OldCopyWarning
from offbeat.server import listening


@pytest.fixture
def _short_lived() -> Iterator[None]:
    """As a command is that ends soon."""
    gc.set_threshold(50_000, 20, 100)
    yield
    gc.unfreeze()
    gc.set_threshold(*PYTHONS_OWN)


@pytest.mark.usefixtures("_short_lived")
def test_commands_that_run_for_long_look_for_garbage_as_python_does(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = []

    def met_by(name: str) -> int:
        met.append((name, gc.get_threshold(), gc.get_freeze_count() > 0))
        return 0

    monkeypatch.setattr(listening, "listen", lambda *_, **__: met_by("serve"))
    monkeypatch.setattr(_Watching, "go_on", lambda *_: met_by("watch"))

    assert offbeat("serve", pumps / "pumps.offbeat").code == 0
    gc.unfreeze()
    gc.set_threshold(50_000, 20, 100)
    assert offbeat("watch", pumps / "pumps.offbeat", pumps).code == 0

    assert met == [("serve", PYTHONS_OWN, True), ("watch", PYTHONS_OWN, True)]


def test_a_warning_of_offbeat_is_one_line() -> None:
    told = _in_one_line(OldCopyWarning("the copy of yesterday is used."), OldCopyWarning, "remote.py", 1)
    assert told == "Warning: the copy of yesterday is used.\n"
    assert _in_one_line(UserWarning("odd"), UserWarning, "other.py", 7).startswith("other.py:7: UserWarning: odd\n")


def test_what_an_output_cannot_spell_is_escaped(tmp_path: Path) -> None:
    table, detector = tmp_path / "pump.csv", tmp_path / "pump.offbeat"
    table.write_text("温度,é\n" + "".join(f"{row % 7},{row % 5}\n" for row in range(40)), encoding="utf-8")
    for words in (
        ["fit", str(table), "--hidden", "1", "--epochs", "2", "--out", str(detector)],
        ["explain", str(detector), str(table), "--rows", "3"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "offbeat", *words],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert "\\u6e29\\u5ea6" in done.stdout
