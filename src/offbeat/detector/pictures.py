"""The pictures of what was found, from the detector's own values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from offbeat.detector.detections import Detections
from offbeat.explanation.contributions import shares

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from offbeat.detector.detector import Detector

# A picture needs no more normal curves than the eye can take in; the median and band of these are those of all.
MOST_NORMAL_CURVES = 2000
SCORE_NAMES = {
    "squared": "mean squared error (scaled)",
    "absolute": "mean absolute error (scaled)",
    "huber": "mean Huber error (scaled)",
    "whitened": "whitened error",
    "neighbours": "squared distance to nearest training rows",
    "combined": "anomaly score (1 = median of normal rows)",
}


def main_picture(found: Detections, most: int) -> Figure:
    """Curves with the anomalous ones drawn over them; for other rows the ranked scores."""
    return draw_curves(found, most) if found.detector.facts.curves else draw_ranking(found)


def draw_loss(detector: Detector) -> Figure:
    """Training and validation loss of every epoch."""
    from offbeat.plotting import draw_history

    history = detector.history
    validation = np.asarray(history.validation_loss) if history.validation_loss else None
    best = history.best_epoch if detector.settings.patience else 0
    return draw_history(np.asarray(history.loss), validation, best_epoch=best, loss=f"{detector.settings.loss} error")


def draw_curves(found: Detections, most: int = 5) -> Figure:
    """The curves that were not flagged, and the most anomalous ones over them."""
    from offbeat.plotting import draw_curves as draw

    normal = np.flatnonzero(~found.flags)[:MOST_NORMAL_CURVES]
    return draw(_values(found, normal), _values(found, found.rows[:most]), found.rows.tolist(), most=most)


def draw_ranking(found: Detections) -> Figure:
    """Every row's score in order, with the threshold."""
    from offbeat.plotting import draw_ranked_scores

    return draw_ranked_scores(found.scores, found.threshold, score_name=score_name(found))


def draw_score_histogram(found: Detections) -> Figure:
    """Histogram of the scores, by class where the truth is known, with the threshold."""
    from offbeat.plotting import draw_scores

    return draw_scores(found.scores, found.threshold, anomalous=found.labels, score_name=score_name(found))


def draw_reconstructions(found: Detections, rows: np.ndarray) -> Figure:
    """Input, reconstruction and error of some rows, in the columns' own units."""
    from offbeat.plotting import draw_reconstruction

    expected = np.stack(list(found.expected(rows).values()), axis=1).astype(np.float64)
    return draw_reconstruction(_values(found, rows), expected, rows.tolist(), scores=found.scores[rows])


def draw_column_shares(found: Detections, rows: np.ndarray) -> Figure:
    """How much each column contributes to the score of some rows, with observed and expected values."""
    from offbeat.plotting import draw_contributions

    names = list(found.detector.preprocessor.columns)
    observed, expected = found.observed(rows), found.expected(rows)
    return draw_contributions(
        shares(found.contributions(rows)),
        names,
        rows.tolist(),
        observed=[[_shown(observed[name][index]) for name in names] for index in range(len(rows))],
        expected=[[_shown(expected[name][index]) for name in names] for index in range(len(rows))],
        scores=found.scores[rows],
    )


def score_name(found: Detections) -> str:
    """What the score measures, for an axis."""
    return SCORE_NAMES[found.detector.resolved.score]


def _values(found: Detections, rows: np.ndarray) -> Float[np.ndarray, "rows columns"]:
    table = found.table.take(rows)
    return np.asarray(table.numbers(table.names), np.float64)


def _shown(value: object) -> str | float:
    if value is None:
        return "missing"
    return float(value) if isinstance(value, float | np.floating) else str(value)
