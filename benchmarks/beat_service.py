"""`offbeat serve` with one detector of made-up heartbeats, for the benchmarks that ask it."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

import offbeat

SAMPLES = 210


@dataclass(frozen=True)
class BeatService:
    """Where it listens, its process, its detector, named beats, and the rows that this was fitted on."""

    place: tuple[str, int]
    process: int
    detector: offbeat.Detector
    rows: np.ndarray


@contextmanager
def beat_service(settings: Mapping[str, Any]) -> Iterator[BeatService]:
    """Fit a detector with these settings and serve it on a free port; end the service afterwards."""
    rows = np.cumsum(np.random.default_rng(0).normal(size=(1000, SAMPLES)), axis=1)
    with tempfile.TemporaryDirectory() as folder:
        detector = offbeat.fit(rows, progress="none", **settings)
        detector.save(Path(folder) / "beats.offbeat")
        command = [sys.executable, "-m", "offbeat", "serve", f"{folder}/beats.offbeat", "--port", "0", "--json"]
        with (
            (Path(folder) / "log").open("w") as log,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as service,
        ):
            assert service.stdout is not None
            parts = urlsplit(json.loads(service.stdout.readline())["address"])
            yield BeatService((str(parts.hostname), int(parts.port or 0)), service.pid, detector, rows)
            service.terminate()


def service_options(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of the options that these benchmarks share."""
    words = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--settings", type=json.loads, default={"hidden": [50], "score": "whitened", "epochs": 20})
    words.add_argument("--json", action="store_true")
    return words
