"""`offbeat score`: every row's score."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, DetectorFile, TableToScore
from offbeat.cli.output_files import PARQUET, as_table_file, make_place
from offbeat.cli.reading import open_both
from offbeat.cli.saying import say
from offbeat.cli.setting_options import ReadingSettings, ThresholdChanges

if TYPE_CHECKING:
    from offbeat.detector.detections import Detections


def score(
    detector: DetectorFile,
    table: TableToScore,
    threshold: ThresholdChanges,
    reading: ReadingSettings,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV (or .parquet) file to write; else CSV is printed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give every row of a table its score, its p-value and its flag.

    Scores are in the order of the table; higher is more anomalous. A p-value is how likely a normal row is to score at
    least as high. The columns are row (from 0), score, p_value and anomalous; also
    label_anomalous where the table has the labels that the detector was fitted with.

    \b
    Examples:
      offbeat score pumps.offbeat new.csv --out scores.csv
      offbeat score pumps.offbeat new.csv --threshold quantile:0.99 | grep true
    """
    if out is not None:
        make_place(as_table_file(out), table, detector)
    opened, rows = open_both(detector, table, reading, threshold)
    from offbeat.persistence import replace_file

    found = opened.detect(rows)
    if out is not None:
        replace_file(out, (_file_content(found, out),))
    if as_json:
        print_json(_record(found))
    elif out is None:
        sys.stdout.write(found.to_frame().write_csv())
    else:
        verb = "is" if len(found) == 1 else "are"
        say(f"{len(found):,} of the {len(found.scores):,} rows of {rows.source} {verb} anomalous.\nScores: {out}")
    if found.table_note and not as_json:
        say(found.table_note, file=sys.stderr if out is None else sys.stdout)


def _record(found: Detections) -> dict[str, object]:
    return {
        "rows": len(found.scores),
        "scores": found.scores.tolist(),
        "p_values": found.p_values.tolist(),
        "threshold": found.threshold_record,
        "flags": found.flags.tolist(),
    }


def _file_content(found: Detections, path: Path) -> bytes:
    if path.suffix.lower() != PARQUET:
        return found.to_frame().write_csv().encode()
    content = io.BytesIO()
    found.to_frame().write_parquet(content)
    return content.getvalue()
