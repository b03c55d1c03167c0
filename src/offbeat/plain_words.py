"""One spelling for codes and truth values spelt in several ways. Imports no package, for the ONNX scorer's sake."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")


def plain_or_number(word: str) -> str | float:
    """The word as it is written where its whole column is read as numbers or truth values.

    Args:
        word: Without blanks around it.

    Returns:
        The plain spelling; of a number that is not whole, or too large to be exact, the number.

    Example:
        >>> [plain_or_number(word) for word in ("1.0", "007", "+2.50", "True", "1_1", "nan")]
        ['1', '7', 2.5, 'true', '1_1', 'nan']
    """
    if word.lower() in {"true", "false"}:
        return word.lower()
    if word.isalpha():
        return word
    if _WHOLE.fullmatch(word):
        return str(int(word))
    if not _NUMBER.fullmatch(word):
        return word
    number = float(word)
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else number


def plain_word(word: str) -> str:
    """The plain spelling of a word, numbers as polars writes them.

    Args:
        word: Without blanks around it.

    Example:
        >>> plain_word("+2.50"), plain_word("1E-7")
        ('2.5', '1e-7')
    """
    plain = plain_or_number(word)
    return plain if isinstance(plain, str) else number_in_words(plain)


def number_in_words(number: float) -> str:
    """A number that is not whole, or too large to be exact, as polars writes it.

    Args:
        number: Any.

    Example:
        >>> number_in_words(2.5e-5), number_in_words(2.5e-6)
        ('0.000025', '2.5e-6')
    """
    digits, exponent, power = repr(number).partition("e-0")
    if not exponent:
        return digits
    if power != "5":
        return f"{digits}e-{power}"
    sign, digits = ("-", digits[1:]) if number < 0 else ("", digits)
    return f"{sign}0.0000{digits.replace('.', '')}"
