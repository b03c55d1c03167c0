"""How the rows of a growing file are written, worked out from its first lines, of which some may be damaged."""

from __future__ import annotations

import io
from itertools import islice
from typing import Any

import orjson

from offbeat.data.dialect import told_delimiter
from offbeat.data.layout import find_layout
from offbeat.data.missing_words import MISSING_WORDS
from offbeat.data.text_file import sample_text
from offbeat.detector.detector import Detector
from offbeat.drift.growing_file import records_of
from offbeat.errors import DataError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ENOUGH_ROWS = 1000
"""Sound rows that tell how the others are written, where some of them are damaged."""

_ENOUGH_LINES = 20
"""Lines that tell JSON from cells side by side, where the first one is neither an object nor a list."""


def lines_before(text: bytes) -> bytes:
    """What stands before the first line with anything in it: a line "sep=;" and blank ones.

    Args:
        text: The first lines of a file.
    """
    before = text[: _end_of_told(text)]
    for record in records_of(text[len(before) :]):
        if record.strip():
            break
        before += record
    return before


def has_first_line(text: bytes) -> bool:
    """Whether a line with anything in it is there.

    Args:
        text: The first lines of a file.
    """
    return len(lines_before(text)) < len(text)


def head_of(text: bytes) -> bytes:
    """As `lines_before`, and the first line with anything in it, which may be a header.

    Args:
        text: The first lines of a file.

    Example:
        >>> head_of(b"sep=;\\n\\nflow;rpm\\n1;2\\n")
        b'sep=;\\n\\nflow;rpm\\n'
    """
    before = lines_before(text)
    return before + next(records_of(text[len(before) :]), b"")


def find_beginning(text: bytes, name: str, detector: Detector) -> tuple[dict[str, Any], int]:
    """How the rows are written, and how many bytes stand before them.

    Args:
        text: The first lines of a file.
        name: What errors call it.
        detector: Whose settings count.

    Returns:
        The layout; none where no line but a first one can be read, which may be a header: it does not tell how rows
        are written.

    Raises:
        DataError: It cannot be told, as where the header is damaged.
    """
    if _is_json(text):
        return {"form": "ndjson"}, 0
    try:
        return _beginning(text, name, detector, detector.settings.header)
    except DataError:
        return _beginning_of_sound_lines(text, name, detector)


def fault_of(record: bytes, name: str) -> DataError | None:
    """Why a line is no text, if it is none.

    Args:
        record: A line that is not blank, with those that its quotes hold.
        name: What the error calls the file.
    """
    try:
        sample_text(record, name)
    except DataError as problem:
        return problem
    return None


def needs_header(detector: Detector) -> bool:
    """Whether rows without their header would be read by position, though they may be written in another order.

    Args:
        detector: Whose columns, and whose settings.
    """
    return detector.schema.named and detector.settings.header is not False


def without_header(problem: str) -> DataError:
    """The error for a first line that cannot be read.

    Args:
        problem: What is wrong with it, as a sentence.
    """
    return DataError(
        f"{problem} No row is read without the header that it may be: correct it, and begin the file anew."
    )


def _beginning_of_sound_lines(text: bytes, name: str, detector: Detector) -> tuple[dict[str, Any], int]:
    """As `find_beginning`, by the lines that are text: a damaged row must not hide how the others are written."""
    head, before = head_of(text), lines_before(text)
    first = head[len(before) :]
    others = (record for record in records_of(text[len(head) :]) if record.strip() and not fault_of(record, name))
    rows = b"".join(islice(others, _ENOUGH_ROWS))
    if first and fault_of(first, name):
        if needs_header(detector):
            raise without_header(str(fault_of(head, name)))
        return _beginning(before + rows, name, detector, False) if rows else ({}, 0)
    return _beginning(head + rows, name, detector, detector.settings.header) if rows else ({}, 0)


def _beginning(text: bytes, name: str, detector: Detector, header: bool | None) -> tuple[dict[str, Any], int]:
    settings = detector.settings
    told, sample = told_delimiter(sample_text(text, name))
    layout = find_layout(
        sample,
        name,
        header=header,
        delimiter=settings.delimiter or told,
        decimal=settings.decimal,
        missing=(*MISSING_WORDS, *settings.missing),
        columns=detector.schema.own_names,
    )
    head = head_of(text) if layout.header else text[: _end_of_told(text)]
    names = head[len(lines_before(text)) :].removeprefix(_BYTE_ORDER_MARK).decode()
    return {"form": "csv", "header": names, "delimiter": layout.delimiter, "decimal": layout.decimal}, len(head)


def _end_of_told(text: bytes) -> int:
    """The length of a line that tells the delimiter; 0 where there is none."""
    line = text[: text.find(b"\n") + 1]
    told, _ = told_delimiter(line.removeprefix(_BYTE_ORDER_MARK).decode(errors="replace"))
    return 0 if told is None else len(line)


def are_objects(text: bytes) -> bool:
    """Whether at least half of the first lines are objects of JSON, whatever the lines before them looked like.

    Args:
        text: Some lines.
    """
    lines = _first_lines(text)
    return bool(lines) and 2 * sum(_is_json_of(dict, line) for line in lines) >= len(lines)


def _is_json(text: bytes) -> bool:
    """Whether the lines are objects or lists: at least half of the first ones, or one after a first that begins so.

    A first one alone may be damaged; one that begins so before lines of cells is a header such as [flow],[rpm].
    """
    lines = _first_lines(text)
    rows = sum(_is_json_of(dict | list, line) for line in lines)
    begins = bool(lines) and lines[0][:1] in (b"{", b"[")
    return bool(lines) and (2 * rows >= len(lines) or (begins and (rows > 0 or len(lines) == 1)))


def _first_lines(text: bytes) -> list[bytes]:
    return list(islice(filter(None, map(bytes.strip, io.BytesIO(text))), _ENOUGH_LINES))


def _is_json_of(kind: Any, line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), kind)
    except orjson.JSONDecodeError:
        return False
