"""Alarms on their way: a file that survives a crash, and an address of the web that may be slow, rude or gone."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from offbeat.drift.alarm import Alarm
from offbeat.drift.delivery import TRIES, AlarmFile, Delivery, Webhook, find_delivery
from offbeat.errors import FileError, SettingsError

ALARM = Alarm("2026-01-01T12:00:00.000+00:00", "pumps", "columns", 0, 500, (("flow", 1e-9),), 0.0, "It changed.")


class Receiver(ThreadingHTTPServer):
    """Answers with the statuses that it is given, the last one again and again; keeps what was posted."""

    def __init__(self, statuses: list[int], wait: float = 0.0) -> None:
        self.bodies: list[Any] = []
        self.statuses, self.wait = statuses, wait
        super().__init__(("127.0.0.1", 0), _Answer)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/SECRET?token=SECRET"


class _Answer(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append((self.path, self.headers["content-type"], json.loads(body)))
        time.sleep(self.server.wait)
        status = self.server.statuses[min(len(self.server.bodies), len(self.server.statuses)) - 1]
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("location", "file:///etc/hostname" if status == 302 else "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *words: Any) -> None:
        """Nothing on standard error."""


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    made: list[Receiver] = []
    yield made
    for receiver in made:
        receiver.shutdown()
        receiver.server_close()


def test_an_alarm_is_posted_as_json(receivers: list[Receiver]) -> None:
    receivers.append(receiver := Receiver([204]))
    assert Webhook(receiver.url).deliver(ALARM) == ""
    ((path, kind, body),) = receiver.bodies
    assert path == "/hook/SECRET?token=SECRET" and kind == "application/json"
    assert body == json.loads(json.dumps(ALARM.to_dict()))


def test_a_webhook_is_tried_again_and_not_without_end(receivers: list[Receiver]) -> None:
    receivers.append(recovering := Receiver([503, 429, 200]))
    assert Webhook(recovering.url, pause=0.01).deliver(ALARM) == "" and len(recovering.bodies) == 3
    receivers.append(broken := Receiver([500]))
    problem = Webhook(broken.url, pause=0.01).deliver(ALARM)
    assert problem == "The alarm could not be sent to 127.0.0.1: the answer was 500." and len(broken.bodies) == TRIES
    receivers.append(refusing := Receiver([404]))
    assert "the answer was 404" in Webhook(refusing.url).deliver(ALARM) and len(refusing.bodies) == 1


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_webhook_follows_no_redirect(receivers: list[Receiver], status: int) -> None:
    receivers.append(receiver := Receiver([status, 200]))
    assert f"the answer was {status}" in Webhook(receiver.url, pause=0.01).deliver(ALARM)
    assert len(receiver.bodies) == 1


def test_a_webhook_does_not_wait_for_ever(receivers: list[Receiver]) -> None:
    receivers.append(receiver := Receiver([200], wait=1.0))
    assert "no answer" in Webhook(receiver.url, seconds=0.1, pause=0.01).deliver(ALARM)
    receiver.shutdown()
    receiver.server_close()
    receivers.clear()
    assert "no answer" in Webhook(receiver.url, seconds=0.5, pause=0.01).deliver(ALARM)


def read_request(connection: socket.socket) -> None:
    """The whole of it, however many pieces it comes in: closing before that resets the connection."""
    with connection.makefile("rb") as request:
        lines = iter(request.readline, b"\r\n")
        (size,) = [int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")]
        request.read(size)


def raw_server(answer: Callable[[socket.socket], None]) -> tuple[str, socket.socket]:
    """The address of something that speaks as it likes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection, suppress(OSError):
                    read_request(connection)
                    answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/SECRET", listening


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"NOT HTTP AT ALL\r\n\r\n", "BadStatusLine"),
        (b"HTTP/1.1 ten\r\n\r\n", "BadStatusLine"),
        (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n", "HTTPException"),
        (b"HTTP/1.1 200 OK\r\na: " + b"b" * 2**20 + b"\r\n\r\n", "LineTooLong"),
    ],
)
def test_an_answer_that_is_no_http_is_told(answer: bytes, told: str) -> None:
    url, listening = raw_server(lambda connection: connection.sendall(answer))
    with listening:
        problem = Webhook(url, pause=0.01).deliver(ALARM)
    assert problem == f"The alarm could not be sent to 127.0.0.1: no answer ({told})."


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nname: "])
def test_an_answer_that_drips_is_waited_for_no_longer_than_another(head: bytes) -> None:
    """A socket's own timeout begins anew with each byte."""
    stopped = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while not stopped.wait(0.05):
            connection.sendall(b"a")

    url, listening = raw_server(drip)
    with listening:
        begun = time.monotonic()
        problem = Webhook(url, seconds=0.5, pause=0.01).deliver(ALARM)
        took = time.monotonic() - begun
        end = time.monotonic() + 20
        while (left := [one for one in threading.enumerate() if one.name == "webhook"]) and time.monotonic() < end:
            time.sleep(0.02)
        stopped.set()
    assert problem == "The alarm could not be sent to 127.0.0.1: no answer within 0.5 s."
    assert 1.5 <= took < 10 and not left, "the dripping would have gone on until it was stopped"


def test_no_try_is_begun_when_the_process_is_to_end(receivers: list[Receiver]) -> None:
    receivers.append(receiver := Receiver([503] * TRIES))
    webhook, stop = Webhook(receiver.url, pause=30.0), threading.Event()
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    told = [webhook.deliver(ALARM, stop) for _ in range(2)]
    assert time.monotonic() - begun < 20, "the pause alone is longer"
    words = f"The alarm could not be sent to {webhook.host}: "
    assert told == [f"{words}the answer was 503.", f"{words}the watch was stopped."]
    assert len(receiver.bodies) == 1


def test_a_webhook_tells_no_more_than_its_host(receivers: list[Receiver]) -> None:
    receivers.append(receiver := Receiver([500]))
    webhook = Webhook(receiver.url, pause=0.01)
    assert "SECRET" not in webhook.deliver(ALARM) + repr(webhook) + str(Delivery(None, webhook))


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/x", "hook", "https://", "https://me:pass@host/", "http://[::1", ""]
)
def test_a_webhook_is_an_address_of_the_web(url: str) -> None:
    with pytest.raises(
        SettingsError, match="--webhook was expected to be an address that begins with https://"
    ) as told:
        Webhook(url)
    assert "pass" not in str(told.value)


def test_alarms_are_lines_that_a_crash_does_not_join(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "alarms.ndjson"
    sink = AlarmFile(path)
    assert path.read_bytes() == b""
    assert sink.deliver(ALARM) == ""
    with path.open("ab") as file:
        file.write(b'{"when": "half')
    assert sink.deliver(ALARM) == ""
    first, half, last = path.read_text().splitlines()
    assert json.loads(first) == json.loads(last) == json.loads(json.dumps(ALARM.to_dict())) and half == '{"when": "half'


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="alarms cannot be written there"):
        AlarmFile(tmp_path)
    sink = AlarmFile(tmp_path / "gone" / "alarms")
    sink.path.unlink()
    sink.path.mkdir()
    assert "the alarm could not be written" in sink.deliver(ALARM)


def test_where_alarms_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFBEAT_WEBHOOK", raising=False)
    assert find_delivery(None, None) == Delivery() and Delivery().deliver(ALARM) == []
    monkeypatch.setenv("OFFBEAT_WEBHOOK", "https://one.example/x")
    assert find_delivery(None, None).webhook == Webhook("https://one.example/x")
    both = find_delivery(tmp_path / "a", "https://two.example/")
    assert both == Delivery(AlarmFile(tmp_path / "a"), Webhook("https://two.example/"))
