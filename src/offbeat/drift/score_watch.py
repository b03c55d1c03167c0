"""Watching the scores of a stream of rows: a conformal martingale on their p-values."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from offbeat.drift.discoveries import share_of
from offbeat.drift.martingale import Martingale
from offbeat.drift.ranks import Ranks
from offbeat.randomness import Purpose, host_randomness

RUN = 10_000
"""Rows of one run; the next one begins with the calibration scores alone. It bounds what has to be kept, and scores
that changed long ago do not become what is usual."""

QUIET = 2_000
"""So many rows without another alarm's worth of capital, and the scores count as unchanged again."""


@dataclass(frozen=True)
class ScoreFinding:
    """That the scores changed.

    Attributes:
        first: The row with which the run began.
        end: The row after the one at which the capital was reached.
        capital: How much it was.
        higher: Whether scores went up.
    """

    first: int
    end: int
    capital: float
    higher: bool

    @property
    def sentence(self) -> str:
        """The finding in words."""
        way = "higher" if self.higher else "lower"
        return (
            f"Between row {self.first:,} and row {self.end - 1:,} scores became {way} than those of normal rows: by "
            f"betting on that, 1 became {self.capital:,.0f}."
        )


class ScoreWatch:
    """Ranks each score among those before it, and bets that the ranks are not uniform.

    Where calibration scores and stream come in random order, the chance that any finding is ever made is at most
    `rate`: run k uses up a share of it that falls as 1/k^2, and within a run Ville's inequality holds.

    Args:
        calibration: Scores of normal rows that the network was not trained on; may be none.
        rate: The chance.
        anomalies: Share of the rows that may score higher than normal ones.
        seed: Of the random numbers that place a score among its equals.

    Attributes:
        martingale: The bets of this run.
        drifted: Whether the scores had changed within the last `QUIET` rows.
    """

    def __init__(self, calibration: Float[np.ndarray, "calibration"], rate: float, anomalies: float, seed: int) -> None:
        self._calibration, self._rate, self._seed = calibration.astype(np.float64), rate, seed
        self._runs, self._rows, self._found_at = 0, 0, -QUIET - 1
        self._seen: list[np.ndarray]
        self.martingale = Martingale(anomalies)
        self._begin_run()

    @property
    def drifted(self) -> bool:
        """Whether the scores had changed within the last `QUIET` rows."""
        return self._rows - self._found_at <= QUIET

    @property
    def enough(self) -> float:
        """The capital at which a finding is made in this run."""
        return 1 / share_of(self._rate, self._runs)

    def look(self, scores: Float[np.ndarray, "rows"]) -> list[ScoreFinding]:
        """Take scores in, in the order of their rows; gives what was found among them.

        Args:
            scores: Higher is more anomalous; none is NaN.
        """
        findings = []
        while len(scores):
            length = min(len(scores), RUN - self._in_run)
            taken = self._bet(scores[:length])
            self._rows += taken
            self._in_run += taken
            scores = scores[taken:]
            if self.martingale.capital >= self.enough:
                findings += self._find()
            elif self._in_run >= RUN:
                self._begin_run()
        return findings

    def to_dict(self) -> dict[str, Any]:
        """What has to be kept to go on later, as plain values."""
        seen = np.concatenate([np.empty(0), *self._seen]).astype("<f8")
        return {
            "rows": self._rows,
            "runs": self._runs,
            "found_at": self._found_at,
            "stakes": list(self.martingale.stakes),
            "seen": base64.b64encode(seen.tobytes()).decode(),
        }

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called.

        Raises:
            KeyError, TypeError, ValueError: The record is none.
        """
        seen = np.frombuffer(base64.b64decode(record["seen"], validate=True), "<f8").astype(np.float64)
        high, none, low = map(float, record["stakes"])
        self._rows, self._runs = int(record["rows"]), int(record["runs"])
        self._found_at = int(record["found_at"])
        self.martingale = replace(self.martingale, stakes=(high, none, low))
        self._seen, self._in_run, self._draws = [seen], len(seen), _draws(self._seed, self._runs)
        self._ranks = Ranks(np.concatenate([self._calibration, seen]))

    def _bet(self, scores: Float[np.ndarray, "rows"]) -> int:
        """Bet until the capital is enough; how many rows that took."""
        draws = self._draws[self._in_run : self._in_run + len(scores)]
        p_values = self._ranks.p_values(scores, draws).tolist()
        self.martingale, taken = self.martingale.after(p_values, enough=self.enough)
        self._seen.append(scores[:taken].astype(np.float64))
        return taken

    def _find(self) -> list[ScoreFinding]:
        told, first = self.drifted, self._rows - self._in_run
        finding = ScoreFinding(first, self._rows, self.martingale.capital, self.martingale.favourite < 0)
        self._found_at = self._rows
        self._begin_run()
        return [] if told else [finding]

    def _begin_run(self) -> None:
        self._runs += 1
        self._in_run = 0
        self._seen = []
        self._draws = _draws(self._seed, self._runs)
        self._ranks = Ranks(self._calibration)
        self.martingale = Martingale(self.martingale.anomalies)


def _draws(seed: int, run: int) -> Float64[np.ndarray, "run"]:
    """A number for each row of a run, which depends on nothing but the row's place in it, however batches are cut."""
    return host_randomness(seed, Purpose.DRIFT, run).random(RUN)
