"""The service as a process: stopped under load, its file replaced and corrupted under load, slow and rude clients."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import polars as pl
import pytest
from running_service import RunningService
from server_client import ARROW, bytes_of

import offbeat
from offbeat.tracking import Registry
from pages import CHECKOUT, README, blocks_of, lines_of_shell

PATIENCE = 120.0
"""How many seconds to wait for what must come: a busy machine may take its time."""
HEAD = "POST /v1/detectors/pumps/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture
def folder(files: Path, tmp_path: Path, new: pl.DataFrame) -> Path:
    """A folder of its own with the detector and rows."""
    shutil.copy(files / "pumps.offbeat", tmp_path / "pumps.offbeat")
    new.write_csv(tmp_path / "new.csv")
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[RunningService]:
    with RunningService("--folder", ".", "--max-seconds", "10", folder=folder) as service:
        yield service


class Load:
    """Asks over and over from some threads, until told to stop or refused a connection.

    Attributes:
        statuses: How often each status was answered.
        lost: What went wrong with requests that were sent.
        refused: How many connections were not taken.
    """

    def __init__(self, address: str, body: bytes, threads: int = 4) -> None:
        self.statuses: Counter[int] = Counter()
        self.lost: list[str] = []
        self.refused = 0
        self._address, self._body = f"{address}/v1/detectors/pumps/score", body
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(threads)
        self._asking = [self._pool.submit(self._ask) for _ in range(threads)]

    def _ask(self) -> None:
        while not self._stop.is_set():
            try:
                # A connection for each request: on one that is kept, a request may cross the service's good-bye.
                kind = {"content-type": ARROW}
                answer = httpx.post(self._address, content=self._body, headers=kind, timeout=PATIENCE)
                self.statuses[answer.status_code] += 1
            except httpx.ConnectError:
                self.refused += 1
                return
            except httpx.HTTPError as error:
                self.lost.append(repr(error))
                return

    def stop(self) -> None:
        self._stop.set()
        for asking in self._asking:
            asking.result()
        self._pool.shutdown()


def wait_until(is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


@pytest.mark.skipif(os.name != "posix", reason="signals differ elsewhere")
@pytest.mark.parametrize("has_answered", [True, False])
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order(kind: signal.Signals, has_answered: bool, running: RunningService) -> None:
    if has_answered:
        assert httpx.get(f"{running.address}/v1/detectors", timeout=PATIENCE).status_code == 200
    running.terminate(kind)
    assert running.exit_code() == 0
    assert [event for event in running.events() if event["event"] == "fault"] == []


@pytest.mark.slow
def test_sigterm_under_load_loses_no_accepted_request(running: RunningService, new: pl.DataFrame) -> None:
    load = Load(running.address, bytes_of(new, "arrow"))
    wait_until(lambda: load.statuses[200] >= 20)
    running.terminate()
    code = running.exit_code()
    load.stop()

    assert code == 0
    # Connections that the system had taken and the service had not: they are closed before a request is read.
    assert all("ReadError" in loss or "RemoteProtocolError" in loss for loss in load.lost), load.lost
    assert len(load.lost) <= 4
    assert load.refused + len(load.lost) == 4
    answered = Counter(event["status"] for event in running.events() if event["event"] == "request")
    assert answered == load.statuses


@pytest.mark.slow
def test_a_file_replaced_and_corrupted_under_load_drops_no_request(
    running: RunningService, folder: Path, new: pl.DataFrame
) -> None:
    load = Load(running.address, bytes_of(new, "arrow"), threads=2)
    offbeat.load(folder / "pumps.offbeat").with_threshold(0.5).save(folder / "pumps.offbeat")
    listed = f"{running.address}/v1/detectors"
    wait_until(lambda: httpx.get(listed, timeout=PATIENCE).json()["detectors"][0]["threshold"]["value"] == 0.5)
    (folder / "pumps.offbeat").write_bytes(b"not a detector")
    ready = f"{running.address}/readyz"
    wait_until(lambda: "pumps" in httpx.get(ready, timeout=PATIENCE).json()["not_reloaded"])
    asked = load.statuses[200]
    wait_until(lambda: load.statuses[200] > asked + 5)
    load.stop()

    assert set(load.statuses) == {200} and load.lost == [] and load.refused == 0
    kinds = [event["event"] for event in running.events() if event["event"] != "request"]
    assert kinds == ["reloaded", "not-reloaded"]


@pytest.mark.slow
def test_a_promotion_and_a_rollback_under_load_drop_no_request(
    files: Path, folder: Path, new: pl.DataFrame, tmp_path: Path
) -> None:
    registry = Registry(tmp_path)
    registry.add("pumps", files / "pumps.offbeat")
    registry.add("pumps", offbeat.load(files / "pumps.offbeat").with_threshold(0.5).save(tmp_path / "b.offbeat"))
    registry.promote("pumps", 1)
    with RunningService("--registry", ".", folder=folder) as running:
        listed = f"{running.address}/v1/detectors"

        def version() -> int:
            return int(httpx.get(listed, timeout=PATIENCE).json()["detectors"][0]["version"])

        load = Load(running.address, bytes_of(new, "arrow"), threads=2)
        registry.promote("pumps", 2)
        wait_until(lambda: version() == 2)
        registry.rollback("pumps")
        wait_until(lambda: version() == 1)
        load.stop()
    assert set(load.statuses) == {200} and load.lost == [] and load.refused == 0


@pytest.mark.slow
def test_rude_clients_hold_nobody_up(running: RunningService, new: pl.DataFrame) -> None:
    half = [socket.create_connection(running.host_and_port) for _ in range(40)]
    for client in half[:20]:
        client.sendall(f"{HEAD}Content-Length: 500\r\n\r\n[[1,".encode())
    for client in half[20:]:
        client.sendall(HEAD.encode())
    gone = socket.create_connection(running.host_and_port)
    gone.sendall(f"{HEAD}Content-Length: 500\r\n\r\n[[1,".encode())
    gone.close()

    address = f"{running.address}/v1/detectors/pumps/score"
    answer = httpx.post(address, content=bytes_of(new, "arrow"), headers={"content-type": ARROW}, timeout=PATIENCE)
    assert answer.status_code == 200
    half[0].setblocking(False)
    with pytest.raises(BlockingIOError):  # the slow ones are still waited for
        half[0].recv(1)
    half[0].settimeout(PATIENCE)
    assert half[0].recv(4096).startswith(b"HTTP/1.1 408 ")
    for client in half:
        client.close()
    running.terminate()
    assert running.exit_code() == 0
    assert [event for event in running.events() if event["event"] == "fault"] == []
    kinds = Counter(event["kind"] for event in running.events())
    assert kinds["gone"] + kinds["too-slow"] == 21 and kinds["gone"] >= 1


@pytest.mark.slow
def test_a_stop_waits_no_longer_than_a_request_may_take_and_loses_no_line_of_the_log(folder: Path) -> None:
    with RunningService("pumps.offbeat", "--max-seconds", "2", folder=folder) as running:
        idle, slow, strange = (socket.create_connection(running.host_and_port) for _ in range(3))
        for client in (idle, slow, strange):
            client.settimeout(PATIENCE)
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200 ")
        strange.sendall(f"{HEAD}Content-Length: \xb2\r\n\r\n[[1]]".encode("latin-1"))
        assert strange.recv(4096).startswith(b"HTTP/1.1 400 ")
        slow.sendall(f"{HEAD}Content-Length: 500\r\n\r\n[[1,".encode())
        time.sleep(0.5)
        running.terminate()
        assert slow.recv(4096).startswith(b"HTTP/1.1 408 ")
        assert running.exit_code() == 0
        for client in (idle, slow, strange):
            client.close()
        told = [(event["event"], event.get("kind"), event.get("problem")) for event in running.events()]
    assert sorted(told, key=str) == [
        ("http", None, "Invalid HTTP request received."),
        ("request", "", None),
        ("request", "too-slow", None),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("page", [README, CHECKOUT / "docs" / "serving.md"], ids=lambda page: page.name)
def test_curl_on_a_page_answers(page: Path, files: Path, folder: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    lines = [line for block in blocks_of(page, "bash") for line in lines_of_shell(block)]
    assert lines[0].startswith("offbeat serve ")
    shutil.copy(files / "beats.offbeat", folder / "pumps.offbeat")
    shutil.copy(files / "beats.offbeat", folder / "new.offbeat")
    pl.read_csv(folder / "new.csv").drop("valve").write_csv(folder / "new.csv")
    shutil.copy(folder / "new.csv", folder / "pumps.csv")
    with RunningService("pumps.offbeat", "new.offbeat", folder=folder) as running:
        for line in lines[1:]:
            assert line.startswith("curl ") and "http://127.0.0.1:8000/" in line
            command = line.replace("http://127.0.0.1:8000", running.address).replace(
                "curl ", "curl -sS --fail-with-body "
            )
            done = subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0 and ("threshold" in done.stdout or "row,score" in done.stdout), done
