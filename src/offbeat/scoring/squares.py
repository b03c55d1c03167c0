"""Sums of the squares of rows, the same to the last bit whichever rows stand beside a row, and however many."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

# As many numbers as NumPy's buffer holds: it sums more of them in other pieces for one row than for several, which
# rounds otherwise.
_AT_ONCE = 8192


def row_sums_of_squares(rows: Float[np.ndarray, "rows *numbers"]) -> Float[np.ndarray, "rows"]:
    """The sum of the squares of all numbers of each row.

    Long rows are summed in pieces, and these in float64: one running sum in float32 loses digits. Squares summed by
    `sum` would round alike for any number of rows too, but take up to four times as long.

    Example:
        >>> row_sums_of_squares(np.array([[3.0, 4.0], [1.0, 2.0]])).tolist()
        [25.0, 5.0]
    """
    flat = rows.reshape(len(rows), int(np.prod(rows.shape[1:])))
    if flat.shape[1] <= _AT_ONCE:
        return _of_piece(flat)
    total = np.zeros(len(rows))
    for first in range(0, flat.shape[1], _AT_ONCE):
        total += _of_piece(flat[:, first : first + _AT_ONCE])
    return total.astype(rows.dtype)


def _of_piece(piece: Float[np.ndarray, "rows numbers"]) -> Float[np.ndarray, "rows"]:
    return np.asarray(np.einsum("rn,rn->r", piece, piece))
