"""Requests that wait for a thread share a call of the network, and nothing of it shows in their answers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from server_client import Client, refusal, until
from server_readings import readings

import offbeat
from offbeat.scoring.combine import Scorer
from offbeat.server.json_rows import table_of
from offbeat.server.limits import Limits
from offbeat.server.shared_call import SmallRequest, answer_together
from offbeat.server.workers import MOST_TOGETHER, Workers

SCORE = "/v1/detectors/beats/score"


class Group:
    """What items have in common that go together."""


GROUP = Group()


@pytest.fixture
def beats(files: Path) -> offbeat.Detector:
    return offbeat.load(files / "beats.offbeat")


@pytest.fixture
def rows() -> np.ndarray:
    return readings(40, seed=3).drop("valve").to_numpy()


class Held:
    """A service with one thread, which is held until every request waits for it.

    Attributes:
        calls: How many rows went through the network in each call.
    """

    def __init__(self, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = Client([files / "beats.offbeat"], limits=Limits(threads=1, queue=16))
        self.calls: list[int] = []
        scores: Callable[..., np.ndarray] = Scorer.scores_of_pieces

        def counted(scorer: Scorer, network: Any, width: int, height: int, piece_of: Any) -> np.ndarray:
            self.calls.append(height)
            return scores(scorer, network, width, height, piece_of)

        monkeypatch.setattr(Scorer, "scores_of_pieces", counted)

    def ask(self, bodies: list[str], *, gone: int | None = None) -> list[httpx.Response]:
        """What is answered to each; the caller of one may be gone before the thread is free."""

        async def ask_all() -> list[Any]:
            workers, go = self.client.app._service.workers, threading.Event()
            holding = asyncio.create_task(workers.run(lambda: go.wait(120)))
            headers = {"content-type": "application/json"}
            asked = []
            for number, body in enumerate(bodies):  # one after the other, so that they wait in this order
                asked.append(asyncio.create_task(self.client.ask_async("POST", SCORE, content=body, headers=headers)))
                await until(lambda number=number: workers.under_way == number + 2)
            if gone is not None:
                asked[gone].cancel()
                await asyncio.sleep(0.01)
            go.set()
            await holding
            answers = await asyncio.gather(*asked, return_exceptions=True)
            await until(lambda: workers.under_way == 0)
            return answers

        return asyncio.run(ask_all())


@pytest.fixture
def held(files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    yield Held(files, monkeypatch)


def test_shared_scores_are_those_of_a_call_of_their_own(held: Held, beats: offbeat.Detector, rows: np.ndarray) -> None:
    tables = [rows[:1], rows[1:2], rows[2:7], rows[7:8] * 1.3, rows[8:40]]
    answers = held.ask([json.dumps(table.tolist()) for table in tables])

    assert held.calls == [40]
    for table, answer in zip(tables, answers, strict=True):
        found = beats.detect(table)
        record = answer.json()
        assert record["scores"] == found.scores.tolist()
        assert record["p_values"] == found.p_values.tolist()
        assert record["flags"] == found.flags.tolist()
        assert record["threshold"]["value"] == found.threshold and record["rows"] == len(table)


def test_an_error_touches_no_other_request(held: Held, beats: offbeat.Detector, rows: np.ndarray) -> None:
    good = json.dumps(rows[:1].tolist())
    bad = ["no json", "[[1, 2]]", '[["text", 2, 3]]', "[[1e308, 1e308, 1e999]]", "[[1, {}, 3]]", "[]"]
    answers = held.ask([good, *bad, good])

    assert held.calls == [2]
    assert [refusal(answer)[:2] for answer in answers[1:-1]] == [
        (400, "request"),
        (422, "schema"),
        (422, "data"),
        (400, "request"),
        (422, "data"),
        (400, "request"),
    ]
    assert refusal(answers[2]) == refusal(held.client.post(SCORE, bad[1]))
    alone = beats.score(rows[:1]).tolist()
    assert [answers[0].json()["scores"], answers[-1].json()["scores"]] == [alone, alone]


def test_a_request_that_nobody_waits_for_is_left_out(held: Held, beats: offbeat.Detector, rows: np.ndarray) -> None:
    answers = held.ask([json.dumps(row[None].tolist()) for row in rows[:3]], gone=1)

    assert held.calls == [2]
    assert isinstance(answers[1], asyncio.CancelledError)
    assert [answers[0].json()["scores"][0], answers[2].json()["scores"][0]] == beats.score(rows[[0, 2]]).tolist()


def test_a_request_of_many_rows_has_a_call_of_its_own(held: Held, beats: offbeat.Detector, rows: np.ndarray) -> None:
    many = np.resize(np.round(rows), (300, 3))
    answers = held.ask([json.dumps(table.tolist()) for table in (rows[:1], many, rows[1:2])])

    assert held.calls == [2, 300]
    assert answers[1].json()["scores"] == beats.score(many).tolist()


def test_no_more_than_some_go_together_and_none_is_forgotten() -> None:
    async def run() -> list[int]:
        workers, go, sizes = Workers(Limits(threads=1, queue=99)), threading.Event(), []

        def work(items: list[int]) -> list[int | Exception]:
            sizes.append(len(items))
            return [ValueError(item) if item == 5 else 2 * item for item in items]

        holding = asyncio.create_task(workers.run(lambda: go.wait(120)))
        asked = [asyncio.create_task(workers.run_together(GROUP, item, work)) for item in range(MOST_TOGETHER + 3)]
        await asyncio.sleep(0.01)
        go.set()
        await holding
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert str(answers.pop(5)) == "5"
        assert answers == [2 * item for item in range(MOST_TOGETHER + 3) if item != 5]
        workers.close()
        return sizes

    assert asyncio.run(run()) == [MOST_TOGETHER, 3]


def test_work_that_fails_as_a_whole_fails_for_each_and_the_thread_goes_on() -> None:
    async def run() -> None:
        workers = Workers(Limits(threads=1, queue=9))

        def work(items: list[str]) -> list[str | Exception]:
            if "bad" in items:
                raise MemoryError("all")
            return [*items]

        with pytest.raises(MemoryError, match="all"):
            await workers.run_together(GROUP, "bad", work)
        assert await workers.run_together(GROUP, "good", work) == "good"
        workers.close()

    asyncio.run(run())


def test_one_thread_works_on_a_group_and_others_are_free_for_other_work() -> None:
    async def run() -> list[object]:
        workers, begun, go = Workers(Limits(threads=2, queue=9)), threading.Event(), threading.Event()
        sizes: list[int] = []

        def work(items: list[int]) -> list[int | Exception]:
            sizes.append(len(items))
            begun.set()
            go.wait(120)
            return [*items]

        first = asyncio.create_task(workers.run_together(GROUP, 1, work))
        await asyncio.to_thread(begun.wait, 10)
        others = [asyncio.create_task(workers.run_together(GROUP, item, work)) for item in (2, 3)]
        free = [await workers.run(lambda: "free"), await workers.run_together(Group(), 4, lambda items: [*items])]
        assert sizes == [1]
        go.set()
        answers = await asyncio.gather(first, *others)
        workers.close()
        return [*free, *answers, *sizes]

    assert asyncio.run(run()) == ["free", 4, 1, 2, 3, 1, 2]


def test_rows_with_words_share_a_call_too(pumps: offbeat.Detector) -> None:
    frame = readings(12, seed=5)
    tables = [json.loads(json.dumps(part.to_dicts())) for part in (frame[:1], frame[1:3], frame[3:])]
    requests = [SmallRequest(lambda rows=rows: table_of(rows), lambda found: found.scores.tobytes()) for rows in tables]

    answers = answer_together(pumps, requests)
    assert b"".join(map(bytes, answers)) == pumps.score(frame).tobytes()
