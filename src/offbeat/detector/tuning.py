"""What a search over settings found, beside plain "auto"."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offbeat.detector.detector import Detector


@dataclass(frozen=True)
class Trial:
    """One candidate.

    Attributes:
        settings: What it has beside the given settings; none for plain "auto".
        separation: Mean ROC AUC of held-out rows against their counterfeits, over the kinds; 0 where training failed.
        by_kind: The same for each kind of counterfeits.
        seconds: To fit and score.
    """

    settings: Mapping[str, object]
    separation: float
    by_kind: Mapping[str, float]
    seconds: float


@dataclass(frozen=True, eq=False)
class Tuning:
    """What a search found.

    Attributes:
        detector: Fitted on all rows: with the best settings where these are worth it, else plain "auto".
        trials: All candidates in the order they were tried; the first is plain "auto".
        gain: By how much the best candidate separates better than plain "auto", on rows that chose nothing.
        interval: The 95 % bootstrap interval of the gain.
    """

    detector: Detector
    trials: tuple[Trial, ...]
    gain: float
    interval: tuple[float, float]

    @property
    def best(self) -> Trial:
        """The candidate that separates best on the rows that choose; of equal ones the first."""
        return best_of(self.trials)

    @property
    def worth_it(self) -> bool:
        """Whether the best candidate is better than plain "auto" beyond chance."""
        return self.interval[0] > 0

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values."""
        trials = [
            {
                "settings": dict(trial.settings),
                "separation": trial.separation,
                "by_kind": dict(trial.by_kind),
                "seconds": trial.seconds,
            }
            for trial in self.trials
        ]
        return {
            "worth_it": self.worth_it,
            "gain": self.gain,
            "interval": list(self.interval),
            "best": self.trials.index(self.best),
            "trials": trials,
        }

    def to_toml(self) -> str:
        """The detector's settings as an offbeat.toml."""
        return toml_of(self.detector.settings.given())

    def describe(self) -> str:
        """Whether it was worth it, in a sentence or two."""
        others = len(self.trials) - 1
        tried = f"Tried {others} setting{'' if others == 1 else 's'} beside plain auto"
        if self.best is self.trials[0]:
            which = "it does not tell" if others == 1 else "none tells"
            return f"{tried}: {which} counterfeits from normal rows better. Plain auto is kept."
        low, high = self.interval
        change = f"lower by {-self.gain:.4f}" if self.gain < 0 else f"higher by {self.gain:.4f}"
        words = (
            f"{tried}. On rows that chose nothing, the best one tells counterfeits from normal rows with a ROC AUC "
            f"{change} (95 % interval of the gain {low:.4f} to {high:.4f})"
        )
        if self.worth_it:
            return f"{words}: it is taken."
        return f"{words}: not worth it, plain auto is kept."


class SearchInterrupted(KeyboardInterrupt):
    """Ctrl-C during a search that has tried something by then.

    Attributes:
        trials: All candidates that were tried, plain "auto" first.
        finish: Ends the search with these: compares the best of them with plain "auto", and fits the better one.
    """

    def __init__(self, trials: tuple[Trial, ...], finish: Callable[[], Tuning]) -> None:
        """What there is by now."""
        super().__init__(f"interrupted after {len(trials) - 1} candidates")
        self.trials = trials
        self.finish = finish


def best_of(trials: Sequence[Trial]) -> Trial:
    """The candidate that separates best; of equal ones the first."""
    return max(trials, key=lambda trial: trial.separation)


def toml_of(settings: Mapping[str, object]) -> str:
    """Settings as the lines of a TOML file that `offbeat fit --config` reads.

    Example:
        >>> print(toml_of({"network": "dense", "hidden": (8, 2), "header": True}), end="")
        network = "dense"
        hidden = [8, 2]
        header = true
    """
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items() if value is not None]
    return "\n".join([*lines, ""])
