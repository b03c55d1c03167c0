"""The service watches the rows it is asked about: /drift, /metrics, the log and the sinks tell the same alarm."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest
from running_service import RunningService
from server_client import ADDRESS, bytes_of
from server_readings import readings

import offbeat
from offbeat.drift.delivery import AlarmFile, Delivery
from offbeat.drift.settings import DriftSettings
from offbeat.server.app import make_app
from offbeat.server.drift_watch import MOST_ROWS, DriftWatch
from offbeat.server.shelf import Shelf

Event = dict[str, Any]


class Watched:
    """An application whose watch looks when it is told to."""

    def __init__(
        self,
        path: Path,
        delivery: Delivery | None = None,
        settings: DriftSettings | None = None,
        others: Sequence[Path] = (),
    ) -> None:
        self.events: list[Event] = []
        self.shelf = Shelf([path, *others])
        self.watch = DriftWatch(settings or DriftSettings(window=100), delivery, self._log)
        self.app = make_app(self.shelf, log=self._log, drift=self.watch)

    def _log(self, event: str, **facts: Any) -> None:
        self.events.append({"event": event, **facts})

    def ask(self, method: str, path: str, frame: pl.DataFrame | None = None, form: str = "csv") -> httpx.Response:
        content = b"" if frame is None else bytes_of(frame, form)
        types = {"csv": "text/csv", "ndjson": "application/x-ndjson", "arrow": "application/vnd.apache.arrow.stream"}

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
                return await client.request(method, path, content=content, headers={"content-type": types[form]})

        answer = asyncio.run(run())
        assert answer.status_code == 200, answer.text
        return answer

    def score(self, frame: pl.DataFrame, form: str = "csv") -> None:
        self.ask("POST", "/v1/detectors/pumps/score", frame, form)
        self.watch.look()

    def drift(self) -> Any:
        return self.ask("GET", "/v1/detectors/pumps/drift").json()


def test_a_drift_is_told_everywhere(files: Path, tmp_path: Path) -> None:
    watched = Watched(files / "pumps.offbeat", Delivery(AlarmFile(tmp_path / "alarms.ndjson")))
    assert watched.drift()["rows"] == 0
    watched.score(readings(100, seed=1))
    assert watched.drift()["alarms"] == [] and watched.drift()["columns"]["windows"] == 1
    watched.score(readings(60, seed=2).with_columns(pl.col("heat") + 9), "arrow")
    watched.score(readings(40, seed=3).with_columns(pl.col("heat") + 9), "ndjson")

    status = watched.drift()
    assert status["rows"] == 200 and status["columns"]["drifted"] == ["heat"] and status["skipped"] == 0
    (alarm,) = [alarm for alarm in status["alarms"] if alarm["kind"] == "columns"]
    assert alarm["columns"][0]["column"] == "heat" and alarm["detector"] == "pumps" and alarm["first"] == 100
    assert [json.loads(line) for line in (tmp_path / "alarms.ndjson").read_text().splitlines()] == status["alarms"]
    told = [event for event in watched.events if event["event"] == "drift"]
    assert told == [{"event": "drift", **one} for one in status["alarms"]]
    metrics = watched.ask("GET", "/metrics").text
    for line in (
        'offbeat_drift_rows_total{detector="pumps"} 200.0',
        'offbeat_drift_alarms_total{detector="pumps",kind="columns"} 1.0',
        'offbeat_drift_columns{detector="pumps"} 1.0',
        'offbeat_drift_capital{detector="pumps"} ',
    ):
        assert line in metrics


def test_many_small_requests_are_one_stream(files: Path) -> None:
    watched, one = Watched(files / "pumps.offbeat"), Watched(files / "pumps.offbeat")
    rows = readings(120, seed=5)
    for at in range(0, 120, 40):
        for row in range(at, at + 40):
            watched.ask("POST", "/v1/detectors/pumps/score", rows[row : row + 1], "ndjson")
        watched.watch.look()
    one.score(rows, "ndjson")
    assert watched.drift()["columns"] == one.drift()["columns"] and watched.drift()["rows"] == 120


def test_of_many_rows_a_sample_is_looked_at(files: Path) -> None:
    watched = Watched(files / "pumps.offbeat")
    watched.score(readings(3000, seed=6), "arrow")
    status = watched.drift()
    assert (status["rows"], status["skipped"]) == (MOST_ROWS, 3000 - MOST_ROWS)


def test_a_replaced_file_begins_anew(files: Path, tmp_path: Path) -> None:
    path = tmp_path / "pumps.offbeat"
    path.write_bytes((files / "pumps.offbeat").read_bytes())
    watched = Watched(path)
    watched.score(readings(30, seed=7))
    assert watched.drift()["rows"] == 30
    offbeat.load(path).with_threshold(0.5).save(path)
    watched.shelf.refresh()
    assert watched.drift()["rows"] == 0


def test_a_fault_of_the_watch_is_told_and_hurts_nobody(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(files / "pumps.offbeat")
    monkeypatch.setattr("offbeat.server.drift_watch._joined", lambda parts: 1 / 0)
    watched.ask("POST", "/v1/detectors/pumps/score", readings(30))
    watched.watch.start()
    watched.watch.close()
    (fault,) = [event for event in watched.events if event["event"] == "fault"]
    assert fault["places"][0] == "ZeroDivisionError"


def test_what_fails_in_delivery_loses_no_alarm(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this one nor that of a detector which comes after it in the same look."""
    other = shutil.copy(files / "pumps.offbeat", tmp_path / "other.offbeat")
    watched = Watched(files / "pumps.offbeat", Delivery(AlarmFile(tmp_path / "alarms")), others=[Path(other)])
    monkeypatch.setattr(AlarmFile, "deliver", lambda file, alarm: 1 / 0)
    for name in ("pumps", "other"):
        watched.ask("POST", f"/v1/detectors/{name}/score", readings(100, seed=9).with_columns(pl.col("heat") + 9))
    watched.watch.look()
    told = [event for event in watched.events if event["event"] == "drift"]
    assert [event["detector"] for event in told] == ["pumps", "other"]
    assert told[0] == {"event": "drift", **watched.drift()["alarms"][0]}
    problem = "The alarm could not be written (ZeroDivisionError)."
    assert [event for event in watched.events if event["event"] == "not-delivered"] == [
        {"event": "not-delivered", "detector": name, "problem": problem} for name in ("pumps", "other")
    ]
    faults = [event for event in watched.events if event["event"] == "fault"]
    assert [fault["places"][0] for fault in faults] == ["ZeroDivisionError"] * 2


def test_none_is_watched_unless_asked_for(files: Path) -> None:
    app = make_app(Shelf([files / "pumps.offbeat"]))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as client:
            return await client.get("/v1/detectors/pumps/drift")

    assert asyncio.run(ask()).json() == {"name": "pumps", "watched": False}


@pytest.mark.slow
def test_the_process_watches(files: Path, tmp_path: Path) -> None:
    words = (files / "pumps.offbeat", "--drift-window", "60", "--alarms", tmp_path / "alarms.ndjson")
    with RunningService(*words, folder=tmp_path) as running:
        bad = bytes_of(readings(100, seed=8).with_columns(pl.col("flow") - 30), "csv")
        address = f"{running.address}/v1/detectors/pumps"
        httpx.post(f"{address}/score", content=bad, headers={"content-type": "text/csv"}, timeout=120)
        end = time.monotonic() + 120
        while not (status := httpx.get(f"{address}/drift", timeout=120).json())["alarms"]:
            assert time.monotonic() < end, status
            time.sleep(0.05)
        running.terminate()
        assert running.exit_code() == 0
        assert any(event["event"] == "drift" for event in running.events())
    alarms = [json.loads(line) for line in (tmp_path / "alarms.ndjson").read_text().splitlines()]
    assert np.isin("flow", [column["column"] for column in alarms[0]["columns"]])
