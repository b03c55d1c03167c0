"""The numeric columns of a table: scaled, imputed and bounded, and back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int

from offbeat.errors import DataError, name_some
from offbeat.preprocessing.column_summary import ColumnSummary, summarise
from offbeat.preprocessing.missing import columns_to_mark, impute
from offbeat.preprocessing.scaling import SCALINGS, Scale
from offbeat.preprocessing.settings import PreprocessingSettings
from offbeat.preprocessing.training_numbers import BLOCK_VALUES, TrainingNumbers, block_bounds, rows_between

LARGEST_FEATURE = 1e15
"""The bound on every feature where the user sets none: its square, summed over a million features, fits float32."""

LARGEST_VALUE = 1e290
"""The largest training value: ranges, and sums over all the rows there ever will be, stay within float64."""


@dataclass(frozen=True, eq=False)
class NumericColumns:
    """Numeric columns with their scales: the scaled values first, in column order, then the missing-value marks.

    Attributes:
        names: The columns.
        scale: Offset, divisor and stand-in for missing values of each.
        marked: Which columns have a feature that says that the cell is missing.
        bound: The largest absolute value of a scaled value.
    """

    names: tuple[str, ...]
    scale: Scale
    marked: Bool[np.ndarray, "columns"]
    bound: float

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns' names, then 'NAME is missing' for each marked column."""
        marks = (f"{name} is missing" for name, marked in zip(self.names, self.marked, strict=True) if marked)
        return (*self.names, *marks)

    @property
    def features(self) -> int:
        """The number of features."""
        return len(self.names) + int(np.count_nonzero(self.marked))

    def encode(
        self,
        numbers: Float[np.ndarray, "_ columns"],
        rows: Int[np.ndarray, "rows"] | None,
        features: Float32[np.ndarray, "rows _"],
    ) -> None:
        """Write the features of the chosen rows (None: all), a block at a time; the offset goes off in float64.

        Args:
            numbers: The cells of all rows, NaN for missing.
            rows: Which rows to encode.
            features: Where to write; a column for each of `feature_names`.
        """
        values, marks = features[:, : len(self.names)], features[:, len(self.names) :]
        marks[...] = 0.0
        bound, fill = np.float32(self.bound), self._fill
        # One array for every block stays in the processor's cache, where new ones are new memory each time.
        work = np.empty((min(len(features), len(self._repeated[0])), len(self.names)))
        for start, stop in block_bounds(len(features), len(self.names)):
            block, scaled = values[start:stop], work[: stop - start]
            scaled[...] = rows_between(numbers, rows, start, stop)
            offset, divisor = (every[: stop - start] for every in self._repeated)
            with np.errstate(over="ignore"):  # infinite and overflowing values come to lie on the bound
                scaled -= offset
                scaled /= divisor
                block[...] = scaled
            # The ends tell whether there is anything to bound or to fill: NaN passes through to them.
            if not (block.min() >= -bound and block.max() <= bound):
                impute(block, marks[start:stop], marked=self.marked, fill=fill)
                np.clip(block, -bound, bound, out=block)

    def decode(self, features: Float[np.ndarray, "rows _"]) -> Float64[np.ndarray, "rows columns"]:
        """Features back in the columns' own units; the marks are ignored.

        Args:
            features: A column for each of `feature_names`, for instance a network's reconstruction.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # what a diverged network gives is not our warning
            values = features[:, : len(self.names)].astype(np.float64)
            values *= self.scale.divisor
            values += self.scale.offset
        return values

    def __getstate__(self) -> dict[str, object]:
        """What is computed from the rest again is not written with it."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @property
    def stand_ins(self) -> Float32[np.ndarray, "columns"]:
        """The features that missing cells become, but for their marks."""
        return np.clip(self._fill.astype(np.float32), -np.float32(self.bound), np.float32(self.bound))

    @cached_property
    def _fill(self) -> Float64[np.ndarray, "columns"]:
        """The scaled stand-ins for missing values."""
        with np.errstate(over="ignore"):
            return (self.scale.centre - self.scale.offset) / self.scale.divisor

    @cached_property
    def _repeated(self) -> tuple[Float64[np.ndarray, "rows columns"], Float64[np.ndarray, "rows columns"]]:
        """Offset and divisor in every row of a block: NumPy works through equal shapes twice as fast."""
        _, rows = next(block_bounds(BLOCK_VALUES, len(self.names)))
        return np.tile(self.scale.offset, (rows, 1)), np.tile(self.scale.divisor, (rows, 1))


def fit_numeric(
    names: tuple[str, ...],
    numbers: Float[np.ndarray, "_ columns"],
    rows: Int[np.ndarray, "rows"] | None,
    settings: PreprocessingSettings,
    normal: Int[np.ndarray, "normal"] | None = None,
) -> NumericColumns:
    """Learn scales and stand-ins of numeric columns from training rows.

    A column without a value among these is scaled by the other normal rows. In its raw unit, the first value that is
    scored would outweigh all other columns; that some rows set a threshold must not depend on which these are.

    Args:
        names: The columns' names.
        numbers: The cells of all rows, NaN for missing.
        rows: Which rows are training rows; None for all.
        settings: Scaling, bound and missing-value marks.
        normal: All normal rows, those that were held back included; never anomalous ones, which then would be usual.

    Raises:
        DataError: Training cells are too large to compute with.
    """
    training = TrainingNumbers(numbers, rows)
    summary = summarise(training)
    _refuse_too_large(names, summary, settings)
    scale = SCALINGS[settings.scaling](training, summary)
    if normal is not None and (unseen := summary.present == 0).any():
        scale = _scaled_by_all_normal(names, numbers[normal][:, unseen], unseen, scale, settings)
    bound = LARGEST_FEATURE if settings.clip is None else min(settings.clip, LARGEST_FEATURE)
    marked = columns_to_mark(settings.missing_indicator, summary.present < training.height)
    return NumericColumns(names, scale, marked, bound)


def _scaled_by_all_normal(
    names: tuple[str, ...],
    numbers: Float[np.ndarray, "normal some"],
    unseen: Bool[np.ndarray, "columns"],
    scale: Scale,
    settings: PreprocessingSettings,
) -> Scale:
    """The scale, where the unseen columns have the one that these numbers give them."""
    everywhere = TrainingNumbers(numbers)
    summary = summarise(everywhere)
    _refuse_too_large(tuple(np.array(names, dtype=object)[unseen]), summary, settings)
    own = SCALINGS[settings.scaling](everywhere, summary)
    mixed = Scale(scale.offset.copy(), scale.divisor.copy(), scale.centre.copy())
    mixed.offset[unseen], mixed.divisor[unseen], mixed.centre[unseen] = own.offset, own.divisor, own.centre
    return mixed


def _refuse_too_large(names: tuple[str, ...], summary: ColumnSummary, settings: PreprocessingSettings) -> None:
    unscaled = settings.scaling == "none" and settings.clip is None
    largest_allowed = LARGEST_FEATURE if unscaled else LARGEST_VALUE
    too_large = summary.magnitude > largest_allowed
    if not too_large.any():
        return
    found = [names[column] for column in np.flatnonzero(too_large)]
    largest = float(summary.magnitude[too_large].max())
    advice = "Choose a scaling other than none" if unscaled else "Give them in a larger unit"
    raise DataError(
        f"Training values are too large to compute with: {name_some(found)}, up to {largest:.1e}; at most "
        f"{largest_allowed:.0e} was expected. {advice}, or leave the columns out (--ignore)."
    )
