"""How many requests `offbeat serve` answers on this machine, and what it does with more than it can take.

Four measurements over loopback, one service process and one process that asks:

- beats: requests of one 210-value heartbeat at a steady rate; latency at 50 and 99 %
- full: the same, each of 14 connections asking as soon as it is answered; what the service can take
- arrow: bodies of 1,000 such rows, one after the other on a few connections; rows a second
- overload: twice as many requests as it can take; how many are shed with 503, and the latency of those that are not

Usage: python benchmarks/serving.py [--seconds 10] [--rate 300] [--json]
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl
from beat_service import beat_service, service_options

ARROW = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True)
class Measured:
    """What came of one measurement; seconds are those of answers with status 200."""

    name: str
    asked_per_second: float
    answered_per_second: float
    rows_per_second: float
    p50_ms: float
    p99_ms: float
    statuses: dict[int, int]


async def ask(
    place: tuple[str, int], request: bytes, count: int, pace: float, found: list[tuple[int, float]], number: int
) -> None:
    """Ask so many times on one connection, each `pace` seconds after the last was due; latency counts from then.

    The first is due at a time of the connection's own, by its number: together they would come in bursts.

    HTTP is written and read by hand: a client library takes longer over a request than the service does.
    """
    reader, writer = await asyncio.open_connection(*place)
    due = time.perf_counter() + np.random.default_rng(number).random() * pace
    for _ in range(count):
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        elif not pace:
            due = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        found.append((int(head[9:12]), time.perf_counter() - due))
        due += pace
    writer.close()


async def measure(
    name: str, place: tuple[str, int], request: bytes, rows: int, *, connections: int, count: int, rate: float
) -> Measured:
    """One measurement.

    Args:
        name: What to call it.
        place: Host and port of the service.
        request: Head and body.
        rows: How many rows the body has.
        connections: How many ask side by side.
        count: How often each asks.
        rate: Requests a second of all together; 0 for as many as can be.
    """
    found: list[tuple[int, float]] = []
    began = time.perf_counter()
    pace = connections / rate if rate else 0.0
    await asyncio.gather(*(ask(place, request, count, pace, found, number) for number in range(connections)))
    seconds = time.perf_counter() - began
    good = np.array([latency for status, latency in found if status == 200])
    return Measured(
        name,
        len(found) / seconds,
        len(good) / seconds,
        len(good) * rows / seconds,
        float(np.quantile(good, 0.5) * 1000),
        float(np.quantile(good, 0.99) * 1000),
        dict(Counter(status for status, _ in found)),
    )


def request_of(body: bytes, content_type: str, accept: str = "application/json") -> bytes:
    """Head and body of one request."""
    head = (
        f"POST /v1/detectors/beats/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Accept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def measure_all(place: tuple[str, int], rows: np.ndarray, seconds: float, rate: float) -> list[Measured]:
    """The measurements, after a short one that warms up."""
    import io

    one = request_of(json.dumps([rows[0].tolist()]).encode(), "application/json")
    content = io.BytesIO()
    pl.DataFrame(rows.astype(np.float32)).write_ipc_stream(content)
    many = request_of(content.getvalue(), ARROW, ARROW)
    await measure("warm-up", place, one, 1, connections=2, count=50, rate=0)
    found = [
        await measure("beats", place, one, 1, connections=16, count=int(seconds * rate / 16), rate=rate),
        await measure("full", place, one, 1, connections=14, count=int(seconds * 60), rate=0),
        await measure("arrow", place, many, len(rows), connections=2, count=int(seconds * 25), rate=0),
    ]
    twice = 2 * found[1].answered_per_second
    return [
        *found,
        await measure("overload", place, one, 1, connections=64, count=int(seconds * twice / 64), rate=twice),
    ]


def main() -> None:
    """Fit a detector of heartbeats, serve it, and ask."""
    words = service_options(__doc__)
    words.add_argument("--seconds", type=float, default=10.0)
    words.add_argument("--rate", type=float, default=300.0)
    asked = words.parse_args()
    with beat_service(asked.settings) as service:
        found = asyncio.run(measure_all(service.place, service.rows, asked.seconds, asked.rate))
    if asked.json:
        print(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        print(
            f"{one.name:9} asked {one.asked_per_second:6.0f}/s  answered {one.answered_per_second:6.0f}/s  "
            f"{one.rows_per_second:8.0f} rows/s  p50 {one.p50_ms:5.1f} ms  p99 {one.p99_ms:5.1f} ms  {one.statuses}"
        )


if __name__ == "__main__":
    main()
