"""`offbeat threshold`: another threshold for a detector, without training."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, DetectorFile, Label, Normal, OutputDetector, Quiet
from offbeat.cli.output_files import FOLDER, make_place
from offbeat.cli.reading import read_for, refuse_layout_of_no_table, rule_and_rate
from offbeat.cli.saying import say
from offbeat.cli.setting_options import ReadingSettings, ThresholdChanges
from offbeat.detector.config import parse_settings


def threshold(
    detector: DetectorFile,
    changes: ThresholdChanges,
    reading: ReadingSettings,
    table: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="Rows to set it on, a path or URL. [default: the calibration rows of fit]"),
    ] = None,
    label: Label = None,
    normal: Normal = None,
    out: OutputDetector = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Give a detector another threshold, without training, and write it to a file.

    \b
    Examples:
      offbeat threshold pumps.offbeat --threshold quantile:0.99 --out strict.offbeat
      offbeat threshold beats.offbeat --threshold best-f1 --table labelled.csv --out best.offbeat
    """
    refuse_layout_of_no_table(table, reading)
    asked = parse_settings(changes)
    place = make_place(out or _default_file(detector, changes), detector, table)
    # Imports JAX: not before a wrong name of a file or folder is told.
    from offbeat.detector.archive import load

    opened = load(detector)
    rule, fdr = rule_and_rate(opened, asked)
    changed = opened.with_threshold(
        rule,
        fdr=fdr,
        table=None if table is None else read_for(opened, table, reading),
        label=label,
        normal=normal,
    )
    changed.save(place)
    if as_json:
        print_json({"detector": str(place), "threshold": changed.inspect()["threshold"]})
    elif not quiet:
        say(f"{changed.threshold.describe()}\n\nDetector: {place}")


def _default_file(detector: Path, changes: Mapping[str, object]) -> Path:
    """Never the detector itself, which may lie in the folder for files that were given no name."""
    words = [f"fdr-{value}" if name == "fdr" else str(value) for name, value in changes.items()] or ["threshold"]
    return FOLDER / (re.sub(r"[^\w.+-]+", "-", "-".join([detector.stem, *words])) + ".offbeat")
