"""Asks an HTTP server for something again and again, on many connections, and tells how soon it answered."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np


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


def request_of(
    body: bytes, content_type: str, accept: str = "application/json", address: str = "/v1/detectors/beats/score"
) -> bytes:
    """Head and body of one request."""
    head = (
        f"POST {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Accept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
