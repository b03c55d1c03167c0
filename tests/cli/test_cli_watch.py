"""watch: rows as they come in, from files, folders and standard input; stopped, killed and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from answers import Answer, Offbeat
from watched_pumps import HEADER, fitted_in, text_of

import offbeat as library
from offbeat.cli.watch import DRIFTED


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted_in(tmp_path_factory.mktemp("watched"))


def objects(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.out.splitlines()]


def test_once_over_a_file(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(HEADER + text_of(1000, 1) + "0.1,")
    answer = offbeat("watch", detector, "new.csv", "--once")
    assert (answer.code, answer.err) == (0, "") and "new.csv: 1,000 rows, " in answer.out
    with (tmp_path / "new.csv").open("a") as file:
        file.write("0.2\n" + text_of(999, 2, shift=1.0))
    answer = offbeat("watch", detector, "new.csv", "--once", "--json", "--alarms", "alarms.ndjson")
    assert answer.code == DRIFTED == 10
    told = objects(answer)
    alarms = [event for event in told if event.pop("event") == "alarm"]
    assert {alarm["kind"] for alarm in alarms} >= {"columns"} and alarms[0]["first"] == 1000
    assert [json.loads(line) for line in (tmp_path / "alarms.ndjson").read_text().splitlines()] == alarms
    assert [event["rows"] for event in told if "source" in event] == [2000]


def test_state_makes_one_watch_of_many_calls(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    """The same alarms, each once, whether rows come in one piece or in four, with a restart between any two."""
    texts = [text_of(400, 10), text_of(400, 11, 1.0), text_of(400, 12, 1.0), text_of(300, 13)]
    (tmp_path / "new.csv").write_text(HEADER)
    pieces = []
    for text in texts:
        with (tmp_path / "new.csv").open("a") as file:
            file.write(text)
        answer = offbeat("watch", detector, "new.csv", "--once", "--json", "--state", "kept.json", "--window", 200)
        assert answer.code in (0, DRIFTED)
        pieces += [event for event in objects(answer) if event["event"] == "alarm"]
    whole = offbeat("watch", detector, "new.csv", "--once", "--json", "--window", 200)
    expected = [event for event in objects(whole) if event["event"] == "alarm"]

    def facts(alarms: list[dict[str, Any]]) -> list[str]:
        return sorted(str({name: value for name, value in alarm.items() if name != "when"}) for alarm in alarms)

    assert facts(pieces)[: len(expected)] == facts(expected) and len(expected) >= 2


def test_a_state_that_does_not_fit_is_put_aside(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(HEADER + text_of(300, 20))
    states = []
    for window, aside in ((200, ""), (300, "kept.json.old"), (200, "kept.json.old-2")):
        told = offbeat("watch", detector, "new.csv", "--once", "--state", "kept.json", "--window", window)
        words = (
            "Note: kept.json is of another detector or of other settings; the watch begins anew. What it held is in "
        )
        assert told.code == 0 and (f"{words}{aside}.\n" in told.err) is bool(aside)
        if aside:
            assert (tmp_path / aside).read_bytes() == states[-1]
        states.append((tmp_path / "kept.json").read_bytes())


@pytest.mark.parametrize("kept", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"rows": 3}'])
def test_a_file_that_no_watch_has_kept_is_never_told_to_be_removed(
    kept: bytes, offbeat: Offbeat, detector: Path, tmp_path: Path
) -> None:
    (tmp_path / "new.csv").write_text(HEADER + text_of(300, 20))
    (tmp_path / "other").write_bytes(kept)
    told = offbeat("watch", detector, "new.csv", "--once", "--state", "other")
    assert told.code == 3
    assert told.err.endswith(
        "Error: other: no watch has kept this, and it is left as it is. Give --state the name of a new file, or of one "
        "that a watch has kept.\n"
    )
    assert (tmp_path / "other").read_bytes() == kept
    of_detector = offbeat("watch", detector, "new.csv", "--once", "--state", detector)
    assert of_detector.code == 3 and "no watch has kept this, and it is left as it is" in of_detector.err
    of_folder = offbeat("watch", detector, "new.csv", "--once", "--state", ".")
    assert of_folder.err.endswith("Error: .: --state needs a file, and this cannot be read as one (Is a directory).\n")


def test_a_state_that_is_damaged_may_be_removed(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(HEADER + text_of(300, 20))
    assert offbeat("watch", detector, "new.csv", "--once", "--state", "kept").code == 0
    whole = (tmp_path / "kept").read_text()
    record = json.loads(whole)
    empty = {"monitor": {}, "sources": {}}
    for text in (whole[:200], json.dumps(empty), json.dumps({**record, "sources": {"new.csv": {}}})):
        (tmp_path / "kept").write_text(text)
        told = offbeat("watch", detector, "new.csv", "--once", "--state", "kept")
        assert told.code == 3
        assert told.err == (
            "Error: kept: what a watch has kept here is damaged. Remove it to begin anew, or give --state a new name.\n"
        )


def test_a_folder_of_files_of_several_forms(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(HEADER + text_of(300, 20))
    library.read(tmp_path / "in" / "a.csv").cells.write_parquet(tmp_path / "in" / "b.parquet")
    answer = offbeat("watch", detector, "in", "--once", "--state", "kept.json")
    assert answer.code == 0 and answer.out.count("in: 300 rows") == 2
    assert offbeat("watch", detector, "in", "--once", "--state", "kept.json").out == ""


def test_rows_as_json_lines(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    rows = [list(map(float, line.split(","))) for line in text_of(600, 30, shift=3.0).splitlines()]
    records = [{"rpm": rpm, "flow": flow} for flow, rpm in rows]
    (tmp_path / "new.ndjson").write_text("".join(json.dumps(record) + "\n" for record in records))
    (tmp_path / "bare.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name in ("new.ndjson", "bare.ndjson"):
        answer = offbeat("watch", detector, name, "--once")
        assert answer.code == DRIFTED and "ALARM: In rows 0 to 499 the columns" in answer.out


def test_what_cannot_be_read_is_told(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(HEADER + "1,2\n3\n")
    assert offbeat("watch", detector, "new.csv", "--once").code == 3
    (tmp_path / "new.ndjson").write_text('{"flow": 1\n{}\n')
    answer = offbeat("watch", detector, "new.ndjson", "--once", "--json")
    assert answer.code == 3 and "is no JSON" in objects(answer)[-1]["message"]
    for words, told in (
        (("--window", 3), "'window' of drift cannot be 3: it should be at least 50 and at most 1,000,000."),
        (("--rate", 0), "'rate' of drift cannot be 0.0: it should be above 0 and below 0.5."),
        (("--webhook", "file:///x"), "--webhook was expected to be an address"),
    ):
        refused = offbeat("watch", detector, "new.csv", "--once", *words)
        assert refused.code == 2 and told in refused.err


def test_a_bad_row_costs_no_other_row(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    rows = text_of(2000, 60, 2.0).splitlines(keepends=True)
    rows[700], rows[1500], rows[1501] = "ERR,0\n", "1,2,3\n", "inf,0\n"
    (tmp_path / "logs" / "new.csv").write_text(HEADER + "".join(rows))
    answer = offbeat("watch", detector, "logs/new.csv", "--once", "--json", "--state", "kept.json")
    told = {event["event"]: event for event in objects(answer)}
    assert answer.code == DRIFTED and told["batch"]["rows"] == 1997 and "alarm" in told
    assert told["problem"]["message"] == (
        "logs/new.csv: 3 rows of 2,000 were passed over: line 702 (column 'flow' holds text 'ERR'; numbers were "
        "expected), line 1502 (it has 3 cells; 2 were expected, as in the first line), line 1503 (column 'flow' holds "
        "inf; finite numbers were expected). Where such a word stands for a missing cell, declare it when the detector "
        "is fitted (--missing)."
    )
    with (tmp_path / "logs" / "new.csv").open("a") as file:
        file.write("1,2\n\xff,1\n")
    answer = offbeat("watch", detector, "logs/new.csv", "--once", "--state", "kept.json")
    assert answer.code == 3 and "logs/new.csv: 1 rows" in answer.out
    assert "Problem: logs/new.csv: 1 row of 2 was passed over: line 2003 (column 'flow' holds text" in answer.err


def test_rows_of_other_columns_are_passed_over_as_a_whole(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("flow,speed\n" + text_of(100, 61))
    answer = offbeat("watch", detector, "new.csv", "--once")
    assert answer.code == 4 and "new.csv lacks 1 column that the detector was fitted on: 'rpm'." in answer.err
    assert "All rows of lines 1 to 101 were passed over." in answer.err


def test_quotes_in_json_lines_close_nothing(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    row = r'{"flow": 1, "rpm": 2, "note": "a 5\" pipe"}' + "\n"
    (tmp_path / "new.ndjson").write_text(row * 3)
    answer = offbeat("watch", detector, "new.ndjson", "--once", "--json")
    assert [event["rows"] for event in objects(answer)] == [3] and answer.code == 0


def test_a_file_of_a_folder_whose_name_begins_its_own_is_told_by_its_path(
    offbeat: Offbeat, detector: Path, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "newer.csv").write_text("a,b\n1,2\n")
    os.utime(tmp_path / "new" / "newer.csv", (1, 1))
    answer = offbeat("watch", detector, "new", "--once")
    assert "new: newer.csv lacks" in answer.out + answer.err


def test_a_stray_quote_costs_its_line_only(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    """One that never closes, and one that a later one seems to close."""
    rows = [row.rstrip("\n") + ",ok\n" for row in text_of(300, 62).splitlines(keepends=True)]
    (tmp_path / "one.csv").write_text("flow,rpm,note\n" + "".join(rows[:2]) + '1,2,5" pipe\n' + "".join(rows[2:]))
    answer = offbeat("watch", detector, "one.csv", "--once", "--json")
    assert sum(event.get("rows", 0) for event in objects(answer)) == 300 and answer.code == 3
    assert 'line 4 (it opens a quote (") that never closes).' in objects(answer)[1]["message"]
    rows[100] = rows[200] = '1,2,"5 pipe\n'
    (tmp_path / "two.csv").write_text("flow,rpm,note\n" + "".join(rows))
    answer = offbeat("watch", detector, "two.csv", "--once", "--json")
    assert [event["rows"] for event in objects(answer) if event["event"] == "batch"] == [298]
    message = next(event["message"] for event in objects(answer) if event["event"] == "problem")
    assert message.startswith("two.csv: 2 rows of ") and "line 102 (" in message and "line 202 (" in message


def test_a_bad_file_does_not_block_those_after_it(offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    """Nor are the alarms before it told again by the next call: the state is kept after each batch."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(HEADER + text_of(700, 63, 2.0))
    (tmp_path / "in" / "b.csv").write_text(HEADER + "1,x\n")
    (tmp_path / "in" / "c.csv").write_text(HEADER + text_of(300, 64, 2.0))
    for at, name in enumerate("abc"):
        os.utime(tmp_path / "in" / f"{name}.csv", (1e9 + at, 1e9 + at))
    words = ("watch", detector, "in", "--once", "--state", "kept.json", "--alarms", "alarms.ndjson")
    first = offbeat(*words)
    assert first.code == DRIFTED, "an alarm is told once, so that a problem does not hide it"
    assert "in: 700 rows" in first.out and "in: 300 rows" in first.out
    assert "Problem: in: b.csv: column 'rpm' holds text 'x' at row 0" in first.err
    alarms = (tmp_path / "alarms.ndjson").read_text()
    again = offbeat(*words)
    assert (again.code, again.out, again.err) == (0, "", "") and (tmp_path / "alarms.ndjson").read_text() == alarms
    (tmp_path / "in" / "d.csv").write_text(HEADER + "1,x\n")
    os.utime(tmp_path / "in" / "d.csv", (1e9 + 9, 1e9 + 9))
    assert offbeat(*words).code == 3


class Running:
    """`offbeat watch` as a process."""

    def __init__(self, folder: Path, *words: object) -> None:
        variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
        variables.pop("JAX_NUMPY_RANK_PROMOTION", None)
        command = [sys.executable, "-m", "offbeat", "watch", *map(str, words), "--json", "--every", "0.05"]
        self.process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def next_event(self, kind: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if (event := json.loads(line))["event"] == kind:
                return dict(event)
        raise AssertionError(f"it ended without '{kind}'")

    def stop(self, kind: signal.Signals) -> int:
        self.process.send_signal(kind)
        _, _ = self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.mark.slow
def test_it_runs_until_it_is_stopped_and_survives_being_killed(detector: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text(HEADER + text_of(450, 40))
    words = (detector, path, "--state", tmp_path / "kept.json", "--alarms", tmp_path / "alarms.ndjson")
    running = Running(tmp_path, *words)
    assert running.next_event("batch")["rows"] == 450
    while not (tmp_path / "kept.json").exists():
        time.sleep(0.02)
    running.stop(signal.SIGKILL)
    with path.open("a") as file:
        file.write(text_of(50, 41))
    running = Running(tmp_path, *words)
    assert running.next_event("batch")["rows"] == 50
    with path.open("a") as file:
        file.write("1,2,3\n")
    assert "new.csv" in running.next_event("problem")["message"]
    with path.open("a") as file:
        file.write(text_of(500, 42, 2.0))
    assert running.next_event("alarm")["first"] == 500
    assert running.stop(signal.SIGTERM) == 0
    alarms = [json.loads(line) for line in (tmp_path / "alarms.ndjson").read_text().splitlines()]
    assert len({str(alarm) for alarm in alarms}) == len(alarms) <= 2
    assert json.loads((tmp_path / "kept.json").read_text())["monitor"]["rows"] == 1000


@pytest.mark.slow
def test_standard_input_ends_it(detector: Path, tmp_path: Path) -> None:
    running = Running(tmp_path, detector, "-")
    out, _ = running.process.communicate(HEADER + text_of(700, 50, 2.0).rstrip("\n"), timeout=60)
    events = [json.loads(line) for line in out.splitlines()]
    assert running.process.returncode == 0
    assert sum(event.get("rows", 0) for event in events if event["event"] == "batch") == 700
    assert any(event["event"] == "alarm" for event in events)


def test_with_once_a_path_that_leads_nowhere_is_an_error(offbeat: Offbeat, detector: Path) -> None:
    answer = offbeat("watch", detector, "nope.csv", "--once")
    assert answer.code == 3
    assert "'nope.csv': there is no such file or folder. Is the path right?" in answer.err


@pytest.mark.slow
def test_a_file_that_is_not_there_yet_is_told_and_waited_for(detector: Path, tmp_path: Path) -> None:
    running = Running(tmp_path, detector, "later.csv")
    assert "'later.csv': there is no such file yet" in running.next_event("note")["message"]
    (tmp_path / "later.csv").write_text("sep=,\n" + HEADER + text_of(450, 40))
    assert running.next_event("batch")["rows"] == 450
    with (tmp_path / "later.csv").open("a") as file:
        file.write(text_of(50, 41))
    assert running.next_event("batch")["rows"] == 50
    assert running.stop(signal.SIGTERM) == 0
