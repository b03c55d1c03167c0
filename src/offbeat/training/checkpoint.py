"""The state of a training on disk, so that a killed one goes on where it was and ends with the same weights."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Int

from offbeat.errors import TrainingError, unwritable
from offbeat.files import write_atomically
from offbeat.training.batches import BatchPlan
from offbeat.training.epoch import TrainingState
from offbeat.training.history import History
from offbeat.training.settings import TrainingSettings
from offbeat.training.stopping import Watch


@dataclass(frozen=True)
class Progress:
    """A training between two epochs: all that the rest of it depends on."""

    state: TrainingState
    best: Any
    """Parameters of the best epoch so far, laid out as those of the state."""

    watch: Watch
    history: History
    finished: bool = False
    whole: Progress | None = None
    """Where a limit on time cut an epoch off: the progress before that epoch, to go on from with more time."""


def fingerprint(
    settings: TrainingSettings,
    plan: BatchPlan,
    network: Any,
    features: Float[np.ndarray, "rows features"],
    train_rows: Int[np.ndarray, "train"],
    validation: Float[np.ndarray, "validation features"],
    scheduled: float | None,
    columns: tuple[int, ...],
) -> str:
    """A checksum of everything that decides the outcome; the limit on time is no part of it."""
    digest = hashlib.sha256(settings.model_copy(update={"max_seconds": None}).model_dump_json().encode())
    if scheduled is not None:
        digest.update(f"{scheduled}".encode())
    if max(settings.masking, settings.shift, settings.warp) > 0:  # only these ask which features are one cell
        digest.update(f"{columns}".encode())
    leaves, structure = jax.tree.flatten(network)
    digest.update(f"{plan} {structure}".encode())
    for array in (*leaves, features, train_rows, validation):
        array = np.ascontiguousarray(array)
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def make_folder(folder: Path) -> None:
    """Makes sure that checkpoints can be written, which a training of hours must not find out at its first one.

    Raises:
        FileError: They cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as problem:
        raise unwritable(f"checkpoint: the folder {folder} cannot be written to", problem, folder.parent) from problem


def save_progress(path: Path, progress: Progress, owner: str) -> None:
    """Write a checkpoint in one piece; the one before it stays valid until the new one is complete.

    Raises:
        FileError: It cannot be written.
    """
    from safetensors.numpy import save

    arrays, told = _as_arrays(progress, "leaf"), _facts(progress)
    if progress.whole:
        arrays |= _as_arrays(progress.whole, "whole")
        told["whole"] = _facts(progress.whole)
    facts = {"owner": owner, "checksums": {name: zlib.crc32(array.data) for name, array in arrays.items()}, **told}
    try:
        write_atomically(path, save(arrays, metadata={"progress": json.dumps(facts)}))
    except OSError as problem:
        raise unwritable(f"{path}: the checkpoint cannot be written", problem, path.parent) from problem


def _as_arrays(progress: Progress, name: str) -> dict[str, np.ndarray]:
    leaves = jax.tree.leaves((progress.state, progress.best))
    # Row by row in memory: a network may begin with a transposed matrix, which no checksum takes as it lies.
    return {f"{name}.{index}": np.asarray(leaf, order="C") for index, leaf in enumerate(leaves)}


def _facts(progress: Progress) -> dict[str, Any]:
    return {"watch": asdict(progress.watch), "history": asdict(progress.history), "finished": progress.finished}


def load_progress(path: Path, fresh: Progress, owner: str) -> Progress | None:
    """The checkpoint's progress, or None where there is no checkpoint yet.

    Args:
        path: The checkpoint file.
        fresh: A progress before the first step, which tells the shapes.
        owner: Fingerprint of the training that wants to go on.

    Raises:
        TrainingError: The file is damaged, or belongs to other settings or other data.
    """
    if not path.exists():
        return None
    arrays, facts = _read(path)
    if facts["owner"] != owner:
        raise TrainingError(
            f"{path}: this checkpoint belongs to a training with other settings, data or seed, and cannot be continued "
            "by this one. Repeat the call that wrote it, or name another checkpoint folder to start afresh."
        )
    try:
        resumed = _rebuild(arrays, facts, fresh, "leaf")
        whole = _rebuild(arrays, facts["whole"], fresh, "whole") if "whole" in facts else None
        return replace(resumed, whole=whole)
    except (KeyError, TypeError, ValueError) as problem:
        raise _unreadable(path, "it was written by another version") from problem


def _rebuild(arrays: dict[str, np.ndarray], facts: dict[str, Any], fresh: Progress, name: str) -> Progress:
    expected, structure = jax.tree.flatten((fresh.state, fresh.best))
    leaves = [arrays[f"{name}.{index}"] for index in range(len(expected))]
    for leaf, like in zip(leaves, expected, strict=True):
        if (leaf.shape, leaf.dtype) != (like.shape, like.dtype):
            raise ValueError(f"an array is {leaf.dtype} {leaf.shape}, expected {like.dtype} {like.shape}")
    state, best = jax.tree.unflatten(structure, leaves)
    history: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in facts["history"].items()
    }
    return Progress(state, best, Watch(**facts["watch"]), History(**history), facts["finished"])


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads(file.metadata()["progress"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        sound = {name: zlib.crc32(array.data) for name, array in arrays.items()} == facts["checksums"]
    except OSError as problem:
        raise _unreadable(path, problem.strerror or "it cannot be read") from problem
    except (SafetensorError, KeyError, TypeError, ValueError) as problem:
        raise _unreadable(path, "it is damaged, or no checkpoint at all") from problem
    if not sound:
        raise _unreadable(path, "its numbers do not match their checksum")
    return arrays, facts


def _unreadable(path: Path, reason: str) -> TrainingError:
    return TrainingError(f"{path}: this is no readable checkpoint ({reason}). Remove it to start the training afresh.")
