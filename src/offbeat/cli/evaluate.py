"""`offbeat evaluate`: how well a detector agrees with labels."""

from __future__ import annotations

from typing import Annotated

import typer

from offbeat.cli.baselines import print_baselines
from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, DetectorFile, Label, Normal, TableToScore
from offbeat.cli.reading import open_both
from offbeat.cli.saying import say
from offbeat.cli.setting_options import ReadingSettings, ThresholdChanges


def evaluate(
    detector: DetectorFile,
    table: TableToScore,
    threshold: ThresholdChanges,
    reading: ReadingSettings,
    label: Label = None,
    normal: Normal = None,
    baselines: Annotated[
        str | None,
        typer.Option(metavar="TRAIN", help="Compare with plain detectors, which learn from TRAIN as the detector did."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare what a detector finds with labels: accuracy, precision, recall, ROC AUC.

    Every metric comes with a 95 % bootstrap interval.

    \b
    Examples:
      offbeat evaluate beats.offbeat labelled.csv --label -1 --normal 1
      offbeat evaluate beats.offbeat labelled.csv --label class --normal good --threshold mean+2std
      offbeat evaluate beats.offbeat labelled.csv --baselines beats.csv
    """
    opened, rows = open_both(detector, table, reading, threshold)
    from offbeat.detector.detections import detect_labelled

    found, metrics = detect_labelled(opened, rows, label=label, normal=normal)
    if baselines is not None:
        found = found.with_baselines(baselines)
    if as_json:
        record = found.to_dict(most=0) | ({"label_note": found.label_note} if found.label_note else {})
        print_json({name: value for name, value in record.items() if name != "anomalies"})
    else:
        say(f"{metrics.to_text()}\n\n{opened.threshold.describe()}")
        if found.note:
            say(found.note)
        if found.label_note:
            say(found.label_note)
        if found.baselines:
            say()
            print_baselines(found)
