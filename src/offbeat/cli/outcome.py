"""How the outcome of a job is told: as a JSON object, or as a short ranked table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from offbeat.cli.baselines import print_baselines
from offbeat.cli.job import Outcome
from offbeat.cli.saying import say
from offbeat.cli.tables import print_table

MOST_LISTED: Final = 10


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain values: `Detections.to_dict`, seconds, and the files written.

    Where the test rows are part of a larger table, each anomaly's "source_row" is its number there; where it is known
    what the rows are, its "kind" says so.
    """
    record, known = outcome.found.to_dict(), outcome.provenance
    for anomaly in record["anomalies"]:
        if known.source_rows is not None:
            anomaly["source_row"] = int(known.source_rows[anomaly["row"]])
        if known.kinds is not None:
            anomaly["kind"] = known.kinds[anomaly["row"]]
    report = None if outcome.report is None else str(outcome.report)
    if outcome.found.label_note:
        record["label_note"] = outcome.found.label_note
    return {**record, "seconds": outcome.seconds, "detector": str(outcome.detector), "report": report}


def print_outcome(outcome: Outcome) -> None:
    """Print what was found, most anomalous row first, and where the files are."""
    from offbeat.detector.describe import columns_in_words  # imports JAX: not before a wrong name is told

    found = outcome.found
    say(_headline(outcome))
    if len(found):
        say()
        print_table(*_ranked(outcome))
        if len(found) > MOST_LISTED:
            say(f"  ... and {len(found) - MOST_LISTED:,} more.")
    if missed := _missed(outcome):
        say(f"\nNot found: {', '.join(missed)}.")
    say(f"\n{found.detector.threshold.describe()}")
    for line in columns_in_words(found.detector):
        say(line)
    if found.note:
        say(found.note)
    if found.label_note:
        say(found.label_note)
    if found.metrics is not None:
        say(f"\nAgainst the labels: {found.metrics.to_text()}")
    if found.baselines:
        say()
        print_baselines(found)
    say(f"\nDetector: {outcome.detector}")
    if outcome.report is not None:
        say(f"Report:   {outcome.report}")
    say(f"Time:     {_times(outcome.seconds)}")


def _headline(outcome: Outcome) -> str:
    found = outcome.found
    part = "rows of" if outcome.provenance.source_rows is None else "rows set aside from"
    of_all = f"of the {len(found.scores):,} {part} {found.table.source}"
    if len(found):
        return f"{len(found):,} {of_all} {'is' if len(found) == 1 else 'are'} anomalous:"
    top = int(found.ranking[0])
    return f"None {of_all} is anomalous; the highest score is {found.scores[top]:.4g}, of row {top}."


def _missed(outcome: Outcome) -> list[str]:
    """What is bad and was not flagged, where it is known what the rows are."""
    kinds = outcome.provenance.kinds or ()
    flags = outcome.found.flags
    return [f"{kind} (row {row})" for row, kind in enumerate(kinds) if kind != "normal" and not flags[row]]


def _ranked(outcome: Outcome) -> tuple[list[str], list[list[str]]]:
    """Headings and cells of the ranked table."""
    found, source_rows, kinds = outcome.found, outcome.provenance.source_rows, outcome.provenance.kinds
    headings = ["row", "score", "p-value", "most from"]
    rows = [_cells(anomaly) for anomaly in found.anomalies(most=MOST_LISTED)]
    if source_rows is not None:
        headings.insert(1, f"row in {found.table.source}")
        for cells in rows:
            cells.insert(1, str(source_rows[int(cells[0])]))
    if kinds is not None:
        headings.insert(1, "kind")
        for cells in rows:
            cells.insert(1, kinds[int(cells[0])])
    return headings, rows


def _cells(anomaly: Mapping[str, Any]) -> list[str]:
    most = ", ".join(f"{top['column']} {top['share']:.0%}" for top in anomaly["top"])
    return [str(anomaly["row"]), f"{anomaly['score']:.4g}", f"{anomaly['p_value']:.2g}", most]


def _times(seconds: Mapping[str, float]) -> str:
    steps = ", ".join(f"{name} {spent:.2f} s" for name, spent in seconds.items() if name != "total")
    return f"{steps}; {seconds['total']:.2f} s in all"
