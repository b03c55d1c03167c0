"""What speaks against taking all rows that a detector was fitted on for normal ones, where the user said nothing."""

from __future__ import annotations

from offbeat.detector.detector import Detector

CONTAMINATION_FOUND = (
    "Some training rows seem to be anomalies; with contamination='unknown' (--contamination unknown) the threshold "
    "allows for them, and with contamination='none' they count as normal."
)
OUTLYING = (
    "{:.2g} % of the rows that set the threshold score far above all others, and count as normal. If they are "
    "anomalies, say contamination={:.2g} (--contamination {:.2g})."
)
# Of 20 public sets, clean or contaminated, none came to more than 2.1 %, nor do rows with heavy tails (Student's t, 3
# degrees of freedom); a twentieth of scattered anomalies comes to 5 %.
MANY_OUTLYING = 0.03
FEWEST_ROWS = 100


def doubt_about_normal_rows(detector: Detector) -> str:
    """One sentence, or nothing where nothing speaks against it."""
    if (detector.settings.contamination, detector.resolved.contamination) == ("auto", "unknown"):
        return CONTAMINATION_FOUND
    return outlying_rows(detector)


def outlying_rows(detector: Detector) -> str:
    """What to say of rows that set the threshold and look like obvious anomalies; nothing where there are few."""
    calibration = detector.threshold.calibration
    share = calibration.outlying_share
    if detector.settings.contamination != "auto" or calibration.rows < FEWEST_ROWS or share < MANY_OUTLYING:
        return ""
    return OUTLYING.format(100 * share, share, share)
