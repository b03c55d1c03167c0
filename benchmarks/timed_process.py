"""Runs a program as a user would, from interpreter start to exit, and reads the JSON line it prints."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Without byte code every import compiles its sources again; offbeat's path is nothing to a peer; caches are per round.
NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "JAX_COMPILATION_CACHE_DIR")


@dataclass(frozen=True)
class TimedRun:
    """Whole seconds of a process, and the JSON object it printed."""

    seconds: float
    answer: Mapping[str, Any]


def run_timed(command: Sequence[object], folder: Path, variables: Mapping[str, str] | None = None) -> TimedRun:
    """Run a command in a folder and time it.

    Args:
        command: program and arguments, each written as its string.
        folder: working directory; what the command writes lands here.
        variables: environment variables set for this run only.

    Raises:
        RuntimeError: the command failed, with the end of what it said on stderr.
    """
    start = time.perf_counter()
    stdout = run_quietly(command, folder, variables)
    return TimedRun(time.perf_counter() - start, _last_json_object(stdout))


def run_quietly(command: Sequence[object], folder: Path, variables: Mapping[str, str] | None = None) -> str:
    """Run a command in a folder, as `run_timed`, and return what it printed.

    Args:
        command: program and arguments, each written as its string.
        folder: working directory.
        variables: environment variables set for this run only.

    Raises:
        RuntimeError: the command failed, with the end of what it said on stderr.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    words = [str(word) for word in command]
    run = subprocess.run(words, cwd=folder, env=inherited | dict(variables or {}), capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"{' '.join(words)} ended with {run.returncode}:\n{run.stderr[-2000:]}")
    return run.stdout


def source_path() -> dict[str, str]:
    """Return the variables that let a child process import the offbeat this process imports."""
    paths = [str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {"PYTHONPATH": os.pathsep.join(paths)} if paths else {}


def _last_json_object(stdout: str) -> dict[str, Any]:
    """Return the last line that holds an object: H2O still says goodbye after it."""
    lines = [line for line in stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"no line of JSON on stdout, which ended with:\n{stdout[-2000:]}")
    return dict(json.loads(lines[-1]))
