"""One script, run with h2o and with offbeat.h2o: the same data, settings and seeds; scores, errors and speed compared.

python benchmarks/h2o_side_by_side.py --data FOLDER --json side_by_side.json
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from findings import Finding, print_findings, times_faster, warn_if_busy, write_json
from h2o_tables import SPEED_ROWS, Tables, heartbeats, labelled_rows, pumps, random_numbers
from peer_environments import peer_python
from scipy.stats import spearmanr
from timed_process import run_quietly, source_path

SCRIPT = Path(__file__).resolve().parent / "peers" / "h2o_answers.py"
SEEDS = range(1, 6)
LEAST_CORRELATION, LARGEST_RATIO = 0.98, 1.25
BATCH_ROWS = 32
SCORINGS = 5
# H2O trains on all cores at once without locks, which no seed repeats, unless it is told to be reproducible.
THREADS = {"one thread": True, "all threads": False}


@dataclass(frozen=True)
class Pair:
    """What H2O and offbeat answered to the same job."""

    h2o: dict[str, Any]
    offbeat: dict[str, Any]


def answers_of(library: str, jobs: Sequence[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Run the script with one of the two libraries."""
    file, out = folder / "jobs.json", folder / "answers.json"
    file.write_text(json.dumps(jobs))
    python = peer_python("h2o") if library == "h2o" else Path(sys.executable)
    run_quietly([python, "-W", "ignore", SCRIPT, library, file, out], folder, source_path())
    found: list[dict[str, Any]] = json.loads(out.read_text())
    return found


def job(tables: Tables, **more: Any) -> dict[str, Any]:
    """A job as the script reads it."""
    settings = tables.settings | more.pop("settings", {})
    return {"name": tables.name, "train": str(tables.train), "test": str(tables.test), "settings": settings, **more}


def compare_answers(tables: Sequence[Tables], folder: Path) -> tuple[list[Finding], list[Pair]]:
    """Five seeds a table, with one thread of H2O's and with all."""
    jobs = [
        job(each, settings={"seed": seed, "reproducible": is_one})
        for each in tables
        for is_one in THREADS.values()
        for seed in SEEDS
    ]
    both = (answers_of(library, jobs, folder) for library in ("h2o", "offbeat.h2o"))
    pairs = [Pair(*pair) for pair in zip(*both, strict=True)]
    groups = [(each.name, threads) for each in tables for threads in THREADS]
    findings = []
    for number, (name, threads) in enumerate(groups):
        of_group = pairs[number * len(SEEDS) : (number + 1) * len(SEEDS)]
        findings += [correlation(f"{name}, {threads}", of_group), *errors(f"{name}, {threads}", of_group)]
    return findings, pairs


def correlation(what: str, pairs: Sequence[Pair]) -> Finding:
    """Spearman's correlation of a seed's scores, the least of five; beside it, that of two seeds of one side."""
    between = [float(spearmanr(pair.h2o["scores"], pair.offbeat["scores"]).statistic) for pair in pairs]
    ours, theirs = (
        median(
            float(spearmanr(one[side]["scores"], other[side]["scores"]).statistic)
            for one, other in combinations(map(asdict, pairs), 2)
        )
        for side in ("offbeat", "h2o")
    )
    return Finding(f"{what}: ranks", ours, theirs, "of seeds", min(between), LEAST_CORRELATION)


def errors(what: str, pairs: Sequence[Pair]) -> list[Finding]:
    """The mean squared error of the training and of the test rows, medians over the seeds; larger over smaller."""
    findings = []
    for rows in ("training", "test"):
        ours, theirs = (
            median(pair["mse"] if rows == "training" else float(np.mean(pair["scores"])) for pair in side)
            for side in ([pair.offbeat for pair in pairs], [pair.h2o for pair in pairs])
        )
        ratio = max(ours, theirs) / min(ours, theirs)
        findings.append(Finding(f"{what}: {rows} error", ours, theirs, "mse", ratio, LARGEST_RATIO, at_most=True))
    return findings


def compare_speed(rounds: int, folder: Path) -> tuple[list[Finding], list[Any]]:
    """Train and score 20,000 rows. offbeat runs once before, uncounted, to fill its compilation cache."""
    tables = random_numbers(folder)
    by_row = job(tables, scorings=SCORINGS)
    ours = [by_row, job(tables, settings={"mini_batch_size": BATCH_ROWS})]
    answers_of("offbeat.h2o", ours, folder)
    done = [(answers_of("h2o", [by_row], folder), answers_of("offbeat.h2o", ours, folder)) for _ in range(rounds)]

    def seconds(side: int, number: int, step: str) -> list[float]:
        return [median(one_round[side][number][step]) for one_round in done]

    theirs = seconds(0, 0, "training")
    findings = [
        times_faster(f"{tables.name}: train, row by row", seconds(1, 0, "training"), theirs, 5),
        times_faster(f"{tables.name}: train, batches of {BATCH_ROWS}", seconds(1, 1, "training"), theirs, 30),
        times_faster(f"{tables.name}: anomaly()", seconds(1, 0, "scoring"), seconds(0, 0, "scoring"), 20),
    ]
    h2o, (by_rows, in_batches) = done[-1][0][0], done[-1][1]
    print(f"training error: H2O {h2o['mse']:.6f}, row by row {by_rows['mse']:.6f}", end=", ")
    print(f"in batches {in_batches['mse']:.6f}; H2O trains {SPEED_ROWS / median(theirs):,.0f} rows/s")
    return findings, done


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("OFFBEAT_DATA"), help="folder of the data sets")
    parser.add_argument("--rows", nargs="*", default=["WDBC", "satellite"], help="files of FOLDER/rows, without .npz")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the speed part")
    parser.add_argument("--only", choices=["answers", "speed"], help="one of the two parts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write findings and raw answers here")
    arguments = parser.parse_args()
    if arguments.data is None and arguments.only != "speed":
        parser.error("say where the data sets are: --data FOLDER or the environment variable OFFBEAT_DATA")
    return arguments


def main() -> None:
    """Compare answers, then speed; print the tables."""
    arguments = parse_arguments()
    warn_if_busy()
    findings: list[Finding] = []
    raw: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.only != "speed":
            data = arguments.data.resolve()
            sets = [labelled_rows(data, each, folder) for each in arguments.rows]
            findings, pairs = compare_answers([heartbeats(data), pumps(folder), *sets], folder)
            raw["answers"] = [asdict(pair) for pair in pairs]
            print_findings("Same data, settings and seeds: least rank correlation, ratio of errors", findings)
        if arguments.only != "answers":
            faster, raw["speed"] = compare_speed(arguments.rounds, folder)
            print_findings("Seconds: H2O / offbeat, medians", faster)
            findings += faster
    if arguments.json:
        write_json(arguments.json, findings, raw)


if __name__ == "__main__":
    main()
