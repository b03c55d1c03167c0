"""`offbeat detect`: the whole job in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from offbeat.cli.config_file import gather_settings
from offbeat.cli.elapsed import Stopwatch
from offbeat.cli.job import Rows, carry_out, split_rows
from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, ConfigFile, OutputDetector, Quiet, ValidationTable
from offbeat.cli.outcome import outcome_record, print_outcome
from offbeat.cli.output_files import default_file, make_place
from offbeat.cli.recording import Register, RunName, Track, TrackingUri, plan_recording, print_recorded
from offbeat.cli.setting_options import AllSettings
from offbeat.detector.columns import read_as, schema_of
from offbeat.detector.config import Settings
from offbeat.detector.labels import rows_by_label
from offbeat.errors import SettingsError

DEFAULT_TEST_SIZE = 0.2
Baselines = Annotated[
    bool,
    typer.Option(
        "--baselines",
        help="Compare with plain detectors on the same rows: untrained network, PCA, nearest neighbours, isolation "
        "forest.",
    ),
]


def detect(
    train: Annotated[str, typer.Argument(metavar="TRAIN", help="Rows to learn from, normal ones; a path or a URL.")],
    settings: AllSettings,
    test: Annotated[
        str | None,
        typer.Argument(
            metavar="TEST",
            help="Rows to look at; TRAIN again to find the odd rows in it. Without it a share of TRAIN is set aside.",
        ),
    ] = None,
    test_size: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Share (below 1) or number of rows to set aside. [default: 0.2 with --label]"
        ),
    ] = None,
    split_seed: Annotated[
        int,
        typer.Option(metavar="INTEGER", help="random_state of scikit-learn's train_test_split, which this repeats."),
    ] = 0,
    validation_table: ValidationTable = None,
    out: OutputDetector = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="HTML report to write.")] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.")] = False,
    baselines: Baselines = False,
    track: Track = None,
    tracking_uri: TrackingUri = None,
    run_name: RunName = "",
    register: Register = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Learn what normal looks like, and find the rows of a table that do not fit.

    Fits a detector on TRAIN, scores TEST, prints the anomalous rows by rank, and writes the detector and an HTML
    report: to the folder offbeat-output, under the name of the table, unless --out and --report say where. With
    --label and --normal only the normal rows of TRAIN are learned from, and where TEST has labels, metrics are
    printed. Tables are CSV, TSV (also .gz), Parquet, Arrow, NPY or NPZ files or URLs; rows count from 0.

    \b
    Examples:
      offbeat detect good.csv new.csv
      offbeat detect beats.csv --label -1 --normal 1 --test-size 0.2 --split-seed 21
      offbeat detect good.csv new.csv --hidden 32,16,8,16,32 --epochs 20 --threshold mean+3std
      offbeat detect good.csv new.csv --baselines
    """
    if report is not None and no_report:
        raise SettingsError("--report and --no-report exclude each other.")
    chosen = gather_settings(config, settings)
    recorder = plan_recording(track, tracking_uri, run_name, register)
    watch = Stopwatch()
    with watch.step("read"):
        rows = _rows(chosen, train, test, test_size, split_seed)
    name, read = Path(rows.test.source).name, (train, test, validation_table, config)
    place = make_place(out or default_file(name, ".offbeat"), *read)
    outcome = carry_out(
        rows,
        chosen,
        validation=validation_table,
        detector=place,
        report=None if no_report else make_place(report or default_file(name, ".html"), *read, beside=place),
        baselines=baselines,
        progress="none" if quiet else "auto",
        watch=watch,
    )
    if not (as_json or quiet):
        print_outcome(outcome)
    recorded: dict[str, Any] = {}
    if recorder is not None:
        recorded = recorder.record(
            "detect",
            outcome.found.detector,
            rows.train,
            written=outcome.detector,
            validation=outcome.validation,
            found=outcome.found,
            report=outcome.report,
            further_settings=outcome.provenance.settings,
        )
    if outcome.unwritten is not None:
        raise outcome.unwritten
    if as_json:
        print_json(outcome_record(outcome) | recorded)
    elif not quiet:
        print_recorded(recorded)


def _rows(settings: Settings, train: str, test: str | None, test_size: float | None, split_seed: int) -> Rows:
    """The rows to learn from and to look at: of two tables, or of one that is split."""
    if test is not None:
        if test_size is not None:
            raise SettingsError("TEST and --test-size exclude each other: a second table, or a share of the first one.")
        return _rows_of_two(settings, train, test)
    if test_size is None and settings.label is None:
        raise SettingsError(
            "Which rows are to be looked at? Name a second table (offbeat detect TRAIN TEST), or the first one again "
            "to find the odd rows in it (offbeat detect TRAIN TRAIN; --contamination says how many are odd); or have a "
            "share of it set aside with --test-size 0.2, and say with --label and --normal which rows are normal."
        )
    table = read_as(settings, train)
    # Before the split: a label that is missing or never normal is told by its row in the file, whatever the split.
    rows_by_label(table, settings.label, settings.normal)
    return split_rows(table, DEFAULT_TEST_SIZE if test_size is None else test_size, split_seed)


def _rows_of_two(settings: Settings, train: str, test: str) -> Rows:
    """The rows of two tables; the second one is compared with what will be learned before hours go into that."""
    table = read_as(settings, train)
    rows_by_label(table, settings.label, settings.normal)
    schema = schema_of(settings, table)
    looked_at = read_as(settings, test, schema.own_names)
    schema.require_fit(looked_at)
    return Rows(table, looked_at)
