"""Text and numbers as HTML: everything from outside goes through `escaped`."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NO_NUMBER = "\N{EN DASH}"


def escaped(words: object) -> str:
    """Text as HTML text or as a quoted attribute, without what no HTML file may hold.

    Control characters, and the lone surrogates that stand for undecodable bytes in file names, become a replacement
    character: the page could not be parsed, or not be encoded, with them.

    Example:
        >>> escaped("<script>&'")
        '&lt;script&gt;&amp;&#x27;'
    """
    return html.escape("".join(_REPLACEMENT if _forbidden(letter) else letter for letter in str(words)))


def name(words: object) -> str:
    """A name from outside, isolated: its writing direction cannot turn round the text beside it.

    Example:
        >>> name("flow & rpm")
        '<bdi>flow &amp; rpm</bdi>'
    """
    return element("bdi", escaped(words))


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits; a dash for none or NaN.

    Example:
        >>> number(9.6643), number(0.00004), number(None), number(float("inf"))
        ('9.664', '4e-05', '–', 'infinite')
    """
    if value is None or math.isnan(value):
        return _NO_NUMBER
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    return f"{value:.{digits}g}"


def share(value: float | None) -> str:
    """A number between 0 and 1 with three decimals, so that a column of them aligns; a dash for none or NaN.

    Example:
        >>> share(0.98), share(None)
        ('0.980', '–')
    """
    return _NO_NUMBER if value is None or math.isnan(value) else f"{value:.3f}"


def setting(value: object) -> str:
    """A setting's value as it is written on the command line; not HTML yet.

    Example:
        >>> setting((32, 16)), setting("tanh"), setting(None)
        ('32,16', 'tanh', 'not set')
    """
    if value is None:
        return "not set"
    return ",".join(str(part) for part in value) if isinstance(value, (tuple, list)) else str(value)


def element(tag: str, *children: str, **attributes: str) -> str:
    """An HTML element with its end tag.

    Args:
        tag: Its name.
        *children: HTML already.
        **attributes: Text, escaped here; `class_` is the attribute class, `data_label` is data-label.

    Example:
        >>> element("td", "9.66", class_="number", data_label="score")
        '<td class="number" data-label="score">9.66</td>'
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"' for key, value in attributes.items())
    return f"<{tag}{written}>{''.join(children)}</{tag}>"


def section(title: str, *body: str) -> str:
    """One part of the page below its own heading; all HTML already."""
    return element("section", "\n", element("h2", title), "\n", "\n".join(body), "\n")


def table(head: Sequence[str], rows: Sequence[str], *, caption: str, kind: str) -> str:
    """A table.

    Args:
        head: The columns' header cells.
        rows: From `row`.
        caption: What the table shows.
        kind: Its class, for the style.
    """
    top = element("thead", element("tr", *head))
    return element("table", element("caption", caption), top, element("tbody", "\n", "\n".join(rows)), class_=kind)


def row(title: str, *cells: str) -> str:
    """A table's row: the cell that names it, and its other cells, already HTML."""
    return element("tr", element("th", title, scope="row"), *cells)


def _forbidden(letter: str) -> bool:
    code = ord(letter)
    return (code < 0x20 and letter not in "\t\n\r") or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF
