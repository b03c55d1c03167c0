"""The arrays of a Keras file, from the HDF5 text within it: plain numbers, read under the bounds of the file's size."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import numpy as np
from jaxtyping import Shaped

from offbeat.errors import DetectorFileError, MissingDependencyError
from offbeat.integrations.foreign_zip import DAMAGED, NOT_TRUSTED
from offbeat.persistence.format import shown

MAX_OBJECTS: Final = 100_000
MAX_DEPTH: Final = 64
# Keras 2 called the layers of a model by the first name, and separated names by backslashes on Windows.
_OTHER_SPELLINGS: Final = {"_layer_checkpoint_dependencies": "layers"}
_NOT_OF_THE_MODEL: Final = ("optimizer", "metrics")


@dataclass(frozen=True, eq=False)
class KerasWeights:
    """Arrays by their place, such as "layers/dense/vars/0".

    Attributes:
        where: File and entry, for errors.
        arrays: By place.
        names: What Keras calls the layer or model at a place such as "layers/dense": "bottleneck". Older files do not
            tell.
    """

    where: str
    arrays: dict[str, Shaped[np.ndarray, "..."]]
    names: dict[str, str]

    def place_of(self, parent: str, key: str, name: str) -> str:
        """Where the arrays of a part are.

        Args:
            parent: Place of the model that it is a part of.
            key: The last step where names are not told: its class, and how many of that class were before it.
            name: What Keras calls it.
        """
        beside = [place for place, own in self.names.items() if own == name and place.rpartition("/")[0] == parent]
        return beside[0] if len(beside) == 1 else f"{parent}/{key}".removeprefix("/")

    def count(self, place: str) -> int:
        """How many arrays a layer has."""
        return sum(path.rpartition("/")[0] == f"{place}/vars" for path in self.arrays)

    def array(self, place: str, index: int, shape: tuple[int, ...], layer: str) -> Shaped[np.ndarray, "..."]:
        """One array of a layer.

        Args:
            place: Of the layer.
            index: From 0, in the order in which the layer made its arrays.
            shape: What it must have.
            layer: What errors call the layer.

        Raises:
            DetectorFileError: There is none, it has another shape or type, or holds numbers that are not finite.
        """
        path = f"{place}/vars/{index}"
        if path not in self.arrays:
            raise DetectorFileError(f"{self.where}: {layer} lacks its array {shown(path)}. {DAMAGED}")
        array = self.arrays[path]
        if array.shape != shape or array.dtype.kind != "f":
            raise DetectorFileError(
                f"{self.where}: array {index} of {layer} is {array.dtype} {array.shape}; floating-point numbers of the "
                f"shape {shape} were expected. {DAMAGED}"
            )
        if not np.isfinite(array).all():
            raise DetectorFileError(
                f"{self.where}: array {index} of {layer} holds numbers that are not finite. The model diverged: "
                "train it again."
            )
        return array


def read_weights(content: bytes, where: str) -> KerasWeights:
    """The arrays in an HDF5 file, those of the optimizer and of metrics aside.

    Args:
        content: The file.
        where: What errors call it.

    Raises:
        MissingDependencyError: h5py is not installed.
        DetectorFileError: It is no HDF5 file, damaged, or refers to other files.
    """
    h5py = _h5py()
    arrays: dict[str, np.ndarray] = {}
    names: dict[str, str] = {}
    left = len(content)
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            for path, found in _walk(h5py, file, where):
                if isinstance(found, h5py.Dataset):
                    left -= found.nbytes
                    arrays[path] = _read(found, path, left, where)
                elif isinstance(name := found.attrs.get("name"), str) and path.endswith("vars"):
                    names[path.rpartition("/")[0]] = name
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as problem:
        if isinstance(problem, DetectorFileError):
            raise
        raise DetectorFileError(f"{where} is no readable HDF5 file ({problem}). {DAMAGED}") from None
    return KerasWeights(where, arrays, names)


def _h5py() -> ModuleType:
    try:
        return importlib.import_module("h5py")
    except ImportError:
        raise MissingDependencyError(
            "Opening a Keras file needs h5py, which is not installed. Install it: pip install 'offbeat[keras]'."
        ) from None


def _walk(h5py: ModuleType, group: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Everything in a file with its place, one after the other."""
    waiting = [("", group)]
    seen = 0
    while waiting:
        parent, container = waiting.pop()
        for name in container:
            path = f"{parent}/{_OTHER_SPELLINGS.get(name, name)}".removeprefix("/").replace("\\", "/")
            seen += 1
            if seen > MAX_OBJECTS or path.count("/") > MAX_DEPTH:
                raise DetectorFileError(f"{where} holds more than a model needs, at {shown(path)}. {NOT_TRUSTED}")
            if path in _NOT_OF_THE_MODEL:
                continue
            if not isinstance(container.get(name, getlink=True), h5py.HardLink):
                raise DetectorFileError(f"{where}: {shown(path)} is a link to another place. {NOT_TRUSTED}")
            found = container[name]
            yield path, found
            if isinstance(found, h5py.Group):
                waiting.append((path, found))


def _read(dataset: Any, path: str, left: int, where: str) -> np.ndarray:
    if dataset.external is not None or dataset.is_virtual or dataset.chunks is not None:
        raise DetectorFileError(
            f"{where}: {shown(path)} is not stored in one piece within the file. Keras writes no such file: save the "
            "model again with Keras."
        )
    if left < 0 or dataset.dtype.kind not in "fiub":
        raise DetectorFileError(
            f"{where}: {shown(path)} is {dataset.dtype} {dataset.shape}, which the file has no room for. {DAMAGED}"
        )
    return np.asarray(dataset[()])
