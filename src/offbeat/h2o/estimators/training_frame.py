"""From the frames and columns that a user names to the rows that training sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float64, Int

from offbeat.errors import DataError, SettingsError, name_some
from offbeat.h2o.adaptation import adapted
from offbeat.h2o.column_types import as_number
from offbeat.h2o.estimators.checkpoints import scaled_as
from offbeat.h2o.estimators.descent import TrainingRows
from offbeat.h2o.estimators.encoding import Encoding, FilledNumbers
from offbeat.h2o.estimators.fit_encoding import fit_encoding, fit_filling
from offbeat.h2o.estimators.layout import is_left_out, layout_of, rows_without_missing_cells
from offbeat.h2o.estimators.row_weights import weights_of
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.model import TrainedModel
from offbeat.integrations.h2o_mojo import Mojo
from offbeat.integrations.h2o_mojo.answers import inputs
from offbeat.integrations.h2o_mojo.inputs import inputs_of


@dataclass(frozen=True, eq=False)
class Prepared:
    """What training starts from.

    Attributes:
        layout: How H2O sees the training frame.
        encoding: What replaces columns before.
        rows: The rows.
        places: Which rows of the training frame are learnt from: those that count, and are not skipped.
        left_out: The columns that were to be used, and are text or constant.
    """

    layout: Mojo
    encoding: Encoding
    rows: TrainingRows
    places: Int[np.ndarray, "seen"]
    left_out: tuple[str, ...]


def prepared(
    frame: H2OFrame,
    held: H2OFrame | None,
    names: list[str],
    parameters: Mapping[str, Any],
    checkpoint: TrainedModel | None = None,
) -> Prepared:
    """The frames as the network will see them.

    Args:
        frame: The training rows.
        held: The validation rows.
        names: The columns to use.
        parameters: From `checked_parameters`.
        checkpoint: The model whose encoding and scaling are kept.

    Raises:
        DataError: No row or no column is left to train on.
        SettingsError: There are more slots of categories than max_categorical_features allows, or other columns than
            the checkpoint has.
    """
    if frame.nrows == 0:
        raise DataError("The training frame has no rows; at least one was expected.")
    weights = weights_of(frame, parameters["weights_column"])
    counted = np.flatnonzero(weights)
    used = H2OFrame.of(_times_as_numbers(frame.cells[counted].select(names)))
    weights = weights[counted]
    encoding, filling = _encodings(used, parameters, weights, checkpoint)
    encoded = encoding.encoded(used)
    layout = layout_of(encoded, encoding, parameters, weights)
    if checkpoint is not None:
        layout = scaled_as(checkpoint.network, layout)
    layout = replace(layout, times=tuple(name for name in layout.numeric if _is_of_times(frame.cells, name)))
    if not parameters["standardize"]:
        new = H2OFrame.of(filling.encoded(encoded).cells.select(layout.columns))
        filling = Encoding(filling.steps + fit_filling(new, weights).steps)
    if not parameters["strict_h2o"]:
        encoding = Encoding(encoding.steps + filling.steps)
    scored = inputs(layout, encoding.encoded(used).to_table())
    learnt = inputs(layout, filling.encoded(encoded).to_table())
    if parameters["sparse"] and parameters["strict_h2o"]:
        # H2O leaves zeros of sparse rows at 0 in training, but takes the mean off in scoring.
        learnt[:, learnt.shape[1] - len(layout.numeric) :] += layout.subtracted * layout.multiplied
        # Places of a sparse row that are not in use say that its first input is 0, and H2O reads them as well.
        filled = np.count_nonzero(inputs_of(layout, encoded.to_table()).numbers, axis=1)
        learnt[filled < _capacity(len(layout.numeric), filled), 0] = 0.0
    skips = parameters["missing_values_handling"] == "skip"
    seen = rows_without_missing_cells(encoded, layout) if skips else np.ones(len(learnt), bool)
    measured = None if held is None else inputs(layout, adapted(encoding.encoded(held), layout).to_table())
    rows = TrainingRows(scored, learnt.astype(np.float32), weights, seen, measured)
    left_out = tuple(name for name in names if is_left_out(used.cells[name], parameters["ignore_const_cols"]))
    return Prepared(layout, encoding, rows, places=counted[seen], left_out=left_out)


def _capacity(columns: int, filled: Int[np.ndarray, "rows"]) -> Int[np.ndarray, "rows"]:
    """How many places H2O makes for the numbers of sparse rows: at first 16, or one a column, then half as many more.

    Args:
        columns: How many hold numbers.
        filled: How many numbers of each row are not 0; a missing one is not.

    Reference:
        H2O-3, `DataInfo.Row.addNum`.
    """
    sizes = [min(columns, 16)]
    while sizes[-1] < columns:
        sizes.append(max(4, sizes[-1] + sizes[-1] // 2))
    return np.asarray(sizes)[np.searchsorted(sizes, filled)]


def _encodings(
    used: H2OFrame, parameters: Mapping[str, Any], weights: Float64[np.ndarray, "rows"], checkpoint: TrainedModel | None
) -> tuple[Encoding, Encoding]:
    """What replaces columns, and what fills their gaps: a checkpoint's own, which were learnt from its rows."""
    if checkpoint is None:
        return fit_encoding(used, parameters["categorical_encoding"], weights), Encoding()
    steps = checkpoint.descent.encoding.steps
    fills = tuple(step for step in steps if isinstance(step, FilledNumbers))
    return Encoding(tuple(step for step in steps if step not in fills)), Encoding(fills)


def frame_of(given: Any) -> H2OFrame:
    """The frame that a user means.

    Args:
        given: A frame, the name of one, or what one is made of.

    Raises:
        DataError: There is none.
    """
    if given is None:
        raise DataError("There is no training frame: train(training_frame=...) was expected.")
    found = H2OFrame.named(given) if isinstance(given, str) else given
    return found if isinstance(found, H2OFrame) else H2OFrame(found)


def names_of(frame: H2OFrame, x: Any, parameters: Mapping[str, Any]) -> list[str]:
    """The columns to use, in the frame's order: `x`, or all but the ignored ones and those of weights and offsets.

    Args:
        frame: The training rows.
        x: Names or positions; None for all.
        parameters: From `checked_parameters`.

    Raises:
        SettingsError: `x` and ignored_columns were both given.
        DataError: A column is not there.
    """
    if x is not None and not isinstance(x, int | Iterable):
        raise DataError(
            f"x takes names and positions of columns; {x!r} was given. Give a list such as {frame.names[:2]}."
        )
    ignored = parameters["ignored_columns"]
    if x is not None and ignored:
        raise SettingsError("x and ignored_columns were both given; name the columns to use, or those to leave out.")
    chosen = set(frame.names) if x is None else set(_known(frame, x))
    special = {parameters["weights_column"], parameters["offset_column"]}
    left_out = special | set(_known(frame, ignored or ()))
    names = [name for name in frame.names if name in chosen and name not in left_out]
    if not names:
        raise DataError("There is no column to train on: all are ignored, or x names none.")
    return names


def ignored_of(frame: H2OFrame, names: list[str], parameters: Mapping[str, Any]) -> list[str] | None:
    """The columns that a choice of others ignores; None where it ignores none.

    Args:
        frame: The training rows.
        names: From `names_of`.
        parameters: From `checked_parameters`.
    """
    special = {parameters["weights_column"], parameters["offset_column"]}
    return [name for name in frame.names if name not in names and name not in special] or None


def _is_of_times(cells: pl.DataFrame, name: str) -> bool:
    return name in cells.columns and cells[name].dtype.is_temporal()


def _times_as_numbers(cells: pl.DataFrame) -> pl.DataFrame:
    """Times as milliseconds since 1970, which is what H2O learns."""
    return cells.with_columns(as_number(column) for column in cells.get_columns() if column.dtype.is_temporal())


def _known(frame: H2OFrame, asked: Any) -> list[str]:
    columns: Iterable[Any] = [asked] if isinstance(asked, str | int) else asked
    names: list[str] = []
    unknown = []
    for column in columns:
        if isinstance(column, int) and -frame.ncols <= column < frame.ncols:
            names.append(frame.names[column])
        elif column in frame.names:
            names.append(column)
        else:
            unknown.append(column)
    if unknown:
        raise DataError(f"The training frame has no column {name_some(unknown)}; it has {name_some(frame.names)}.")
    return names
