"""The table of threshold rules, and how a rule's text is read."""

from __future__ import annotations

from difflib import get_close_matches

from offbeat.errors import SettingsError
from offbeat.thresholds.conformal import Conformal
from offbeat.thresholds.extreme_value import Tail
from offbeat.thresholds.labelled import BestF
from offbeat.thresholds.moments import MeanPlusStd
from offbeat.thresholds.quantile import Quantile
from offbeat.thresholds.robust import MedianPlusMad
from offbeat.thresholds.rule import AbstractRule
from offbeat.thresholds.stated import StatedValue
from offbeat.thresholds.unset import Unset

RULES: dict[str, type[AbstractRule]] = {
    "conformal": Conformal,
    "tail": Tail,
    "mean+std": MeanPlusStd,
    "median+mad": MedianPlusMad,
    "quantile": Quantile,
    "best-f": BestF,
    "none": Unset,
    "number": StatedValue,
}


def parse_rule(threshold: str | float) -> AbstractRule:
    """Reads a rule; capitals and spaces do not matter.

    Args:
        threshold: A rule's text, or a number.

    Raises:
        SettingsError: No rule is written like this, or a number in it is out of its range.

    Example:
        >>> parse_rule("mean + 2.5 std")
        MeanPlusStd(multiple=2.5)
        >>> parse_rule(0.05)
        StatedValue(value=0.05)
    """
    text = "".join(str(threshold).lower().split())
    for kind in RULES.values():
        rule = kind.parse(text)
        if rule is not None:
            return rule
    examples = [kind.example for kind in RULES.values() if kind is not StatedValue]
    closest = get_close_matches(text, examples, n=1)
    suggestion = f" Did you mean '{closest[0]}'?" if closest else ""
    grammar = ", ".join(kind.grammar for kind in RULES.values())
    raise SettingsError(f"Unknown threshold '{threshold}'.{suggestion} One of these was expected: {grammar}.")
