"""The arrays of a Keras model, by the layers that they belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
from jaxtyping import Shaped

from offbeat.errors import DetectorFileError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.integrations.keras.hdf5 import read_hdf5
from offbeat.persistence.format import shown

# Keras 2 called the layers of a model by the first name, and separated names by backslashes on Windows.
_OLDER_SPELLINGS: Final = (("\\", "/"), ("_layer_checkpoint_dependencies", "layers"))
_NOT_OF_THE_MODEL: Final = ("optimizer", "metrics")
_T = TypeVar("_T")


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

    def without(self, tops: Collection[str]) -> KerasWeights:
        """What lies outside of some groups at the top of the file.

        Args:
            tops: What these are called.
        """

        def rest(by_path: dict[str, _T]) -> dict[str, _T]:
            return {path: found for path, found in by_path.items() if path.partition("/")[0] not in tops}

        return replace(self, arrays=rest(self.arrays), names=rest(self.names))


def read_weights(content: bytes, where: str) -> KerasWeights:
    """The arrays of a model, those of its optimizer and of metrics aside.

    Args:
        content: What Keras calls `model.weights.h5`.
        where: What errors call it.

    Raises:
        DetectorFileError: It is no such file, or damaged.
    """
    found = read_hdf5(content, where)
    arrays = {
        _present_spelling(path): _widened(array) if found.texts.get(path, {}).get("dtype") == "bfloat16" else array
        for path, array in found.arrays.items()
    }
    names = {
        _present_spelling(path).rpartition("/")[0]: texts["name"]
        for path, texts in found.texts.items()
        if "name" in texts
    }
    return KerasWeights(where, arrays, names).without(_NOT_OF_THE_MODEL)


def _widened(array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """Numbers of bfloat16, the upper half of float32's. HDF5 has no such type, and calls them bytes."""
    if array.dtype != np.dtype("V2"):
        return array
    return (array.view("<u2").astype("<u4") << 16).view("<f4")


def _present_spelling(path: str) -> str:
    for older, newer in _OLDER_SPELLINGS:
        path = path.replace(older, newer)
    return path
