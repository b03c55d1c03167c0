"""What pydantic's errors about a number or a choice ask for, in the words of this house."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

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


def expected(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says that was expected, without its own words.

    Args:
        error: An entry of `ValidationError.errors()`.

    Example:
        >>> expected({"type": "greater_than_equal", "ctx": {"ge": 1}, "msg": "Input should be ..."})
        'at least 1'
    """
    kind, said = str(error["type"]), str(error["msg"]).removeprefix("Value error, ")
    if kind in LIMITS:
        name, words = LIMITS[kind]
        return f"{words} {_number(error['ctx'][name])}"
    if kind.startswith("int_"):
        return "a whole number"
    if kind.startswith("float_"):
        return "a number"
    return f"one of {said.split(' is not one of ')[1].rstrip('.')}" if " is not one of " in said else said


def _constraints(annotation: Any) -> Iterator[Any]:
    """The limits that stand within a type, of one alternative or of what is in a list."""
    for part in get_args(annotation):
        yield from part.metadata if isinstance(part, FieldInfo) else _constraints(part)


def _number(limit: int | float) -> str:
    return f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"
