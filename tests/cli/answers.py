"""What a command gives back, within the test process or from a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Answer:
    """Exit code and output."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object, which is all there may be on standard output."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


Offbeat = Callable[..., Answer]


def run_program(*words: object, folder: Path, **environment: str) -> Answer:
    """Run `python -m offbeat` as a user does, in a folder."""
    command = [sys.executable, "-m", "offbeat", *(str(word) for word in words)]
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src"), **environment}
    # The tests' own strictness would reach into JAX's threads here; a user has none of it.
    variables.pop("JAX_NUMPY_RANK_PROMOTION", None)
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=240, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)
