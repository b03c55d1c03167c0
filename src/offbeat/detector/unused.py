"""Settings that would change nothing, because they belong to another optimizer, loss, score or way of stopping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from offbeat.detector.config import Settings, parse_settings
from offbeat.errors import SettingsError
from offbeat.networks.settings import asks_for_something
from offbeat.thresholds.conformal import Conformal
from offbeat.thresholds.extreme_value import Tail
from offbeat.thresholds.moments import MeanPlusStd
from offbeat.thresholds.rules import parse_rule

SETTINGS_OF_CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "momentum": ("optimizer", ("sgd",)),
        "nesterov": ("optimizer", ("sgd",)),
        "rho": ("optimizer", ("adadelta",)),
        "epsilon": ("optimizer", ("adam", "adamw", "adadelta", "rmsprop")),
        "weight_decay": ("optimizer", ("adamw",)),
        "alignment": ("score", ("aligned-neighbours",)),
        "neighbours": ("score", ("neighbours", "neighbourhood", "aligned-neighbours", "combined")),
    }
)
"""For a setting that not all optimizers or scores heed: which of the two it belongs to, and the words that heed it.

The first of the words is the one that a user is advised to take.
"""


def refuse_unused(given: Settings, resolved: Settings, *, categories: bool) -> None:
    """Refuse what was given and would have no effect; a default, or a 0, asks for nothing.

    Args:
        given: As the user gave them.
        resolved: With every choice made that was left to "auto".
        categories: Whether the table has categorical columns.

    Raises:
        SettingsError: Something would have none; names what it belongs to.
    """
    _refuse(given, _without_effect(resolved, categories=categories))


def _refuse(given: Settings, unused: Iterator[tuple[str, str, str]]) -> None:
    for name, place, instead in unused:
        if asks_for_something(given, name):
            raise SettingsError(f"The setting '{name}' does not apply to {place}. Leave it out, or {instead}.")


def refuse_unused_by_threshold(given: Settings) -> None:
    """As `refuse_unused`, for what only a threshold looks at.

    Raises:
        SettingsError: The rule looks at something else.
    """
    _refuse(given, _without_effect_on_threshold(given))


def without_unused_by_threshold(settings: Settings) -> Settings:
    """The settings of a detector whose threshold was changed later, as its fit takes them."""
    unused = [name for name, _, _ in _without_effect_on_threshold(settings)]
    return parse_settings({name: value for name, value in settings.given().items() if name not in unused})


def scores_that_heed_all(words: Sequence[str], given: Settings) -> tuple[str, ...]:
    """Of these words of "score", those with which nothing that was given is without effect."""
    asked = [
        heeding
        for name, (of, heeding) in SETTINGS_OF_CHOICES.items()
        if of == "score" and asks_for_something(given, name)
    ]
    return tuple(word for word in words if all(word in heeding for heeding in asked))


def _without_effect(resolved: Settings, *, categories: bool) -> Iterator[tuple[str, str, str]]:
    """Each setting that nothing looks at, what it does not apply to, and what to say for it to apply."""
    for name, (choice, words) in SETTINGS_OF_CHOICES.items():
        if (word := getattr(resolved, choice)) not in words:
            yield name, f"{choice}='{word}'", f"take {choice}='{words[0]}'"
    if resolved.momentum == 0:
        yield "nesterov", "momentum=0", "say how much momentum there is, such as momentum=0.9"
    if "huber" not in (resolved.loss, resolved.score):
        yield "huber_delta", f"loss='{resolved.loss}'", "take loss='huber'"
    if resolved.stopping == "entropy":
        yield "min_improvement", "stopping='entropy'", "watch the loss with stopping='loss' and a patience"
    elif resolved.patience is None:
        yield "min_improvement", "training without patience", "say when to stop, such as patience=10"
    if resolved.category_loss == "cross-entropy" and not categories:
        yield "category_loss", "a table without categories", "say which columns hold codes with categorical=..."
    yield from _without_effect_on_threshold(resolved)


def _without_effect_on_threshold(settings: Settings) -> Iterator[tuple[str, str, str]]:
    rule = parse_rule(settings.threshold)
    if not isinstance(rule, Conformal | Tail):
        yield "fdr", f"threshold='{settings.threshold}'", "take threshold='conformal'"
    if isinstance(rule, MeanPlusStd):
        yield (
            "calibration",
            f"threshold='{settings.threshold}', which all training rows set",
            "take threshold='conformal'",
        )
