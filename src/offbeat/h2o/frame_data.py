"""A frame's cells as the text that H2O's server sends: CSV, numbers as Java writes them."""

from __future__ import annotations

import numpy as np
import polars as pl

from offbeat.h2o.column_types import as_number, type_word

_PLAIN = (1e-3, 1e7)
"""Java writes real numbers from the first to below the second in plain digits, others with an exponent."""


def frame_data(cells: pl.DataFrame) -> str:
    """The names, then the rows; each line ends in a line feed, and a missing cell is nothing.

    Names and words stand in quotes; a quote in a word is doubled, and one in a name is not, as in H2O. Times are
    milliseconds since 1970.

    Args:
        cells: The cells of a frame.

    Example:
        >>> print(frame_data(pl.DataFrame({"error": [1.5, None, 0.00025], "note": ['a "b" c', "fine", None]})), end="")
        "error","note"
        1.5,"a ""b"" c"
        ,"fine"
        2.5E-4,
    """
    names = ",".join(f'"{name}"' for name in cells.columns)
    texts = pl.DataFrame([_text_of(column).fill_null("").alias(column.name) for column in cells.get_columns()])
    lines = texts.select(pl.concat_str(pl.all(), separator=",")).to_series().to_list() if texts.width else []
    return "\n".join([names, *lines, ""])


def _text_of(column: pl.Series) -> pl.Series:
    """The cells of a column as text, missing where they are."""
    kind = type_word(column)
    if kind in ("enum", "string"):
        return '"' + column.cast(pl.String).str.replace_all('"', '""', literal=True) + '"'
    return _real_ones(column) if kind == "real" else as_number(column).cast(pl.Int64).cast(pl.String)


def _real_ones(numbers: pl.Series) -> pl.Series:
    """Real numbers as Java writes them, in as few digits as tell them apart."""
    size = numbers.abs()
    is_plain = ((size >= _PLAIN[0]) & (size < _PLAIN[1])) | (size == 0)
    others = numbers.to_frame().select(pl.first().filter(~is_plain)).to_series()
    written = pl.Series([_with_exponent(number) for number in others], dtype=pl.String)
    return numbers.cast(pl.String).scatter((~is_plain).arg_true(), written)


def _with_exponent(number: float) -> str:
    """A number as in 2.5E-4.

    Example:
        >>> _with_exponent(1e7), _with_exponent(-0.00025), _with_exponent(float("inf"))
        ('1.0E7', '-2.5E-4', 'Infinity')
    """
    if np.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return np.format_float_scientific(number, trim="0", exp_digits=1).replace("e+", "E").replace("e", "E")
