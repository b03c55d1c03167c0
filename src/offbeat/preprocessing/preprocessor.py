"""A whole table as features for a network, and back: what training rows taught about every column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int, Shaped

from offbeat.alignment import aligned_empty
from offbeat.data.schema import Schema
from offbeat.data.table import Table
from offbeat.errors import DataError
from offbeat.preprocessing.categorical import CategoricalColumn, fit_categorical
from offbeat.preprocessing.numeric import NumericColumns, fit_numeric
from offbeat.preprocessing.record import CategoricalRecord, NumericRecord, PreprocessorRecord, read_record
from offbeat.preprocessing.scaling import Scale
from offbeat.preprocessing.settings import PreprocessingSettings


@dataclass(frozen=True, eq=False)
class Preprocessor:
    """Columns to features and back, as fitted on training rows; a row's features depend on no other row.

    The features, in order: a scaled value for each numeric column, a mark for each numeric column whose missing cells
    count, then the slots of each categorical column.

    Attributes:
        columns: The columns it was fitted on, in the schema's order.
        numeric: The numeric ones among them.
        categorical: The categorical ones among them.
    """

    columns: tuple[str, ...]
    numeric: NumericColumns
    categorical: tuple[CategoricalColumn, ...]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What each feature is: 'flow', 'flow is missing', 'valve=open'."""
        slots = (name for column in self.categorical for name in column.feature_names)
        return (*self.numeric.feature_names, *slots)

    @property
    def features(self) -> int:
        """The number of features."""
        return self.numeric.features + sum(len(column.slots) for column in self.categorical)

    @property
    def feature_columns(self) -> Int[np.ndarray, "features"]:
        """For each feature, the position in `columns` of the column that it came from."""
        place = {name: position for position, name in enumerate(self.columns)}
        numeric = np.array([place[name] for name in self.numeric.names], dtype=np.int64)
        slots = [np.full(len(column.slots), place[column.name], dtype=np.int64) for column in self.categorical]
        return np.concatenate([numeric, numeric[self.numeric.marked], *slots])

    def transform(
        self, table: Table, rows: Int[np.ndarray, "rows"] | None = None
    ) -> Float32[np.ndarray, "rows features"]:
        """The features of a table's rows; nothing else of the table's size is made.

        Args:
            table: Holds `columns`, in any order; others are not looked at.
            rows: Which rows, in which order; None for all.

        Returns:
            Finite float32, row by row in memory. Values beyond the bound lie on it.

        Raises:
            DataError: The table lacks a column, or holds text or infinity where numbers are expected.

        Example:
            >>> from offbeat.data.schema import infer_schema
            >>> import polars as pl
            >>> table = Table(pl.DataFrame({"flow": [1.0, 3.0], "valve": ["open", "shut"]}))
            >>> preprocessor = fit_preprocessor(table, infer_schema(table), PreprocessingSettings())
            >>> preprocessor.feature_names
            ('flow', 'valve=open', 'valve=shut', 'valve=(unseen)')
            >>> preprocessor.transform(table)
            array([[-1.,  1.,  0.,  0.],
                   [ 1.,  0.,  1.,  0.]], dtype=float32)
        """
        height = table.height if rows is None else len(rows)
        features = aligned_empty((height, self.features))
        first = self.numeric.features
        if self.numeric.names:
            self.numeric.encode(table.numbers(self.numeric.names), rows, features[:, :first])
        for column in self.categorical:
            words = table.words(column.name)
            chosen = words if rows is None else words.gather(rows)
            column.encode(chosen, features[:, first : first + len(column.slots)])
            first += len(column.slots)
        return features

    def inverse(self, features: Float[np.ndarray, "rows features"]) -> dict[str, Shaped[np.ndarray, "rows"]]:
        """The values that features stand for, for instance those of a network's reconstruction.

        Args:
            features: A column for each of `feature_names`.

        Returns:
            For each column its values: float64 in the column's own unit, or level names (objects; None for missing,
            '(other)' for a rare level, '(unseen)' for one that training did not show). A missing number comes back as
            the value that stood in for it.

        Raises:
            DataError: The number of features is not that of this preprocessor.
        """
        return self._decoded(features, CategoricalColumn.decode)

    def expected(self, features: Float[np.ndarray, "rows features"]) -> dict[str, Shaped[np.ndarray, "rows"]]:
        """As `inverse`, of what a network made of rows: never a level that training did not show.

        Far from all rows the slot of unseen levels may come out largest; nobody expects one of these.

        Args:
            features: As for `inverse`.

        Raises:
            DataError: As `inverse`.
        """
        return self._decoded(features, CategoricalColumn.decode_seen)

    def _decoded(
        self,
        features: Float[np.ndarray, "rows features"],
        decode: Callable[[CategoricalColumn, Float[np.ndarray, "rows slots"]], Shaped[np.ndarray, "rows"]],
    ) -> dict[str, Shaped[np.ndarray, "rows"]]:
        if features.shape[1] != self.features:
            raise DataError(
                f"There are {features.shape[1]} features; {self.features} were expected, one for each of feature_names."
            )
        first = self.numeric.features
        numbers = self.numeric.decode(features[:, :first])
        values: dict[str, np.ndarray] = dict(zip(self.numeric.names, numbers.T, strict=True))
        for column in self.categorical:
            values[column.name] = decode(column, features[:, first : first + len(column.slots)])
            first += len(column.slots)
        return {name: values[name] for name in self.columns}

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, numbers and texts for a file; floats come back from JSON bit for bit."""
        numeric, scale = self.numeric, self.numeric.scale
        record = PreprocessorRecord(
            columns=list(self.columns),
            bound=numeric.bound,
            numeric=NumericRecord(
                names=list(numeric.names),
                offset=scale.offset.tolist(),
                divisor=scale.divisor.tolist(),
                centre=scale.centre.tolist(),
                marked=numeric.marked.tolist(),
            ),
            categorical=[
                CategoricalRecord(name=c.name, levels=list(c.levels), rare=list(c.rare), missing=c.missing)
                for c in self.categorical
            ],
        )
        return record.model_dump()

    @classmethod
    def from_dict(cls, values: object) -> Preprocessor:
        """The preprocessor that `to_dict` described; nothing is trusted, whoever wrote it.

        Args:
            values: What `to_dict` gave, after JSON or not.

        Raises:
            DataError: A key, type, length or number is not as `to_dict` writes it.
        """
        record = read_record(values)
        scale = Scale(
            np.array(record.numeric.offset, dtype=np.float64),
            np.array(record.numeric.divisor, dtype=np.float64),
            np.array(record.numeric.centre, dtype=np.float64),
        )
        marked = np.array(record.numeric.marked, dtype=bool)
        return cls(
            tuple(record.columns),
            NumericColumns(tuple(record.numeric.names), scale, marked, record.bound),
            tuple(CategoricalColumn(c.name, tuple(c.levels), tuple(c.rare), c.missing) for c in record.categorical),
        )


MOST_TIMES_AS_WIDE = 2.0
"""A column that one row makes wider than so many times what the others make of it keeps the unit of all."""


def in_units_of(
    preprocessor: Preprocessor,
    table: Table,
    settings: PreprocessingSettings,
    others: Int[np.ndarray, "others"],
    asked: Int[np.ndarray, "asked"],
) -> Float32[np.ndarray, "asked features"]:
    """The features of some rows, with numbers scaled and imputed as other rows have it.

    Which features there are stays as it is, levels and marks included. A column keeps the scale of all rows where the
    others tell none, as they are all alike or have no value, and where an odd value among the asked ones makes its unit
    much wider than the others': a new row with such a value will be measured by the wide unit, too.

    Args:
        preprocessor: Fitted on all of them.
        table: The rows that it was fitted on.
        settings: As it was fitted with.
        others: Which rows set offsets, units and what stands in for missing cells.
        asked: Which rows to give the features of.
    """
    numeric = preprocessor.numeric
    if not numeric.names:
        return preprocessor.transform(table, asked)
    numbers = table.numbers(numeric.names)
    whole, own = numeric.scale, fit_numeric(numeric.names, numbers, others, settings).scale
    differ = np.fmin.reduce(numbers[others], axis=0) < np.fmax.reduce(numbers[others], axis=0)
    is_own = differ & (whole.divisor <= MOST_TIMES_AS_WIDE * own.divisor)
    scale = Scale(
        np.where(is_own, own.offset, whole.offset),
        np.where(is_own, own.divisor, whole.divisor),
        np.where(is_own, own.centre, whole.centre),
    )
    return replace(preprocessor, numeric=replace(numeric, scale=scale)).transform(table, asked)


def fit_preprocessor(
    table: Table,
    schema: Schema,
    settings: PreprocessingSettings,
    rows: Int[np.ndarray, "rows"] | None = None,
    normal: Int[np.ndarray, "normal"] | None = None,
) -> Preprocessor:
    """Learn from training rows how each column of the schema becomes features.

    Args:
        table: Holds the schema's columns.
        schema: Which columns to use, and which of them are numeric.
        settings: How to scale, impute and encode.
        rows: Which rows of the table are training rows; None for all. Others are not looked at.
        normal: All normal rows; numeric columns without a value among the training rows are scaled by these.

    Raises:
        DataError: There is no column or no training row, or training cells are too large to compute with.
    """
    height = table.height if rows is None else len(rows)
    if not schema.columns or height == 0:
        raise DataError(
            f"There is nothing to fit on: {height} training rows and {len(schema.columns)} columns; at least one of "
            "each was expected."
        )
    numeric_names = tuple(column.name for column in schema.columns if column.kind == "numeric")
    numbers = table.numbers(numeric_names) if numeric_names else np.empty((table.height, 0))
    categorical = []
    for column in schema.columns:
        if column.kind == "categorical":
            words = table.words(column.name)
            categorical.append(fit_categorical(column.name, words if rows is None else words.gather(rows), settings))
    return Preprocessor(
        columns=tuple(column.name for column in schema.columns),
        numeric=fit_numeric(numeric_names, numbers, rows, settings, normal),
        categorical=tuple(categorical),
    )
