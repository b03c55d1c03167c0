"""Text files without the lines that H2O's parser takes for no data."""

from __future__ import annotations

from collections.abc import Iterator

from offbeat.data.text_file import Content, open_lines

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK_BYTES = 4 * 1024 * 1024


def without_comment_lines(content: Content, name: str, markers: str) -> tuple[Content, str]:
    """The file without the lines that start with a marker, and what errors call it; they count the lines left.

    A blank before the marker makes the line a row, as do quotes around the cell.

    Args:
        content: The file.
        name: What errors call it.
        markers: The characters; none keeps every line.

    Example:
        >>> without_comment_lines(b"a,b\\n#1,2\\n3,4\\n", "pumps.csv", "#")
        (b'a,b\\n3,4\\n', "pumps.csv without the lines that start with '#'")
    """
    starts = tuple(marker.encode() for marker in markers)
    if not starts or not _has_one(content, starts):
        return content, name
    listed = " or ".join(f"'{marker}'" for marker in markers)
    return b"".join(_kept_lines(content, starts)), f"{name} without the lines that start with {listed}"


def _has_one(content: Content, starts: tuple[bytes, ...]) -> bool:
    """Whether a line starts so; of a large file without any, nothing is kept in memory."""
    before = b"\n"
    with open_lines(content) as file:
        if file.read(len(_BYTE_ORDER_MARK)) != _BYTE_ORDER_MARK:
            file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            if any(b"\n" + start in before + chunk for start in starts):
                return True
            before = chunk[-8:]
    return False


def _kept_lines(content: Content, starts: tuple[bytes, ...]) -> Iterator[bytes]:
    """The other lines, also those within a quoted cell."""
    is_open = False
    with open_lines(content) as file:
        for number, line in enumerate(file):
            if not is_open and (line if number else line.removeprefix(_BYTE_ORDER_MARK)).startswith(starts):
                continue
            is_open ^= line.count(b'"') % 2 == 1
            yield line
