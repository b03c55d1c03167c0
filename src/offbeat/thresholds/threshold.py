"""A fitted threshold: what a score means, and which rows are flagged."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from jaxtyping import Bool, Float, Float64

from offbeat.errors import DataError, DetectorFileError, SettingsError
from offbeat.thresholds.calibration import NO_CALIBRATION, Calibration, calibrate, require_finite
from offbeat.thresholds.rule import AbstractRule, Basis, Decision, Evidence
from offbeat.thresholds.rules import parse_rule
from offbeat.thresholds.settings import ThresholdSettings


@dataclass(frozen=True, eq=False, repr=False)
class Threshold:
    """Turns scores into p-values and flags. Build it with `fit_threshold`.

    Attributes:
        rule: The rule's text as the user gave it.
        value: The score above which a single row is flagged. Always finite; the largest finite number where no finite
            score can be flagged.
        fdr: The stated false discovery rate, which only some rules read.
        basis: Which scores the value comes from.
        calibration: Scores of normal rows, which p-values come from.
    """

    rule: str
    value: float
    fdr: float
    basis: Basis
    calibration: Calibration

    def __repr__(self) -> str:
        """The rule and the cut-off, without the calibration scores; `describe` says it in words."""
        value = "out of reach" if self.value == sys.float_info.max else f"score > {self.value:.6g}"
        return f"Threshold({self.rule}, {value}, {self.rows} calibration row{'' if self.rows == 1 else 's'})"

    @property
    def rows(self) -> int:
        """How many calibration rows there are."""
        return self.calibration.rows

    @property
    def held_out(self) -> bool:
        """Whether the network did not train on the calibration rows."""
        return self.calibration.held_out

    @property
    def expected_share(self) -> float:
        """The share of normal rows that score above `value`, by the calibration rows; NaN where there are none."""
        return float((self.calibration.scores > self.value).mean()) if self.rows else math.nan

    def p_values(self, scores: Float[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
        """How likely a normal row is to score at least this high, each in (0, 1].

        A row's p-value does not depend on the other rows.

        Raises:
            DataError: A score is NaN.
        """
        return self._parsed().p_values(self.calibration, scores.astype(np.float64))

    def decide(self, scores: Float[np.ndarray, "rows"]) -> Decision:
        """Flags the anomalous rows among those of one call.

        An infinite score is always flagged. Raising one score never unflags it, and the order of rows does not matter;
        with the rules that read `fdr`, other rows do.

        Raises:
            DataError: A score is NaN.
        """
        return self._parsed().decide(
            scores.astype(np.float64), value=self.value, calibration=self.calibration, fdr=self.fdr
        )

    def describe(self) -> str:
        """One sentence for people: which rows are flagged, and from how many rows that is known.

        Example:
            >>> settings = ThresholdSettings(threshold="quantile:0.9")
            >>> threshold = fit_threshold(settings, np.arange(0.0, 101.0), held_out=True)
            >>> threshold.describe().split("; ")[1]
            'the cut-off is 90, which 9.9 % of 101 held-out rows exceed.'
        """
        rule = self._parsed()
        flagged = f"Flags {rule.describe(self.basis, self.fdr)}"
        if self.value == sys.float_info.max:
            return f"{flagged}; no finite score is high enough for a single row to be flagged."
        of_one = " for a single row" if rule.selects_together else ""
        cut_off = f"{flagged}; the cut-off{of_one} is {self.value:.4g}"
        if not self.rows:
            return f"{cut_off}, and how many normal rows exceed it is not known."
        # Not "normal rows": a share of them may have been said to be anomalies.
        rows = f"{self.rows:,} {'held-out ' if self.held_out else ''}row{'s' if self.rows > 1 else ''}"
        caution = "" if self.held_out else "; the network trained on these rows too, so expect more false alarms"
        return f"{cut_off}, which {100 * self.expected_share:.3g} % of {rows} exceed{caution}."

    def to_dict(self) -> dict[str, Any]:
        """Everything but the calibration scores, as JSON values."""
        return {
            "rule": self.rule,
            "value": self.value,
            "fdr": self.fdr,
            "basis": self.basis,
            "rows": self.rows,
            "held_out": self.held_out,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any], calibration_scores: Float[np.ndarray, "calibration"]) -> Threshold:
        """Rebuilds a threshold from what `to_dict` gave and the calibration scores; trusts neither.

        Raises:
            DetectorFileError: A key is missing or unknown, a value has a wrong type or range, or the number of scores
                is not what the values say.

        Example:
            >>> threshold = fit_threshold(ThresholdSettings(), np.arange(1.0, 40.0), held_out=True)
            >>> Threshold.from_dict(threshold.to_dict(), threshold.calibration.scores).value
            38.0
        """
        _check_saved(values, calibration_scores.size)
        try:
            rule = parse_rule(values["rule"])
            calibration = _calibration(rule, calibration_scores, held_out=values["held_out"])
        except (SettingsError, DataError) as error:
            raise DetectorFileError(f"The threshold in the detector file is damaged. {error}") from error
        return cls(values["rule"], float(values["value"]), float(values["fdr"]), values["basis"], calibration)

    def _parsed(self) -> AbstractRule:
        return parse_rule(self.rule)


def fit_threshold(
    settings: ThresholdSettings,
    calibration_scores: Float[np.ndarray, "calibration"],
    *,
    held_out: bool,
    labels: Bool[np.ndarray, "_"] | None = None,
    training_scores: Float[np.ndarray, "training"] | None = None,
) -> Threshold:
    """Sets the threshold. Needs no network, so it can be changed without training.

    Args:
        settings: The rule, and the stated false discovery rate.
        calibration_scores: Scores of normal rows, higher = more anomalous. There may be none for the rules that compute
            nothing from them: a number, and "none".
        held_out: Whether the network did not train on these rows.
        labels: True for each calibration row that is anomalous; p-values then rest on the other rows. best-f1 needs it.
        training_scores: Scores of the rows that the network trained on. Rules of moments and quantiles are computed
            over them when they are given.

    Raises:
        DataError: There are no scores, or not finite ones; or labels of another number, or all of one class.
        SettingsError: The rule needs labels and there are none.

    Example:
        >>> scores = np.arange(1.0, 40.0)
        >>> threshold = fit_threshold(ThresholdSettings(), scores, held_out=True)
        >>> threshold.decide(np.array([20.0, 38.0, 400.0])).flags.tolist()
        [False, False, True]
    """
    rule = parse_rule(settings.threshold)
    calibration = _calibration(rule, _normal_only(calibration_scores, labels), held_out=held_out)
    if training_scores is not None and rule.reads_training_scores:
        basis: Basis = "training"
        scores, labels = training_scores, None
    else:
        basis, scores = "calibration", calibration_scores
    if not scores.size and rule.needs_scores:
        raise DataError("No training scores: a threshold over the training scores needs at least one.")
    require_finite(scores, basis)
    evidence = Evidence(calibration, settings.fdr, scores.astype(np.float64), labels)
    return Threshold(str(settings.threshold), rule.cut_off(evidence), settings.fdr, basis, calibration)


def _calibration(rule: AbstractRule, scores: Float[np.ndarray, "calibration"], *, held_out: bool) -> Calibration:
    """The scores, checked; none at all only for a rule that needs none."""
    return calibrate(scores, held_out=held_out) if scores.size or rule.needs_scores else NO_CALIBRATION


def _normal_only(
    scores: Float[np.ndarray, "calibration"], labels: Bool[np.ndarray, "_"] | None
) -> Float[np.ndarray, "normal"]:
    if labels is None:
        return scores
    if labels.size != scores.size:
        raise DataError(
            f"There are {scores.size} calibration scores and {labels.size} labels; one label a score was expected."
        )
    if labels.all():
        raise DataError(f"All {labels.size} calibration rows are labelled anomalous; p-values need normal rows.")
    return scores[~labels]


def _check_saved(values: dict[str, Any], scores: int) -> None:
    """Refuses values that `Threshold.to_dict` cannot have written."""
    valid: dict[str, Callable[[Any], bool]] = {
        "rule": lambda rule: isinstance(rule, str),
        "value": lambda value: _is_number(value) and math.isfinite(value),
        "fdr": lambda fdr: _is_number(fdr) and 0 < fdr < 1,
        "basis": lambda basis: basis in get_args(Basis),
        "rows": lambda rows: type(rows) is int and rows == scores,
        "held_out": lambda held_out: isinstance(held_out, bool),
    }
    if set(values) != set(valid):
        raise DetectorFileError(
            f"The threshold in the detector file has the keys {sorted(map(str, values))}; "
            f"{sorted(valid)} were expected. The file is damaged or was changed; fit the detector again."
        )
    for key, is_valid in valid.items():
        if not is_valid(values[key]):
            raise DetectorFileError(
                f"The threshold in the detector file has {key} = {values[key]!r}, which no threshold over {scores} "
                "calibration scores has. The file is damaged or was changed; fit the detector again."
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
