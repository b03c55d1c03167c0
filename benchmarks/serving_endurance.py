"""Whether `offbeat serve` needs more memory the longer it runs, and loses a request on the way.

One service process, and one that asks it for one heartbeat at a time: JSON, CSV, bodies that are refused, and lists of
a hundred rows, in turn. Resident memory of the service is read at the start, after a tenth of the requests, when all
that is made once has been made, and then at each further tenth.

Usage: python benchmarks/serving_endurance.py [--requests 100000] [--connections 4] [--json]
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import numpy as np
from beat_service import beat_service, service_options
from http_load import request_of

POINTS = 10


def bodies(rows: np.ndarray) -> list[bytes]:
    """Requests of several kinds, some of which are refused."""
    one, many = rows[0].tolist(), rows[:100].tolist()
    lines = "\n".join(",".join(map(str, row)) for row in rows[:2].tolist())
    return [
        *(request_of(json.dumps([rows[number].tolist()]).encode(), "application/json") for number in range(6)),
        request_of(json.dumps(many).encode(), "application/json"),
        request_of(lines.encode(), "text/csv"),
        request_of(json.dumps([one[:-1]]).encode(), "application/json"),
        request_of(b"[[1,", "application/json"),
    ]


def megabytes(process: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{process}/status tells no VmRSS")


async def ask(place: tuple[str, int], requests: list[bytes], count: int, statuses: Counter[int]) -> None:
    """Ask so many times on one connection."""
    reader, writer = await asyncio.open_connection(*place)
    for _, request in zip(range(count), cycle(requests), strict=False):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        statuses[int(head[9:12])] += 1
    writer.close()


async def measure(
    place: tuple[str, int], process: int, requests: list[bytes], total: int, connections: int
) -> dict[str, object]:
    """Ask in ten parts, and look at the service's memory after each."""
    statuses: Counter[int] = Counter()
    memory, began = [megabytes(process)], time.perf_counter()
    for _ in range(POINTS):
        await asyncio.gather(
            *(ask(place, requests, total // POINTS // connections, statuses) for _ in range(connections))
        )
        memory.append(megabytes(process))
    seconds = time.perf_counter() - began
    return {
        "requests": sum(statuses.values()),
        "per_second": sum(statuses.values()) / seconds,
        "statuses": dict(statuses),
        "megabytes": [round(value, 1) for value in memory],
        "growth_megabytes": round(memory[-1] - memory[1], 1),
    }


def main() -> None:
    """Fit a detector of heartbeats, serve it, and ask for long."""
    words = service_options(__doc__)
    words.add_argument("--requests", type=int, default=100_000)
    words.add_argument("--connections", type=int, default=4)
    asked = words.parse_args()
    with beat_service(asked.settings) as service:
        asking = measure(service.place, service.process, bodies(service.rows), asked.requests, asked.connections)
        found = asyncio.run(asking)
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name}: {value}")


if __name__ == "__main__":
    main()
