"""`offbeat serve` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit


class RunningService:
    """A process that serves, from the moment it says so until the block ends.

    Attributes:
        address: Where it listens.
        log: What it wrote to standard error, once it has ended.
    """

    def __init__(self, *words: object, folder: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "offbeat", "serve", *map(str, words), "--port", "0", "--json"]
        variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src"), **environment}
        variables.pop("JAX_NUMPY_RANK_PROMOTION", None)
        self._errors = (folder / "service.log").open("w+")
        self._process = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        self.address = ""

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(self._said())
        self.address = json.loads(line)["address"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()

    @property
    def host_and_port(self) -> tuple[str, int]:
        parts = urlsplit(self.address)
        assert parts.hostname and parts.port
        return parts.hostname, parts.port

    def terminate(self, kind: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(kind)

    def exit_code(self) -> int:
        return self._process.wait(timeout=60)

    def events(self) -> list[dict[str, Any]]:
        """What was logged so far."""
        return [json.loads(line) for line in self._said().splitlines()]

    def _said(self) -> str:
        self._errors.flush()
        return Path(self._errors.name).read_text()
