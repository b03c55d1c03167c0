"""Settings as the text of an offbeat.toml."""

from __future__ import annotations

import json
from collections.abc import Mapping


def toml_of(settings: Mapping[str, object]) -> str:
    """Settings as the lines of a TOML file that `offbeat fit --config` reads; None has no word there, and is left out.

    Text is JSON's but for two things: TOML writes a character beyond U+FFFF as it is, not as two escapes, and takes
    no bare U+007F.

    Example:
        >>> print(toml_of({"network": "dense", "hidden": (8, 2), "header": True, "patience": None}), end="")
        network = "dense"
        hidden = [8, 2]
        header = true
    """
    return "".join(f"{name} = {_toml_value(value)}\n" for name, value in settings.items() if value is not None)


def _toml_value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
