"""An address of the web that is slow to take alarms holds up neither who asks, nor other alarms, nor the end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from running_service import RunningService
from server_client import ARROW, bytes_of
from server_readings import readings
from slow_address import SlowAddress
from told_watch import ToldWatch

from offbeat.drift.delivery import AlarmFile, Delivery, Webhook
from offbeat.server import alarm_post, drift_watch
from offbeat.server.drift_state import records_in
from offbeat.server.shelf import Shelf

pytestmark = pytest.mark.usefixtures("looks_when_told")

STOPPED = "The service stopped before 127.0.0.1 had taken the alarm."


class Watch(ToldWatch):
    """A watch that posts alarms."""

    def __init__(
        self,
        shelf: Shelf,
        webhook: Webhook | None,
        kept: Path | None = None,
        alarms: Path | None = None,
        window: int = 60,
    ) -> None:
        super().__init__(shelf, kept, window, Delivery(None if alarms is None else AlarmFile(alarms), webhook))

    def raise_alarms(self) -> list[dict[str, Any]]:
        """Show it rows that went off, and then others; the alarms of that."""
        self.look(hot("heat"))
        self.look(hot("rpm"))
        alarms = list(self.watch.status(self.served)["alarms"])
        assert len(alarms) > 1
        return alarms

    def problems(self) -> list[str]:
        return self.problems_of("not-delivered")


@pytest.fixture
def address() -> Iterator[SlowAddress]:
    with SlowAddress() as address:
        yield address


@pytest.fixture
def webhook(address: SlowAddress) -> Webhook:
    return Webhook(address.url, seconds=60.0, pause=0.0)


def hot(column: str) -> pl.DataFrame:
    return readings(120, seed=2).with_columns(pl.col(column) * 2)


def wait_until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.005)


def test_a_slow_address_holds_up_nobody(shelf: Shelf, address: SlowAddress, webhook: Webhook, tmp_path: Path) -> None:
    watch = Watch(shelf, webhook, alarms=tmp_path / "alarms.ndjson")
    alarms: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: alarms.extend(watch.raise_alarms()), daemon=True)
    asking.start()
    asking.join(50)
    assert alarms, "the look or the status waited for the address"
    wait_until(lambda: address.alarms)
    assert address.alarms == alarms[:1]
    assert [json.loads(line) for line in (tmp_path / "alarms.ndjson").read_text().splitlines()] == alarms
    assert [event for event in watch.events if event["event"] == "drift"] == [{"event": "drift", **a} for a in alarms]

    address.answers.set()
    watch.watch.close()
    assert address.alarms == alarms and watch.problems() == []


def test_the_end_is_not_held_up_and_the_next_service_posts_what_was_left(
    shelf: Shelf, address: SlowAddress, webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_watch, "SECONDS_TO_POST", 0.1)
    watch = Watch(shelf, webhook, kept=tmp_path / "kept")
    alarms = watch.raise_alarms()
    began = time.monotonic()
    watch.watch.close()
    assert time.monotonic() - began < 30, "the address answers after a minute"
    assert watch.problems() == [f"{STOPPED} The next service with this --drift-state sends it."] * len(alarms)

    monkeypatch.undo()
    with SlowAddress() as later:
        later.answers.set()
        Watch(shelf, Webhook(later.url), kept=tmp_path / "kept").watch.close()
        assert later.alarms == alarms
        again = Watch(shelf, Webhook(later.url), kept=tmp_path / "kept")
        again.watch.close()
        assert later.alarms == alarms, "each was posted once"
        assert again.watch.status(again.served)["alarms"] == alarms


@pytest.mark.parametrize("has_webhook", [True, False])
def test_what_was_left_is_told_also_where_the_watch_begins_anew(
    shelf: Shelf, address: SlowAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_webhook: bool
) -> None:
    monkeypatch.setattr(drift_watch, "SECONDS_TO_POST", 0.1)
    watch = Watch(shelf, Webhook(address.url), kept=tmp_path / "kept")
    alarms = watch.raise_alarms()
    watch.watch.close()
    monkeypatch.undo()
    with SlowAddress() as later:
        later.answers.set()
        anew = Watch(shelf, Webhook(later.url) if has_webhook else None, kept=tmp_path / "kept", window=120)
        anew.watch.close()
        assert later.alarms == (alarms if has_webhook else [])
        lost = "The alarm was kept to be posted by this service, which has no --webhook."
        assert anew.problems() == ([] if has_webhook else [lost] * len(alarms))


def test_without_a_state_the_log_alone_tells_what_was_left(
    shelf: Shelf, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_watch, "SECONDS_TO_POST", 0.0)
    watch = Watch(shelf, webhook)
    alarms = watch.raise_alarms()
    watch.watch.close()
    assert watch.problems() == [STOPPED] * len(alarms)


def test_an_alarm_is_kept_before_it_is_posted_and_forgotten_after(shelf: Shelf, tmp_path: Path) -> None:
    kept, before = tmp_path / "kept", []

    def unsent() -> list[dict[str, Any]]:
        return list(records_in(kept.read_bytes())["pumps"]["unsent"])

    with SlowAddress(came=lambda alarm: before.append(alarm in unsent())) as address:
        address.answers.set()
        watch = Watch(shelf, Webhook(address.url), kept)
        alarms = watch.raise_alarms()
        wait_until(lambda: address.alarms == alarms)
        assert before == [True] * len(alarms)
        wait_until(lambda: (watch.watch.look(), unsent())[1] == [])
        watch.watch.close()
        assert address.alarms == alarms


def test_records_of_before_there_was_a_post_are_gone_on_with(shelf: Shelf, webhook: Webhook, tmp_path: Path) -> None:
    from offbeat.server.drift_state import content_of

    first = Watch(shelf, webhook, kept=tmp_path / "kept")
    first.look(readings(30, seed=1))
    first.watch.close()
    records = records_in((tmp_path / "kept").read_bytes())
    del records["pumps"]["unsent"]
    (tmp_path / "kept").write_bytes(content_of(records))
    watch = Watch(shelf, webhook, kept=tmp_path / "kept")
    assert watch.events == [] and watch.watch.status(watch.served)["rows"] == 30
    watch.watch.close()


def test_more_alarms_than_may_wait_are_told_in_the_log(
    shelf: Shelf, address: SlowAddress, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_post, "MOST_WAITING", 1)
    watch = Watch(shelf, webhook)
    alarms = watch.raise_alarms()
    assert watch.problems() == ["The alarm was not sent to 127.0.0.1: 1 others wait for it."] * (len(alarms) - 1)
    address.answers.set()
    watch.watch.close()
    assert address.alarms == alarms[:1]


def test_a_fault_of_the_post_is_told_and_the_next_alarm_is_posted(
    shelf: Shelf, address: SlowAddress, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver, faults = Webhook.deliver, [ZeroDivisionError("secret")]

    def fail_once(self: Webhook, alarm: Any) -> str:
        if faults:
            raise faults.pop()
        return deliver(self, alarm)

    monkeypatch.setattr(Webhook, "deliver", fail_once)
    address.answers.set()
    watch = Watch(shelf, webhook)
    alarms = watch.raise_alarms()
    watch.watch.close()
    assert address.alarms == alarms[1:]
    assert watch.problems() == ["The alarm could not be sent to 127.0.0.1: ZeroDivisionError."]
    (fault,) = [event for event in watch.events if event["event"] == "fault"]
    assert fault["places"][0] == "ZeroDivisionError" and "secret" not in str(watch.events)


@pytest.mark.slow
def test_the_process_answers_and_stops_beside_a_slow_address(files: Path, address: SlowAddress, tmp_path: Path) -> None:
    words = (files / "pumps.offbeat", "--drift-window", "60", "--webhook", address.url, "--max-seconds", "5")
    with RunningService(*words, "--threads", "1", folder=tmp_path) as running:
        detector = f"{running.address}/v1/detectors/pumps"
        body, kind = bytes_of(hot("heat"), "arrow"), {"content-type": ARROW}
        assert httpx.post(f"{detector}/score", content=body, headers=kind, timeout=60).status_code == 200
        wait_until(lambda: address.alarms)
        for _ in range(20):
            assert httpx.get(f"{detector}/drift", timeout=60).status_code == 200
        assert httpx.post(f"{detector}/score", content=body, headers=kind, timeout=60).status_code == 200
        running.terminate()
        began = time.monotonic()
        assert running.exit_code() == 0
        assert time.monotonic() - began < 30, "the address answers after a minute"
        problems = [event["problem"] for event in running.events() if event["event"] == "not-delivered"]
        assert STOPPED in problems
