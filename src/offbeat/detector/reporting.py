"""The HTML report of what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from offbeat.detector.describe import columns_in_words, inspect, score_in_words
from offbeat.detector.detections import Detections
from offbeat.detector.pictures import (
    drawing_of_curves,
    drawing_of_evaluation,
    drawing_of_histogram,
    drawing_of_loss,
    drawing_of_ranking,
    drawing_of_reconstructions,
    drawing_of_shares,
)
from offbeat.detector.provenance import Provenance
from offbeat.plotting.drawing import Drawing, Painter
from offbeat.plotting.gaps import can_be_reached

if TYPE_CHECKING:
    from offbeat.plotting.report_content import ReportContent

MOST_LISTED = 100
MOST_DRAWN_ROWS = 3
# Beyond this many columns a bar for each says less than the sentences do.
MOST_COLUMNS_FOR_SHARES = 40


class _Sketch(NamedTuple):
    """A picture of the report before it is drawn."""

    drawing: Drawing
    caption: str
    alternative: str


def write_detections(
    found: Detections, path: Path, seconds: Mapping[str, float], painter: Painter, provenance: Provenance
) -> Path:
    """Write one self-contained HTML file: facts, pictures, the ranked anomalies with their reasons, metrics, settings.

    Args:
        found: What to report.
        path: Where to write.
        seconds: How long each step took, for the facts.
        painter: Draws the pictures, while the anomalies are explained here.
        provenance: Where the rows came from.
    """
    from offbeat.plotting import Picture, write_report

    provenance.require(len(found.scores))
    sketches = list(_sketches(found))
    with ThreadPoolExecutor(1) as pool:
        drawn = pool.submit(painter, [sketch.drawing for sketch in sketches])
        content = _content(found, seconds, provenance)
    pictures = [
        Picture(png, sketch.caption, sketch.alternative) for png, sketch in zip(drawn.result(), sketches, strict=True)
    ]
    write_report(path, replace(content, pictures=pictures))
    return path


def _content(found: Detections, seconds: Mapping[str, float], provenance: Provenance) -> ReportContent:
    """All that the report says, but for the pictures."""
    from offbeat.plotting import ReportContent, ReportedAnomaly

    facts, source_rows, kinds = inspect(found.detector), provenance.source_rows, provenance.kinds
    trained = {"Trained on": f"{facts['trained_on']:,} rows of {facts['source']}"}
    anomalies = [
        ReportedAnomaly(
            row=why.row,
            score=why.score,
            p_value=why.p_value,
            top=why.top(),
            sentence=why.sentence,
            source_row=None if source_rows is None else int(source_rows[why.row]),
            kind="" if kinds is None else kinds[why.row],
        )
        for why in found.explain(found.rows[:MOST_LISTED])
    ]
    return ReportContent(
        title=found.table.source,
        rows=len(found.scores),
        columns=len(facts["columns"]),
        flagged=len(found),
        network=_network_in_words(facts),
        threshold_rule=facts["threshold"]["rule"],
        threshold_value=found.threshold,
        threshold_note=f"{facts['threshold']['description']} {found.note}".strip(),
        seconds=dict(seconds),
        anomalies=anomalies,
        settings={**facts["settings"], **provenance.settings},
        metrics=None if found.metrics is None else found.metrics.to_dict(),
        label_note=" ".join(filter(None, [found.label_note, found.metrics.undefined if found.metrics else ""])),
        baselines=[asdict(baseline) for baseline in found.baselines],
        further_facts={
            **({"Origin": facts["origin"]} if facts["origin"] else trained),
            **({"About the columns": " ".join(told)} if (told := columns_in_words(found.detector)) else {}),
            "Score": score_in_words(found.detector),
        },
    )


def _network_in_words(facts: dict[str, object]) -> str:
    network = facts["network"]
    assert isinstance(network, dict)
    units = "-".join(str(layer["units"]) for layer in network["layers"])
    return f"{network['kind']}, {facts['features']}-{units}, {network['parameters']:,} parameters"


def _sketches(found: Detections) -> Iterator[_Sketch]:
    drawn = found.rows[:MOST_DRAWN_ROWS]
    is_set = can_be_reached(found.threshold)
    count = f"{len(found)} of {len(found.scores)} rows are {'above the threshold' if is_set else 'flagged'}"
    if found.detector.facts.curves:
        above = ", and over them the most anomalous ones" if len(found) else ""
        yield _Sketch(drawing_of_curves(found), f"The rows that fit{above}.", f"Curves; {count}.")
        yield _sketch_of_reconstructions(found, drawn)
    else:
        yield _Sketch(
            drawing_of_ranking(found), "Every row's score, the highest at the right.", f"Ranked scores; {count}."
        )
        if len(drawn) and len(found.detector.preprocessor.columns) <= MOST_COLUMNS_FOR_SHARES:
            yield _Sketch(
                drawing_of_shares(found, drawn),
                "Which columns made these rows anomalous, with the value that was expected.",
                "Bars of each column's share of the score.",
            )
    about = " about the threshold" if is_set else ""
    yield _Sketch(drawing_of_histogram(found), f"How the scores lie{about}.", f"Histogram; {count}.")
    if found.labels is not None and 0 < found.labels.sum() < len(found.labels):
        yield _Sketch(
            drawing_of_evaluation(found),
            "How the ranking and the flags agree with the labels.",
            "ROC curve, precision and recall.",
        )
    if found.detector.history.loss:
        yield _Sketch(drawing_of_loss(found.detector), "The loss of every epoch.", "Loss by epoch.")


def _sketch_of_reconstructions(found: Detections, drawn: np.ndarray) -> _Sketch:
    """The drawn rows, and behind them the unflagged row of median score, if there is one, for comparison."""
    unflagged = found.ranking[~found.flags[found.ranking]]
    ordinary = unflagged[len(unflagged) // 2 :][:1]
    shown = (["the most anomalous rows"] if len(drawn) else []) + (["one ordinary row"] if len(ordinary) else [])
    note = "; the last panel is an ordinary row" if len(shown) == 2 else "; all rows are flagged" if len(drawn) else ""
    return _Sketch(
        drawing_of_reconstructions(found, np.append(drawn, ordinary)),
        f"What came in, what the network made of it, and the difference filled{note}.",
        f"Input and reconstruction of {' and of '.join(shown) or 'no row'}.",
    )
