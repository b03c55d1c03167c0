"""Speed of the two heartbeat jobs beside H2O and Keras, whole processes, in one run.

    python benchmarks/peer_environments.py h2o keras
    python benchmarks/heartbeats.py --data FOLDER --runs 3 --json heartbeats.json

FOLDER (or the environment variable OFFBEAT_DATA) holds ecg_discord_train.csv, ecg_discord_test.csv and ecg5000.csv.
"""

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from findings import Finding, print_findings, times_faster, warn_if_busy, write_json
from peer_environments import peer_python
from timed_process import TimedRun, run_timed, source_path

PEER_SCRIPTS = Path(__file__).resolve().parent / "peers"
H2O_SETTINGS = "--hidden 50 --activation tanh --l1 1e-5 --epochs 100 --batch-size 1 --optimizer adadelta"
H2O_SCALING = "--scaling normalize"
KERAS_SPLIT = "--label -1 --normal 1 --test-size 0.2 --split-seed 21"
KERAS_NETWORK = "--hidden 32,16,8,16,32 --activation relu --output-activation sigmoid --scaling minmax-global"
KERAS_TRAINING = "--loss absolute --optimizer adam --epochs 20 --batch-size 512 --threshold mean+1std"


@dataclass(frozen=True)
class Job:
    """One job as the peer's script and as offbeat's command line, with how many times faster offbeat should be."""

    peer: str
    script: Sequence[str | Path]
    offbeat: Sequence[str | Path]
    training: float
    whole_cold: float
    whole_warm: float


@dataclass(frozen=True)
class Round:
    """One run of each: the peer, then offbeat with an empty compilation cache, then with the one it left."""

    peer: TimedRun
    cold: TimedRun
    warm: TimedRun


def jobs(data: Path) -> list[Job]:
    """Return the H2O notebook's job and the Keras tutorial's."""
    train, test, table = data / "ecg_discord_train.csv", data / "ecg_discord_test.csv", data / "ecg5000.csv"
    h2o_settings = shlex.split(f"{H2O_SETTINGS} {H2O_SCALING}")
    keras_settings = shlex.split(f"{KERAS_SPLIT} {KERAS_NETWORK} {KERAS_TRAINING}")
    return [
        Job("h2o", [train, test, "h2o.png"], [train, test, *h2o_settings], 6, 4, 4),
        Job("keras", [table, "."], [table, *keras_settings], 20, 3, 5),
    ]


def run_round(job: Job) -> Round:
    """Run the peer and offbeat one after the other in a fresh folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = PEER_SCRIPTS / f"{job.peer}_heartbeats.py"
        peer = run_timed([peer_python(job.peer), script, *job.script], folder)
        command = [*offbeat_command(), "detect", *job.offbeat, "--json"]
        variables = source_path() | {"OFFBEAT_CACHE": str(folder / "cache")}
        cold, warm = (run_timed(command, folder, variables) for _ in range(2))
    print(f"{job.peer} {peer.seconds:.1f} s, offbeat cold {cold.seconds:.2f} s, warm {warm.seconds:.2f} s", flush=True)
    return Round(peer, cold, warm)


def offbeat_command() -> list[str | Path]:
    """Return the offbeat of the environment this benchmark runs in."""
    script = Path(sys.executable).with_name("offbeat")
    return [script] if script.exists() else [sys.executable, "-m", "offbeat"]


def compare(job: Job, rounds: Sequence[Round]) -> list[Finding]:
    """Return training and whole-command times beside the peer's, cold and warm."""
    peer_training = [done.peer.answer["seconds"]["train"] for done in rounds]
    peer_whole = [done.peer.seconds for done in rounds]
    findings = []
    for cache, whole_demanded in (("cold", job.whole_cold), ("warm", job.whole_warm)):
        runs = [getattr(done, cache) for done in rounds]
        training = [run.answer["seconds"]["fit"] for run in runs]
        whole = [run.seconds for run in runs]
        findings += [
            times_faster(f"{job.peer} job: fit, {cache} cache", training, peer_training, job.training),
            times_faster(f"{job.peer} job: whole command, {cache} cache", whole, peer_whole, whole_demanded),
        ]
    return findings


def print_answers(job: Job, last: Round) -> None:
    """Print what both sides found in the last round: a fast wrong answer is worth nothing."""
    peer = {name: found for name, found in last.peer.answer.items() if name not in ("seconds", "versions")}
    offbeat = last.warm.answer
    rows = [anomaly["row"] for anomaly in offbeat.get("anomalies", [])]
    print(f"\n{job.peer} found {peer}")
    print(f"offbeat found {len(rows)} anomalies, the worst in rows {rows[:3]}; metrics {offbeat.get('metrics')}")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("OFFBEAT_DATA"), help="folder of the ECG files")
    parser.add_argument("--runs", type=int, default=3, help="rounds counted; one more runs first and is not")
    parser.add_argument("--only", choices=["h2o", "keras"], help="one of the two jobs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write findings and raw rounds here")
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("say where the ECG files are: --data FOLDER or the environment variable OFFBEAT_DATA")
    return arguments


def main() -> None:
    """Run the rounds, print the table."""
    arguments = parse_arguments()
    warn_if_busy()
    chosen = [job for job in jobs(arguments.data.resolve()) if arguments.only in (None, job.peer)]
    rounds: dict[str, list[Round]] = {job.peer: [] for job in chosen}
    # Round 0 fills the disk cache and writes byte code for every side; it is not counted.
    for number in range(arguments.runs + 1):
        for job in chosen:
            done = run_round(job)
            if number > 0:
                rounds[job.peer].append(done)
    findings = [finding for job in chosen for finding in compare(job, rounds[job.peer])]
    for job in chosen:
        print_answers(job, rounds[job.peer][-1])
    print_findings("Seconds: peer / offbeat, medians", findings)
    if arguments.json:
        raw = {peer: [asdict(done) for done in runs] for peer, runs in rounds.items()}
        write_json(arguments.json, findings, raw)


if __name__ == "__main__":
    main()
