"""What an H2O network makes of its inputs, and how far from them that is, row by row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from offbeat.blas import one_blas_thread
from offbeat.cores import cores
from offbeat.integrations.h2o_mojo.mojo import Mojo
from offbeat.scoring.squares import row_sums_of_squares

ACTIVATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "tanh": lambda x: np.tanh(x, out=x),
        "relu": lambda x: np.maximum(x, 0.0, out=x),
        "elu": lambda x: np.where(x >= 0, x, np.expm1(np.minimum(x, 0.0))),
    }
)
"""By offbeat's word. Each may write over what it is given."""

ERROR_TOLD_BY_FLOAT32 = 1e-2
"""Below, float32 moved errors by 1.3e-8 at most, of narrow, wide and deep networks; at 9 it moved one by 1.5e-7."""

BLOCK_ROWS = 512
BLOCKS_AT_ONCE = 4
"""What a thread takes at a time: handing over one block costs a tenth of what its rows do."""


def activations(model: Mojo, signal: Float[np.ndarray, "rows inputs"]) -> list[Float[np.ndarray, "rows _"]]:
    """The output of every layer, that of dropped units scaled as H2O does; computed in the precision of the inputs.

    Args:
        model: From `read_mojo`.
        signal: From `Inputs.of_rows`.
    """
    answers = []
    for layer in model.layers:
        signal = signal @ layer.weight.T.astype(signal.dtype, copy=False)
        signal += layer.bias.astype(signal.dtype, copy=False)
        signal = ACTIVATIONS[model.activation](signal)
        if layer.dropout:
            signal = signal * signal.dtype.type(1.0 - layer.dropout)
        answers.append(signal)
    return answers


def mean_squared_errors(
    model: Mojo,
    of_rows: Callable[[slice], Float64[np.ndarray, "block inputs"]],
    height: int,
    precision: type[np.floating[Any]] = np.float64,
) -> Float64[np.ndarray, "rows"]:
    """Each row's mean squared error over all inputs, in blocks of one shape, side by side on the cores.

    A row's error is the same to the last bit whichever rows stand beside it.

    Args:
        model: From `read_mojo`.
        of_rows: `Inputs.of_rows`, or the `__getitem__` of a matrix of inputs.
        height: How many rows there are, at least one.
        precision: Of the activations; np.float32 takes half the time.
    """

    # Inputs by outputs, row by row in memory: products with a transposed matrix take a tenth longer.
    layers = [(np.ascontiguousarray(layer.weight.T, precision), layer.bias.astype(precision)) for layer in model.layers]
    of_thread = threading.local()

    def of_block(given: Float64[np.ndarray, "block inputs"]) -> Float64[np.ndarray, "block"]:
        if not hasattr(of_thread, "signals"):
            widths = [given.shape[1], *(len(bias) for _, bias in layers)]
            of_thread.signals = [np.zeros((BLOCK_ROWS, width), precision) for width in widths]
        block, *signals = of_thread.signals
        block[: len(given)] = given
        # A cast first: subtracting float64 from float32 takes longer than both.
        missed = _last_activations(model, layers, block, signals)[: len(given)].astype(np.float64)
        missed -= given
        return row_sums_of_squares(missed)

    def of_blocks(first: int) -> list[Float64[np.ndarray, "block"]]:
        given = of_rows(slice(first, min(first + rows_at_once, height)))
        return [of_block(given[start : start + BLOCK_ROWS]) for start in range(0, len(given), BLOCK_ROWS)]

    rows_at_once = BLOCKS_AT_ONCE * BLOCK_ROWS
    with one_blas_thread(), ThreadPoolExecutor(cores()) as pool:
        sums = [sums for some in pool.map(of_blocks, range(0, height, rows_at_once)) for sums in some]
    return np.concatenate(sums) / len(model.feature_names)


def _last_activations(
    model: Mojo,
    layers: Sequence[tuple[Float[np.ndarray, "_ _"], Float[np.ndarray, "_"]]],
    signal: Float[np.ndarray, "block inputs"],
    outputs: Sequence[Float[np.ndarray, "block _"]],
) -> Float[np.ndarray, "block outputs"]:
    """The last of `activations`, each layer's written over its output before: new memory cost a tenth of the time."""
    for (weight, bias), output, layer in zip(layers, outputs, model.layers, strict=True):
        np.matmul(signal, weight, out=output)
        output += bias
        signal = ACTIVATIONS[model.activation](output)
        if layer.dropout:
            signal *= signal.dtype.type(1.0 - layer.dropout)
    return signal


def quick_errors(
    model: Mojo, of_rows: Callable[[slice | np.ndarray], Float64[np.ndarray, "block inputs"]], height: int
) -> Float64[np.ndarray, "rows"]:
    """`mean_squared_errors` in half the time where float32 tells errors within 1e-7, as H2O's tests ask.

    That is so of small errors, of numbers that are scaled and activations that are bounded. Large errors are computed
    again in float64, and those of every row of other models.

    Args:
        model: From `read_mojo`, or trained here.
        of_rows: As there; it takes row numbers too.
        height: As there.
    """
    if not model.standardized or model.activation != "tanh":
        return mean_squared_errors(model, of_rows, height)
    errors = mean_squared_errors(model, of_rows, height, np.float32)
    large = np.flatnonzero(~(errors < ERROR_TOLD_BY_FLOAT32))
    if large.size:
        errors[large] = mean_squared_errors(model, lambda rows: of_rows(large[rows]), large.size)
    return errors
