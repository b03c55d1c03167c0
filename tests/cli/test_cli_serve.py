"""serve: what it refuses before it listens. The service itself is tested in tests/server."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from answers import Offbeat


def test_files_or_a_folder(offbeat: Offbeat, pumps: Path) -> None:
    for words in ((), (pumps / "pumps.offbeat", "--folder", pumps), ("--folder", pumps, "--registry", pumps)):
        answer = offbeat("serve", *words)
        assert answer.code == 2
        assert answer.err == "Error: Detector files, --folder or --registry were expected, one of these.\n"


def test_others_can_reach_it_only_with_a_key(offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFBEAT_SERVER_KEYS", raising=False)
    answer = offbeat("serve", pumps / "pumps.offbeat", "--host", "0.0.0.0", "--json")

    assert answer.code == 2
    assert answer.json["error"]["kind"] == "settings"
    assert answer.json["error"]["message"].startswith(
        "--host 0.0.0.0 can be reached from elsewhere, and no key is set."
    )


def test_a_state_of_the_watch_that_cannot_be_kept(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    detector = pumps / "pumps.offbeat"
    answer = offbeat("serve", detector, "--drift-state", tmp_path / "kept", "--drift-rate", 0)
    assert answer.code == 2
    assert "--drift-rate 0 watches nothing, and --drift-state keeps where the watch is: leave one out." in answer.err
    answer = offbeat("serve", detector, "--drift-state", tmp_path)
    assert answer.code == 1
    assert answer.err == (
        f"Error: --drift-state {tmp_path}: it cannot be kept there (Is a directory). Choose a folder that you may "
        "write to, or another name.\n"
    )
    answer = offbeat("serve", detector, "--drift-state", detector)
    assert answer.code == 2
    assert "pumps.offbeat: that is how detector files are named. Take another name." in answer.err


@pytest.mark.parametrize("option", ["--max-megabytes", "--max-seconds"])
@pytest.mark.parametrize("value", ["0", "inf"])
def test_limits_that_let_nothing_through_or_are_none(option: str, value: str, offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("serve", pumps / "pumps.offbeat", option, value)
    assert answer.code == 2
    assert answer.err == f"Error: {option} {value}: a number above 0 was expected, not an infinite one.\n"


def test_a_damaged_detector_file_is_not_served(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.offbeat").write_bytes(b"nothing")
    for words in ((tmp_path / "bad.offbeat",), (pumps / "pumps.offbeat", tmp_path / "bad.offbeat")):
        answer = offbeat("serve", *words)
        assert answer.code == 7
        assert answer.err.startswith(f"Error: {tmp_path}/bad.offbeat ")
    answer = offbeat("serve", "--folder", tmp_path)
    assert answer.code == 7
    assert answer.err.startswith("Error: No detector can be served. 'bad': bad.offbeat ")


def test_a_port_that_is_taken(offbeat: Offbeat, pumps: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = offbeat("serve", pumps / "pumps.offbeat", "--port", taken.getsockname()[1])

    assert answer.code == 2
    assert "cannot be listened on" in answer.err and "Take another --port." in answer.err
