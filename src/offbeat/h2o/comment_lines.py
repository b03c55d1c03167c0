"""Text files without the lines that H2O's parser takes for no data."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from offbeat.data.dialect import find_delimiter, told_delimiter
from offbeat.data.layout import one_character
from offbeat.data.text_file import Content, open_lines, sample_text
from offbeat.errors import SettingsError

HIVES_SEPARATOR = "\x01"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK_BYTES = 4 * 1024 * 1024


def without_comment_lines(
    content: Content, name: str, markers: str, delimiter: str | None = None
) -> tuple[Content, str]:
    """The file without the lines that start with a marker, and what errors call it; they count the lines left.

    Blanks before the marker do not matter, nor do tabs where none separate the cells. Quotes around the cell make the
    line a row, and so does a quoted cell that the line goes on with.

    Args:
        content: The file.
        name: What errors call it.
        markers: The characters; none keeps every line.
        delimiter: What separates the cells; worked out where None.

    Raises:
        DataError: The file is no text.
        SettingsError: `delimiter` is no single character, or a marker is no character of UTF-8.

    Example:
        >>> without_comment_lines(b"a,b\\n #1,2\\n3,4\\n", "pumps.csv", "#")
        (b'a,b\\n3,4\\n', "pumps.csv without the lines that start with '#'")
    """
    if not markers or not _may_have_one(content, _encoded(markers)):
        return content, name
    between = _separator(sample_text(content, name), markers, delimiter)
    comment = re.compile(rb"[ %b]*(?:%b)" % (b"" if between == "\t" else b"\t", _encoded(markers)))
    listed = " or ".join(f"'{marker}'" for marker in markers)
    left = io.BytesIO()
    left.writelines(_kept_lines(content, comment, between.encode()))
    return left.getvalue(), f"{name} without the lines that start with {listed}"


def _encoded(markers: str) -> bytes:
    """The markers as alternatives of a pattern."""
    try:
        return b"|".join(re.escape(marker.encode()) for marker in markers)
    except UnicodeEncodeError:
        raise SettingsError(
            f"custom_non_data_line_markers={markers!r} holds half a character; whole ones were expected, such as '#'."
        ) from None


def _separator(sample: str, markers: str, delimiter: str | None) -> str:
    """What separates the cells: as told, or by the lines of the sample that begin with no marker."""
    told, sample = told_delimiter(sample)
    if delimiter or told:
        return one_character(delimiter or told or "")
    lines = [line for line in sample.split("\n") if not line.lstrip(" \t").startswith(tuple(markers))]
    return HIVES_SEPARATOR if lines and HIVES_SEPARATOR in lines[0] else find_delimiter("\n".join(lines))


def _may_have_one(content: Content, markers: bytes) -> bool:
    """Whether a line starts with a marker, within a quoted cell or not; of a file without any, nothing is kept."""
    anywhere, first = re.compile(markers), re.compile(rb"[\r\n][ \t]*(?:%b)" % markers)
    before = b"\n"
    with open_lines(content) as file:
        if file.read(len(_BYTE_ORDER_MARK)) != _BYTE_ORDER_MARK:
            file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            text = before + chunk
            if anywhere.search(text) and first.search(text):
                return True
            before = _start_of_line(text)
    return False


def _start_of_line(text: bytes) -> bytes:
    """What may matter of the end of a chunk: a line end, and the bytes of half a marker, without blanks between."""
    start = max(text.rfind(b"\n"), text.rfind(b"\r"))
    line = text[start + 1 :].lstrip(b" \t")
    return b"\n" + line if start >= 0 and len(line) < 4 else b""


def _kept_lines(content: Content, comment: re.Pattern[bytes], delimiter: bytes) -> Iterator[bytes]:
    """The other lines, also those within a quoted cell; a quote is one only where a cell begins."""
    opening = re.compile(b'[%b]"' % (rb" \t" if delimiter == b" " else re.escape(delimiter)))
    is_open = False
    with open_lines(content) as file:
        for number, line in enumerate(file):
            own = line if number else line.removeprefix(_BYTE_ORDER_MARK)
            if not is_open and comment.match(own):
                continue
            if b'"' in own:
                is_open = _stays_open(b'"' + own if is_open else own, opening)
            yield line


def _stays_open(record: bytes, opening: re.Pattern[bytes]) -> bool:
    """Whether the last cell of a record that begins with a quote never closes; two quotes within one are no end.

    No single pattern: possessive groups within possessive groups are matched wrongly before Python 3.11.5.
    """
    begin = 0 if record.startswith(b'"') else _after(opening.search(record))
    while begin >= 0:
        end = record.find(b'"', begin + 1)
        while end >= 0 and record.startswith(b'"', end + 1):
            end = record.find(b'"', end + 2)
        if end < 0:
            return True
        begin = _after(opening.search(record, end + 1))
    return False


def _after(found: re.Match[bytes] | None) -> int:
    """Where the quote stands that was found after a delimiter; -1 where none was."""
    return -1 if found is None else found.end() - 1
