"""From a manifest and groups of arrays to one detector file."""

from __future__ import annotations

import hashlib
import os
import platform
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.errors import DetectorFileError, name_some
from offbeat.persistence.format import (
    ENTRY_OF_GROUP,
    FORMAT,
    MANIFEST,
    MAX_FILE_BYTES,
    MAX_MANIFEST_BYTES,
    ArrayGroups,
)
from offbeat.persistence.replacing import replace_file
from offbeat.persistence.strict_json import dump_object
from offbeat.persistence.tensors import audit_values, tensor_pieces
from offbeat.persistence.zip_layout import Entry, directory, directory_offset, local_header
from offbeat.version import __version__


@dataclass(frozen=True)
class _Content:
    """One entry before it is written: its bytes in pieces, measured and summed."""

    entry: Entry
    sha256: str
    pieces: tuple[bytes | memoryview, ...]


def write_archive(path: str | os.PathLike[str], manifest: dict[str, Any], arrays: ArrayGroups) -> None:
    """Writes one `.offbeat` file; a file that had the name is replaced at once and only by a whole one.

    The same manifest and arrays give the same bytes, whatever the order of the arrays. Everything that `read_archive`
    would refuse is refused here, before anything is written.

    Args:
        path: The file to write. Its folder must exist.
        manifest: JSON's own types only, every number finite, at most 32 levels deep.
        arrays: Group ("weights", "calibration") to name to array of finite numbers or truth values; empty groups take
            no room.

    Raises:
        DetectorFileError: A value cannot be saved.
        FileError: The file cannot be written. Nothing is left behind, and a file that had the name is unchanged.

    Example:
        >>> import tempfile
        >>> from offbeat.persistence import read_archive, write_archive
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_archive(f"{folder}/ecg.offbeat", {"threshold": 0.13}, {"weights": {"bias": np.zeros(3)}})
        ...     archive = read_archive(f"{folder}/ecg.offbeat")
        >>> archive.manifest, archive.arrays["weights"]["bias"]
        ({'threshold': 0.13}, array([0., 0., 0.]))
    """
    path = Path(path)
    _audit_groups(path, arrays)
    groups = [
        _measured(entry, tensor_pieces(arrays[group], f"{path}: {entry}"))
        for group, entry in ENTRY_OF_GROUP.items()
        if arrays.get(group)
    ]
    contents = [_manifest_content(path, manifest, groups), *groups]
    entries = [content.entry for content in contents]
    size = directory_offset(entries) + len(directory(entries))
    if size > MAX_FILE_BYTES:
        raise DetectorFileError(
            f"{path} would be {size} bytes; at most {MAX_FILE_BYTES} can be opened. Fit with fewer calibration rows."
        )
    replace_file(path, _file_pieces(contents))


def written_by() -> dict[str, str]:
    """Versions of what computes a detector's scores: offbeat, jax, jaxlib, numpy, python. Imports none of them."""
    from importlib import metadata  # 15 ms that reading a file need not wait for

    versions = {"offbeat": __version__, "numpy": np.__version__, "python": platform.python_version()}
    for package in ("jax", "jaxlib"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _audit_groups(path: Path, arrays: ArrayGroups) -> None:
    if unknown := [group for group in arrays if group not in ENTRY_OF_GROUP]:
        raise DetectorFileError(
            f"{path}: unknown groups of arrays: {name_some(unknown)}; {name_some(list(ENTRY_OF_GROUP))} can be saved."
        )
    for group, members in arrays.items():
        for name, array in members.items():
            audit_values(name, array, f"{path}: {group}")


def _manifest_content(path: Path, manifest: dict[str, Any], groups: list[_Content]) -> _Content:
    text = dump_object(
        {
            "format": FORMAT,
            "versions": written_by(),
            "sizes": {content.entry.name: content.entry.size for content in groups},
            "checksums": {content.entry.name: content.sha256 for content in groups},
            "nan_allowed": [],  # a field of the format: which arrays may hold NaN, and none may
            "detector": manifest,
        },
        f"{path}: {MANIFEST}",
    )
    if len(text) > MAX_MANIFEST_BYTES:
        raise DetectorFileError(
            f"{path}: {MANIFEST} would be {len(text)} bytes; at most {MAX_MANIFEST_BYTES} can be. "
            "Long lists belong into arrays."
        )
    return _measured(MANIFEST, [text])


def _measured(name: str, pieces: list[bytes | memoryview]) -> _Content:
    size, crc, sha256 = 0, 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        sha256.update(piece)
    return _Content(Entry(name, size, crc), sha256.hexdigest(), tuple(pieces))


def _file_pieces(contents: list[_Content]) -> Iterator[bytes | memoryview]:
    for content in contents:
        yield local_header(content.entry)
        yield from content.pieces
    yield directory([content.entry for content in contents])
