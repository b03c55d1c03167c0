"""The checksum of a file, read piece by piece."""

from __future__ import annotations

import hashlib
from pathlib import Path


def checksum_of(path: Path) -> tuple[str, int]:
    """SHA-256 in hexadecimal digits, and the size in bytes.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
