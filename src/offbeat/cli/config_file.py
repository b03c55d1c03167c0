"""Settings from a file such as offbeat.toml."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from offbeat.detector.config import Settings, parse_settings
from offbeat.errors import SettingsError

FITTING: Final = ("fit", "detect", "tune")
"""The commands that take settings from a file."""


def gather_settings(config: Path | None, given: Mapping[str, object]) -> Settings:
    """The settings of a file, with those given on the command line in place of the file's.

    Args:
        config: The file, if there is one.
        given: Names and values from the command line.

    Raises:
        SettingsError: The file cannot be read, or one of the two holds an unknown name or a bad value.
    """
    return parse_settings({**({} if config is None else read_config(config)), **given})


def read_config(path: Path) -> dict[str, object]:
    """The settings in a TOML file: flat names, as in Python (batch_size = 32) or on the command line (batch-size = 32).

    Args:
        path: Of the file.

    Raises:
        SettingsError: There is no such file, it is no TOML, or it holds an unknown name or a bad value; names the file.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except OSError as problem:
        raise SettingsError(f"{path}: the file of settings cannot be read ({problem.strerror}).") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(
            f"{path}: this is no TOML ({problem}). Lines such as epochs = 100 or hidden = [32, 16, 8] were expected."
        ) from problem
    values = {name.replace("-", "_"): value for name, value in content.items()}
    _refuse_sections(path, values)
    _refuse_two_spellings(path, content)
    _refuse_options(path, content)
    try:
        parse_settings(values)
    except SettingsError as problem:
        raise SettingsError(f"{path}: {problem}") from None
    return values


def _refuse_sections(path: Path, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if isinstance(value, dict):
            raise SettingsError(
                f"{path}: [{name}] is a section; settings stand without sections, as in epochs = 100. "
                "Take the line away."
            )


def _refuse_options(path: Path, content: Mapping[str, object]) -> None:
    """Refuse what a command asks for besides settings, which "Did you mean ...?" would lead astray."""
    if {name.replace("-", "_") for name in content} <= {*Settings.model_fields}:
        return
    from offbeat.cli.commands import command_function  # what they import, JAX as well, takes half a second

    of_calls: dict[str, str] = {}
    for command in FITTING:
        for option in inspect.signature(command_function(command)).parameters:
            of_calls.setdefault(option, command)
    for name in content:
        option = name.replace("-", "_")
        if option in of_calls and option not in {"settings", *Settings.model_fields}:
            raise SettingsError(
                f"{path}: '{name}' is no setting: it belongs to the call (offbeat {of_calls[option]} --help), and not "
                "into a file. Take the line away."
            )


def _refuse_two_spellings(path: Path, content: Mapping[str, object]) -> None:
    spelled: dict[str, str] = {}
    for name in content:
        if (other := spelled.setdefault(name.replace("-", "_"), name)) != name:
            raise SettingsError(f"{path}: {other} and {name} are one setting, given twice. Take one of the lines away.")
