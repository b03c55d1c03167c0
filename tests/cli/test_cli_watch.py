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

import numpy as np
import pytest
from answers import Answer, Offbeat

import offbeat as library
from offbeat.cli.watch import DRIFTED
from offbeat.cli.watched import source_of
from offbeat.errors import OffbeatError

HEADER = "flow,rpm\n"


def text_of(rows: int, seed: int, shift: float = 0.0) -> str:
    """Rows as CSV lines without a header."""
    rng = np.random.default_rng(seed)
    flow = rng.normal(0, 1, rows) + shift
    return "".join(f"{a:.6g},{b:.6g}\n" for a, b in zip(flow, flow + rng.normal(0, 0.3, rows), strict=True))


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("watched") / "pumps.offbeat"
    good = place.with_name("good.csv")
    good.write_text(HEADER + text_of(1500, 0))
    library.fit(good, hidden=[1], epochs=5, score="squared", progress="none").save(place)
    return place


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
    other = offbeat("watch", detector, "new.csv", "--once", "--state", "kept.json", "--window", 300)
    assert "kept.json is of another detector or of other settings; the watch begins anew." in other.err
    (tmp_path / "kept.json").write_text("{}")
    broken = offbeat("watch", detector, "new.csv", "--once", "--state", "kept.json")
    assert broken.code == 3 and "this is not what a watch has kept" in broken.err


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
    assert answer.code == 3 and "is no JSON" in json.loads(answer.out.splitlines()[-1])["error"]["message"]
    for words, told in (
        (("--window", 3), "'window' of drift cannot be 3: it should be "),
        (("--rate", 0), "'rate' of drift cannot be 0.0: it should be "),
        (("--webhook", "file:///x"), "--webhook was expected to be an address"),
    ):
        refused = offbeat("watch", detector, "new.csv", "--once", *words)
        assert refused.code == 2 and told in refused.err


def test_lines_of_a_file_that_grows_keep_the_layout_of_its_first(detector: Path, tmp_path: Path) -> None:
    path, opened = tmp_path / "new.csv", library.load(detector)
    source = source_of(str(path))
    for text, rows in (("rpm;flow\n1,5;2\n", [[2.0, 1.5]]), ("3;4\n5;6,5\n", [[4.0, 3.0], [6.5, 5.0]])):
        with path.open("a") as file:
            file.write(text)
        (table,) = source.tables(opened)
        assert opened.schema.align(table).numbers(["flow", "rpm"]).tolist() == rows
    with path.open("a") as file:
        file.write("7;8;9\n")
    with pytest.raises(OffbeatError):
        list(source.tables(opened))
    source.close()


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
