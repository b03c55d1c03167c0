"""Rows a second and memory on random float32 rows, beside NumPy's matrix multiply, PyTorch eager and PyOD, in one run.

    python benchmarks/peer_environments.py pyod
    python benchmarks/throughput.py --runs 3 --json throughput.json

The job: tanh, Adam, batch 512, squared error; hidden 200,200 and hidden 50.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from findings import Finding, print_findings, times_the_rate, warn_if_busy, write_json
from peer_environments import peer_python
from timed_process import run_timed, source_path

HERE = Path(__file__).resolve().parent
BATCH = 512
# PyOD feeds its network one row at a time from Python: a part of the rows is enough to know its rate.
PYOD_ROWS = 20_000
# About so many rows are trained on in one timed fit, whatever the size of the table.
ROWS_TRAINED = 600_000
GROWTH = (10_000, 100_000, 1_000_000)
Round = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Job:
    """A network, and how offbeat's training should do: share of NumPy's rate, times PyTorch's rows/s and PyOD's."""

    hidden: tuple[int, ...]
    share: float | None
    torch: float
    pyod: float

    @property
    def words(self) -> str:
        """Return the hidden sizes as the command line has them."""
        return ",".join(map(str, self.hidden))

    def weights(self, columns: int) -> int:
        """Return the number of weights, biases left out."""
        return sum(inputs * outputs for inputs, outputs in pairwise(self.sizes(columns)))

    def sizes(self, columns: int) -> tuple[int, ...]:
        """Return the sizes of all layers."""
        return (columns, *self.hidden, columns)


JOBS = (Job((200, 200), 0.5, 1.6, 10), Job((50,), None, 2.5, 10))


def random_rows(folder: Path, rows: int, columns: int) -> Path:
    """Write normally distributed float32 rows to a file, once, and return its path."""
    path = folder / f"{rows}x{columns}.npy"
    if not path.exists():
        np.save(path, np.random.default_rng(0).standard_normal((rows, columns), dtype=np.float32))
    return path


def run_offbeat(path: Path, rows: int, job: Job, folder: Path) -> Mapping[str, Any]:
    """Run offbeat on the rows in a process of its own."""
    epochs = max(1, ROWS_TRAINED // rows)
    command = [sys.executable, HERE / "offbeat_throughput.py", path, job.words, BATCH, epochs]
    variables = source_path() | {"OFFBEAT_CACHE": str(folder / "cache")}
    return run_timed(command, folder, variables).answer


def run_round(path: Path, rows: int, columns: int, job: Job, folder: Path) -> Round:
    """Run NumPy, offbeat, PyTorch and PyOD one after the other."""
    sizes = ",".join(map(str, job.sizes(columns)))
    python, peers = peer_python("pyod"), HERE / "peers"
    torch = [python, peers / "torch_throughput.py", path, job.words, BATCH, 1]
    pyod = [python, peers / "pyod_throughput.py", path, job.words, BATCH, min(rows, PYOD_ROWS)]
    done = {
        "numpy": run_timed([sys.executable, HERE / "matmul_rate.py", BATCH, sizes], folder).answer,
        "offbeat": run_offbeat(path, rows, job, folder),
        "torch": run_timed(torch, folder).answer,
        "pyod": run_timed(pyod, folder).answer,
    }
    rates = {name: round(done[name]["training_rows_per_second"]) for name in ("offbeat", "torch", "pyod")}
    print(f"hidden {job.words}: NumPy {done['numpy']['square']:.0f} GFLOP/s, training rows/s {rates}", flush=True)
    return done


def compare(job: Job, columns: int, rounds: Sequence[Round]) -> list[Finding]:
    """Return offbeat beside the matrix-multiply rate, PyTorch, PyOD and the size of the data."""
    return [
        *compare_with_multiplying(job, columns, rounds),
        *compare_with_peers(job, columns, rounds),
        memory_finding(job, rounds),
    ]


def compare_with_multiplying(job: Job, columns: int, rounds: Sequence[Round]) -> list[Finding]:
    """Return the share of NumPy's rate: training takes 6 operations a weight and row, scoring 2."""
    square = [done["numpy"]["square"] for done in rounds]
    findings = []
    for verb, operations in (("training", 6), ("scoring", 2)):
        per_row = operations * job.weights(columns) / 1e9
        reached = [done["offbeat"][f"{verb}_rows_per_second"] * per_row for done in rounds]
        what = f"hidden {job.words}: {verb}, share of NumPy's matmul"
        findings.append(times_the_rate(what, reached, square, "GFLOP/s", job.share))
    return findings


def compare_with_peers(job: Job, columns: int, rounds: Sequence[Round]) -> list[Finding]:
    """Return rows a second of training and scoring beside PyTorch (with its default and its fused Adam) and PyOD."""

    def against(what: str, verb: str, peer: str, field: str, demanded: float | None, scale: float = 1.0) -> Finding:
        ours = [done["offbeat"][f"{verb}_rows_per_second"] for done in rounds]
        theirs = [done[peer][field] * scale for done in rounds]
        return times_the_rate(f"hidden {job.words}: {verb}, {what}", ours, theirs, "rows/s", demanded)

    # PyOD mirrors its layers, so 200,200 has 4 of them and half as many weights again: its rate is scaled up.
    scale = rounds[0]["pyod"]["weights"] / job.weights(columns)
    return [
        against("PyTorch eager", "training", "torch", "training_rows_per_second", job.torch),
        against("PyTorch eager, fused", "training", "torch", "fused_training_rows_per_second", job.torch),
        against("PyOD", "training", "pyod", "training_rows_per_second", job.pyod, scale),
        against("PyTorch eager", "scoring", "torch", "scoring_rows_per_second", None),
        against("PyOD", "scoring", "pyod", "scoring_rows_per_second", None, scale),
    ]


def memory_finding(job: Job, rounds: Sequence[Round]) -> Finding:
    """Return the peak memory beside the bytes of the data."""
    peak = median(done["offbeat"]["peak_bytes"] for done in rounds)
    data = rounds[0]["offbeat"]["data_bytes"]
    what = f"hidden {job.words}: peak memory, times the data"
    return Finding(what, peak / 1e6, data / 1e6, "MB", peak / data, demanded=2.5, at_most=True)


def measure_growth(columns: int, folder: Path) -> list[dict[str, Any]]:
    """Run the first job from ten thousand to a million rows, and print how the cost grows."""
    done: list[dict[str, Any]] = []
    print(f"\nCost by rows, hidden {JOBS[0].words}: seconds an epoch, a scoring; peak memory / data; growth exponents")
    for rows in GROWTH:
        answer = dict(run_offbeat(random_rows(folder, rows, columns), rows, JOBS[0], folder)) | {"rows": rows}
        epoch, scoring = answer["training_seconds_per_epoch"], answer["scoring_seconds"]
        memory = answer["peak_bytes"] / answer["data_bytes"]
        exponents = ""
        if done:
            steps = [("training_seconds_per_epoch", epoch), ("scoring_seconds", scoring)]
            exponents = "  ".join(f"{_exponent(done[-1], rows, name, now):.2f}" for name, now in steps)
        print(f"{rows:>10,}  {epoch:8.3f} s  {scoring:8.3f} s  {memory:5.2f}  {exponents}", flush=True)
        done.append(answer)
    return done


def _exponent(before: Mapping[str, Any], rows: int, name: str, now: float) -> float:
    return log(now / before[name]) / log(rows / before["rows"])


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3, help="rounds of each job")
    parser.add_argument("--no-growth", action="store_true", help="leave out the sizes from 10^4 to 10^6 rows")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write findings and raw rounds here")
    return parser.parse_args()


def main() -> None:
    """Run the rounds, print the tables."""
    arguments = parse_arguments()
    warn_if_busy()
    rows, columns = arguments.rows, arguments.columns
    rounds: dict[str, list[Round]] = {job.words: [] for job in JOBS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(arguments.runs):
            for job in JOBS:
                rounds[job.words].append(run_round(random_rows(folder, rows, columns), rows, columns, job, folder))
        findings = [finding for job in JOBS for finding in compare(job, columns, rounds[job.words])]
        print_findings(f"{rows:,} x {columns} rows, medians", findings)
        growth = [] if arguments.no_growth else measure_growth(columns, folder)
    if arguments.json:
        write_json(arguments.json, findings, {"jobs": rounds, "growth": growth})


if __name__ == "__main__":
    main()
