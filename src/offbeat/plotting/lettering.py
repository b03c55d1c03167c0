"""Text from outside (names of columns, files and categories) made fit to be drawn.

matplotlib reads `$...$` as a formula and fails on a broken one, warns of letters that its font lacks, and breaks a
layout at a line end. A column may be called anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from matplotlib import font_manager
from matplotlib.text import Text

FONT: Final = "DejaVu Sans"
"""It comes with matplotlib, so that a figure looks the same on every machine."""
FALLBACK_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Noto Sans",
    "Arial Unicode MS",
)
"""Asked in this order, where they are installed, for letters that the usual font lacks."""
_NO_LETTER: Final = "\N{WHITE SQUARE}"
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"


def write_plainly(text: Text, words: str, *, most: int = 60) -> None:
    """Set the words of a matplotlib text as they are: no formula, no line end, no letter that no font has.

    Args:
        text: A title, a label, a tick's label.
        words: What to write.
        most: Characters; longer words end with an ellipsis.
    """
    shown = shorten("".join(letter if letter.isprintable() else " " for letter in words), most=most)
    if shown.isascii():
        fonts = [FONT]
    else:
        fonts = [FONT, *_fonts_for(shown)]
        shown = "".join(letter if any(_has(font, letter) for font in fonts) else _NO_LETTER for letter in shown)
    text.set_fontfamily(fonts)
    text.set_text(shown.replace("$", r"\$"))


def shorten(words: str, *, most: int) -> str:
    """The words, or their beginning and an ellipsis.

    Args:
        words: Of any length.
        most: How many characters may remain, the ellipsis included.

    Example:
        >>> shorten("temperature_of_the_bearing", most=12)
        'temperature…'
    """
    return words if len(words) <= most else words[: most - 1].rstrip() + _ELLIPSIS


def shorten_apart(names: Sequence[str], *, most: int) -> list[str]:
    """The names, those that are too long without their middle; where that makes two alike, what tells them apart.

    Args:
        names: Written near one another.
        most: How many characters each may keep, the ellipses included.

    Example:
        >>> shorten_apart(["pressure_of_pump_1_in_hall_7", "pressure_of_pump_2_in_hall_7", "flow"], most=12)
        ['…_pump_1_in…', '…_pump_2_in…', 'flow']
    """
    head = most // 2
    short = {
        name: name if len(name) <= most else f"{name[:head]}{_ELLIPSIS}{name[head + 1 - most :]}" for name in names
    }
    apart = dict(short)
    for name in short:
        if alike := [other for other in short if short[other] == short[name] and other != name]:
            apart[name] = _about(name, max(_first_difference(name, other) for other in alike), most)
    return [apart[name] for name in names]


def _first_difference(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _about(name: str, place: int, most: int) -> str:
    """So many letters of the name about a place in it."""
    start = min(max(place - most // 2, 0), max(len(name) - most + 1, 0))
    shown = name[start : start + most - (start > 0)]
    return _ELLIPSIS * (start > 0) + (shown if name.endswith(shown) else shown[:-1] + _ELLIPSIS)


def _fonts_for(words: str) -> list[str]:
    """The installed fallback fonts that hold a letter which the usual font lacks."""
    missing = {letter for letter in words if not _has(FONT, letter)}
    chosen = []
    for font in _installed_fallbacks() if missing else ():
        held = {letter for letter in missing if _has(font, letter)}
        if held:
            chosen.append(font)
            missing -= held
    return chosen


@cache
def _installed_fallbacks() -> tuple[str, ...]:
    installed = set(font_manager.get_font_names())
    return tuple(font for font in FALLBACK_FONTS if font in installed)


def _has(font: str, letter: str) -> bool:
    path = font_manager.findfont(font)
    return font_manager.get_font(path).get_char_index(ord(letter)) != 0
