"""What can be asked of a detector about a table: each verb gives a record, and the same as a table where it is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from offbeat.data.table import Table
from offbeat.detector.detections import Detections, detect_labelled
from offbeat.detector.detector import Detector
from offbeat.detector.explaining import rows_to_explain
from offbeat.server.query import count, row_numbers

MOST_LISTED = 1000
"""Anomalies that `detect` tells unless asked for more; each takes a look at what its columns contribute."""
MOST_EXPLAINED = 100
LARGEST_MOST = 10_000
"""How many may be asked for: an explanation takes a millisecond, and others wait."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a verb found.

    Attributes:
        found: Scores and flags of the rows.
        record: Plain values, for JSON.
        frame: Makes the same as a table, which takes a tenth of the time of a request; None where it is none.
    """

    found: Detections
    record: dict[str, Any]
    frame: Callable[[], pl.DataFrame] | None = None


Words = Mapping[str, str]


def score_rows(detector: Detector, table: Table, words: Words) -> Answer:
    """Score, p-value and flag of every row, in the order of the table."""
    return tell_scores(replace(detector.detect(table), labels=None))


def tell_scores(found: Detections) -> Answer:
    """What `score` answers, from what was found."""
    record = {
        "rows": len(found.scores),
        "scores": found.scores,
        "p_values": found.p_values,
        "flags": found.flags,
        "threshold": found.threshold_record,
    }
    return Answer(found, record, found.to_frame)


def detect_rows(detector: Detector, table: Table, words: Words) -> Answer:
    """The anomalous rows, the most anomalous first, and the columns that make them so."""
    found = replace(detector.detect(table), labels=None)
    most = count(words, "most", MOST_LISTED, most=LARGEST_MOST)
    return Answer(found, found.to_dict(most=most), lambda: found.to_frame()[found.rows[:most]])


def explain_rows(detector: Detector, table: Table, words: Words) -> Answer:
    """Why rows are anomalous: contributions, what was expected, one sentence each."""
    asked, most = row_numbers(words, table.height), count(words, "most", MOST_EXPLAINED, most=LARGEST_MOST)
    found = detector.detect(table)
    wanted = rows_to_explain(found, len(found.scores)) if asked is None else np.array(asked, np.int64)
    explanations = found.explain(wanted[:most])
    told = [explanation.to_dict() for explanation in explanations]
    answer: dict[str, Any] = {"rows": len(found.scores), "threshold": found.threshold_record, "explanations": told}
    answer["left_out"] = len(wanted) - len(told)
    return Answer(found, answer, lambda: _sentences(told))


def _sentences(told: list[dict[str, Any]]) -> pl.DataFrame:
    columns = {"row": pl.Int64, "score": pl.Float64, "p_value": pl.Float64, "sentence": pl.String}
    return pl.DataFrame([{name: row[name] for name in columns} for row in told], schema=columns)


def evaluate_rows(detector: Detector, table: Table, words: Words) -> Answer:
    """Metrics of the flags and scores against the labels in the table."""
    found, metrics = detect_labelled(detector, table, label=words.get("label"), normal=words.get("normal"))
    return Answer(found, {"rows": len(found.scores), "threshold": found.threshold_record, "metrics": metrics.to_dict()})


@dataclass(frozen=True)
class Verb:
    """One thing to ask.

    Attributes:
        ask: Does it.
        parameters: The names that it knows behind the question mark, and what each means.
        only_record: Whether what it finds is no table.
        tell: Does it from what was found, where that is all it needs: its requests can then share a call.
    """

    ask: Callable[[Detector, Table, Words], Answer]
    parameters: Mapping[str, str]
    only_record: bool = False
    tell: Callable[[Detections], Answer] | None = None


VERBS = {
    "score": Verb(score_rows, {}, tell=tell_scores),
    "detect": Verb(detect_rows, {"most": f"List at most so many anomalies ({MOST_LISTED})."}),
    "explain": Verb(
        explain_rows,
        {
            "rows": "Rows to explain, from 0, with commas between them; else the anomalous ones, or the only one.",
            "most": f"Explain at most so many rows ({MOST_EXPLAINED}).",
        },
    ),
    "evaluate": Verb(
        evaluate_rows,
        {
            "label": "Column with the truth, a name or an index; that of the fit unless given.",
            "normal": "The label's value for normal rows; that of the fit unless given.",
        },
        only_record=True,
    ),
}
"""From the last word of an address to what it asks."""
