"""What a detector file is made of, and how large each piece may be.

One `.offbeat` file is one zip archive: `manifest.json` first, then one safetensors entry for each group of arrays that
is not empty. Entries are stored, never compressed, so a file cannot unfold into more than its own size.

| limit | guards against |
|---|---|
| file and manifest size | reading without end |
| JSON depth, number of values and of containers | small text that becomes many objects |
| arrays, dimensions, name lengths | headers that cost more than the data they describe |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Shaped

FORMAT = 1
"""The format that this version writes, and the newest that it reads."""

MANIFEST = "manifest.json"
ENTRY_OF_GROUP = {"weights": "weights.safetensors", "calibration": "calibration.safetensors"}
GROUP_OF_ENTRY = {entry: group for group, entry in ENTRY_OF_GROUP.items()}
ENTRIES = (MANIFEST, *GROUP_OF_ENTRY)
"""Every entry a file may hold, in the order it holds them."""

MAX_FILE_BYTES = 4 * 1024**3
MAX_MANIFEST_BYTES = 16 * 1024**2
MAX_TENSOR_HEADER_BYTES = 8 * 1024**2
MAX_JSON_DEPTH = 32
# Python spends up to 250 bytes on an object or a list and up to 80 on another value: together, and with the text
# itself, at most 300 MB. A table's column takes one object and 12 values: 100,000 columns fit.
MAX_JSON_CONTAINERS = 250_000
MAX_JSON_VALUES = 1_500_000
MAX_NUMBER_DIGITS = 400
MAX_ARRAYS = 10_000
MAX_ARRAY_NAME = 200
MAX_DIMENSIONS = 16
MAX_ELEMENTS = 2**40

DAMAGED = "The file is damaged: copy it again from where it was saved, or save the detector again."
NOT_OURS = "offbeat writes no such file: do not trust this one, and ask its author for one saved by offbeat."

ArrayGroups: TypeAlias = Mapping[str, Mapping[str, Shaped[np.ndarray, "..."]]]


@dataclass(frozen=True)
class Archive:
    """What one detector file says, audited.

    Attributes:
        manifest: What `write_archive` was given: JSON's own types only, every number finite.
        arrays: Group ("weights", "calibration") to name to array. Both groups are always there; arrays are read-only.
        format_number: The format the file was written in, before any migration.
        versions: Which versions of offbeat, jax, jaxlib, numpy and python wrote the file.
    """

    manifest: dict[str, Any]
    arrays: dict[str, dict[str, Shaped[np.ndarray, "..."]]]
    format_number: int = FORMAT
    versions: dict[str, str] = field(default_factory=dict)


def shown(name: str, *, most: int = 60) -> str:
    r"""A name from a file that nobody vouches for: quoted, shortened, what cannot be printed spelled out.

    Example:
        >>> shown("größe")
        "'größe'"
        >>> shown("\x1b[2J")
        "'\\x1b[2J'"
        >>> shown("a" * 100, most=3)
        "'aaa...'"
    """
    return repr(name if len(name) <= most else name[:most] + "...")
