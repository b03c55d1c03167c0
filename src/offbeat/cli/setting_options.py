"""The options of settings, made from the fields of `Settings`: no setting is written down a second time."""

from __future__ import annotations

import csv
import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from offbeat.detector.config import PARTS, Settings
from offbeat.wrong_values import limits_in_words

READING: Final = ("header", "delimiter", "decimal", "missing")
"""The settings that say how a table is laid out."""
MOST_LETTERS: Final = 90
"""Choices that would make a longer line are not listed beside the option: its description names them."""


@dataclass(frozen=True)
class SettingOptions:
    """Marks the parameter of a command that takes settings: a dictionary of those that were given.

    Attributes:
        names: Of the settings; all of them when empty.
        of_a_fit: Whether some of the settings were given at a fit, which hold where the options are not given.
    """

    names: tuple[str, ...] = ()
    of_a_fit: bool = True

    def fields(self) -> dict[str, FieldInfo]:
        """The settings' fields by name, part by part in the order that data flows."""
        every = {name: field for part in PARTS for name, field in part.model_fields.items()}
        return {name: field for name, field in every.items() if not self.names or name in self.names}

    def parameters(self) -> list[inspect.Parameter]:
        """The options, one a setting."""
        return [setting_option(name, field, self._default(field)) for name, field in self.fields().items()]

    def _default(self, field: FieldInfo) -> str:
        """What holds where the option is not given. A detector that is there already has settings of its own."""
        if self.names and self.of_a_fit:
            return "as in fit"
        if field.default in (None, (), False):
            return ""
        return f"{field.default:g}" if isinstance(field.default, float) else str(field.default)


AllSettings = Annotated[Mapping[str, object], SettingOptions()]
ReadingSettings = Annotated[Mapping[str, object], SettingOptions(READING)]
NewReadingSettings = Annotated[Mapping[str, object], SettingOptions(READING, of_a_fit=False)]
ThresholdChanges = Annotated[Mapping[str, object], SettingOptions(("threshold", "fdr"))]


def with_setting_options(function: Callable[..., None]) -> Callable[..., None]:
    """The function with options in place of each parameter that is marked with `SettingOptions`.

    Its signature is what typer reads; the function gets a dictionary that holds only what was given.
    """
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    marked = {parameter.name: marker for parameter in parameters if (marker := _marker(parameter))}

    @functools.wraps(function)
    def command(**values: Any) -> None:
        for name, marker in marked.items():
            values[name] = _given({setting: values.pop(setting) for setting in marker.fields()})
        function(**values)

    own = [parameter for parameter in parameters if parameter.name not in marked]
    options = [option for marker in marked.values() for option in marker.parameters()]
    all_of_them = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in [*own, *options]]
    command.__signature__ = inspect.Signature(all_of_them)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in all_of_them}
    return command


def setting_option(name: str, field: FieldInfo, default: str) -> inspect.Parameter:
    """The option of one setting: text that `parse_settings` will check, or --x/--no-x where it is true or false.

    Args:
        name: Of the setting.
        field: Its type and description.
        default: What the help page says of the default; empty for nothing.
    """
    word = name.replace("_", "-")
    is_switch = _alternatives(field.annotation) == {bool}
    facts = "; ".join(part for part in (limits_in_words(field), f"default: {default}" if default else "") if part)
    option = typer.Option(
        f"--{word}/--no-{word}" if is_switch else f"--{word}",
        help=f"{field.description} [{facts}]" if facts else field.description,
        metavar=None if is_switch else _metavar(field.annotation),
        show_default=False,
        rich_help_panel=_panel(name),
    )
    kind: Any = Annotated[bool | None if is_switch else str | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def setting_value(text: str, annotation: Any) -> object:
    """What a word on the command line stands for: a tuple where the setting takes lists, else the word itself.

    Example:
        >>> setting_value("32,16", tuple[int, ...])
        ('32', '16')
        >>> setting_value("0.5", float | tuple[float, ...])
        '0.5'
    """
    lists = [get_origin(kind) is tuple for kind in _alternatives(annotation)]
    if all(lists) or (any(lists) and "," in text):
        return tuple(next(csv.reader([text], skipinitialspace=True), []))
    return text


def _given(values: Mapping[str, Any]) -> dict[str, object]:
    fields = Settings.model_fields
    return {
        name: setting_value(value, fields[name].annotation) if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None
    }


def _marker(parameter: inspect.Parameter) -> SettingOptions | None:
    marks = [mark for mark in get_args(parameter.annotation)[1:] if isinstance(mark, SettingOptions)]
    return marks[0] if marks else None


def _alternatives(annotation: Any) -> set[Any]:
    """What a value can be, None aside."""
    if get_origin(annotation) in (Union, UnionType):
        return set().union(*(_alternatives(kind) for kind in get_args(annotation)))
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    return set() if annotation is NoneType else {annotation}


def _metavar(annotation: Any) -> str:
    """How a value looks, for the help page: "adam|sgd", "NUMBER", "TEXT,..."."""
    kinds = _alternatives(annotation)
    words = [str(word).lower() for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if words:
        others = ["true", "false"] if bool in kinds else ["NUMBER"] if float in kinds else []
        choices = "|".join([*words, *others])
        return choices if len(choices) <= MOST_LETTERS else "WORD"
    for kind in kinds:
        if get_origin(kind) is tuple:
            return f"{_metavar(get_args(kind)[0])},..."
    if kinds == {str, int}:
        return "COLUMN"
    if str in kinds:
        return "TEXT"
    return "NUMBER" if float in kinds else "INTEGER"


def _panel(name: str) -> str:
    """The part that a setting belongs to, as the title of a section of the help page."""
    return next(part.__name__.removesuffix("Settings") for part in PARTS if name in part.model_fields)
