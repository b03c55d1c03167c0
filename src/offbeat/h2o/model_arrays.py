"""The arrays of an H2O model in its file: weights with their memory, scaling, and the scoring history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Shaped

from offbeat.errors import DetectorFileError
from offbeat.h2o.estimators.descent import Descent
from offbeat.h2o.estimators.scoring import ScoringEvent
from offbeat.persistence.format import DAMAGED
from offbeat.training.per_sample_state import MOST_SAMPLES, LayerState, PerSampleState

PREFIX = "beside."
"""What the names of these arrays start with, so that a detector's reader leaves them alone."""
_OF_DESCENT = ("mean_rates", "rate_deviations", "momenta", "never_fed")
_OF_NETWORK = ("subtracted", "multiplied")

Arrays = Mapping[str, Shaped[np.ndarray, "..."]]


def arrays_of(descent: Descent) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Every array of a training run by its name in the file.

    Args:
        descent: What training found.
    """
    found = {name: getattr(descent, name) for name in _OF_DESCENT}
    found |= {name: getattr(descent.model, name) for name in _OF_NETWORK}
    for depth, layer in enumerate(descent.state.layers):
        found |= {f"layer.{depth}.{name}": np.asarray(array) for name, array in layer._asdict().items()}
    for field in fields(ScoringEvent):
        column = [_number(getattr(event, field.name)) for event in descent.history]
        # Without validation rows their errors are NaN, which a file does not hold; the column is left out.
        if not np.isnan(column).any():
            found[f"history.{field.name}"] = np.array(column)
    return {PREFIX + name: np.ascontiguousarray(array) for name, array in found.items()}


def history_of(arrays: Arrays, path: str) -> tuple[ScoringEvent, ...]:
    """The scoring history.

    Args:
        arrays: Of the file.
        path: Of the file, for the error.

    Raises:
        DetectorFileError: A column is lacking, they are not equally long, or a time is none of any calendar.
    """
    length = len(_array(arrays, "history.samples", path, axes=1))
    columns = []
    for field in fields(ScoringEvent):
        if field.name == "validation" and f"{PREFIX}history.validation" not in arrays:
            column: Sequence[Any] = [float("nan")] * length
        else:
            column = _array(arrays, f"history.{field.name}", path, axes=1).tolist()
        columns.append(_values(field.type, column, path))
    if not length or any(len(column) != length for column in columns):
        raise DetectorFileError(f"{path}: the scoring history's columns are not equally long. {DAMAGED}")
    return tuple(ScoringEvent(*values) for values in zip(*columns, strict=True))


def state_of(arrays: Arrays, sizes: Sequence[int], samples: int, path: str) -> PerSampleState:
    """Where training goes on.

    Args:
        arrays: Of the file.
        sizes: How many units each layer has, the input's first; the input's and the output's are the features.
        samples: How many rows were seen.
        path: Of the file, for the error.

    Raises:
        DetectorFileError: An array is lacking, or of another shape; or more rows were seen than training can count.
    """
    if samples > MOST_SAMPLES:
        raise DetectorFileError(
            f"{path}: the H2O model saw {samples} rows; at most {MOST_SAMPLES:,} were expected. {DAMAGED}"
        )
    layers = []
    for depth in range(len(sizes) - 1):
        shapes = {"weight": (sizes[depth], sizes[depth + 1]), "bias": (sizes[depth + 1],)}
        found = {}
        for name in LayerState._fields:
            shape = shapes["weight" if name.startswith("weight") else "bias"]
            array = _array(arrays, f"layer.{depth}.{name}", path, axes=len(shape))
            if array.shape != shape or array.dtype != np.float32:
                raise DetectorFileError(
                    f"{path}: layer {depth} of the H2O model has a '{name}' of {array.dtype} {array.shape}; float32 "
                    f"{shape} was expected. {DAMAGED}"
                )
            found[name] = jnp.asarray(array)
        layers.append(LayerState(**found))
    return PerSampleState(tuple(layers), jnp.int32(samples), jnp.int32(samples))


def vectors_of(arrays: Arrays, lengths: Mapping[str, int], path: str) -> dict[str, Shaped[np.ndarray, "_"]]:
    """The arrays of one axis.

    Args:
        arrays: Of the file.
        lengths: How long each has to be.
        path: Of the file, for the error.

    Raises:
        DetectorFileError: One is lacking, or of another length.
    """
    found = {name: _array(arrays, name, path, axes=1) for name in lengths}
    for name, length in lengths.items():
        kind = np.bool_ if name == "never_fed" else np.float64
        if len(found[name]) != length or found[name].dtype != kind:
            raise DetectorFileError(f"{path}: the H2O model's '{name}' is not as long as it should be. {DAMAGED}")
    return found


def _array(arrays: Arrays, name: str, path: str, *, axes: int) -> Shaped[np.ndarray, "..."]:
    array = arrays.get(PREFIX + name)
    if array is None or array.ndim != axes:
        raise DetectorFileError(f"{path}: the H2O model's '{name}' is lacking, or of another shape. {DAMAGED}")
    return array


def _number(value: object) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)  # type: ignore[arg-type]


def _values(kind: object, numbers: Sequence[float], path: str) -> list[Any]:
    """A column of the history as its field has it."""
    if kind != "datetime":
        return [int(number) if kind == "int" else float(number) for number in numbers]
    try:
        return [datetime.fromtimestamp(number, UTC).astimezone() for number in numbers]
    except (OverflowError, ValueError, OSError):
        raise DetectorFileError(f"{path}: the scoring history has a time that is in no calendar. {DAMAGED}") from None
