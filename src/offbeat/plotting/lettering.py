"""Text from outside (names of columns, files and categories) made fit to be drawn.

matplotlib reads `$...$` as a formula and fails on a broken one, warns of letters that its font lacks, and breaks a
layout at a line end. A column may be called anything.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from matplotlib import font_manager
from matplotlib.text import Text

from offbeat.shortening import shorten

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
