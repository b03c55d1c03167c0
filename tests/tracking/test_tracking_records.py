"""Records come back as they were written, and a damaged one is told with what is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from offbeat.errors import DataError
from offbeat.tracking.records import read_record, write_record


class Visit(BaseModel):
    """A record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pump: str
    hours: dict[str, float]


VISIT = Visit(pump="Förderpumpe 2", hours={"before": 0.1, "after": 12.0})


def test_a_record_comes_back(tmp_path: Path) -> None:
    write_record(tmp_path / "visit.json", VISIT)
    assert read_record(Visit, tmp_path / "visit.json", what="visit", remedy="") == VISIT


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory). "),
        (b"", "Expecting value: line 1 column 1 (char 0)). "),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte). "),
        (b"[]", "Input should be a valid dictionary or instance of Visit). "),
        (b'{"pump": "a"}', "'hours': Field required). "),
        (b'{"pump": "a", "hours": {"before": "long"}}', "'hours.before': Input should be a valid number, "),
        (b'{"pump": "a", "hours": {}, "more": 1}', "'more': Extra inputs are not permitted). "),
    ],
    ids=["none", "empty", "no text", "a list", "lacking", "words", "more"],
)
def test_a_damaged_record_is_told(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "visit.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as told:
        read_record(Visit, path, what="record of a visit", remedy="Write it again.")
    assert str(told.value).startswith(f"{path}: this is no record of a visit ({reason}")
    assert str(told.value).endswith("). Write it again.")
