"""What can be watched: metrics and the log, neither of which holds what rows hold."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import orjson
import polars as pl
import pytest
from prometheus_client.parser import text_string_to_metric_families
from server_client import Client, bytes_of

import offbeat
from offbeat.server import request_log
from offbeat.server.request_log import log_to_stderr


def samples_of(text: str) -> dict[tuple[str, ...], float]:
    """Values by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_requests_rows_anomalies_and_scores(
    files: Path, new: pl.DataFrame, pumps: offbeat.Detector
) -> None:
    client = Client([files / "pumps.offbeat"])
    client.post("/v1/detectors/pumps/score", bytes_of(new, "csv"), "text/csv")
    client.post("/v1/detectors/pumps/score", "[[1]]")
    client.get("/made/up/by/the/caller")
    answer = client.get("/metrics")
    samples = samples_of(answer.text)

    route, found = "/v1/detectors/{name}/score", pumps.detect(new)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert samples["offbeat_requests_total", route, "200"] == 1
    assert samples["offbeat_requests_total", route, "422"] == 1
    assert samples["offbeat_requests_total", "404", "unknown"] == 1
    assert samples["offbeat_request_seconds_count", route] == 2
    assert samples["offbeat_rows_total", "pumps"] == 16
    assert samples["offbeat_anomalies_total", "pumps"] == len(found)
    assert samples["offbeat_queue",] == 0
    assert samples["offbeat_score_ratio_bucket", "+Inf", "pumps"] == 16
    assert samples["offbeat_score_ratio_bucket", "1.0", "pumps"] == 16 - len(found)
    assert samples["offbeat_score_ratio_sum", "pumps"] == pytest.approx((found.scores / found.threshold).sum())


def test_a_row_has_one_ratio_however_many_come_with_it(
    files: Path, tmp_path: Path, new: pl.DataFrame, pumps: offbeat.Detector
) -> None:
    """The cut-off of a request depends on its rows where a false discovery rate is stated, and may be out of reach."""
    for name, rule in (("together", "conformal"), ("alone", "conformal"), ("unset", "none")):
        pumps.with_threshold(rule, fdr=0.2 if rule == "conformal" else None).save(tmp_path / f"{name}.offbeat")
    client = Client(sorted(tmp_path.glob("*.offbeat")))
    for name in ("together", "unset"):
        client.post(f"/v1/detectors/{name}/score", bytes_of(new, "csv"), "text/csv")
    for row in new.to_dicts():
        client.post("/v1/detectors/alone/score", json.dumps([row]))
    samples = samples_of(client.get("/metrics").text)
    ratios = {key: value for key, value in samples.items() if key[0].startswith("offbeat_score_ratio")}

    together = {key[:-1]: value for key, value in ratios.items() if key[-1] == "together"}
    alone = {key[:-1]: value for key, value in ratios.items() if key[-1] == "alone"}
    assert together == pytest.approx(alone) and together
    assert not any(key[-1] == "unset" for key in ratios), "no row lies at any share of what is out of reach"


def test_the_log_tells_requests_and_not_their_rows(files: Path) -> None:
    client = Client([files / "pumps.offbeat"])
    answer = client.post("/v1/detectors/pumps/score", json.dumps([{"flow": "secret-4711", "heat": 815.25}]))

    (event,) = client.events
    assert answer.status_code == 422
    assert event.pop("seconds") > 0
    assert event == {
        "event": "request",
        "id": answer.headers["offbeat-request"],
        "key": "",
        "route": "/v1/detectors/{name}/score",
        "detector": "pumps",
        "rows": 1,
        "status": 422,
        "kind": "schema",
    }
    client.post("/secret-4711", "")
    # Identifiers and durations may hold any digits.
    told = [{fact: value for fact, value in one.items() if fact not in ("id", "seconds")} for one in client.events]
    assert len(told) == 2
    assert "4711" not in json.dumps(told) and "815" not in json.dumps(told)


@pytest.fixture
def nothing_waits(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines that a service of an earlier test left behind are written."""
    request_log.write_waiting()
    capsys.readouterr()


@pytest.mark.usefixtures("nothing_waits")
def test_requests_of_an_event_loop_that_ended_are_written_by_the_next_one(capsys: pytest.CaptureFixture[str]) -> None:
    async def ask(seconds: float) -> None:
        log_to_stderr("request")
        await asyncio.sleep(seconds)

    asyncio.run(ask(0.0))
    assert capsys.readouterr().err == ""
    asyncio.run(ask(0.2))
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.usefixtures("nothing_waits")
def test_a_line_of_the_log_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("request", route="a\nb", rows=3)

    (line,) = capsys.readouterr().err.splitlines()
    record = orjson.loads(line)
    assert record.pop("time").endswith("+00:00")
    assert record == {"event": "request", "route": "a\nb", "rows": 3}


@pytest.mark.usefixtures("nothing_waits")
def test_lines_of_requests_are_written_together_soon_after_and_others_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def events() -> list[list[str]]:
        written = []
        for event in ("request", "request", "reloaded", "request"):
            log_to_stderr(event)
            written.append([orjson.loads(line)["event"] for line in capsys.readouterr().err.splitlines()])
        await asyncio.sleep(0.2)
        return [*written, [orjson.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]]

    assert asyncio.run(events()) == [[], [], ["request", "request", "reloaded"], [], ["request"]]


def test_the_openapi_document_names_every_route_and_form(service: Client) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    page = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()

    for path, methods in paths.items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in page
    score = paths["/v1/detectors/{name}/score"]["post"]
    assert {"application/json", "text/csv"} < set(score["requestBody"]["content"])
    assert {"200", "413", "422", "503"} < set(score["responses"])


def test_every_kind_of_refusal_is_on_the_page() -> None:
    from offbeat.server.refusal import KINDS

    page = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()
    assert [kind for kind, status in KINDS.items() if f"`{kind}`" not in page or str(status) not in page] == []
