"""Detector files that `write_archive` would never write: any bytes, with sizes and checksums that fit them."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from offbeat.persistence.zip_layout import Entry, directory, local_header

WEIGHTS = "weights.safetensors"
CALIBRATION = "calibration.safetensors"


def zipped(contents: dict[str, bytes]) -> bytes:
    """The contents in the layout of detector files."""
    entries = [Entry(name, len(content), zlib.crc32(content)) for name, content in contents.items()]
    pieces = [local_header(entry) + contents[entry.name] for entry in entries]
    return b"".join(pieces) + directory(entries)


def manifest(groups: dict[str, bytes], **changes: Any) -> dict[str, Any]:
    """A manifest whose sizes and checksums fit the groups, with some fields changed."""
    return {
        "format": 1,
        "versions": {"offbeat": "0.1.0"},
        "sizes": {name: len(content) for name, content in groups.items()},
        "checksums": {name: hashlib.sha256(content).hexdigest() for name, content in groups.items()},
        "nan_allowed": [],
        "detector": {},
    } | changes


def tensors(header: dict[str, Any] | bytes, data: bytes = b"") -> bytes:
    """A safetensors entry with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(dtype: object, shape: object, *offsets: object) -> dict[str, Any]:
    """One array's description, true or not."""
    return {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}


def forge(path: Path, weights: bytes | None = None, **changes: Any) -> Path:
    """A file whose weights entry and manifest are as told, and whose checksums all fit."""
    groups = {} if weights is None else {WEIGHTS: weights}
    path.write_bytes(zipped({"manifest.json": json.dumps(manifest(groups, **changes)).encode(), **groups}))
    return path


def forge_manifest(path: Path, text: bytes) -> Path:
    """A file that holds only a manifest of these bytes."""
    path.write_bytes(zipped({"manifest.json": text}))
    return path
