"""What speaks against how the training table was taken, rows for normal and columns for categories, unasked."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from offbeat.data.spelled_amounts import words_in_doubt
from offbeat.detector.detector import Detector
from offbeat.scoring.fit import shares_of
from offbeat.thresholds.rule import Decision
from offbeat.thresholds.threshold import Threshold

CONTAMINATION_FOUND = (
    "Some training rows seem to be anomalies, so the score is the distance to the nearest twentieth of the training "
    "rows alone; with contamination='none' (--contamination none) they count as normal, and with 'unknown' the "
    "threshold allows for them as well."
)
CONTAMINATION_SUSPECTED = (
    "Some training rows may be anomalies, so {:.0f} % of the score's weight is the distance to the nearest twentieth "
    "of the training rows; with contamination='none' (--contamination none) they count as normal, and with 'unknown' "
    "the threshold allows for them as well."
)
NONE_STANDS_OUT = (
    "{:,} of these rows score above the cut-off for a single row, {:.4g}, where about {:,.0f} of as many normal rows "
    "would; threshold='quantile:0.99' (--threshold quantile:0.99) flags what one normal row in 100 reaches."
)
CHANCE = 2.0
"""So many standard deviations above the number that is usual, a number of rows is told."""
OUTLYING = (
    "{:.2g} % of the rows that set the threshold score far above all others, and count as normal. If they are "
    "anomalies, {}."
)
STATE_SHARE = "say contamination={:.2g} (--contamination {:.2g})"
LEAVE_OUT = "leave them out of the table that sets the threshold"
# Of 20 public sets, clean or contaminated, none came to more than 2.1 %, nor do rows with heavy tails (Student's t, 3
# degrees of freedom); a twentieth of scattered anomalies comes to 5 %.
MANY_OUTLYING = 0.03
FEWEST_OUTLYING = 2
FEWEST_ROWS = 40
"""Of so many rows with such tails (30 columns), two lie far above all others in 1 of 40 draws at most."""


def doubt_about_normal_rows(detector: Detector) -> str:
    """One sentence, or nothing where nothing speaks against it."""
    if (detector.settings.contamination, detector.resolved.contamination) == ("auto", "unknown"):
        return CONTAMINATION_FOUND
    return outlying_rows(detector) or (suspected_contamination(detector) if _weight_for_crowds(detector) > 0.5 else "")


def suspected_contamination(detector: Detector) -> str:
    """What to say where crowds were found among the training rows that are not sure to be anomalies; else nothing."""
    weight = _weight_for_crowds(detector)
    return CONTAMINATION_SUSPECTED.format(100 * weight) if weight else ""


def _weight_for_crowds(detector: Detector) -> float:
    """The weight of the neighbourhood in a score that leans on it because of crowds; 0 where none does."""
    usual, shares = shares_of("combined"), detector.scorer.exponents
    if detector.resolved.score != "combined" or len(shares) != len(usual):
        return 0.0
    return shares[-1] if shares[-1] > usual[-1] else 0.0


def outlying_rows(detector: Detector) -> str:
    """What to say of rows that set the threshold and look like obvious anomalies; nothing where there are few."""
    calibration = detector.threshold.calibration
    share = calibration.outlying_share
    few = share < max(MANY_OUTLYING, FEWEST_OUTLYING / max(calibration.rows, 1))
    if detector.settings.contamination != "auto" or calibration.rows < FEWEST_ROWS or few:
        return ""
    of_the_fit = not (detector.facts.origin or detector.facts.recalibrated)
    return OUTLYING.format(100 * share, STATE_SHARE.format(share, share) if of_the_fit else LEAVE_OUT)


def none_stands_out(threshold: Threshold, scores: Float[np.ndarray, "rows"], decision: Decision) -> str:
    """Where no row of several is flagged, how many lie above the cut-off for a single row; nothing where few do.

    Args:
        threshold: The detector's.
        scores: Of the rows.
        decision: What the threshold made of them.
    """
    if decision.flags.any() or len(scores) < 2 or decision.value <= threshold.value:
        return ""
    above, usual = int((scores > threshold.value).sum()), threshold.fdr * len(scores)
    if above <= usual + CHANCE * usual**0.5:
        return ""
    return NONE_STANDS_OUT.format(above, threshold.value, usual)


def doubt_about_categories(detector: Detector) -> str:
    """One sentence on categories that seem to be amounts, but for those that were asked for; nothing without any."""
    asked, names = {str(column) for column in detector.settings.categorical}, detector.schema.all_names
    places = {name: {name, str(place), str(place - len(names))} for place, name in enumerate(names)}
    columns = [column for column in detector.preprocessor.categorical if not places[column.name] & asked]
    levels = {column.name: column.known.levels for column in columns}
    return words_in_doubt(levels, "," if detector.facts.decimal_commas else ".")
