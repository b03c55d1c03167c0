"""Which rows of the training table do what: learn, measure the loss of an epoch, set the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from offbeat.detector.config import Settings
from offbeat.errors import DataError, SettingsError
from offbeat.preprocessing.reference import MOST_REFERENCE_ROWS
from offbeat.randomness import Purpose, host_randomness
from offbeat.thresholds.labelled import BestF
from offbeat.thresholds.moments import MeanPlusStd
from offbeat.thresholds.rules import parse_rule

# With fewer rows than this a held-out share would be too small to set a threshold and too much to lose for training:
# every row is then scored by a network that was trained without it.
FEWEST_ROWS_TO_HOLD_OUT = 300
MOST_CALIBRATION_ROWS = 10_000
"""Of the default share: more of them tell little that these do not, and are lost for training."""


@dataclass(frozen=True)
class Roles:
    """Row numbers by role; no row has two.

    Attributes:
        train: Learned from.
        validation: Only the loss of each epoch is measured on these.
        calibration: Held out for the threshold; empty when it is set by folds or on the training rows.
        anomalous: Labelled anomalous; only a threshold that separates two classes looks at these.
        in_folds: Whether the threshold is set by holding out parts of the training rows, one after another.
    """

    train: Int[np.ndarray, "train"]
    validation: Int[np.ndarray, "validation"]
    calibration: Int[np.ndarray, "calibration"]
    anomalous: Int[np.ndarray, "anomalous"]
    in_folds: bool = False

    @property
    def known_normal(self) -> Int[np.ndarray, "known"]:
        """Training and calibration rows: near which a new row is taken for normal."""
        return np.concatenate([self.train, self.calibration])

    @property
    def normal(self) -> Int[np.ndarray, "normal"]:
        """All rows but anomalous ones."""
        return np.concatenate([self.known_normal, self.validation])


def assign_roles(
    normal: Int[np.ndarray, "normal"], anomalous: Int[np.ndarray, "anomalous"], settings: Settings
) -> Roles:
    """Share the normal rows out by the seed.

    Args:
        normal: Numbers of the rows to learn from.
        anomalous: Numbers of the rows labelled otherwise.
        settings: Those of the fit.

    Raises:
        DataError: No row is left to train on.
        SettingsError: The threshold needs anomalous rows and there are none.
    """
    if len(normal) == 0:
        raise DataError("There is no row to train on.")
    if separates_classes(settings) and len(anomalous) == 0:
        raise SettingsError(
            f"The threshold '{settings.threshold}' separates normal from anomalous rows, and no row is known to be "
            "anomalous. Say label=... and normal=... (--label, --normal), or set it later on labelled rows: "
            f"detector.with_threshold('{settings.threshold}', table=..., label=..., normal=...)."
        )
    validation, rest = _cut(normal, settings.validation, settings.seed, Purpose.VALIDATION_ROWS)
    nobody = normal[:0]
    if settings.calibration == 0 or _is_over_training_scores(settings) or len(rest) < 2:
        return Roles(rest, validation, nobody, anomalous)
    if len(rest) < FEWEST_ROWS_TO_HOLD_OUT:
        return Roles(rest, validation, nobody, anomalous, in_folds=True)
    share = settings.calibration
    if share == Settings.model_fields["calibration"].default:
        share = min(share, MOST_CALIBRATION_ROWS / len(rest))
    calibration, train = _cut(rest, share, settings.seed, Purpose.CALIBRATION_ROWS)
    return Roles(train, validation, calibration, anomalous)


def separates_classes(settings: Settings) -> bool:
    """Whether the threshold is the cut-off that separates labelled rows best."""
    return isinstance(parse_rule(settings.threshold), BestF)


def compared_rows(roles: Roles, seed: int) -> Int[np.ndarray, "reference"]:
    """Normal rows that later ones are compared with, column by column: all, or as many as that needs."""
    normal = np.sort(roles.normal)
    if len(normal) <= MOST_REFERENCE_ROWS:
        return normal
    return np.sort(host_randomness(seed, Purpose.COLUMN_REFERENCE).choice(normal, MOST_REFERENCE_ROWS, replace=False))


def _is_over_training_scores(settings: Settings) -> bool:
    """Whether the user asks for mean + k std, which the Keras tutorial takes over the scores of all training rows.

    Other rules could be computed over these too, but rows that the network has seen score too low.
    """
    return isinstance(parse_rule(settings.threshold), MeanPlusStd)


def _cut(rows: np.ndarray, share: float, seed: int, purpose: Purpose) -> tuple[np.ndarray, np.ndarray]:
    """A random share of the rows (at least one row, when the share is not 0 and one can be spared), and the others."""
    size = 0 if share == 0 else min(len(rows) - 1, max(1, round(share * len(rows))))
    order = host_randomness(seed, purpose).permutation(len(rows))
    return rows[np.sort(order[:size])], rows[np.sort(order[size:])]
