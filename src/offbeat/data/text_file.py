"""The lines of a text file: the sample that tells its layout, and the faults that make it unreadable.

Lines in messages count from 1 over the whole file, as an editor counts them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from offbeat.errors import DataError

SAMPLE_BYTES = 64 * 1024
_LARGEST_SAMPLE_BYTES = 16 * 1024 * 1024
_FEWEST_SAMPLE_LINES = 8
"""Very wide tables hold few lines in 64 kB; the sample grows until it holds this many."""

_CHUNK_BYTES = 4 * 1024 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32"),  # before UTF-16's, which this begins with
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)

CURE_OF_ARFF = (
    "delete its lines up to @data, and put one line with the names of the columns, separated by commas, in their place."
)

Content = Path | bytes
"""A text file: where it lies, or what is in it."""


def sample_text(content: Content, source: str) -> str:
    """The first 64 kB as whole lines, or more where lines are very long.

    Args:
        content: The file.
        source: What errors call it.

    Raises:
        DataError: The file is empty, binary, UTF-16 or UTF-32, not UTF-8 (says in which line), or JSON.
    """
    size = SAMPLE_BYTES
    with open_lines(content) as file:
        sample = file.read(size)
        while len(sample) == size < _LARGEST_SAMPLE_BYTES and sample.count(b"\n") < _FEWEST_SAMPLE_LINES:
            sample += file.read(3 * size)
            size *= 4
        is_whole = not file.read(1)
    _refuse_what_is_not_text(sample, source)
    if not is_whole and b"\n" in sample:
        sample = sample[: sample.rindex(b"\n") + 1]
    sample = sample.removeprefix(_BYTE_ORDER_MARK)
    for number, line in enumerate(() if sample.isascii() else sample.splitlines(), start=1):
        _require_utf8(line, number, source)
    text = sample.decode(errors="replace")
    _refuse_json(text, source)
    return text


def open_lines(content: Content) -> io.BufferedIOBase:
    """The file, open for reading bytes.

    Args:
        content: The file.
    """
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def with_single_blanks(content: Content) -> bytes:
    """The file with one blank between cells and none around lines.

    Args:
        content: A file whose cells are separated by any number of blanks and tabs.
    """
    whole = re.sub(rb"[ \t]+", b" ", whole_file(content))
    return re.sub(rb"(?m)^ | (?=\r?$)", b"", whole)


def with_line_feeds(content: Content, sample: str, delimiter: str | None = None) -> Content:
    """The file with a line feed at the end of each line where it has carriage returns that no line feed follows.

    Such end lines (Mac OS before 2001), or stand beside those that do: Python's csv.writer makes "\\r\\r\\n" on Windows
    where the file was opened without newline="". To the standard library each of them ends a line, to polars none.

    Args:
        content: The file.
        sample: Its first lines; as it is, the file is given back where these have no such carriage return outside of
            quotes.
        delimiter: The character between its cells, if it is known: only after one, quotes open.
    """
    if not re.search(r"\r(?!\n)", sample):
        return content
    before = re.escape((delimiter or ",;|\t").encode())
    quoted = rb'(?:(?<![^\r\n%b])|\A%b)"(?:[^"]++|"")*+"' % (before, _BYTE_ORDER_MARK)
    end = re.compile(quoted + rb"|\r+\n|\n\r(?!\n)|\r")
    if all(b'"' in found[0] or found[0] == b"\r\n" for found in end.finditer(sample.encode())):
        return content
    return end.sub(lambda found: found[0] if b'"' in found[0] else b"\n", whole_file(content))


def whole_file(content: Content) -> bytes:
    """All of the file.

    Args:
        content: The file.
    """
    return content if isinstance(content, bytes) else content.read_bytes()


def has_full_lines(content: Content, delimiter: str, width: int) -> bool:
    """Whether no line is blank or too short, if none is too long; False also where quotes make counting useless.

    It counts delimiters over the whole file, a hundred times faster than looking at each line.

    Args:
        content: A file that polars has read, so that no line has too many cells.
        delimiter: What separates its cells.
        width: How many cells each line should have.
    """
    delimiters = lines = 0
    last = b"\n"
    with open_lines(content) as file:
        while chunk := file.read(_CHUNK_BYTES):
            if b'"' in chunk:
                return False
            delimiters += chunk.count(delimiter.encode())
            lines += chunk.count(b"\n")
            last = chunk
    lines += not last.endswith(b"\n")
    return width > 1 and delimiters == (width - 1) * lines


def blank_rows(content: Content, delimiter: str, width: int, source: str, skip: int) -> list[int]:
    """Reads every line to find what polars reads past: lines with too few or too many cells, and blank lines.

    Args:
        content: The file.
        delimiter: What separates its cells.
        width: How many cells each line should have.
        source: What errors call the file.
        skip: How many records stand before the first data row; these may be of any length.

    Returns:
        The data rows, from 0, that are blank lines.

    Raises:
        DataError: A line has another number of cells, is not UTF-8, or opens a quote that never closes.
    """
    blank = []
    for row, (line, cells) in enumerate(_cell_counts(content, delimiter, source), start=-skip):
        if cells == 0:
            blank.append(row)
        elif cells != width and row >= 0:
            raise _wrong_width(line, cells, content, delimiter, width, source)
    return blank


def plain_rows(content: Content, delimiter: str, width: int, source: str, skip: int) -> Iterator[list[str]]:
    """The cells of each data row, as the standard library reads them: slowly, but where polars does not.

    A quote within a cell that does not begin with one is a sign like any other (5" pipe), and a lone carriage return
    ends a line.

    Args:
        content: The file.
        delimiter: What separates its cells.
        width: How many cells each line should have; of a single column, blank lines are empty cells.
        source: What errors call the file.
        skip: How many records stand before the first data row.

    Raises:
        DataError: As `blank_rows`, or a quote stands alone within a quoted cell.
    """
    reader = csv.reader(_text_lines(content, source), delimiter=delimiter, strict=True)
    row, line = -skip, 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _quote_error(str(error), line, source) from None
        if cells is None:
            return
        is_blank = not "".join(cells).strip(" ") and len(cells) <= 1
        if row >= 0 and (not is_blank or width == 1):
            if len(cells) != width and not is_blank:
                raise _wrong_width(line, len(cells), content, delimiter, width, source)
            yield cells or [""]
        row, line = row + 1, reader.line_num + 1


def _wrong_width(line: int, cells: int, content: Content, delimiter: str, width: int, source: str) -> DataError:
    """The error for a line with too few or too many cells."""
    were = "was" if width == 1 else "were"
    return DataError(
        f"{source}: line {line} has {_cells(cells)}; {width} {were} expected, as in the first line. "
        f"{_about_first_lines(content)}Correct the line, put quotes around cells that contain "
        f'{_word(delimiter)}, or name another delimiter (delimiter=";", --delimiter ";").'
    )


def _quote_error(fault: str, line: int, source: str) -> DataError:
    """The error for what the standard library says of a record that begins in a line."""
    if "unexpected end" in fault or "field larger" in fault:
        return DataError(f'{source}: line {line} opens a quote (") that never closes. Close or remove it.')
    return DataError(
        f'{source}: line {line} goes on after the quote (") that closes a cell. Write quotes within a quoted cell '
        'twice (""), or remove them.'
    )


def _text_lines(content: Content, source: str) -> Iterator[str]:
    """The lines as text, whichever of the three line ends they have."""
    with open_lines(content) as file:
        for number, line in enumerate(file, start=1):
            _require_utf8(line, number, source)
            yield from io.StringIO((line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).decode(), newline="")


def _cell_counts(content: Content, delimiter: str, source: str) -> Iterator[tuple[int, int]]:
    """Line number and number of cells of each record; blank lines have none."""
    separator = delimiter.encode()
    with open_lines(content) as file:
        lines = enumerate(file, start=1)
        for number, line in lines:
            if number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            if b'"' not in line:
                if not line.isascii():
                    _require_utf8(line, number, source)
                yield number, line.count(separator) + 1 if line.strip(b" \r\n") else 0
                continue
            record = b"".join(_with_what_follows(line, number, lines, source))
            _require_utf8(record, number, source)
            yield number, _cells_of(record, separator)


def _with_what_follows(line: bytes, number: int, lines: Iterator[tuple[int, bytes]], source: str) -> Iterator[bytes]:
    """A line and those that its last quoted cell goes on in; each is looked at once, for there may be many."""
    yield line
    is_open = line.count(b'"') % 2
    while is_open:
        _, more = next(lines, (0, None))
        if more is None:
            raise DataError(f'{source}: line {number} opens a quote (") that never closes. Close or remove it.')
        yield more
        is_open ^= more.count(b'"') % 2


def _cells_of(record: bytes, separator: bytes) -> int:
    """How many cells a record with quotes has, as the standard library cuts it, which takes no cell of any length."""
    if record[:1] in (b"\r", b"\n"):
        return 0
    # Possessive: linear in time on any text. A quote is one only where a cell begins.
    cell = re.compile(rb'(?:"(?:[^"]++|"")*+"?)?[^\r\n%b]*+(%b)?' % (2 * (re.escape(separator),)))
    cells, place = 1, 0
    while (found := cell.match(record, place)) and found[1]:
        cells, place = cells + 1, found.end()
    return cells


def _refuse_what_is_not_text(sample: bytes, source: str) -> None:
    if not sample.removeprefix(_BYTE_ORDER_MARK).strip():
        raise DataError(f"{source} is empty. Give a file with one row per example.")
    marked = next((name for mark, name in _OTHER_MARKS if sample.startswith(mark)), None)
    if encoding := marked or _wide_encoding(sample):
        raise DataError(
            f"{source} is {encoding} text, as some programs save Unicode; UTF-8 was expected. Save it as UTF-8 (in "
            f'Excel: "CSV UTF-8"), or {_conversion(encoding, source)}'
        )
    if b"\0" in sample:
        raise DataError(
            f"{source} holds binary data (a zero byte at position {sample.index(0)}) in none of the formats that are "
            "read: CSV and TSV (also .gz), Parquet, Arrow IPC, NPY and NPZ. Save the table as one of these."
        )


def _wide_encoding(sample: bytes) -> str | None:
    """What a text of several bytes a letter is, by the zeros that stand beside nearly every letter."""
    for zeros, encoding in (
        ((0, 1, 2), "UTF-32BE"),
        ((1, 2, 3), "UTF-32LE"),
        ((0, 2), "UTF-16BE"),
        ((1, 3), "UTF-16LE"),
    ):
        letters = [sample[at::4] for at in range(4)]
        shares = [places.count(0) / max(1, len(places)) for places in letters]
        if all((shares[at] > 0.9) if at in zeros else (shares[at] == 0) for at in range(4)):
            return encoding
    return None


def _conversion(encoding: str, source: str) -> str:
    """How to convert a file to UTF-8."""
    if source.lower().endswith((".gz", ".zip")):
        return f"unpack it and convert what is in it: iconv -f {encoding} -t UTF-8"
    to = f"{shlex.quote(source)} > {shlex.quote(f'utf8-{source}')}"
    return f"convert it: iconv -f {encoding} -t UTF-8 {to}"


def _refuse_json(text: str, source: str) -> None:
    """Objects in braces are no cells side by side, though commas cut them evenly."""
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return
    first = text.strip().partition("\n")[0].strip()
    try:
        json.loads(first)
    except ValueError:
        if first not in ("{", "[", "[{"):
            return
    raise DataError(
        f"{source} looks like JSON (its first line begins with {start}); one row a line was expected, its cells side "
        "by side. Write the table as CSV or Parquet: polars.read_json(...) reads JSON, polars.read_ndjson(...) one "
        "object a line."
    )


def _require_utf8(line: bytes, number: int, source: str) -> None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{source}: line {number} is not UTF-8 text (byte 0x{line[error.start]:02x}). Save the file as UTF-8, or "
            f"{_conversion('ISO-8859-1', source).replace(':', ', for example:', 1)}"
        ) from None


def _about_first_lines(content: Content) -> str:
    """A sentence on first lines that look as if they belonged to no table; nothing where they do."""
    with open_lines(content) as file:
        start = file.read(SAMPLE_BYTES).removeprefix(_BYTE_ORDER_MARK).lstrip()
    if re.search(rb"(?im)^@relation\s", start):
        return f"It looks like an ARFF file: {CURE_OF_ARFF} "
    if mark := re.match(rb"[#%]|//", start):
        return f"Its first lines look like comments: delete the lines that begin with {mark[0].decode()}, if so. "
    return ""


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _word(delimiter: str) -> str:
    return {"\t": "tabs", " ": "blanks"}.get(delimiter, f"'{delimiter}'")
