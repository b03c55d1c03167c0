"""Text from outside, made fit to be drawn."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.text import Text

from offbeat.plotting import png_of
from offbeat.plotting.lettering import FONT, write_plainly


def written(words: str, most: int = 60) -> Text:
    figure = Figure()
    text = figure.text(0.1, 0.5, "")
    write_plainly(text, words, most=most)
    png_of(figure)
    return text


def test_dollars_are_no_formula() -> None:
    assert written("$\\frac{a}$").get_text() == r"\$\frac{a}\$"


def test_line_ends_and_control_characters_become_spaces() -> None:
    assert written("a\nb\tc\x00d\u202ee").get_text() == "a b c d e"


def test_known_letters_stay_and_unknown_ones_become_squares() -> None:
    assert written("Größe, ж").get_text() == "Größe, ж"
    assert written("a\U000f0000b").get_text() == "a b"
    assert written("a\U0001f9ffb").get_fontfamily()[0] == FONT


def test_letters_that_no_font_has_become_squares() -> None:
    # The last letter of Egyptian hieroglyphs, which no font of the list holds.
    assert written("a\U0001342eb").get_text() == "a\N{WHITE SQUARE}b"


def test_long_words_are_cut() -> None:
    assert len(written("x" * 500, most=20).get_text()) == 20
