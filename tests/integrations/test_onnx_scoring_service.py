"""The service of the small image: asked over HTTP, where neither JAX nor polars can be imported."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import offbeat
from offbeat.data.mixed_rows import mixed_rows
from offbeat.integrations.onnx import connections, scoring_service
from offbeat.integrations.onnx.scorer import OnnxScorer
from offbeat.integrations.onnx.scoring_service import ScoringService

CHECKOUT = Path(__file__).resolve().parents[2]
WITHOUT = ("jax", "polars", "pydantic", "jaxtyping", "scipy", "starlette", "equinox", "typer")


@pytest.fixture(scope="module")
def detector() -> offbeat.Detector:
    return offbeat.fit(mixed_rows(200).table, hidden=[4], epochs=5, threshold="mean+3std", progress="none")


@pytest.fixture(scope="module")
def model(detector: offbeat.Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("onnxruntime")
    from offbeat.integrations import export_onnx

    return export_onnx(detector, tmp_path_factory.mktemp("image") / "model.onnx")


@pytest.fixture(scope="module")
def address(model: Path) -> Iterator[str]:
    """A process that cannot import what the image has not, until it is told to stop."""
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({WITHOUT}));"
        "from offbeat.integrations.onnx.scoring_service import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, str(model), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        yield service.stdout.readline().split()[-1]
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=30) == 0


def records(rows: int) -> list[dict[str, Any]]:
    cells = mixed_rows(rows).table.cells
    return [dict(row) for row in cells.to_dicts()]  # type: ignore[union-attr]


def test_scores_are_the_detectors(address: str, detector: offbeat.Detector) -> None:
    rows, table = records(60), mixed_rows(60).table
    found = detector.detect(table)
    lists = [[row[column.name] for column in detector.schema.columns] for row in rows]
    for body in (rows, {"rows": rows}, lists):
        said = httpx.post(f"{address}/score", content=json.dumps(body)).json()
        np.testing.assert_allclose(said["scores"], found.scores, rtol=1e-5)
        assert said["flags"] == found.flags.tolist() and said["rows"] == 60
    assert httpx.get(f"{address}/healthz").json() == {"alive": True}
    told = httpx.get(address).json()
    assert told["columns"] == list(detector.schema.names) and told["facts"]["format"] == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("nothing", "The body is no JSON"),
        ("[" * 100_000, "The body is no JSON"),
        ("3", "A list of 1 to 100,000 rows was expected"),
        ("[]", "A list of 1 to 100,000 rows was expected"),
        ("[[1, 2]]", "Each row was expected to be an object, or a list of"),
        ('[{"other": 1}]', "They have 'other', which the detector has not. The detector's columns are "),
        (
            '{"data": [[1]]}',
            "The body is an object with 'data'; 'rows' was expected, and 'columns' if the cells come in",
        ),
        ('{"columns": ["a"]}', "The body is an object with no 'rows'; 'rows' was expected"),
        ('{"rows": [[1]], "columns": "a"}', "'columns' was expected to be a list of names."),
        ('{"rows": [[1]], "columns": ["a", "a"]}', "'columns' names a column twice; each was expected once."),
    ],
)
def test_what_is_no_table_is_refused(address: str, body: str, words: str) -> None:
    answer = httpx.post(f"{address}/score", content=body)
    assert answer.status_code == 422 and words in answer.json()["error"]["message"]


def test_columns_may_come_in_another_order(address: str) -> None:
    rows = records(20)
    names = list(rows[0])[::-1]
    plain = httpx.post(f"{address}/score", content=json.dumps(rows)).json()
    lists = {"columns": names, "rows": [[row[name] for name in names] for row in rows]}
    assert httpx.post(f"{address}/score", content=json.dumps(lists)).json() == plain
    lists["columns"] = names[1:]
    refused = httpx.post(f"{address}/score", content=json.dumps(lists)).json()["error"]["message"]
    assert refused.startswith(f"The rows lack '{names[0]}'. The detector's columns are ")


def test_another_method_is_refused_in_json(address: str) -> None:
    answer = httpx.delete(f"{address}/score")
    assert answer.status_code == 501
    assert answer.json()["error"] == {
        "kind": "method",
        "message": "Unsupported method ('DELETE'). GET and POST are known here.",
    }


def test_cells_that_are_none(address: str) -> None:
    for cell in ([1], {"a": 1}, "text", float("inf")):
        rows = [{**records(1)[0], "flow": cell}] if "flow" in records(1)[0] else None
        if rows is None:
            name = next(name for name, value in records(1)[0].items() if isinstance(value, float))
            rows = [{**records(1)[0], name: cell}]
        assert httpx.post(f"{address}/score", content=json.dumps(rows)).status_code == 422


def test_cells_that_no_graph_takes_are_refused_and_no_fault(address: str) -> None:
    row = records(1)[0]
    number = next(name for name, value in row.items() if isinstance(value, float))
    word = next(name for name, value in row.items() if isinstance(value, str))
    for name, cell, told in ((number, 10**310, "holds inf at row 0"), (word, "\ud83d", "holds '\\ud83d' at row 0")):
        answer = httpx.post(f"{address}/score", content=json.dumps([{**row, name: cell}]))
        assert answer.status_code == 422
        assert f"Column '{name}' {told}" in answer.json()["error"]["message"]


def test_other_addresses_and_bodies_without_length(address: str) -> None:
    assert httpx.get(f"{address}/etc/passwd").status_code == 404
    assert httpx.post(f"{address}/other", content=b"[]").status_code == 404
    assert httpx.post(f"{address}/score", content=iter([b"[]"])).status_code == 411
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in client.recv(100)


@pytest.mark.parametrize(("length", "status"), [("\xb2", 411), ("-1", 411), ("9" * 5000, 413), ("9" * 8, 413)])
def test_lengths_that_are_no_numbers_or_too_large(address: str, length: str, status: int) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(f"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode("latin-1"))
        assert received(client).startswith(f"HTTP/1.1 {status} ".encode())


def received(client: socket.socket) -> bytes:
    """All that comes until the service closes the connection."""
    return b"".join(iter(lambda: client.recv(10_000), b""))


@pytest.fixture
def service(model: Path) -> Iterator[ScoringService]:
    """In this process, until it is closed."""
    with ScoringService(OnnxScorer(model), "127.0.0.1", 0) as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.05,))
        thread.start()
        yield service
        service.shutdown()
        thread.join()


def connected(service: ScoringService, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", service.server_port), timeout=20)
    client.sendall(sent)
    return client


def closed(service: ScoringService) -> float:
    """How many seconds it took."""
    service.shutdown()
    before = time.monotonic()
    service.server_close()
    return time.monotonic() - before


ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b'POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"'


def test_a_stop_does_not_wait_for_idle_connections(service: ScoringService) -> None:
    with connected(service, b"") as silent, connected(service, ALIVE) as asked:
        while not asked.recv(1000).endswith(b"}"):
            pass
        assert closed(service) < 5
        assert received(asked) == received(silent) == b""


def test_a_stop_lets_a_request_under_way_finish(service: ScoringService) -> None:
    with connected(service, HALF) as client, ThreadPoolExecutor() as pool:
        time.sleep(0.3)  # until it has begun
        closing = pool.submit(closed, service)
        time.sleep(0.3)
        assert not closing.done()
        client.sendall(b'a"')
        answer = received(client)
        assert closing.result() < 5
    assert b"connection: close" in answer and b"A list of 1 to 100,000 rows was expected" in answer


def test_a_stop_waits_for_no_request_that_does_not_come(
    service: ScoringService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "FINISH_SECONDS", 0.5)
    with connected(service, HALF):
        time.sleep(0.3)
        assert 0.3 < closed(service) < 5


def test_a_stop_lets_an_answer_go_out_that_takes_its_time(
    service: ScoringService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "FINISH_SECONDS", 0.3)
    monkeypatch.setattr(scoring_service, "answer", lambda *_: time.sleep(1.5) or {"rows": 1})
    with connected(service, HALF + b'a"') as client, ThreadPoolExecutor() as pool:
        time.sleep(0.3)
        closing = pool.submit(closed, service)
        assert b" 200 " in received(client)
        assert closing.result() < 30


def test_a_request_has_its_time_to_come(service: ScoringService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 1.0)
    with connected(service, HALF.replace(b": 3", b": 99")) as client:
        for _ in range(4):  # never silent for long
            time.sleep(0.2)
            client.sendall(b" ")
        assert b" 408 " in (answer := received(client))
        assert b"The request did not come whole within 120 seconds, or nothing of it within 30." in answer


def test_a_body_that_ends_early_is_told(service: ScoringService) -> None:
    with connected(service, HALF) as client:
        client.shutdown(socket.SHUT_WR)
        assert b"The body ended after 1 of 3 bytes." in received(client)


def test_what_is_no_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from offbeat.integrations.onnx.scoring_service import main

    assert main([str(tmp_path / "model.onnx")]) == 7
    assert "there is no such file" in capsys.readouterr().err


def test_the_dockerfile_runs_what_there_is() -> None:
    text = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
    (entry,) = re.findall(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)
    assert json.loads(entry) == ["python", "-m", "offbeat.integrations.onnx.scoring_service"]
    for source in re.findall(r"^COPY (.*) /source", text, re.MULTILINE):
        assert all((CHECKOUT / name).exists() for name in source.split())
    assert "\nUSER scorer\n" in text and "--no-deps" in text
