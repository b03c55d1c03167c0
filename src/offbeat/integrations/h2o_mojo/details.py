"""The description that H2O packs beside a model, as text: H2O writes JSON with keys that occur twice."""

from __future__ import annotations

from typing import Final

from offbeat.integrations.foreign_zip import ForeignZip

_DETAILS: Final = "experimental/modelDetails.json"
# That of a model with some 20,000 columns. The description of a wider one is left alone; the model does not need it.
_MAX_BYTES: Final = 8 * 1024**2


def read_details(archive: ForeignZip) -> bytes:
    """The description; empty where there is none, or one that is too large.

    Args:
        archive: The MOJO.

    Raises:
        DetectorFileError: The entry is damaged.
    """
    entry = archive.entries.get(_DETAILS)
    return archive.read(_DETAILS, _MAX_BYTES) if entry is not None and entry.file_size <= _MAX_BYTES else b""
