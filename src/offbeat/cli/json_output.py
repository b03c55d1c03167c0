"""One JSON object on standard output."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def print_json(value: Mapping[str, Any]) -> None:
    """Print plain values as one line of JSON; numbers that JSON does not have (NaN, infinite) become null.

    Example:
        >>> print_json({"rows": 2, "scores": [0.5, float("inf")]})
        {"rows": 2, "scores": [0.5, null]}
    """
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        # Rare, so that only then the time is spent to look at every number.
        text = json.dumps(_with_null(value), allow_nan=False)
    print(text)


def _with_null(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _with_null(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_with_null(entry) for entry in value]
    return value
