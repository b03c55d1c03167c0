"""The HTML report of what was found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from offbeat.detector.describe import SCORES_IN_WORDS, inspect
from offbeat.detector.detections import Detections
from offbeat.detector.pictures import (
    draw_column_shares,
    draw_curves,
    draw_loss,
    draw_ranking,
    draw_reconstructions,
    draw_score_histogram,
)

if TYPE_CHECKING:
    from offbeat.plotting.report_content import Picture

MOST_LISTED = 100
MOST_DRAWN_ROWS = 3
# Beyond this many columns a bar for each says less than the sentences do.
MOST_COLUMNS_FOR_SHARES = 40


def write_detections(
    found: Detections, path: str | os.PathLike[str], *, seconds: Mapping[str, float] | None = None
) -> Path:
    """Write one self-contained HTML file: facts, pictures, the ranked anomalies with their reasons, metrics, settings.

    Args:
        found: What to report.
        path: Where to write.
        seconds: How long each step took, for the facts.
    """
    from offbeat.plotting import ReportContent, ReportedAnomaly, write_report

    listed = found.rows[:MOST_LISTED]
    explained = found.explain(listed)
    facts = inspect(found.detector)
    anomalies = [
        ReportedAnomaly(row=why.row, score=why.score, p_value=why.p_value, top=why.top(), sentence=why.sentence)
        for why in explained
    ]
    content = ReportContent(
        title=found.table.source,
        rows=len(found.scores),
        columns=len(facts["columns"]),
        flagged=len(found),
        network=_network_in_words(facts),
        threshold_rule=facts["threshold"]["rule"],
        threshold_value=found.threshold,
        threshold_note=f"{facts['threshold']['description']} {found.note}".strip(),
        seconds=dict(seconds or {}),
        anomalies=anomalies,
        pictures=list(_pictures(found)),
        settings=facts["settings"],
        metrics=None if found.metrics is None else found.metrics.to_dict(),
        further_facts={
            **(
                {"Origin": facts["origin"]}
                if facts["origin"]
                else {"Trained on": f"{facts['trained_on']:,} rows of {facts['source']}"}
            ),
            "Score": SCORES_IN_WORDS[facts["score"]],
        },
    )
    write_report(path, content)
    return Path(path)


def _network_in_words(facts: dict[str, object]) -> str:
    network = facts["network"]
    assert isinstance(network, dict)
    units = "-".join(str(layer["units"]) for layer in network["layers"])
    return f"{network['kind']}, {facts['features']}-{units}, {network['parameters']:,} parameters"


def _pictures(found: Detections) -> Iterator[Picture]:
    from offbeat.plotting import Picture

    def picture(figure: object, caption: str, alternative: str) -> Picture:
        return Picture(figure, caption, alternative)  # type: ignore[arg-type]

    drawn = found.rows[:MOST_DRAWN_ROWS]
    count = f"{len(found)} of {len(found.scores)} rows are above the threshold"
    if found.detector.facts.curves:
        yield picture(
            draw_curves(found), "The rows that fit, and over them the most anomalous ones.", f"Curves; {count}."
        )
        shown = _with_an_ordinary_row(found, drawn)
        yield picture(
            draw_reconstructions(found, shown),
            "What came in, what the network expected, and the difference filled; the last panel is an ordinary row.",
            "Input and reconstruction of the most anomalous rows and of one ordinary row.",
        )
    else:
        yield picture(draw_ranking(found), "Every row's score, the highest first.", f"Ranked scores; {count}.")
        if len(drawn) and len(found.detector.preprocessor.columns) <= MOST_COLUMNS_FOR_SHARES:
            yield picture(
                draw_column_shares(found, drawn),
                "Which columns made these rows anomalous, with the value that was expected.",
                "Bars of each column's share of the score.",
            )
    yield picture(draw_score_histogram(found), "How the scores lie about the threshold.", f"Histogram; {count}.")
    if found.labels is not None and 0 < found.labels.sum() < len(found.labels):
        yield _evaluation(found)
    if found.detector.history.loss:
        yield picture(draw_loss(found.detector), "The loss of every epoch.", "Loss by epoch.")


def _evaluation(found: Detections) -> Picture:
    from offbeat.plotting import Picture, draw_evaluation

    labels = found.labels
    assert labels is not None
    figure = draw_evaluation(found.scores, found.threshold, labels)
    return Picture(figure, "How the ranking and the flags agree with the labels.", "ROC curve, precision and recall.")


def _with_an_ordinary_row(found: Detections, drawn: np.ndarray) -> np.ndarray:
    """The drawn rows, and behind them the unflagged row of median score, for comparison."""
    ordinary = found.ranking[~found.flags[found.ranking]]
    return np.append(drawn, ordinary[len(ordinary) // 2]) if len(ordinary) else drawn
