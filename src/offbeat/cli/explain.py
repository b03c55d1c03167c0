"""`offbeat explain`: why rows are anomalous."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, DetectorFile, TableToScore
from offbeat.cli.reading import open_both
from offbeat.cli.saying import say
from offbeat.cli.setting_options import ReadingSettings, ThresholdChanges
from offbeat.errors import SettingsError

MOST_EXPLAINED: Final = 10


def explain(
    detector: DetectorFile,
    table: TableToScore,
    threshold: ThresholdChanges,
    reading: ReadingSettings,
    rows: Annotated[
        str | None,
        typer.Option(metavar="INTEGER,...", help="Rows to explain, from 0, anomalous or not. [default: the anomalous]"),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(metavar="INTEGER", min=1, help="Explain at most so many rows. [default: 10; all of --rows]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why rows are anomalous: which columns, by how much, and what was expected.

    One sentence a row, the most anomalous row first, those of --rows in the order given; a table of one row is
    explained, anomalous or not. With --json also what every column contributes to the score, what it holds and what was
    expected of it, and as left_out how many rows --most left out.

    \b
    Examples:
      offbeat explain pumps.offbeat new.csv
      offbeat explain pumps.offbeat new.csv --rows 3,17 --json
    """
    asked = None if rows is None else _row_numbers(rows)
    opened, read = open_both(detector, table, reading, threshold)
    found = opened.detect(read)
    if asked is not None:
        read.take(asked)  # says which row there is not
    from offbeat.detector.explaining import rows_to_explain

    wanted = rows_to_explain(found, len(found.scores)) if asked is None else asked
    explanations = found.explain(wanted[: MOST_EXPLAINED if most is None and asked is None else most])
    left_out = len(wanted) - len(explanations)
    if as_json:
        told = [explanation.to_dict() for explanation in explanations]
        answer = {"rows": len(found.scores), "threshold": found.threshold_record, "explanations": told}
        print_json(answer | {"left_out": left_out})
    elif explanations:
        say("\n\n".join(explanation.sentence for explanation in explanations))
        if left_out:
            say(f"\n... and {left_out:,} more: --most {len(wanted)} explains them all.")
        if found.table_note:
            say(f"\n{found.table_note}")
    else:
        highest = ",".join(str(row) for row in found.ranking[:2])
        say(
            f"None of the {len(found.scores):,} rows of {read.source} is anomalous. "
            f"--rows {highest} explains those that score highest."
        )
        if found.note:
            say(found.note)


def _row_numbers(text: str) -> list[int]:
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise SettingsError(f"--rows {text}: row numbers with commas between them were expected, as in 3,5.") from None
