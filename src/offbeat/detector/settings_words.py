"""The settings of a detector in one line: what was given, and what every "auto" became."""

from __future__ import annotations

from offbeat.detector.config import PARTS, Settings
from offbeat.detector.data_settings import DataSettings

ABOUT_THE_ROWS = ("contamination", "kind")
"""Of the settings that say how a table is read those that also say how the detector learns."""


def settings_in_words(resolved: Settings) -> str:
    """Those that were given or chosen, in the order that data flows; the others have their defaults.

    How the training table was read, and which of its columns, is left out.

    Args:
        resolved: A detector's; what was left to "auto" is in it by its choice.

    Example:
        >>> settings_in_words(Settings(hidden=(8, 4), epochs=20, missing_indicator=False, delimiter=";"))
        'missing_indicator=false, hidden=8,4, epochs=20'
    """
    told = [name for part in PARTS for name in part.model_fields if part is not DataSettings or name in ABOUT_THE_ROWS]
    given = resolved.given()
    return ", ".join(f"{name}={_value(given[name])}" for name in told if name in given)


def _value(value: object) -> str:
    """As it would be written on the command line."""
    if isinstance(value, tuple):
        return ",".join(_value(each) for each in value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value).lower()
