"""MLflow's own server beside `offbeat serve`: the same detector, exported by offbeat, and the same requests."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from beat_service import BeatService
from http_load import Measured, measure, request_of
from peer_environments import CHECKOUT, peer_python
from timed_process import NOT_INHERITED

import offbeat
from offbeat.integrations.mlflow.directory import write_model

sys.path.append(str(CHECKOUT / "tests" / "integrations"))
from peer_servers import free_port, post, serving

Place = tuple[str, int]

CONNECTIONS = {"one beat": 14, "1,000 beats": 2}

SIGNED = "MLflow"
UNSIGNED = "MLflow, no signature"
"""With offbeat's signature, whose columns may hold anything, MLflow looks at each cell; without one, at none."""


@contextmanager
def mlflow_service(detector: offbeat.Detector, name: str) -> Iterator[Place]:
    """`mlflow models serve` with a detector, as it comes, on a free port of this machine, until the block ends.

    Args:
        detector: Exported by offbeat.
        name: SIGNED, as it was exported; or UNSIGNED.

    Raises:
        MissingEnvironment: MLflow's environment has not been created.
    """
    python, port = peer_python("mlflow"), free_port()
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    # MLflow starts `uvicorn` by its name; and it must not report to anybody that it was started.
    path = f"{python.parent}{os.pathsep}{inherited['PATH']}"
    variables = inherited | {"PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model = write_model(detector, folder / "model")
        if name == UNSIGNED:
            leave_out_signature(model / "MLmodel")
        words = ("--model-uri", str(model), "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port))
        command = [python, "-m", "mlflow", "models", "serve", *words]
        with serving(command, f"http://127.0.0.1:{port}/ping", folder, variables):
            yield "127.0.0.1", port


def leave_out_signature(record: Path) -> None:
    """Rewrite MLflow's record of a model, of one line an entry."""
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(line for line in lines if not line.startswith('"signature"')))


def measure_with_mlflow(service: BeatService, seconds: float) -> list[Measured]:
    """The measurements of both servers.

    Raises:
        MissingEnvironment: MLflow's environment has not been created.
    """
    with mlflow_service(service.detector, SIGNED) as signed, mlflow_service(service.detector, UNSIGNED) as unsigned:
        places = {"offbeat": service.place, SIGNED: signed, UNSIGNED: unsigned}
        return asyncio.run(measure_beside(places, service, seconds))


async def measure_beside(places: dict[str, Place], service: BeatService, seconds: float) -> list[Measured]:
    """Servers, one after the other, asked with the same bytes for one beat and for 1,000, about so long each."""
    found = []
    for name, rows in (("one beat", service.rows[:1]), ("1,000 beats", service.rows)):
        body = invocation(service.detector, rows)
        require_same_scores(list(places.values()), body)
        request = request_of(body.encode(), "application/json", address="/invocations")
        for server, place in places.items():
            found.append(await measure_for(seconds, f"{name}, {server}", place, request, len(rows), CONNECTIONS[name]))
    return found


async def measure_for(seconds: float, name: str, place: Place, request: bytes, rows: int, connections: int) -> Measured:
    """One measurement of about so many seconds, after a short one that warms up and tells how often to ask for that."""
    tried = await measure("warm-up", place, request, rows, connections=connections, count=4, rate=0)
    count = 1 + int(seconds * tried.answered_per_second / connections)
    return await measure(name, place, request, rows, connections=connections, count=count, rate=0)


def invocation(detector: offbeat.Detector, rows: np.ndarray) -> str:
    """A body of JSON that both servers read at /invocations."""
    return json.dumps({"dataframe_split": {"columns": list(detector.schema.names), "data": rows.tolist()}})


def require_same_scores(places: list[Place], body: str) -> None:
    """Nothing where all servers give a body's rows the same scores: else they would not do the same work."""
    scores = []
    for host, port in places:
        status, text = post(f"http://{host}:{port}/invocations", body)
        assert status == 200, text
        scores.append([row["score"] for row in json.loads(text)["predictions"]])
    # Not to the last bit: the environments may have different releases of JAX.
    np.testing.assert_allclose(scores, [scores[0]] * len(scores), rtol=1e-5)


def ratios(found: list[Measured]) -> dict[str, float]:
    """How many times as many rows offbeat's service answers for in a second as MLflow's server.

    Args:
        found: All measurements, also those of offbeat's own address: "full" and "arrow".
    """
    rows = {one.name: one.rows_per_second for one in found}
    told = {}
    for load, own in (("one beat", "full"), ("1,000 beats", "arrow")):
        for server in (SIGNED, UNSIGNED):
            if (peer := rows.get(f"{load}, {server}")) is not None:
                told[f"offbeat / {server}; {load}, the same JSON"] = rows[f"{load}, offbeat"] / peer
                told[f"offbeat, as '{own}' above / {server}; {load}"] = rows[own] / peer
    return told
