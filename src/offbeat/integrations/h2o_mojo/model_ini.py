"""The text `model.ini` of a MOJO: keys and values, column names, and which column has which file of levels.

[info]
activation = Tanh
neural_network_sizes = [10, 4, 10]

[columns]
pump
pressure

[domains]
0: 3 d000.txt
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.errors import DetectorFileError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.persistence.format import shown

MAX_LINES = 2_000_000
"""Python spends some 100 bytes on a line: this many are at most some 200 MB."""

_DOMAIN = re.compile(r"(\d{1,9}): (\d{1,9}) ([\w.-]{1,100})")
_WHOLE_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class DomainFile:
    """Where the levels of a categorical column are, and how many."""

    levels: int
    file: str


@dataclass(frozen=True, eq=False)
class ModelIni:
    """The sections of the text. Values are kept as they are written, and read when they are asked for.

    Attributes:
        where: File and entry, for errors.
        info: Values by key.
        columns: Names of the columns, in the model's order.
        domains: By the column's position.
    """

    where: str
    info: dict[str, str]
    columns: tuple[str, ...]
    domains: dict[int, DomainFile]

    def word(self, key: str) -> str:
        """A value as it is written.

        Raises:
            DetectorFileError: There is no such key.
        """
        if key not in self.info:
            raise DetectorFileError(f"{self.where} lacks the key '{key}'. {DAMAGED}")
        return self.info[key]

    def whole_number(self, key: str) -> int:
        """A value that counts something.

        Raises:
            DetectorFileError: There is no such key, or its value is no whole number from 0 on.
        """
        word = self.word(key)
        if not _WHOLE_NUMBER.fullmatch(word):
            raise DetectorFileError(f"{self.where}: {key} is {shown(word)}; a whole number was expected. {DAMAGED}")
        return int(word)

    @property
    def escaped_levels(self) -> bool:
        """Whether levels are written with escapes; they are not where the key is not there, as in older versions."""
        return self.info.get("escape_domain_values") == "true"

    def numbers(self, key: str, count: int) -> Float64[np.ndarray, "_"]:
        """A list of finite numbers.

        Args:
            key: Of the list.
            count: How many numbers there must be; counted before any memory is spent on them.

        Raises:
            DetectorFileError: There is no such key, or its value is no list of so many finite numbers.
        """
        found = self.length(key)
        if found != count:
            raise DetectorFileError(f"{self.where}: {key} holds {found} numbers; {count} were expected. {DAMAGED}")
        if not count:
            return np.empty(0)
        cells = pl.Series([self.word(key)[1:-1]]).str.split(",").explode()
        read = cells.str.strip_chars().cast(pl.Float64, strict=False)
        if read.null_count():
            place = read.is_null().arg_max() or 0
            raise DetectorFileError(
                f"{self.where}: entry {place} of {key} is {shown(cells[place])}; a number was expected. {DAMAGED}"
            )
        numbers = read.to_numpy()
        if not np.isfinite(numbers).all():
            place = int(np.argmin(np.isfinite(numbers)))
            raise DetectorFileError(
                f"{self.where}: number {place} of {key} is {numbers[place]}; finite numbers were expected. The model "
                "was unstable when it was exported: train it again."
            )
        return numbers

    def length(self, key: str) -> int:
        """How many numbers a list holds.

        Raises:
            DetectorFileError: There is no such key, or its value is no list.
        """
        word = self.word(key)
        if not (word.startswith("[") and word.endswith("]")):
            raise DetectorFileError(f"{self.where}: {key} is {shown(word)}; a list [...] was expected. {DAMAGED}")
        return word.count(",") + 1 if word[1:-1].strip() else 0


def parse_model_ini(raw: bytes, where: str) -> ModelIni:
    """The sections of a `model.ini`.

    Args:
        raw: UTF-8 text.
        where: File and entry, for errors.

    Raises:
        DetectorFileError: It is no such text.

    Example:
        >>> ini = parse_model_ini(b"[info]\\nn_columns = 1\\n\\n[columns]\\nflow\\n\\n[domains]\\n", "model.ini")
        >>> ini.columns, ini.whole_number("n_columns")
        (('flow',), 1)
    """
    if raw.count(b"\n") > MAX_LINES:
        raise DetectorFileError(f"{where} has more than {MAX_LINES} lines. {DAMAGED}")
    try:
        lines = raw.decode("utf-8").split("\n")
    except UnicodeDecodeError as problem:
        raise DetectorFileError(f"{where} is not UTF-8 text: byte {problem.start} is wrong. {DAMAGED}") from None
    lines = [line.removesuffix("\r") for line in lines]
    if lines[0] != "[info]" or "[columns]" not in lines:
        raise DetectorFileError(f"{where} has no sections [info] and [columns]. {DAMAGED}")
    info = _read_info(lines[1 : lines.index("[columns]")], where)
    ini = ModelIni(where, info, (), {})
    count = ini.whole_number("n_columns")
    # By their number, not up to the next section: a column may be called "[domains]".
    first = lines.index("[columns]") + 1
    columns, rest = tuple(lines[first : first + count]), lines[first + count :]
    if len(columns) < count or "[domains]" not in rest:
        raise DetectorFileError(f"{where} names fewer columns than the {count} that n_columns counts. {DAMAGED}")
    beyond = [line for line in rest[: rest.index("[domains]")] if line.strip()]
    if beyond:
        raise DetectorFileError(
            f"{where} names more columns than the {count} that n_columns counts: {shown(beyond[0])} is left over. A "
            "column's name with a line break in it does that. Rename the column, and train the model again."
        )
    if len(set(columns)) < count or "" in columns:
        raise DetectorFileError(f"{where} has a column twice, or one without a name. {DAMAGED}")
    return ModelIni(where, info, columns, _read_domains(rest[rest.index("[domains]") + 1 :], where))


def _read_info(lines: list[str], where: str) -> dict[str, str]:
    info: dict[str, str] = {}
    for line in lines:
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals or key.strip() in info:
            raise DetectorFileError(f"{where}: the line {shown(line)} is no new key with a value. {DAMAGED}")
        info[key.strip()] = value.strip()
    return info


def _read_domains(lines: list[str], where: str) -> dict[int, DomainFile]:
    domains: dict[int, DomainFile] = {}
    for line in lines:
        if not line.strip():
            continue
        found = _DOMAIN.fullmatch(line.strip())
        if found is None or int(found[1]) in domains:
            raise DetectorFileError(
                f"{where}: the line {shown(line)} of [domains] names no file of levels such as 0: 3 d000.txt. {DAMAGED}"
            )
        domains[int(found[1])] = DomainFile(int(found[2]), found[3])
    return domains
