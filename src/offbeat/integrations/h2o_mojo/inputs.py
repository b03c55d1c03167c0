"""What an H2O network sees of a table: a slot for each level and one for missing ones, then scaled numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float, Float64, Int

from offbeat.data.readers import read
from offbeat.data.spelling import UNKNOWN, Levels
from offbeat.data.table import Table
from offbeat.integrations.h2o_mojo.coded_columns import MISSING
from offbeat.integrations.h2o_mojo.columns import schema_of
from offbeat.integrations.h2o_mojo.mojo import Mojo


@dataclass(frozen=True, eq=False)
class Inputs:
    """The rows of a table, ready to be spread over the network's inputs a block at a time.

    Attributes:
        model: Whose inputs they are.
        slots: Which of a categorical column's slots is lit, a vector a column; the last one where missing or unseen.
        numbers: The numeric columns in their own units, NaN where missing.
        height: How many rows there are.
    """

    model: Mojo
    slots: tuple[Int[np.ndarray, "rows"], ...]
    numbers: Float[np.ndarray, "rows numeric"]
    height: int

    def of_rows(self, rows: slice | Int[np.ndarray, "chosen"]) -> Float64[np.ndarray, "chosen inputs"]:
        """What the network sees of some rows; a missing number counts as 0, which is the mean.

        Args:
            rows: Which rows, as a slice or by their numbers.
        """
        scaled = np.subtract(self.numbers[rows], self.model.subtracted, dtype=np.float64)
        scaled *= self.model.multiplied
        np.copyto(scaled, 0.0, where=np.isnan(scaled))
        if not self.slots:
            return scaled
        widths = [len(known) + 1 for known in self.model.levels.values()]
        width = sum(widths) + scaled.shape[1]
        seen = np.zeros((len(scaled), width))
        seen[:, sum(widths) :] = scaled
        places = np.arange(0, seen.size, width)
        for slots, passed in zip(self.slots, widths, strict=True):
            seen.reshape(-1)[places + slots[rows]] = 1.0
            places += passed
        return seen


def inputs_of(model: Mojo, table: object) -> Inputs:
    """The rows of a table as a model sees them.

    Args:
        model: From `read_mojo`.
        table: A path, URL, data frame, array or `Table` with the model's columns.

    Raises:
        SchemaError: Columns are lacking.
        DataError: A numeric column holds something else.
    """
    aligned = schema_of(model).align(read(table))
    slots = tuple(_slots(aligned, name, levels) for name, levels in model.levels.items())
    return Inputs(model, slots, _numbers(aligned, model), aligned.height)


def _numbers(table: Table, model: Mojo) -> Float[np.ndarray, "rows numeric"]:
    """The numeric columns that the network sees, in their own units."""
    if not model.coded:
        return table.numbers(model.numeric)
    made = {name for column in model.coded for name in column.names}
    plain = [name for name in model.numeric if name not in made]
    columns = dict(zip(plain, table.numbers(plain).T, strict=True))
    for column in model.coded:
        places, words = _slots(table, column.name, column.levels), table.words(column.name)
        places[words.is_null().to_numpy()] = MISSING
        columns |= dict(zip(column.names, column.numbers(places, words).T, strict=True))
    return np.stack([columns[name] for name in model.numeric], axis=1)


def _slots(table: Table, name: str, levels: tuple[str, ...]) -> Int[np.ndarray, "rows"]:
    words = tuple(level.strip() for level in levels)
    places = Levels(words).places_of(table.words(name))
    cells = table.column(name)
    if len(set(words)) < len(words) and cells.dtype == pl.String:  # H2O tells levels apart by their blanks
        own = cells.replace_strict(levels, range(len(levels)), default=UNKNOWN, return_dtype=pl.Int64).to_numpy()
        places = np.where(own == UNKNOWN, places, own)
    return np.where(places == UNKNOWN, len(levels), places)
