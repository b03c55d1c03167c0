"""The threshold "best-f1": the cut-off that separates labelled rows best."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from offbeat.errors import DataError, SettingsError
from offbeat.thresholds.rule import AbstractRule, Basis, Evidence, number_in


@dataclass(frozen=True)
class BestF(AbstractRule):
    """Flags rows that score above the cut-off with the highest F-beta score on labelled rows.

    F-beta weighs recall beta times as much as precision. The cut-off lies halfway between the lowest flagged and the
    highest unflagged score; of several as good, the highest is taken, which flags fewest rows. On the rows that it was
    chosen on, its F-beta flatters.

    Reference:
        van Rijsbergen (1979), Information Retrieval, chapter 7.
    """

    grammar: ClassVar[str] = "best-f<beta>"
    example: ClassVar[str] = "best-f1"

    beta: float

    @classmethod
    def parse(cls, text: str) -> BestF | None:
        """Reads "best-f1", "best-f2" or "best-f0.5"."""
        found = re.fullmatch(r"best-f(\d+\.?\d*|\.\d+)", text)
        if found and float(found[1]) == 0:
            raise SettingsError(f"The threshold '{text}' has beta 0; a positive number was expected, such as best-f1.")
        return cls(number_in(text, found[1])) if found else None

    def cut_off(self, evidence: Evidence) -> float:
        """The best cut-off over all that separate two different scores, and over flagging every row."""
        labels = evidence.labels
        if labels is None:
            raise SettingsError(
                f"The threshold 'best-f{self.beta:g}' needs labelled rows and there are none: of the rows that a "
                "threshold was set on before, only the scores of normal ones are kept. Set it on labelled rows, "
                f"detector.with_threshold('best-f{self.beta:g}', table=..., label=..., normal=...) (offbeat threshold "
                "--table), or take a rule without labels, such as 'conformal'."
            )
        if labels.all() or not labels.any():
            raise DataError(
                f"The threshold 'best-f{self.beta:g}' needs normal and anomalous rows; all {labels.size} labelled rows "
                f"are {'anomalous' if labels.all() else 'normal'}."
            )
        falling = np.argsort(-evidence.scores, kind="stable")
        scores = evidence.scores[falling]
        # Rows of equal score can only be flagged together: keep the last of each.
        last = np.append(scores[1:] < scores[:-1], True)
        caught = np.cumsum(labels[falling])[last]
        flagged = np.arange(1, scores.size + 1)[last]
        # F-beta = (1 + beta²) caught / (beta² anomalous + flagged)
        f_beta = (1 + self.beta**2) * caught / (self.beta**2 * labels.sum() + flagged)
        return _below(scores, int(flagged[f_beta.argmax()]))

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return f"rows that score above the cut-off with the best F{self.beta:g} on labelled rows"


def _below(falling_scores: np.ndarray, flagged: int) -> float:
    """A cut-off that the first `flagged` of the scores lie above, and the rest do not."""
    lowest = float(falling_scores[flagged - 1])
    if flagged == falling_scores.size:
        return float(np.nextafter(lowest, -np.inf))
    highest_below = float(falling_scores[flagged])
    halfway = highest_below + (lowest - highest_below) / 2
    return halfway if halfway < lowest else highest_below
