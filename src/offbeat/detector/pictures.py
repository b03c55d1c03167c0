"""The pictures of what was found, as drawings: with all values that are drawn, and nothing drawn yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from offbeat.detector.describe import as_wide
from offbeat.detector.detections import Detections, contributions_and_expected
from offbeat.detector.explaining import cells_as_told
from offbeat.explanation.cells import Cell
from offbeat.explanation.contributions import shares
from offbeat.plotting.drawing import Drawing
from offbeat.training.stopping import watches

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector

# A picture needs no more normal curves than the eye can take in; the median and band of these are those of all.
MOST_NORMAL_CURVES = 2000
# Shorter than what sentences say, to fit along an axis.
TWENTIETH = "nearest 5 % of training rows"
SCORE_NAMES = {
    "squared": "mean squared error (scaled)",
    "absolute": "mean absolute error (scaled)",
    "huber": "mean Huber error (scaled)",
    "whitened": "whitened error",
    "mahalanobis": "Mahalanobis error",
    "neighbours": "squared distance to nearest training rows",
    "aligned-neighbours": "squared distance to nearest curves, aligned",
    "svdd": "squared distance to the mean latent code",
    "neighbourhood": f"squared distance to {TWENTIETH}",
    "combined": "anomaly score",
}


def main_drawing(found: Detections, most: int) -> Drawing:
    """Curves with the anomalous ones drawn over them; for other rows the ranked scores."""
    return drawing_of_curves(found, most) if found.detector.facts.curves else drawing_of_ranking(found)


def drawing_of_loss(detector: Detector) -> Drawing:
    """Training and validation loss of every epoch."""
    history = detector.history
    losses = {
        "training": np.asarray(history.loss),
        "validation": np.asarray(history.validation_loss) if history.validation_loss else None,
    }
    best = history.best_epoch if watches(detector.resolved) else 0
    return Drawing("draw_history", {**losses, "best_epoch": best, "loss": f"{detector.resolved.loss} error"})


def drawing_of_curves(found: Detections, most: int = 5) -> Drawing:
    """The curves that were not flagged, and the most anomalous ones over them."""
    normal = np.flatnonzero(~found.flags)
    drawn = normal[np.linspace(0, len(normal) - 1, min(len(normal), MOST_NORMAL_CURVES)).astype(np.int64)]
    curves = {"normal": _values(found, drawn), "anomalous": _values(found, found.rows[:most])}
    facts = {"anomalous_rows": found.rows.tolist(), "normal_count": len(normal), "most": most}
    names = {} if found.labels is None else {"names": ("not flagged", "flagged")}
    return Drawing("draw_curves", curves | facts | names)


def drawing_of_ranking(found: Detections) -> Drawing:
    """Every row's score in order, with the threshold."""
    facts = {"threshold": found.threshold, "score_name": score_name(found)}
    return Drawing("draw_ranked_scores", {"scores": found.scores, **facts})


def drawing_of_histogram(found: Detections) -> Drawing:
    """Histogram of the scores, by class where the truth is known, with the threshold."""
    facts = {"threshold": found.threshold, "score_name": score_name(found)}
    return Drawing("draw_scores", {"scores": found.scores, "anomalous": found.labels, **facts})


def drawing_of_evaluation(found: Detections) -> Drawing:
    """How the ranking and the flags agree with the labels."""
    return Drawing("draw_evaluation", {"scores": found.scores, "threshold": found.threshold, "anomalous": found.labels})


def drawing_of_reconstructions(found: Detections, rows: np.ndarray) -> Drawing:
    """Input, reconstruction and error of some rows, in the columns' own units."""
    # Not what is expected, which may be the mean of other curves; no rows are no table to be read.
    made = found.detector.reconstruct(found.table.take(rows)) if len(rows) else found.observed(rows)
    curves = {
        "inputs": _values(found, rows),
        "reconstructions": np.stack(list(made.values()), axis=1).astype(np.float64),
    }
    return Drawing("draw_reconstruction", {**curves, "rows": rows.tolist(), "scores": found.scores[rows]})


def drawing_of_shares(found: Detections, rows: np.ndarray) -> Drawing:
    """How much each column contributes to the score of some rows, with observed and expected values."""
    names = list(found.detector.preprocessor.columns)
    contributions, expected = contributions_and_expected(found, rows)
    values = {"observed": found.observed(rows), "expected": expected}
    told = {which: cells_as_told(found, columns) for which, columns in values.items()}
    cells = {which: [[_shown(row[name]) for name in names] for row in of_rows] for which, of_rows in told.items()}
    facts = {"columns": names, "rows": rows.tolist(), "scores": found.scores[rows]}
    return Drawing("draw_contributions", {"shares": shares(contributions), **facts, **cells})


def score_name(found: Detections) -> str:
    """What the score measures, for an axis; what has no unit of its own is compared with normal rows."""
    score, normal = found.detector.resolved.score, found.detector.threshold.calibration.scores
    # Not "1 = the median": of rows that are mostly equal, as those of few categories, the median is near 0.
    compared = f" (median of normal rows: {np.median(normal):.2g})" if score == "combined" and len(normal) else ""
    return as_wide(found.detector, SCORE_NAMES[score], TWENTIETH) + compared


def _values(found: Detections, rows: np.ndarray) -> Float[np.ndarray, "rows columns"]:
    table = found.table.take(rows)
    return np.asarray(table.numbers(table.names), np.float64)


def _shown(cell: Cell) -> str | float:
    return "missing" if cell is None else cell
