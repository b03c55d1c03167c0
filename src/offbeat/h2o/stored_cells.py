"""The cells of a frame under their name, as H2O's server keeps them.

Several frames of a script may stand for one name, as after `get_frame`. A frame that is changed stands for other cells
from then on, under a new name; the old name stands for what it stood for. Only `impute` changes what a name stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from offbeat.errors import DataError
from offbeat.h2o import registry
from offbeat.h2o.arithmetic import AbstractCells

Stored = TypeVar("Stored", bound="AbstractStored")


@dataclass(eq=False)
class StoredCells:
    """What a name stands for.

    Attributes:
        key: The name.
        cells: The columns.
    """

    key: str
    cells: pl.DataFrame

    def __deepcopy__(self, memo: dict[int, Any]) -> StoredCells:
        """The same cells under a name of their own: the copy's new name must not take this one's away."""
        copied = StoredCells(registry.new_key(), self.cells)
        registry.register(copied.key, copied)
        return copied


class AbstractStored(AbstractCells):
    """A frame as what stands for a name."""

    _stored: StoredCells

    @property
    def cells(self) -> pl.DataFrame:
        """The columns; setting them gives the frame a new name, and changes no other frame."""
        return self._stored.cells

    @cells.setter
    def cells(self, cells: pl.DataFrame) -> None:
        self._store(cells)

    @property
    def frame_id(self) -> str:
        """The name in `h2o.ls()`; setting it renames what the frame stands for, and keeps it."""
        return self._stored.key

    @frame_id.setter
    def frame_id(self, key: str) -> None:
        registry.unregister(self.key)
        self._stored.key = key
        registry.register(key, self._stored, is_named=True)

    @property
    def key(self) -> str:
        """The same as `frame_id`."""
        return self._stored.key

    @classmethod
    def named(cls: type[Stored], key: str) -> Stored:
        """A frame that stands for a name.

        Args:
            key: The name.

        Raises:
            DataError: Nothing is held under that name, or a model.
        """
        stored = registry.registered(key)
        if not isinstance(stored, StoredCells):
            raise DataError(f"'{key}' is the name of a model; the name of a frame was expected.")
        frame = cls.__new__(cls)
        frame._stored = stored
        return frame

    @classmethod
    def get_frame(cls: type[Stored], frame_id: Any) -> Stored | None:
        """A frame that stands for a name; None where no frame has it.

        Args:
            frame_id: The name.

        Raises:
            DataError: It is no name.
        """
        if not isinstance(frame_id, str):
            raise DataError(f"get_frame() takes the name of a frame; {frame_id!r} was given.")
        return cls.named(frame_id) if isinstance(registry.found(frame_id), StoredCells) else None

    def _store(self, cells: pl.DataFrame, key: str | None = None, is_named: bool = True) -> None:
        """Stands for other cells from now on, under a new name where none is given."""
        self._stored = StoredCells(key or registry.new_key(), cells)
        registry.register(self.key, self._stored, is_named=is_named and bool(key))
