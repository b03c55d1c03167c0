"""How many requests `offbeat serve` answers on this machine, and what it does with more than it can take.

Four measurements over loopback, one service process and one process that asks:

- beats: requests of one 210-value heartbeat at a steady rate; latency at 50 and 99 %
- full: the same, each of 14 connections asking as soon as it is answered; what the service can take
- arrow: bodies of 1,000 such rows on four connections, some on their way while others are scored; rows a second
- overload: twice as many requests as it can take; how many are shed with 503, and the latency of those that are not

Then MLflow's own server with the same detector beside it: bodies of JSON with one heartbeat, on 14 connections, and
with 1,000, on two, to `/invocations` of both. MLflow is asked twice: as offbeat exports to it, and without a signature.

Usage: python benchmarks/serving.py [--seconds 10] [--rate 300] [--senders 4] [--json]
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict

import numpy as np
import polars as pl
from beat_service import beat_service, service_options
from http_load import Measured, measure, request_of
from mlflow_service import measure_with_mlflow, ratios
from peer_environments import MissingEnvironment

ARROW = "application/vnd.apache.arrow.stream"


async def measure_all(
    place: tuple[str, int], rows: np.ndarray, seconds: float, rate: float, senders: int
) -> list[Measured]:
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
        await measure("arrow", place, many, len(rows), connections=senders, count=int(seconds * 100 / senders), rate=0),
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
    words.add_argument("--senders", type=int, default=4, help="connections that send Arrow bodies")
    asked = words.parse_args()
    with beat_service(asked.settings) as service:
        found = asyncio.run(measure_all(service.place, service.rows, asked.seconds, asked.rate, asked.senders))
        try:
            found += measure_with_mlflow(service, asked.seconds)
        except MissingEnvironment as missing:
            print(f"Without MLflow's server: {missing}", file=sys.stderr)
    if asked.json:
        print(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        print(
            f"{one.name:33} asked {one.asked_per_second:6.0f}/s  answered {one.answered_per_second:6.0f}/s  "
            f"{one.rows_per_second:8.0f} rows/s  p50 {one.p50_ms:6.1f} ms  p99 {one.p99_ms:6.1f} ms  {one.statuses}"
        )
    for name, ratio in ratios(found).items():
        print(f"{name}: {ratio:.1f}")


if __name__ == "__main__":
    main()
