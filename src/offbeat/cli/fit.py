"""`offbeat fit`: from a table to a detector file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.config_file import gather_settings
from offbeat.cli.elapsed import Stopwatch
from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, ConfigFile, OutputDetector, Quiet, TrainingTable, ValidationTable
from offbeat.cli.output_files import default_file, make_place
from offbeat.cli.reading import read_validation
from offbeat.cli.recording import Register, RunName, Track, TrackingUri, plan_recording, print_recorded
from offbeat.cli.saying import say
from offbeat.cli.setting_options import AllSettings
from offbeat.detector.columns import read_as


def fit(
    table: TrainingTable,
    settings: AllSettings,
    out: OutputDetector = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keeps the state of training; the same command goes on from there."),
    ] = None,
    validation_table: ValidationTable = None,
    track: Track = None,
    tracking_uri: TrackingUri = None,
    run_name: RunName = "",
    register: Register = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Learn what normal looks like from a table, and write the detector to a file.

    The rows should be normal ones; with --label and --normal, only the rows labelled normal are learned from. Without
    a setting of the network, a detector is chosen that suits most tables. Without --out, the file goes to the folder
    offbeat-output, under the name of the table.

    \b
    Examples:
      offbeat fit good.csv --out pumps.offbeat
      offbeat fit beats.csv --label -1 --normal 1 --hidden 32,16,32 --validation 0.1 --patience 10
      offbeat fit good.parquet --config offbeat.toml --checkpoint training/
    """
    chosen = gather_settings(config, settings)
    recorder = plan_recording(track, tracking_uri, run_name, register)
    watch = Stopwatch()
    with watch.step("read"):
        rows = read_as(chosen, table)
    place = make_place(out or default_file(rows.source, ".offbeat"), table, validation_table, config)
    # Imports JAX: not before the table is read, so that a wrong file name is told at once.
    from offbeat.programs import begin_to_start_jax, start_jax

    begin_to_start_jax()
    from offbeat.detector.fit import fit_with

    start_jax()
    with watch.step("fit"):
        held = read_validation(chosen, validation_table, rows)
        detector = fit_with(
            chosen,
            rows,
            validation=held,
            checkpoint=checkpoint,
            progress="none" if quiet else "auto",
        )
    detector.save(place)
    recorded = {} if recorder is None else recorder.record("fit", detector, rows, written=place, validation=held)
    if as_json:
        print_json({"detector": str(place), **detector.inspect(), "seconds": watch.seconds(), **recorded})
    elif not quiet:
        say(f"{detector.describe()}\n\nDetector: {place}")
        print_recorded(recorded)
