"""schemathesis over the OpenAPI document: requests that it allows, and others, are answered as it says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from offbeat.drift.settings import DriftSettings
from offbeat.server.app import make_app
from offbeat.server.drift_watch import DriftWatch
from offbeat.server.shelf import Shelf

schemathesis = pytest.importorskip("schemathesis")
REQUESTS_OF_EACH_KIND = 8
"""For each route, of requests as the document has them and of others; some hundred find what thousands found."""


def ask(operation: Any, strategy: Any) -> Counter[int]:
    """Ask what the strategy suggests; how often each status was answered."""
    statuses: Counter[int] = Counter()

    @settings(max_examples=REQUESTS_OF_EACH_KIND, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def once(case: Any) -> None:
        if case.path_parameters:
            case.path_parameters["name"] = "pumps"  # no made-up name is served
        answer = case.call(headers={"host": "127.0.0.1:8000"})
        statuses[answer.status_code] += 1
        listed = operation.definition.raw["responses"]
        assert str(answer.status_code) in listed, (operation.label, answer.text)
        form = answer.headers["content-type"][0].partition(";")[0]
        assert form in listed[str(answer.status_code)]["content"], (operation.label, form)
        assert answer.status_code < 500, (operation.label, case.body, answer.text)
        if answer.status_code >= 400:
            assert set(answer.json()) == {"error"}

    once()
    return statuses


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # schemathesis does
def test_no_request_that_the_document_suggests_meets_a_fault(files: Path) -> None:
    events: list[dict[str, Any]] = []

    def log(event: str, **facts: Any) -> None:
        events.append({"event": event, **facts})

    watch = DriftWatch(DriftSettings(), log=log)
    app = make_app(Shelf([files / "pumps.offbeat"]), log=log, drift=watch)
    document = schemathesis.openapi.from_asgi("/openapi.json", app)
    statuses: Counter[int] = Counter()
    operations = [found.ok() for found in document.get_all_operations()]
    for operation in operations:
        modes = schemathesis.GenerationMode
        kinds = (modes.POSITIVE, modes.NEGATIVE) if operation.method == "post" and operation.body else (modes.POSITIVE,)
        for mode in kinds:
            statuses += ask(operation, operation.as_strategy(generation_mode=mode))
    watch.look()

    assert len(operations) == len(document.raw_schema["paths"])
    assert statuses[200] and statuses[400] and statuses[422]
    assert [event for event in events if event["event"] == "fault"] == []
