"""Columns of categories that H2O turned into numbers before its network saw them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from types import MappingProxyType
from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Float64, Int

from offbeat.errors import DetectorFileError
from offbeat.integrations.foreign_zip import DAMAGED, ForeignZip
from offbeat.integrations.h2o_mojo.domains import parse_levels
from offbeat.integrations.h2o_mojo.model_ini import ModelIni
from offbeat.persistence.format import shown

ONE_HOT: Final = ("AUTO", "OneHotInternal")
LABELS, BITS = "LabelEncoder", "Binary"
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "Eigen": "what H2O itself makes of such a file differs from the model that it was written from",
        "EnumLimited": "H2O writes such a file and cannot open it itself",
    }
)
"""Why encodings that H2O trains an autoencoder with are not read."""

MAX_NAMES_BYTES: Final = 64 * 1024**2
MISSING: Final = -1
"""The place of a missing level."""


@dataclass(frozen=True)
class CodedColumn:
    """A column of categories, and the numeric columns that take its place.

    Attributes:
        name: Of the column in tables.
        levels: Those that training had, in H2O's order.
        names: Of the numeric columns.
        encoding: H2O's word: "LabelEncoder", a level's own number where levels are whole numbers, else its place from
            0; or "Binary", the bits of its place from 1, the lowest one first.
    """

    name: str
    levels: tuple[str, ...]
    names: tuple[str, ...]
    encoding: str

    def numbers(self, places: Int[np.ndarray, "rows"], words: pl.Series) -> Float64[np.ndarray, "rows names"]:
        """What the network is given for each cell, before it is scaled.

        A level that training did not have stands behind the known ones. In H2O so does the first such level of a
        frame, and others behind it, so that what it makes of a row depends on the frame's other rows.

        Args:
            places: Of each cell's level, from 0; the number of levels for an unknown one, `MISSING` for a missing one.
            words: The cells as text: also one that training did not have may be its own number.

        Example:
            >>> column = CodedColumn("valve", ("open", "shut"), ("valve:0", "valve:1"), "Binary")
            >>> column.numbers(np.array([0, 1, -1]), pl.Series(["open", "shut", None]))
            array([[1., 0.],
                   [0., 1.],
                   [0., 0.]])
        """
        if self.encoding == BITS:
            return ((places[:, None] + 1) >> np.arange(len(self.names)) & 1).astype(np.float64)
        if are_numbers(self.levels):
            of_levels = [*(float(level) for level in self.levels), np.nan]
            own = np.where(places == len(self.levels), own_numbers(words), np.take(of_levels, places))
        else:
            own = places.astype(np.float64)
        return np.where(places == MISSING, np.nan, own)[:, None]


def are_numbers(levels: Sequence[str]) -> bool:
    """Whether H2O's `label_encoder` takes levels for the numbers that they spell, rather than for their places.

    It does where the first one is a whole number, and fails where another one is none.

    Args:
        levels: Of a column, in H2O's order.

    Example:
        >>> are_numbers(["1067", "10115"]), are_numbers(["1.0", "2.0"])
        (True, False)

    Reference:
        H2O-3, `VecUtils.categoricalToInt`.
    """
    return len(levels) > 0 and not np.isnan(own_numbers(pl.Series(levels, dtype=pl.String))).any()


def own_numbers(words: pl.Series) -> Float64[np.ndarray, "words"]:
    """The whole numbers that words spell, as Java's `Integer.parseInt` reads them; NaN for others.

    Args:
        words: Text, null where missing.
    """
    spelled = words.set(~words.str.contains(r"^[+-]?[0-9]+$"), None).str.strip_prefix("+")
    numbers = spelled.cast(pl.Int64, strict=False)
    numbers = numbers.set(~numbers.is_between(-(2**31), 2**31 - 1), None)
    return numbers.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def read_coded(archive: ForeignZip, ini: ModelIni) -> tuple[CodedColumn, ...]:
    """The columns that were turned into numbers, in the order of the training table; none with one-hot encoding.

    Args:
        archive: The MOJO.
        ini: Its text.

    Raises:
        DetectorFileError: The encoding is one that cannot be read, or the columns contradict each other.
    """
    encoding = ini.info.get("_genmodel_encoding", "AUTO")
    if encoding in ONE_HOT:
        return ()
    if encoding not in (LABELS, BITS):
        raise _refusal(ini, encoding)
    names = _listed(archive, ini, "_orig_names", ini.whole_number("_n_orig_names"))
    levels = {
        name: _listed(archive, ini, f"_orig_domain_values_{position}", known)
        for position, name in enumerate(names)
        if (known := ini.whole_number(f"_m_orig_domain_values_{position}"))
    }
    expected = dict.fromkeys(name for name in names if name not in levels)
    coded = []
    for name, found in levels.items():
        coded.append(CodedColumn(name, found, _names_of(name, len(found), encoding, expected), encoding))
        expected.update(dict.fromkeys(coded[-1].names))
    if sorted(expected) != sorted(ini.columns):
        raise DetectorFileError(
            f"{ini.where}: the columns are not those that {encoding} makes of the table's columns. {DAMAGED}"
        )
    return tuple(coded)


def _names_of(name: str, levels: int, encoding: str, taken: Collection[str]) -> tuple[str, ...]:
    """What H2O calls the columns in a column's place: behind a name that another has, the first number that is free."""
    if encoding == LABELS:
        return (name,)
    names: list[str] = []
    for bit in (f"{name}:{place}" for place in range(levels.bit_length())):
        ways = chain([bit], (f"{bit}{number}" for number in count()))
        names.append(next(way for way in ways if way not in taken and way not in names))
    return tuple(names)


def _listed(archive: ForeignZip, ini: ModelIni, entry: str, count: int) -> tuple[str, ...]:
    raw = archive.read(entry, MAX_NAMES_BYTES)
    return parse_levels(raw, count, f"{archive.where}: {entry}", escaped=ini.escaped_levels)


def _refusal(ini: ModelIni, encoding: str) -> DetectorFileError:
    # H2O has no word for it there; of the encodings that it trains autoencoders with, this one only.
    word = "EnumLimited" if encoding == "null" else encoding
    reason = f": {REASONS[word]}" if word in REASONS else ""
    return DetectorFileError(
        f"{ini.where}: categories are encoded by {shown(word)}, which cannot be read{reason}. Train the model with "
        "categorical_encoding 'auto', which is one-hot; 'label_encoder' and 'binary' can be read as well."
    )
