"""What pydantic's errors say, in the words of this house: what a setting should be, and where a record is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

LIMITS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "greater_than_equal": ("ge", "at least"),
        "greater_than": ("gt", "above"),
        "less_than_equal": ("le", "at most"),
        "less_than": ("lt", "below"),
    }
)
"""By the kind of pydantic's error: what it calls the limit, and the words before the number."""


def limits_in_words(field: FieldInfo) -> str:
    """Between which numbers a setting must be, or those in its list; nothing where there are no limits.

    Example:
        >>> from offbeat.detector.data_settings import DataSettings
        >>> limits_in_words(DataSettings.model_fields["contamination"])
        'above 0 and below 0.5'
    """
    said = [
        f"{words} {_number(getattr(each, name))}"
        for each in (*field.metadata, *_constraints(field.annotation))
        for name, words in LIMITS.values()
        if hasattr(each, name)
    ]
    return " and ".join(dict.fromkeys(said))


def should(settings: type[BaseModel], error: Mapping[str, Any]) -> str:
    """What follows "it should" of a wrong setting, without the words of other languages than the user's.

    Args:
        settings: What the setting belongs to.
        error: An entry of `ValidationError.errors()`.

    Example:
        >>> from offbeat.detector.data_settings import DataSettings
        >>> should(DataSettings, {"type": "less_than", "loc": ("contamination",), "msg": "Input should be ..."})
        'be above 0 and below 0.5'
    """
    if error["type"] in LIMITS:
        return f"be {limits_in_words(settings.model_fields[error['loc'][0]])}"
    said = _reason(error).removeprefix("Input ").removeprefix("Tuple ").removeprefix("should ")
    return said.replace("a valid tuple", "a list").rstrip(".")


def expected(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says that was expected, without its own words.

    Args:
        error: An entry of `ValidationError.errors()`.

    Example:
        >>> expected({"type": "greater_than_equal", "ctx": {"ge": 1}, "msg": "Input should be ..."})
        'at least 1'
    """
    kind, said = str(error["type"]), _reason(error)
    if kind in LIMITS:
        name, words = LIMITS[kind]
        return f"{words} {_number(error['ctx'][name])}"
    if kind.startswith("int_"):
        return "a whole number"
    if kind.startswith("float_"):
        return "a number"
    return f"one of {said.split(' is not one of ')[1].rstrip('.')}" if " is not one of " in said else said


def first_wrong(problem: ValidationError) -> tuple[str, str]:
    """The first place where a record is wrong, its keys with dots between them, and why it is.

    Args:
        problem: Of a whole record, where the place is empty, or of something in it.
    """
    first = problem.errors(include_url=False, include_input=False)[0]
    return ".".join(map(str, first["loc"])), _reason(first)


def _reason(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _constraints(annotation: Any) -> Iterator[Any]:
    """The limits that stand within a type, of one alternative or of what is in a list."""
    for part in get_args(annotation):
        yield from part.metadata if isinstance(part, FieldInfo) else _constraints(part)


def _number(limit: int | float) -> str:
    return f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"
