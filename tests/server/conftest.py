"""Two detector files, and a service that answers for both; no test changes them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from server_client import Client
from server_readings import readings

import offbeat
from offbeat.server import drift_watch
from offbeat.server.shelf import Shelf

QUICK = {"hidden": [2], "epochs": 5, "threshold": "mean+3std", "progress": "none"}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pumps.offbeat (named columns, one of words) and beats.offbeat (no names, numbers only)."""
    folder = tmp_path_factory.mktemp("served")
    offbeat.fit(readings(), **QUICK).save(folder / "pumps.offbeat")
    numbers = readings().drop("valve").to_numpy()
    offbeat.fit(numbers, **QUICK).save(folder / "beats.offbeat")
    return folder


@pytest.fixture(scope="session")
def new() -> pl.DataFrame:
    """16 readings, of which row 3 is bad."""
    flow = pl.col("flow")
    return readings(16, seed=9).with_columns(pl.when(pl.int_range(pl.len()) == 3).then(flow + 90).otherwise(flow))


@pytest.fixture(scope="session")
def pumps(files: Path) -> offbeat.Detector:
    return offbeat.load(files / "pumps.offbeat")


@pytest.fixture(scope="session")
def service(files: Path) -> Client:
    """Answers for both, without keys."""
    return Client([files / "pumps.offbeat", files / "beats.offbeat"])


@pytest.fixture
def looks_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread of a watch looks at its end only."""
    monkeypatch.setattr(drift_watch, "SECONDS", 1000.0)


@pytest.fixture
def shelf(files: Path) -> Shelf:
    return Shelf([files / "pumps.offbeat"])
