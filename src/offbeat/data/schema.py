"""`Schema`: the columns that a detector was fitted on, and how another table is brought into their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl
from jaxtyping import Float

from offbeat.data.kinds import A_COUNT, OF_PANDAS, Kind, counts_the_rows, kind_of, reason_to_ignore
from offbeat.data.mismatch import count_columns, is_out_of_order, lacking_columns, out_of_order, wrong_width
from offbeat.data.names import as_option, made_up_names
from offbeat.data.numerals import TEXT_TYPES, numbers_of
from offbeat.data.table import Table
from offbeat.data.times import milliseconds_of
from offbeat.errors import DataError, SettingsError, name_some

FEWEST_RISING = 10
"""Fewer rows may rise from each to the next by chance."""

_CELLS_AT_A_TIME = 4_000_000

_INDEX_OF_PANDAS = re.compile(r"__index_level_\d+__")
"""What pandas and pyarrow call an index without a name in Parquet and Arrow: numbers of rows, with gaps or shuffled."""

AS_ASKED = "as asked"
"""Why a column is left out that the user named."""


@dataclass(frozen=True)
class Column:
    """One column that the network sees.

    Attributes:
        name: Its name, made up (C1, C2, ...) where the data has none.
        kind: Numbers, or categories compared as words.
        constant: Whether all of its cells that are not missing were equal when the schema was made.
        missing: How many of its cells were missing then.
        time: Whether its numbers are milliseconds since 1970-01-01 UTC: then dates and times count as these. Only
            columns of models that were trained elsewhere are such.
        rises_to: The last of its numbers, where each was larger than the one before it; None where not, and of fewer
            than ten rows, which may rise by chance.
    """

    name: str
    kind: Kind
    constant: bool = False
    missing: int = 0
    time: bool = False
    rises_to: float | None = None


@dataclass(frozen=True)
class Schema:
    """The columns that a detector was fitted on, in order.

    Attributes:
        columns: Those that the network sees.
        named: Whether the names are the data's own; if not, other tables are aligned by position.
        ignored: Name and reason of each column that was left out.
        all_names: The names of all columns of the fitted table in order, the ignored ones included.
        open_ended: Whether the fitted table may have had further columns behind these. Only of models that were trained
            elsewhere this is not known.

    Example:
        >>> schema = infer_schema(Table(pl.DataFrame({"flow": [1.0, 2.0], "valve": ["open", "shut"]})))
        >>> [(column.name, column.kind) for column in schema.columns]
        [('flow', 'numeric'), ('valve', 'categorical')]
        >>> schema.align(Table(pl.DataFrame({"valve": ["shut"], "day": ["Monday"], "flow": [3]}))).names
        ('flow', 'valve')
    """

    columns: tuple[Column, ...]
    named: bool = True
    ignored: tuple[tuple[str, str], ...] = ()
    all_names: tuple[str, ...] = ()
    open_ended: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that the network sees."""
        return tuple(column.name for column in self.columns)

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names of the columns that the network sees, none where they were made up: what a header must hold."""
        return self.names if self.named else ()

    def align(self, table: Table) -> Table:
        """The table's columns that the detector was fitted on, in fitted order and under their fitted names.

        By name where both have names of their own, blanks around them aside where no two differ by these only: headers
        of CSV files are read without them. Other columns are dropped. By position where one of them has
        none: then the table has as many columns as the network sees, or as the fitted table had; where that is
        open-ended, a table without names may have more.

        Args:
            table: Any table; numeric columns may arrive as text that parses as numbers.

        Raises:
            SchemaError: Columns are lacking, or their number is wrong; or they are numbered from 0 in another order
                than they stand in, where they would be taken by position.
            DataError: A numeric column holds something else.
        """
        if table.named and set(self.names) <= set(table.names):
            return self._read_as_numbers(table.select(self.names))
        if table.named and (found := self._but_for_blanks(table.names)):
            return self._read_as_numbers(_renamed(table.select(found), self.names))
        if table.named and self.named:
            raise lacking_columns(table.subject, table.names, self.names, [name for name, _ in self.ignored])
        if table.named and is_out_of_order(table.names):
            raise out_of_order(table.subject, table.names)
        if table.width == len(self.columns):
            return self._read_as_numbers(_renamed(table, self.names))
        if table.width == len(self.all_names):
            return self._read_as_numbers(_renamed(table, self.all_names).select(self.names))
        if self.open_ended and not table.named and table.width > len(self.all_names):
            return self._read_as_numbers(_renamed(table.select(table.names[: len(self.all_names)]), self.all_names))
        full = len(self.all_names)
        raise wrong_width(table.subject, table.width, self.names, full, named=self.named, open_ended=self.open_ended)

    def require_fit(self, table: Table) -> None:
        """Nothing where a table has the columns, and numbers where these are expected.

        Raises:
            SchemaError: As `align`.
            DataError: As `align`; or a number is infinite.
        """
        self.align(table).numbers([column.name for column in self.columns if column.kind == "numeric"])

    def to_dict(self) -> dict[str, object]:
        """The schema as plain values that JSON can hold; `from_dict` reads them back."""
        from offbeat.data.schema_record import record_of

        return record_of(self)

    @staticmethod
    def from_dict(record: object) -> Schema:
        """A schema from what `to_dict` gave; anything else is refused.

        Args:
            record: Parsed JSON from a file that may be damaged or hostile.

        Raises:
            DataError: A key is lacking, unknown or of another type, or names do not fit together.
        """
        from offbeat.data.schema_record import schema_from_record

        return schema_from_record(record)

    def _but_for_blanks(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the names that are the schema's with or without blanks around them; none where one is in doubt."""
        there = {name.strip(): name for name in names}
        wanted = [name.strip() for name in self.names]
        is_clear = len(there) == len(names) and len(set(wanted)) == len(wanted) and set(wanted) <= there.keys()
        return tuple(there[name] for name in wanted) if is_clear else ()

    def _read_as_numbers(self, table: Table) -> Table:
        """The table with text, and with times, under numeric columns read as numbers, once and for all that follows."""
        if not isinstance(table.cells, pl.DataFrame):
            return table
        types = table.cells.schema
        times = [milliseconds_of(table.column(column.name), table.subject) for column in self.columns if column.time]
        text = [
            numbers_of(table.column(column.name), table.subject, table.decimal)
            for column in self.columns
            if column.kind == "numeric" and not column.time and types[column.name] in TEXT_TYPES
        ]
        return replace(table, cells=table.cells.with_columns(times + text)) if times or text else table


def infer_schema(
    table: Table,
    *,
    ignore: Sequence[str | int] = (),
    categorical: Sequence[str | int] = (),
    numeric: Sequence[str | int] = (),
) -> Schema:
    """Which columns of a training table a network can use, and as what.

    Args:
        table: The training rows; "constant" and "missing" are said of these.
        ignore: Columns to leave out, by name or position; a label column belongs here.
        categorical: Columns whose numbers are codes, not amounts; also keeps text that would be left out.
        numeric: Columns that must be numbers; anything else in them is an error.

    Returns:
        Without `categorical` and `numeric`: numbers are numeric, booleans and text categorical (see `kinds`); dates,
        times, text that is different in every row, and an index without a name are ignored: one that counts the
        rows, or that pandas wrote as such.

    Raises:
        SettingsError: A column is asked for as two things.
        DataError: There are no rows or no columns; a column has no value at all; text stands among numbers.
    """
    if not table.height or not table.width:
        size = f"{table.height} rows and {count_columns(table.width)}"
        raise DataError(f"{table.subject} has {size}; there is nothing to learn from.")
    asked = _asked(table, ignore=ignore, categorical=categorical, numeric=numeric)
    kinds, reasons = _sort_columns(table, asked)
    if not kinds:
        left_out = name_some([f"{name} ({reason})" for name, reason in reasons.items()])
        raise DataError(f"{table.subject} has no column to learn from; left out: {left_out}.")
    found = _numeric_columns(table, [name for name, kind in kinds.items() if kind == "numeric"])
    found |= {name: _categorical_column(table, name) for name, kind in kinds.items() if kind == "categorical"}
    columns = tuple(found[name] for name in kinds)
    _require_values(columns, table)
    return Schema(columns, named=table.named, ignored=tuple(reasons.items()), all_names=table.names)


def _asked(table: Table, **wishes: Sequence[str | int]) -> dict[str, str]:
    """What each column was asked to be, by name."""
    asked: dict[str, str] = {}
    for wish, columns in wishes.items():
        for column in columns:
            name = table.names[table.position(column)]
            if asked.setdefault(name, wish) != wish:
                raise SettingsError(
                    f"Column '{name}' is listed under both {asked[name]} and {wish}. Keep it under one."
                )
    return asked


def _sort_columns(table: Table, asked: dict[str, str]) -> tuple[dict[str, Kind], dict[str, str]]:
    """The kind of each column to learn from, and the reason for each that is left out."""
    numbers, nameless = _names_of_number_columns(table), _nameless_columns(table)
    reasons: dict[str, str] = {}
    kinds: dict[str, Kind] = {}
    for name in table.names:
        if asked.get(name) == "ignore":
            reasons[name] = AS_ASKED
        elif wish := asked.get(name):
            kinds[name] = "categorical" if wish == "categorical" else "numeric"
        elif _INDEX_OF_PANDAS.fullmatch(name):
            reasons[name] = OF_PANDAS
        elif name in nameless and counts_the_rows(table.column(name)):
            reasons[name] = A_COUNT
        elif isinstance(table.cells, pl.DataFrame) and (reason := reason_to_ignore(table.column(name), table.decimal)):
            reasons[name] = reason
        else:
            kinds[name] = "numeric" if name in numbers else kind_of(table.column(name), table.subject, table.decimal)
    return kinds, reasons


def _names_of_number_columns(table: Table) -> set[str]:
    """The columns that need no look at their cells."""
    if not isinstance(table.cells, pl.DataFrame):
        return set(table.names)
    return {name for name, kind in table.cells.schema.items() if kind.is_numeric()}


def _nameless_columns(table: Table) -> set[str]:
    """The columns that have no name in a table that has names; what pandas calls Unnamed: 0 had none in its file."""
    made_up = made_up_names(table.width)
    if not table.named or table.names == made_up:
        return set()
    places = enumerate(zip(table.names, made_up, strict=True))
    return {name for place, (name, nameless) in places if name in (nameless, f"Unnamed: {place}")}


def _numeric_columns(table: Table, names: list[str]) -> dict[str, Column]:
    """What to say of columns of numbers; a block of them at a time, so that no frame is copied whole."""
    columns: dict[str, Column] = {}
    is_copied = isinstance(table.cells, pl.DataFrame)
    width = max(1, _CELLS_AT_A_TIME // table.height) if is_copied else table.width
    for start in range(0, len(names), width):
        block = names[start : start + width]
        numbers = table.numbers(block)
        missing = np.isnan(numbers).sum(axis=0)
        constant = np.fmin.reduce(numbers, axis=0) == np.fmax.reduce(numbers, axis=0)
        rising = _rising(numbers)
        for at, name in enumerate(block):
            last = float(numbers[-1, at]) if at in rising else None
            columns[name] = Column(
                name, "numeric", constant=bool(constant[at]), missing=int(missing[at]), rises_to=last
            )
    return columns


def _rising(numbers: Float[np.ndarray, "rows columns"]) -> set[int]:
    """The columns in which every number is larger than the one before it; of a few rows none."""
    if len(numbers) < FEWEST_RISING:
        return set()
    rising = (np.diff(numbers[:FEWEST_RISING], axis=0) > 0).all(axis=0)  # nearly no column goes on from here
    return {int(at) for at in np.flatnonzero(rising) if (np.diff(numbers[:, at]) > 0).all()}


def _categorical_column(table: Table, name: str) -> Column:
    """What to say of a column of words."""
    words = table.words(name)
    return Column(name, "categorical", constant=words.drop_nulls().n_unique() == 1, missing=words.null_count())


def _require_values(columns: tuple[Column, ...], table: Table) -> None:
    empty = [column.name for column in columns if column.missing == table.height]
    if empty:
        raise DataError(
            f"{table.subject}: column '{empty[0]}' has no value in any of the {table.height} rows"
            + (f", nor do {name_some(empty[1:])}" if empty[1:] else "")
            + f"; there is nothing to learn from it. Leave it out (--ignore {as_option(empty[:5])})."
        )


def _renamed(table: Table, names: tuple[str, ...]) -> Table:
    """The same cells under other names."""
    if isinstance(table.cells, pl.DataFrame):
        return replace(table, cells=table.cells.rename(dict(zip(table.names, names, strict=True))))
    return replace(table, matrix_names=names)
