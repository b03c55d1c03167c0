"""Which names a model may have: it is saved under its name, so that one must not lead out of a folder."""

from __future__ import annotations

import os
import re
from typing import Any

from offbeat.errors import SettingsError

_PATH = re.compile(r"[/\\:\x00-\x1f\x7f]" if os.name == "nt" else r"[/\x00-\x1f\x7f]")
_NOT_IN_NAMES = "'/', '\\' or ':'" if os.name == "nt" else "'/'"
EXPECTED = f"the name of a file was expected, without a folder: no {_NOT_IN_NAMES}, and not '.' or '..'"


def is_model_name(name: Any) -> bool:
    """Whether a name is one of a file in any folder of this system.

    Args:
        name: What was given, or found in a file.

    Example:
        >>> [is_model_name(name) for name in ("pumps-2024.v1", "..", "../pumps", "/pumps", "", 7)]
        [True, False, False, False, False, False]
    """
    return isinstance(name, str) and name.strip() not in {"", ".", ".."} and not _PATH.search(name)


def checked_model_name(name: Any) -> str:
    """The name that a user gave to a model.

    Args:
        name: What was given.

    Raises:
        SettingsError: It is no name, or would lead to another folder when the model is saved.
    """
    if not is_model_name(name):
        raise SettingsError(f"model_id is {name!r}; {EXPECTED}.")
    return str(name)
