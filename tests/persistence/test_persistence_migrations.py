"""Files of earlier formats go through one migration a format, or say that they cannot."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from offbeat.errors import DetectorFileError
from offbeat.persistence import FORMAT, Archive, read_archive, write_archive
from offbeat.persistence.migrations import MIGRATIONS


@pytest.fixture
def first_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of format 1, seen by an offbeat whose format is 3."""
    write_archive(tmp_path / "old.offbeat", {"passed": []}, {"weights": {"bias": np.zeros(2)}})
    for module in ("reader", "migrations"):
        monkeypatch.setattr(f"offbeat.persistence.{module}.FORMAT", 3)
    return tmp_path / "old.offbeat"


def passing(number: int) -> object:
    def migration(archive: Archive) -> Archive:
        return dataclasses.replace(archive, manifest={"passed": [*archive.manifest["passed"], number]})

    return migration


def test_the_present_format_needs_no_migration() -> None:
    assert set(MIGRATIONS) == set(range(1, FORMAT))


def test_migrations_run_in_order(first_format: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (2, 1):
        monkeypatch.setitem(MIGRATIONS, number, passing(number))
    archive = read_archive(first_format)
    assert archive.manifest == {"passed": [1, 2]}
    assert archive.format_number == 1
    assert archive.arrays["weights"]["bias"].tolist() == [0, 0]


def test_a_format_without_migration_says_so(first_format: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MIGRATIONS, 1, passing(1))
    with pytest.raises(DetectorFileError) as caught:
        read_archive(first_format)
    assert str(caught.value) == (
        f"{first_format} is of format 2, which this offbeat no longer reads (it reads format 3). "
        "Fit the detector again."
    )
