"""What a threshold rule is: from evidence to a cut-off, and from scores to a decision."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float64

from offbeat.errors import SettingsError
from offbeat.shortening import shorten
from offbeat.thresholds.calibration import Calibration

Basis = Literal["calibration", "training"]

LARGEST_NUMBER = 1_000_000
"""In a rule's text: far more than any use has for it, and little enough for the cut-off to be finite."""
_LONGEST_TEXT = 40

NO_ROWS = "There are no calibration rows, so p-values are unknown and given as 1."


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a rule may look at to set its cut-off.

    Attributes:
        calibration: Scores of normal rows; with labels, of the rows labelled normal.
        fdr: The stated false discovery rate.
        scores: The training scores where the caller passed them and the rule reads them, else the calibration scores,
            with the anomalous rows among them where there are labels. Finite, at least one.
        labels: Whether each of `scores` is of an anomalous row, where that is known.
    """

    calibration: Calibration
    fdr: float
    scores: Float64[np.ndarray, "rows"]
    labels: Bool[np.ndarray, "rows"] | None = None


@dataclass(frozen=True, eq=False)
class Decision:
    """Which rows of one call are flagged.

    Attributes:
        flags: True for an anomalous row.
        value: A row is flagged exactly if its score is greater than this. Always finite.
        p_values: How likely a normal row is to score at least as high.
        note: One sentence where the decision rests on something that the reader should know; else empty.
    """

    flags: Bool[np.ndarray, "rows"]
    value: float
    p_values: Float64[np.ndarray, "rows"]
    note: str = ""


class AbstractRule(ABC):
    """A way to set a threshold. Final classes are frozen dataclasses of the numbers in the rule's text.

    Attributes:
        grammar: How the rule is written, for error messages.
        example: One text that it reads.
        reads_training_scores: Whether the cut-off comes from the training scores when the caller passes them.
        needs_scores: Whether there is no cut-off without scores of normal rows.
        selects_together: Whether which rows of a call are flagged depends on the others.
    """

    grammar: ClassVar[str]
    example: ClassVar[str]
    reads_training_scores: ClassVar[bool] = False
    needs_scores: ClassVar[bool] = True
    selects_together: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> AbstractRule | None:
        """The rule that `text`, in lower case and without spaces, asks for; None where it asks for another kind.

        Raises:
            SettingsError: A number in the text is out of its range.
        """

    @abstractmethod
    def cut_off(self, evidence: Evidence) -> float:
        """The score above which a single row is flagged.

        Raises:
            SettingsError: The rule needs labels and there are none.
            DataError: The labels are all of one class.
        """

    @abstractmethod
    def describe(self, basis: Basis, fdr: float) -> str:
        """Which rows the rule flags, as the end of a sentence that starts with "Flags"."""

    def p_values(self, calibration: Calibration, scores: Float64[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
        """How likely a normal row is to score at least this high."""
        return calibration.p_values(scores)

    def decide(
        self, scores: Float64[np.ndarray, "rows"], *, value: float, calibration: Calibration, fdr: float
    ) -> Decision:
        """Flags rows of one call. Unless a rule says otherwise: those that score above `value`, whatever the fdr."""
        return Decision(scores > value, value, self.p_values(calibration, scores), "" if calibration.rows else NO_ROWS)


def number_in(text: str, digits: str) -> float:
    """A number of a rule's text.

    Args:
        text: The rule, as `AbstractRule.parse` gets it.
        digits: What of it is the number.

    Raises:
        SettingsError: It is larger than `LARGEST_NUMBER`.

    Example:
        >>> number_in("mean+2.5std", "2.5")
        2.5
    """
    number = float(digits)
    if number > LARGEST_NUMBER:
        raise SettingsError(
            f"The threshold '{shorten(text, most=_LONGEST_TEXT)}' has the number {number:.10g}; at most "
            f"{LARGEST_NUMBER:,} was expected."
        )
    return number
