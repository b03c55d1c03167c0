"""Limits on bytes, rows, time and requests: what is beyond them is refused at once, and costs the others nothing."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from server_client import Client, refusal, until

from offbeat.server.keys import parse_keys
from offbeat.server.limits import Limits
from offbeat.server.refusal import Refusal
from offbeat.server.workers import Workers

SCORE = "/v1/detectors/beats/score"
ROW = "[[1, 2, 3]]"


SMALL = Limits(body_bytes=1000, rows=5, seconds=120.0, threads=1, queue=1, a_key=1)


@pytest.fixture
def small(files: Path) -> Client:
    return Client([files / "beats.offbeat"], limits=SMALL)


@pytest.fixture
def hasty(files: Path) -> Client:
    return Client([files / "beats.offbeat"], limits=replace(SMALL, seconds=0.3))


class Blocked:
    """Work that waits until it is let go."""

    def __init__(self) -> None:
        self.begun, self.gate = threading.Event(), threading.Event()

    def __call__(self, *_: Any) -> None:
        self.begun.set()
        self.gate.wait(120)


def test_too_many_bytes_announced_or_not(small: Client) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    announced = small.post(SCORE, " " * 2000)
    unannounced = small.ask("POST", SCORE, content=pieces(), headers={"content-type": "application/json"})
    for answer in (announced, unannounced):
        assert refusal(answer)[:2] == (413, "too-large")
        assert refusal(answer)[2].startswith("The body is larger than 0.000953674 MB.")


def test_a_body_as_large_as_may_be(files: Path) -> None:
    client = Client([files / "beats.offbeat"])
    body = ROW + " " * (32 * 2**20 - len(ROW))
    assert client.post(SCORE, body).status_code == 200
    assert refusal(client.post(SCORE, body + " "))[2] == "The body is larger than 32 MB. Send it in parts."


def test_too_many_rows(small: Client) -> None:
    answer = refusal(small.post(SCORE, "1,2,3\n" * 6, "text/csv"))
    assert answer == (413, "too-large", "The body has 6 rows; at most 5 are taken. Send it in parts.")


def test_objects_with_ever_new_names_make_no_large_table(files: Path) -> None:
    rows = [{f"c{number}": 1} for number in range(6000)]
    message = (
        "The 6,000 rows of the body have 6,000 names of columns among them, and 6,000 cells: nearly all cells would be "
        "missing. Give every row the same names."
    )
    client = Client([files / "beats.offbeat"])
    for address, body, form in [
        (SCORE, json.dumps(rows), "application/json"),
        (SCORE, "\n".join(map(json.dumps, rows)), "application/x-ndjson"),
        ("/score", json.dumps({"input_data": rows}), "application/json"),
    ]:
        tracemalloc.start()
        answer = refusal(client.post(address, body, form))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert answer == (413, "too-large", message)
        assert peak < 50 * 2**20


def test_objects_that_lack_some_names_are_taken(files: Path) -> None:
    rows = [{"flow": 1, "rpm": 2, "heat": 3, "valve": "open"} for _ in range(2000)]
    rows[7] |= {f"c{number}": 1 for number in range(2100)}  # more than four million cells, of which 10,100 are given
    client = Client([files / "pumps.offbeat"])
    assert refusal(client.post("/v1/detectors/pumps/score", json.dumps(rows)))[:2] == (413, "too-large")
    assert client.post("/v1/detectors/pumps/score", json.dumps(rows[:400])).status_code == 200


@pytest.mark.parametrize(
    ("begins", "query"),
    [("\n" * 70, ""), ('"a' + "\n" * 70 + '",', ""), ("sep=;\n", "?delimiter=,"), ('a"b,c"d,', "")],
    ids=["blank lines", "a cell of many lines", "another delimiter", "stray quotes"],
)
def test_whatever_stands_before_the_lines_of_csv_they_make_no_large_table(files: Path, begins: str, query: str) -> None:
    body = begins + "1," * 5999 + "1\n" + "\n" * 10_000
    answer = refusal(Client([files / "beats.offbeat"]).post(SCORE + query, body, "text/csv"))
    assert answer[:2] == (413, "too-large")


def test_lines_within_cells_are_no_rows(files: Path) -> None:
    note = "trace, of some kind\n" * 250
    head = "flow,rpm,heat,valve," + ",".join(f"c{number}" for number in range(200)) + ",note\n"
    body = head + ("1,2,3,open," + "1," * 200 + f'"{note}"\n') * 1000
    answer = Client([files / "pumps.offbeat"]).post("/v1/detectors/pumps/score", body, "text/csv")
    assert answer.status_code == 200


def test_short_lines_of_csv_make_no_large_table(files: Path) -> None:
    body = "1," * 5999 + "1\n" + "\n" * 10_000
    answer = refusal(Client([files / "beats.offbeat"]).post(SCORE, body, "text/csv"))
    assert answer == (413, "too-large", "The body has 60,006,000 cells; at most 50,000,000 are taken.")


@pytest.mark.parametrize(("form", "begins"), [("text/csv", ""), ("application/json", "[["), ("application/json", "")])
def test_many_more_columns_than_the_detector_knows(files: Path, form: str, begins: str) -> None:
    client = Client([files / "beats.offbeat"])
    cells = ",".join(["1"] * 10_004)
    names = json.dumps({"rows": [[1] * 10_004], "columns": [f"c{number}" for number in range(10_004)]})
    body = f"{cells}\n" if form == "text/csv" else f"[[{cells}]]" if begins else names
    message = "The body has 10,004 columns, and the detector 3; at most 10,003 are taken. Leave the others out."
    assert refusal(client.post(SCORE, body, form)) == (413, "too-large", message)


def test_delimiters_within_quotes_are_no_columns(files: Path) -> None:
    quoted = ",".join(['"' + "," * 900 + '"'] * 12)
    message = "The request has 12 columns; 3 were expected"
    status, _, said = refusal(Client([files / "beats.offbeat"]).post(SCORE, f"{quoted}\n{quoted}\n", "text/csv"))
    assert status == 422 and said.startswith(message), said


def test_long_text_in_one_row_is_no_wide_table(files: Path) -> None:
    row = "50,1500,55,{}\n"
    body = "flow,rpm,heat,valve\n" + row.format("word " * 2000) + row.format("open") * 40_000
    client = Client([files / "pumps.offbeat"])
    assert client.post("/v1/detectors/pumps/score", body, "text/csv").status_code == 200
    spaced = body.replace(",", " ; ").encode()
    assert client.post("/v1/detectors/pumps/score?delimiter=;", spaced, "text/csv").status_code == 200


@pytest.mark.parametrize(
    ("words", "mark"),
    [("", "\t"), ("?delimiter=tab", "\t"), ("", ";"), ("?delimiter=~", "~"), ("?delimiter=space", " ")],
)
def test_lines_are_wide_by_their_delimiter(files: Path, words: str, mark: str) -> None:
    body = (mark.join(["1"] * 10_004) + "\n").encode()
    message = "The body has 10,004 columns, and the detector 3; at most 10,003 are taken. Leave the others out."
    assert refusal(Client([files / "beats.offbeat"]).post(SCORE + words, body, "text/csv"))[2] == message


def test_columns_named_twice_are_found_soon(files: Path) -> None:
    names = [str(number) for number in range(100_000)] + ["7"]
    body = json.dumps({"rows": [[1] * len(names)], "columns": names})
    began = time.perf_counter()
    answer = refusal(Client([files / "beats.offbeat"]).post(SCORE, body))
    assert answer == (422, "data", "The request names columns twice: '7'. Give each its own name.")
    assert time.perf_counter() - began < 20  # a look at all names before each took minutes


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (json.dumps([{}] * 6), "application/json"),
        (json.dumps({"rows": [[1, 2, 3]] * 5 + [[1]]}), "application/json"),
        ("{}\n" * 6, "application/x-ndjson"),
    ],
)
def test_rows_are_counted_before_anything_is_made_of_them(small: Client, body: str, form: str) -> None:
    answer = refusal(small.post(SCORE, body, form))
    assert answer == (413, "too-large", "The body has 6 rows; at most 5 are taken. Send it in parts.")


def test_a_body_that_does_not_come_in_time(hasty: Client) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"[[1"
        await asyncio.sleep(60)

    answer = hasty.ask("POST", SCORE, content=slow(), headers={"content-type": "application/json"})
    assert refusal(answer) == (408, "too-slow", "The body did not come within 0.3 seconds.")


def test_an_answer_that_takes_too_long(hasty: Client, monkeypatch: Any) -> None:
    blocked = Blocked()
    monkeypatch.setattr("offbeat.server.answering.table_in", blocked)
    answer = hasty.post(SCORE, ROW)
    blocked.gate.set()

    assert refusal(answer) == (
        503,
        "timeout",
        "There was no answer within 0.3 seconds. Send fewer rows at a time, or come again.",
    )
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "/v1/detectors/beats"), ("GET", "/v1/detectors/beats/drift"), ("POST", "/v1/detectors/beats/reload")],
)
def test_who_sends_no_body_is_not_told_that_it_was_slow(
    hasty: Client, monkeypatch: Any, method: str, address: str
) -> None:
    blocked = Blocked()
    for work in (
        "detector.detector.Detector.inspect",
        "server.drift_watch.DriftWatch.status",
        "server.shelf.Shelf.refresh",
    ):
        monkeypatch.setattr(f"offbeat.{work}", blocked)
    answer = hasty.ask(method, address)
    blocked.gate.set()

    assert refusal(answer) == (503, "timeout", "There was no answer within 0.3 seconds. Come again.")


def test_beyond_the_queue_requests_are_shed_and_those_accepted_answered(small: Client, monkeypatch: Any) -> None:
    blocked = Blocked()
    from offbeat.server.body_table import table_in

    def wait_and_read(*words: Any) -> Any:
        blocked(*words)
        return table_in(*words)

    monkeypatch.setattr("offbeat.server.answering.table_in", wait_and_read)

    async def flood() -> list[Any]:
        def ask() -> Any:
            return small.ask_async("POST", SCORE, content=ROW, headers={"content-type": "application/json"})

        first = [asyncio.create_task(ask()) for _ in range(2)]
        await until(lambda: small.app._service.workers.under_way == 2)
        shed = [await ask() for _ in range(5)]
        healthy = await small.ask_async("GET", "/healthz")
        blocked.gate.set()
        return [await asyncio.gather(*first), shed, healthy]

    accepted, shed, healthy = asyncio.run(flood())
    assert [answer.status_code for answer in accepted] == [200, 200]
    assert {refusal(answer)[:2] for answer in shed} == {(503, "busy")}
    assert {answer.headers["retry-after"] for answer in shed} == {"1"}
    assert healthy.status_code == 200


def test_one_key_leaves_room_for_others(files: Path, monkeypatch: Any) -> None:
    keys = parse_keys("read:" + "r" * 16 + "\nread:" + "s" * 16, "keys")
    client = Client([files / "beats.offbeat"], keys=keys, limits=Limits(a_key=1))
    blocked = Blocked()
    monkeypatch.setattr("offbeat.server.answering.table_in", blocked)

    async def ask(key: str) -> Any:
        headers = {"content-type": "application/json", "authorization": f"Bearer {key * 16}"}
        return await client.ask_async("GET" if key == "s" else "POST", "/v1/detectors", content=ROW, headers=headers)

    async def both() -> list[Any]:
        headers = {"content-type": "application/json", "authorization": "Bearer " + "r" * 16}
        first = asyncio.create_task(client.ask_async("POST", SCORE, content=ROW, headers=headers))
        await asyncio.to_thread(blocked.begun.wait, 120)
        answers = [await ask("r"), await ask("s")]
        blocked.gate.set()
        await first
        return answers

    again, other = asyncio.run(both())
    assert refusal(again) == (429, "too-many", "This key has 1 requests under way, as many as one may.")
    assert again.headers["retry-after"] == "1"
    assert other.status_code == 200


def test_work_that_nobody_waits_for_is_not_begun() -> None:
    async def run() -> list[str]:
        workers, blocked, done = Workers(Limits(threads=1, queue=1)), Blocked(), []
        first = asyncio.create_task(workers.run(blocked))
        await asyncio.to_thread(blocked.begun.wait, 120)
        second = asyncio.create_task(workers.run(lambda: done.append("second")))
        await asyncio.sleep(0)
        with pytest.raises(Refusal, match="as many requests as it takes on"):
            await workers.run(lambda: done.append("third"))
        second.cancel()
        await until(lambda: workers.under_way == 1)
        blocked.gate.set()
        await first
        await until(lambda: workers.under_way == 0)
        workers.close()
        return done

    assert asyncio.run(run()) == []


def test_a_stop_waits_for_no_work_that_nobody_waits_for() -> None:
    async def leave_and_close() -> None:
        workers, blocked, done = Workers(Limits(threads=1, queue=2)), Blocked(), []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await workers.run(blocked)
        later = asyncio.create_task(workers.run(lambda: done.append("later")))
        await asyncio.sleep(0)
        began = time.monotonic()
        workers.close()
        assert time.monotonic() - began < 30, "the work goes on for two minutes"
        with pytest.raises(asyncio.CancelledError):
            await later
        blocked.gate.set()
        assert done == []

    asyncio.run(leave_and_close())
