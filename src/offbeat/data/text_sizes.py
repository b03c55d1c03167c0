"""How much text a frame holds, told before it is written out: a file may keep one long word once for all of its rows.

Whoever takes the blanks from around each word, or turns categories into words, writes that word once a row.
"""

from __future__ import annotations

import polars as pl

from offbeat.data.names import subject_of
from offbeat.errors import DataError

ALWAYS = 2**28
_A_CELL = 256
_A_PACKED_BYTE = 16
"""Texts of a few hundred letters, and files that pack ordinary text as well as can be, are all let through."""


def require_modest_text(frame: pl.DataFrame, packed: int, source: str, always: int = ALWAYS) -> None:
    """Nothing where the words of a frame can be written out in memory.

    Args:
        frame: What was read from a file that may hold a word once for many cells.
        packed: How many bytes the file has.
        source: What the error calls it.
        always: So many bytes of words are let through whatever the file has; 256 MiB unless given.

    Raises:
        DataError: They take more than that, 256 bytes a cell and 16 times the file together.
    """
    total = sum(text_bytes(column) for column in frame.get_columns())
    most = always + _A_CELL * frame.height * frame.width + _A_PACKED_BYTE * packed
    if total > most:
        raise DataError(
            f"{subject_of(source)} has {packed:,} bytes, and its words, written out for each row, would take "
            f"{total:,}; at most {most:,} were expected. Leave out columns of texts as long as that: they are "
            "nothing to learn from."
        )


def text_bytes(column: pl.Series) -> int:
    """How many bytes the words of a column take, each counted in every cell that has it.

    Args:
        column: A column of any type; lists and structures are looked into.

    Example:
        >>> text_bytes(pl.Series(["open", "shut", None, "open"], dtype=pl.Categorical))
        12
        >>> text_bytes(pl.Series([["open"], ["shut", "open"]])), text_bytes(pl.Series([1.5]))
        (12, 0)
    """
    kind = column.dtype
    if kind == pl.String:
        return int(column.str.len_bytes().cast(pl.UInt64).sum())  # their own type ends at 4 GiB
    if kind == pl.Binary:
        return int(column.bin.size().cast(pl.UInt64).sum())
    if kind in (pl.Categorical, pl.Enum):
        counts = column.alias("words").drop_nulls().value_counts(name="cells")
        lengths = counts.to_series(0).cast(pl.String).str.len_bytes().cast(pl.UInt64)
        return int((lengths * counts["cells"]).sum())
    if kind in (pl.List, pl.Array):
        return text_bytes(column.explode())
    if kind == pl.Struct:
        return sum(text_bytes(field) for field in column.struct.unnest().get_columns())
    return 0
