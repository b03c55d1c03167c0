"""`offbeat tune`: a search over settings without labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offbeat.cli.config_file import gather_settings
from offbeat.cli.elapsed import Stopwatch
from offbeat.cli.interrupts import INTERRUPTED, bear_interrupt
from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, ConfigFile, OutputDetector, Quiet, TrainingTable
from offbeat.cli.output_files import default_file, make_place
from offbeat.cli.saying import say
from offbeat.cli.setting_options import AllSettings
from offbeat.cli.tables import print_table
from offbeat.detector.columns import read_as

if TYPE_CHECKING:
    from offbeat.detector.tuning import Trial, Tuning

MOST_LISTED = 5
ENDING = (
    "Interrupted: ending with the best of the {} settings tried so far. Ctrl-C again to leave without writing anything."
)


def tune(
    table: TrainingTable,
    settings: AllSettings,
    trials: Annotated[
        int, typer.Option(min=1, metavar="INTEGER", help="How many settings to try beside plain auto.")
    ] = 20,
    seconds: Annotated[
        float | None, typer.Option(min=0, metavar="NUMBER", help="Try no other settings after so long.")
    ] = None,
    out: OutputDetector = None,
    write_config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML file of settings to write, for --config.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Search for settings that suit a table better than auto does, without labels.

    Settings compete in telling held-out rows from counterfeits of them: rows whose cells were shuffled, patched or
    drawn from a wider range. The best are compared with plain auto on rows that chose nothing, and taken only if they
    are better beyond chance. Writes the detector and its settings, to the folder offbeat-output unless --out and
    --write-config say where. Settings given here are not searched. Needs optuna: pip install 'offbeat[tune]'.

    \b
    Examples:
      offbeat tune good.csv
      offbeat tune good.csv --trials 50 --seconds 600 --out pumps.offbeat
      offbeat tune beats.csv --label -1 --normal 1 --network denoiser
    """
    chosen = gather_settings(config, settings)
    watch = Stopwatch()
    with watch.step("read"):
        rows = read_as(chosen, table)
    place = make_place(out or default_file(rows.source, ".offbeat"), table, config)
    listing = make_place(write_config or default_file(rows.source, ".toml"), table, config, beside=place)
    # Imports JAX: not before the table is read, so that a wrong file name is told at once.
    from offbeat.detector.tune import tune_with
    from offbeat.detector.tuning import SearchInterrupted
    from offbeat.persistence import replace_file

    interrupted = False
    with watch.step("tune"):
        try:
            found = tune_with(chosen, rows, trials=trials, seconds=seconds, progress="none" if quiet else "lines")
        except SearchInterrupted as search:
            bear_interrupt()
            say(ENDING.format(len(search.trials) - 1), file=sys.stderr)
            found, interrupted = search.finish(), True
    found.detector.save(place)
    replace_file(listing, (found.to_toml().encode(),))
    files = {"detector": str(place), "config": str(listing)}
    if as_json:
        record = {**files, **found.to_dict(), "seconds": watch.seconds()}
        print_json(record | ({"interrupted": True} if interrupted else {}))
    elif not quiet:
        _print(found)
        say(f"\nDetector: {place}\nSettings: {listing}")
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _print(found: Tuning) -> None:
    """Plain auto, the best candidates, and whether it was worth it."""
    plain, *others = found.trials
    best = sorted(others, key=lambda trial: -trial.separation)[:MOST_LISTED]
    kinds = list(plain.by_kind)
    rows = [_cells("plain auto", plain, kinds), *(_cells(_in_words(trial), trial, kinds) for trial in best)]
    say("ROC AUC of held-out rows against counterfeits of them:\n")
    print_table(["separation", *kinds, "settings"], rows)
    say(f"\n{found.describe()}")


def _cells(words: str, trial: Trial, kinds: list[str]) -> list[str]:
    areas = [f"{trial.by_kind[kind]:.4f}" if kind in trial.by_kind else "-" for kind in kinds]
    return [f"{trial.separation:.4f}", *areas, words]


def _in_words(trial: Trial) -> str:
    """The settings that say most of a candidate; --json has all of them."""
    told = {name: trial.settings[name] for name in ("network", "hidden", "score", "scaling") if name in trial.settings}
    return " ".join(",".join(map(str, value)) if isinstance(value, tuple) else str(value) for value in told.values())
