"""All settings as one flat set of names: the same in Python, on the command line and in offbeat.toml."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from offbeat.detector.data_settings import DataSettings
from offbeat.detector.other_words import ADVICE, NAMES, VALUES
from offbeat.errors import SettingsError, name_some
from offbeat.networks.settings import NetworkSettings
from offbeat.preprocessing.settings import PreprocessingSettings
from offbeat.scoring.settings import ScoringSettings
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.training.settings import TrainingSettings
from offbeat.wrong_values import should

PARTS: tuple[type[BaseModel], ...] = (
    DataSettings,
    PreprocessingSettings,
    NetworkSettings,
    TrainingSettings,
    ScoringSettings,
    ThresholdSettings,
)
Part = TypeVar("Part", bound=BaseModel)
# An array given by mistake would fill the screen.
MOST_SHOWN = 80
# Of names less alike than this the one would not be meant: 'out' is .6 like 'dropout'.
LEAST_LIKENESS = 0.65
MOST_TOLD = 5
"""Of more wrong settings the names alone are told."""


class Settings(
    DataSettings, PreprocessingSettings, NetworkSettings, TrainingSettings, ScoringSettings, ThresholdSettings
):
    """Every setting of a fit. Each part sees only its own: `settings.part(TrainingSettings)`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _accept_other_spellings(cls, values: Any) -> Any:
        """Words may be written as other libraries do, "Tanh" or "leaky_relu"; "LeakyReLU" is not guessed.

        Where a list is wanted, one value stands for a list of it: hidden=50 is one layer.
        """
        if not isinstance(values, Mapping):
            return values
        told = {name: _told_from_numbers(name, value) for name, value in values.items()}
        return {name: _as_a_list(name, _usual_spelling(name, value)) for name, value in told.items()}

    def part(self, kind: type[Part]) -> Part:
        """The settings of one part."""
        return kind(**{name: getattr(self, name) for name in kind.model_fields})

    def with_changes(self, **changes: object) -> Settings:
        """These settings with some values replaced, checked like new ones."""
        return parse_settings({**self.given(), **changes})

    def given(self) -> dict[str, Any]:
        """The settings that were given, by name; epochs=100 is among them though it is the default.

        The default detector chooses its epochs where none were given, so a given default must not be forgotten.
        """
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


def parse_settings(values: Mapping[str, object]) -> Settings:
    """Settings from names and values.

    Raises:
        SettingsError: A name is unknown, or a value is of the wrong type or out of range. Five are told in
            a sentence each, five more by their names.

    Example:
        >>> parse_settings({"hidden": [50], "epochs": 100}).hidden
        (50,)
    """
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as problem:
        raise SettingsError(" ".join(_sentences(problem))) from None


def _sentences(problem: ValidationError) -> list[str]:
    """One for each wrong setting, of five at most, then the names of others; names like no setting share the last."""
    wrong: dict[str, list[Any]] = {}
    for error in problem.errors(include_url=False):
        wrong.setdefault(str(error["loc"][0]) if error["loc"] else "", []).append(error)
    strange = [name for name, errors in wrong.items() if _is_unknown(errors) and not _way_from(name)]
    others = [name for name in wrong if name not in strange]
    sentences = [_sentence(name, wrong[name]) for name in others[:MOST_TOLD]]
    if more := others[MOST_TOLD:]:
        sentences.append(f"Wrong too: {name_some(more)}.")
    if strange:
        sentences.append(
            f"There {'is no setting' if len(strange) == 1 else 'are no settings'} {name_some(strange)}. There are: "
            f"{name_some(sorted(Settings.model_fields))}; offbeat fit --help lists them."
        )
    return sentences


def _is_unknown(errors: list[Any]) -> bool:
    return errors[0]["type"] == "extra_forbidden"


def _sentence(name: str, errors: list[Any]) -> str:
    if _is_unknown(errors):
        return f"There is no setting '{name}'. {_way_from(name)}"
    if isinstance(cause := errors[0].get("ctx", {}).get("error"), SettingsError):
        return str(cause)
    # Of a list with one wrong value, that value is told; of a value that fits no alternative, what all of them want.
    of_one_value = [error for error in errors if any(isinstance(step, int) for step in error["loc"])]
    told = of_one_value[:1] or errors
    wanted = ", or ".join(dict.fromkeys(should(Settings, error) for error in told))
    value = told[0]["input"]
    return f"The setting '{name}' cannot be {_shown(value)}: it should {wanted}.{_meant(name, value)}"


def _meant(name: str, value: object) -> str:
    """A question after the word of another library; else nothing."""
    meant = VALUES.get((name, _plain(value))) if isinstance(value, str) else None
    return f" Did you mean '{meant}'?" if meant else ""


def _way_from(name: str) -> str:
    """What to do about a name that is no setting; empty where no setting is like it."""
    if name in ADVICE:
        return ADVICE[name]
    near = (
        [NAMES[name]]
        if name in NAMES
        else difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=LEAST_LIKENESS)
    )
    return f"Did you mean '{near[0]}'?" if near else ""


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


class _TruthValue:
    """What reads as True or False and is no number; pydantic takes these for 1 and 0."""

    def __init__(self, value: bool | np.bool_) -> None:
        self._value = value

    def __repr__(self) -> str:
        return repr(self._value)


def _told_from_numbers(name: str, value: object) -> object:
    """A setting's value, with truth values as what is no number where the setting takes none."""
    annotation = Settings.model_fields[name].annotation if name in Settings.model_fields else bool
    if bool in (annotation, *get_args(annotation)) or name == "threshold":  # which refuses them in words of its own
        return value
    entries = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(entries, list | tuple) and any(isinstance(entry, bool | np.bool_) for entry in entries):
        return [_told_from_numbers(name, entry) for entry in entries]
    return _TruthValue(value) if isinstance(value, bool | np.bool_) else value


def _usual_spelling(name: str, value: object) -> object:
    if not isinstance(value, str) or name not in Settings.model_fields:
        return value
    words = _words_of(Settings.model_fields[name].annotation)
    usual = _plain(value)
    return usual if usual in words else value


def _as_a_list(name: str, value: object) -> object:
    """One value of a setting that takes nothing but a list of such values, as a list; else what is given."""
    if name not in Settings.model_fields or not isinstance(value, str | int | float | np.number):
        return value
    annotation = Settings.model_fields[name].annotation
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    lists = [kind for kind in kinds if get_origin(kind) is tuple]
    if not lists or set(kinds) - {*lists, NoneType} or (isinstance(value, str) and str not in _types_of(lists[0])):
        return value
    return (value,)


def _types_of(annotation: Any) -> set[Any]:
    """A type and all that it is made of."""
    return {annotation}.union(*(_types_of(argument) for argument in get_args(annotation)))


def _plain(word: str) -> str:
    return word.strip().lower().replace("_", "-")


def _words_of(annotation: Any) -> set[str]:
    """The words that a Literal type, also within a union, allows."""
    found = {argument for argument in get_args(annotation) if isinstance(argument, str)}
    return found.union(*(_words_of(argument) for argument in get_args(annotation) if not isinstance(argument, str)))
