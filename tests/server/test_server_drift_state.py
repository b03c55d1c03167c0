"""The watch of the service goes on where the service before it was: stopped, killed, or with a file that is no good."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from running_service import RunningService
from server_client import ARROW, bytes_of
from server_readings import readings
from told_watch import ToldWatch

import offbeat
from offbeat.errors import FileError, SettingsError
from offbeat.server import drift_watch
from offbeat.server.drift_state import DriftState, content_of, records_in
from offbeat.server.shelf import Shelf

pytestmark = pytest.mark.usefixtures("looks_when_told")


class Watch(ToldWatch):
    """The watch of a service, from its start to its stop."""

    def __init__(self, shelf: Shelf, path: Path | None, window: int = 100) -> None:
        super().__init__(shelf, path, window)

    @property
    def status(self) -> dict[str, Any]:
        return self.watch.status(self.served)

    def problems(self) -> list[str]:
        return self.problems_of("drift-anew")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "service.drift"


def told(alarms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in alarm.items() if name != "when"} for alarm in alarms]


def test_restarts_change_nothing_of_what_is_found(shelf: Shelf, kept: Path) -> None:
    hot = readings(150, seed=2).with_columns(pl.col("heat") + 9)
    parts = [readings(70, seed=1), hot[:80], hot[80:], readings(40, seed=3)]
    whole = Watch(shelf, None)
    for part in parts:
        whole.look(part)
        watch = Watch(shelf, kept)
        watch.look(part)
        watch.watch.close()
    status, expected = Watch(shelf, kept).status, whole.status
    assert told(status.pop("alarms")) == told(expected.pop("alarms")) != []
    assert status == expected and status["rows"] == 260
    lines = [str(sample) for metric in Watch(shelf, kept).watch.counted() for sample in metric.samples]
    assert lines == [str(sample) for metric in whole.watch.counted() for sample in metric.samples]


def test_nothing_is_written_unless_asked(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    watch = Watch(shelf, None)
    watch.look(readings(200, seed=1))
    watch.watch.close()
    assert list(tmp_path.iterdir()) == []


def test_it_is_written_from_time_to_time_and_at_an_alarm(
    shelf: Shelf, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> int:
        return int(records_in(kept.read_bytes())["pumps"]["monitor"]["rows"])

    watch = Watch(shelf, kept)
    watch.look(readings(30, seed=1))
    assert rows() == 0
    monkeypatch.setattr(drift_watch, "SECONDS_UNTIL_KEPT", 0.0)
    watch.look(readings(30, seed=2))
    assert rows() == 60
    written = kept.stat().st_mtime_ns
    watch.watch.look()
    assert kept.stat().st_mtime_ns == written, "no row came"
    monkeypatch.setattr(drift_watch, "SECONDS_UNTIL_KEPT", 1000.0)
    watch.look(readings(60, seed=3).with_columns(pl.col("heat") + 9))
    assert rows() == 120 and {event["event"] for event in watch.events} == {"drift"}
    watch.watch.close()


def test_what_is_of_another_detector_is_put_aside(shelf: Shelf, kept: Path, tmp_path: Path) -> None:
    watch = Watch(shelf, kept)
    watch.look(readings(30, seed=1))
    watch.watch.close()
    before = records_in(kept.read_bytes())

    other = Shelf([_fitted_anew(tmp_path)])
    watch = Watch(other, kept)
    assert watch.status["rows"] == 0
    assert watch.problems() == [
        f"{kept}: what it holds of 'pumps' is of another detector or of other settings. Its watch begins anew; what "
        f"was kept is in {kept}.old."
    ]
    assert records_in(Path(f"{kept}.old").read_bytes()) == before
    watch.watch.close()
    watch = Watch(other, kept, window=200)
    assert watch.problems()[0].endswith(f"{kept}.old-2.")
    watch.watch.close()
    watch = Watch(other, kept, window=200)
    assert watch.problems() == [] and not Path(f"{kept}.old-3").exists()


def _fitted_anew(folder: Path) -> Path:
    settings = {"hidden": [2], "epochs": 5, "threshold": "mean+3std", "progress": "none"}
    return offbeat.fit(readings(seed=77), **settings).save(folder / "pumps.offbeat")


DAMAGE: dict[str, tuple[Callable[[str], str], str]] = {
    "nothing": (lambda text: "", "is none that a service has written"),
    "another file": (lambda text: "flow,rpm\n1,2\n", "is none that a service has written"),
    "lists": (lambda text: "[]\n[]", "is none that a service has written"),
    "cut off": (lambda text: text[:-20], "is damaged or was changed: its checksum differs"),
    "a digit": (lambda text: text.replace("30", "31"), "is damaged or was changed: its checksum differs"),
    "a later form": (lambda text: text.replace('t": 1,', 't": 2,', 1), "was written by another release of offbeat"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_is_no_good_is_told_once_and_put_aside(damage: str, shelf: Shelf, kept: Path) -> None:
    watch = Watch(shelf, kept)
    watch.look(readings(30, seed=1))
    watch.watch.close()
    how, words = DAMAGE[damage]
    text = kept.read_text()
    bad = how(text)
    assert bad != text
    kept.write_text(bad)

    watch = Watch(shelf, kept)
    assert watch.status["rows"] == 0
    assert watch.problems() == [f"{kept}: the file {words}. All watches begin anew; what it held is in {kept}.old."]
    assert Path(f"{kept}.old").read_text() == bad
    watch.look(readings(40, seed=2))
    watch.watch.close()
    watch = Watch(shelf, kept)
    assert watch.status["rows"] == 40 and watch.problems() == []


def test_a_record_that_is_no_good_is_told(shelf: Shelf, kept: Path) -> None:
    for record in ({}, [], {"skipped": "many"}, {"skipped": 0, "raised": {}, "alarms": [], "monitor": {"format": 1}}):
        kept.write_bytes(content_of({"pumps": record}))
        assert "what it holds of 'pumps' is damaged." in Watch(shelf, kept).problems()[0]


def test_records_of_detectors_that_are_not_served_stay(files: Path, shelf: Shelf, kept: Path) -> None:
    watch = Watch(shelf, kept)
    watch.look(readings(30, seed=1))
    watch.watch.close()
    beats = Watch(Shelf([files / "beats.offbeat"]), kept)
    beats.look(readings(20, seed=1).drop("valve"))
    beats.watch.close()
    rows = {name: record["monitor"]["rows"] for name, record in records_in(kept.read_bytes()).items()}
    assert rows == {"pumps": 30, "beats": 20}


def test_a_file_that_is_replaced_meanwhile_begins_anew_and_is_kept_so(files: Path, kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "pumps.offbeat"
    path.write_bytes((files / "pumps.offbeat").read_bytes())
    shelf = Shelf([path])
    watch = Watch(shelf, kept)
    watch.look(readings(30, seed=1))
    _fitted_anew(tmp_path)
    shelf.refresh()
    watch.served = shelf.get("pumps")
    watch.look(readings(10, seed=2))
    watch.watch.close()
    assert Watch(shelf, kept).status["rows"] == 10 and watch.problems() == []


def test_a_place_that_cannot_be_written_is_told_at_the_start(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "service.drift", tmp_path):
        with pytest.raises(FileError, match="it cannot be kept there"):
            DriftState(path)
    with pytest.raises(SettingsError, match="that is how detector files are named"):
        DriftState(tmp_path / "pumps.offbeat")


def test_a_disk_that_is_full_is_told_once_and_hurts_nobody(
    shelf: Shelf, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_watch, "SECONDS_UNTIL_KEPT", 0.0)
    watch = Watch(shelf, kept)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as during:
        during.setattr("offbeat.server.drift_state.write_atomically", full)
        for seed in range(3):
            watch.look(readings(10, seed=seed))
    problem = f"{kept}: it cannot be written (No space left on device). Free some space in {kept.parent}, or choose "
    problem += "another folder."
    assert watch.events == [{"event": "not-kept", "problem": problem}]
    watch.look(readings(10, seed=4))
    watch.watch.close()
    assert Watch(shelf, kept).status["rows"] == 40


WRITES = """
import sys
from pathlib import Path
from offbeat.server.drift_state import DriftState
state = DriftState(Path(sys.argv[1]))
for number in range(10**9):
    state.keep({"pumps": {"number": number, "seen": str(number) * 20_000}})
    print(number, flush=True)
"""


@pytest.mark.slow
def test_killed_while_it_writes_the_file_is_whole(kept: Path) -> None:
    for pause in (0.0, 0.003, 0.011, 0.02):
        with subprocess.Popen([sys.executable, "-c", WRITES, str(kept)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(10):
                written = int(writer.stdout.readline())
            time.sleep(pause)
            writer.kill()
            record = records_in(kept.read_bytes())["pumps"]
        assert record["number"] >= written and record["seen"] == str(record["number"]) * 20_000


@pytest.mark.slow
def test_the_process_goes_on_after_a_stop_and_after_being_killed(files: Path, kept: Path, tmp_path: Path) -> None:
    words = (files / "pumps.offbeat", "--drift-state", kept, "--drift-window", "60")

    def score(running: RunningService, frame: pl.DataFrame) -> None:
        address = f"{running.address}/v1/detectors/pumps/score"
        body, kind = bytes_of(frame, "arrow"), {"content-type": ARROW}
        assert httpx.post(address, content=body, headers=kind, timeout=120).status_code == 200

    def drift(running: RunningService) -> Any:
        return httpx.get(f"{running.address}/v1/detectors/pumps/drift", timeout=120).json()

    with RunningService(*words, folder=tmp_path) as running:
        score(running, readings(50, seed=1))
        running.terminate()
        assert running.exit_code() == 0
    assert records_in(kept.read_bytes())["pumps"]["monitor"]["rows"] == 50

    with RunningService(*words, folder=tmp_path) as running:
        assert drift(running)["rows"] == 50
        score(running, readings(70, seed=2).with_columns(pl.col("flow") - 30))
        end = time.monotonic() + 120
        while records_in(kept.read_bytes())["pumps"]["monitor"]["rows"] < 120:
            assert time.monotonic() < end
            time.sleep(0.02)
        running.terminate(signal.SIGKILL)
        assert running.exit_code() == -signal.SIGKILL

    with RunningService(*words, folder=tmp_path) as running:
        status = drift(running)
        assert status["rows"] == 120 and status["alarms"] != []
        kept.write_text("damaged")
        running.terminate(signal.SIGKILL)
        running.exit_code()

    with RunningService(*words, folder=tmp_path) as running:
        assert drift(running)["rows"] == 0
        (event,) = [event for event in running.events() if event["event"] == "drift-anew"]
    assert event["problem"].endswith(f"what it held is in {kept}.old.")
    assert Path(f"{kept}.old").read_text() == "damaged"
    assert json.loads(kept.read_text().splitlines()[0])["format"] == 1
