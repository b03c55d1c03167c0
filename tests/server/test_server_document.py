"""The OpenAPI document is true: of every address it lists the answers that are given, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from server_client import Client, bytes_of
from server_readings import readings

from offbeat.server.keys import Keys, parse_keys
from offbeat.server.limits import Limits

READ, ADMIN = "r" * 16, "a" * 16
KEYS = parse_keys(f"read:{READ}\nadmin:{ADMIN}", "keys")
ROWS = readings(6).with_columns(pl.Series("bad", ["no", "yes"] * 3))
RECORDS = ROWS.drop("bad").to_dicts()
OPERATIONS = {
    "GET /v1/detectors": {},
    "GET /v1/detectors/{name}": {},
    "GET /v1/detectors/{name}/drift": {},
    "POST /v1/detectors/{name}/reload": {},
    "POST /v1/detectors/{name}/score": {"json": RECORDS},
    "POST /v1/detectors/{name}/detect": {"json": RECORDS},
    "POST /v1/detectors/{name}/explain": {"json": RECORDS},
    "POST /v1/detectors/{name}/evaluate": {
        "content": bytes_of(ROWS, "csv"),
        "headers": {"content-type": "text/csv"},
        "params": {"label": "bad", "normal": "no"},
    },
    "POST /invocations": {"json": {"instances": RECORDS}},
    "POST /score": {"json": {"input_data": RECORDS}},
    "GET /healthz": {},
    "GET /readyz": {},
    "GET /metrics": {},
}
"""Each with what it answers with 200."""


async def slow_body() -> AsyncIterator[bytes]:
    yield b"["
    await asyncio.sleep(60)


class Asked:
    """One operation, and all ways to have it refused."""

    def __init__(self, files: Path, operation: str) -> None:
        self._paths = [files / "pumps.offbeat"]
        self._method, self._path = operation.split(" ")
        self._request = OPERATIONS[operation]

    def ask(self, keys: Keys = KEYS, limits: Limits | None = None, *, name: str = "pumps", **changes: Any) -> Any:
        """The answer to the request with some changes, from a service of its own."""
        request: dict[str, Any] = {**self._request, **changes}
        headers = {**({"authorization": f"Bearer {ADMIN}"} if keys else {}), **self._request.get("headers", {})}
        request["headers"] = {name: value for name, value in {**headers, **changes.get("headers", {})}.items() if value}
        client = Client(self._paths, keys, limits or Limits())
        return client.ask(self._method, self._path.replace("{name}", name), **request)

    def refusals(self) -> list[httpx.Response]:
        """What each way to be refused is answered, where it is no reason for this one with 200."""
        named = (
            {"name": "nowhere", "params": {"detector": "nowhere"}} if "v1" not in self._path else {"name": "nowhere"}
        )
        rest: list[Callable[[], Any]] = [
            lambda: self.ask(params={"strange": "1"}),
            lambda: self.ask(headers={"authorization": ""}),
            lambda: self.ask(headers={"authorization": f"Bearer {READ}"}),
            lambda: self.ask(Keys(), headers={"host": "elsewhere.example"}),
            lambda: self.ask(**named),
            lambda: self.ask(headers={"accept": "image/png"}),
            lambda: self.ask(
                limits=Limits(seconds=0.3),
                json=None,
                content=slow_body(),
                headers={"content-type": "application/json"},
            ),
            lambda: self.ask(limits=Limits(body_bytes=1)),
            lambda: self.ask(headers={"content-type": "image/png"}),
            lambda: self.ask(json=None, content=b"flow,bad\nx,yes\n", headers={"content-type": "text/csv"}),
            lambda: self.ask(json={"instances": [{"flow": 1}], "input_data": [{"flow": 1}]}),
            lambda: self.ask(limits=Limits(a_key=0)),
            lambda: self.ask(limits=Limits(threads=1, queue=-1)),
        ]
        return [ask() for ask in rest]


@pytest.fixture(scope="module")
def document(files: Path) -> Any:
    return Client([files / "pumps.offbeat"], KEYS).get("/openapi.json").json()


def test_every_operation_is_asked_here(document: Any) -> None:
    found = [f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_answers_that_are_listed_are_those_that_are_given(operation: str, document: Any, files: Path) -> None:
    method, path = operation.split(" ")
    listed = document["paths"][path][method.lower()]["responses"]
    asked = Asked(files, operation)
    good = [asked.ask(headers={"accept": form}) for form in (*listed["200"]["content"], "*/*")]
    assert [(answer.status_code, form_of(answer)) for answer in good[:-1]] == [
        (200, form) for form in listed["200"]["content"]
    ]
    answers = [*good, *asked.refusals()]
    # What nobody foresaw cannot be had for the asking.
    assert {str(answer.status_code) for answer in answers} == set(listed) - {"500"}
    assert ("500" in listed) == ("503" in listed)
    for answer in answers:
        assert form_of(answer) in listed[str(answer.status_code)]["content"], answer.text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_who_is_let_in_is_told(operation: str, document: Any, files: Path) -> None:
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    method, path = operation.split(" ")
    asked = Asked(files, operation)
    without = asked.ask(headers={"authorization": ""}).status_code
    of_reader = asked.ask(headers={"authorization": f"Bearer {READ}"}).status_code
    expected = {(200, 200): None, (401, 200): [{"key": []}], (401, 403): [{"key": ["admin"]}]}[without, of_reader]
    assert document["paths"][path][method.lower()].get("security") == expected


def test_without_keys_none_is_needed(service: Client) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    assert paths["/v1/detectors"]["get"]["security"] == [{"key": []}, {}]
    assert paths["/metrics"]["get"]["security"] == [{"key": ["admin"]}, {}]
    assert "security" not in paths["/healthz"]["get"]


def test_the_document_says_nothing_of_its_framework(document: Any) -> None:
    assert "HTTPValidationError" not in str(document)
    for path, methods in document["paths"].items():
        for facts in methods.values():
            named = [one["name"] for one in facts.get("parameters", ()) if one["in"] == "path"]
            assert named == (["name"] if "{name}" in path else [])


def form_of(answer: httpx.Response) -> str:
    return str(answer.headers["content-type"].partition(";")[0])
