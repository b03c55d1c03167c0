"""All settings as one flat set of names: the same in Python, on the command line and in offbeat.toml."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from offbeat.detector.data_settings import DataSettings
from offbeat.errors import SettingsError, name_some
from offbeat.networks.settings import NetworkSettings
from offbeat.preprocessing.settings import PreprocessingSettings
from offbeat.scoring.settings import ScoringSettings
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.training.settings import TrainingSettings

PARTS: tuple[type[BaseModel], ...] = (
    DataSettings,
    PreprocessingSettings,
    NetworkSettings,
    TrainingSettings,
    ScoringSettings,
    ThresholdSettings,
)
Part = TypeVar("Part", bound=BaseModel)


class Settings(
    DataSettings, PreprocessingSettings, NetworkSettings, TrainingSettings, ScoringSettings, ThresholdSettings
):
    """Every setting of a fit. Each part sees only its own: `settings.part(TrainingSettings)`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _accept_other_spellings(cls, values: Any) -> Any:
        """Words may be written as other libraries do: "Tanh", "leaky_relu", "LeakyReLU" is not guessed."""
        if not isinstance(values, Mapping):
            return values
        return {name: _usual_spelling(name, value) for name, value in values.items()}

    def part(self, kind: type[Part]) -> Part:
        """The settings of one part."""
        return kind(**{name: getattr(self, name) for name in kind.model_fields})

    def with_changes(self, **changes: object) -> Settings:
        """These settings with some values replaced, checked like new ones."""
        return parse_settings({**self.given(), **changes})

    def given(self) -> dict[str, Any]:
        """The settings that differ from their defaults, by name."""
        return {
            name: value
            for name, field in type(self).model_fields.items()
            if (value := getattr(self, name)) != field.default
        }


def parse_settings(values: Mapping[str, object]) -> Settings:
    """Settings from names and values.

    Raises:
        SettingsError: A name is unknown, or a value is of the wrong type or out of range; names all of them.

    Example:
        >>> parse_settings({"hidden": [50], "epochs": 100}).hidden
        (50,)
    """
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as problem:
        raise SettingsError(" ".join(_words(error) for error in problem.errors()[:5])) from None


def _words(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Settings.model_fields, n=1)
        advice = (
            f"Did you mean '{near[0]}'?" if near else f"There are: {name_some(sorted(Settings.model_fields), most=60)}."
        )
        return f"There is no setting '{name}'. {advice}"
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if not name:
        return f"{reason}."
    return f"The setting '{name}' cannot be {error['input']!r}: it {reason.rstrip('.')}."


def _usual_spelling(name: str, value: object) -> object:
    if not isinstance(value, str) or name not in Settings.model_fields:
        return value
    words = _words_of(Settings.model_fields[name].annotation)
    usual = value.strip().lower().replace("_", "-")
    return usual if usual in words else value


def _words_of(annotation: Any) -> set[str]:
    """The words that a Literal type, also within a union, allows."""
    found = {argument for argument in get_args(annotation) if isinstance(argument, str)}
    return found.union(*(_words_of(argument) for argument in get_args(annotation) if not isinstance(argument, str)))
