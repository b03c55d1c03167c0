"""Amounts in spellings that are read as words: what each seems to be, and how to have it read as a number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from offbeat.errors import name_some

DECIMAL_COMMA = r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"
_BLANKS = " '\u2019\u00a0\u202f"
_THOUSANDS = (
    r"(?:[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+(?:\.\d+)?|(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}"
    rf"|(?:[{_BLANKS}]\d{{3}})+(?:[.,]\d+)?))"
)
_AMOUNT = rf"(?:{_THOUSANDS}|[+-]?\d+(?:[.,]\d+)?)"
_UNIT = r"(?![KkMBG]$|[AaPp][Mm]$)[°µ]?[^\W\d_][^\d\s.,+{}()-]{0,9}"
"""K, M and the like multiply, and AM tells a time."""
_FEWEST_OF_A_UNIT = 3
"""Fewer different words with one ending, such as 4K and 8K, are levels."""
_CURRENCY = r"(?:[€$£¥₹]|EUR|USD|GBP|CHF|JPY)"

IF_DECIMAL_COMMAS = "decimal commas? Then say decimal=','"
_SPELLINGS = (
    (_THOUSANDS, "thousands separators, as in '{}'? Then write {}"),
    (DECIMAL_COMMA, IF_DECIMAL_COMMAS),
    (rf"{_AMOUNT} ?%", "per cent, as in '{}'? Then write {}"),
    (rf"(?:-?{_CURRENCY} ?{_AMOUNT}|{_AMOUNT} ?{_CURRENCY})", "amounts of money, as in '{}'? Then write {}"),
)


def doubts_about(words: pl.Series, decimal: str = ".") -> list[str]:
    """What amounts the words of a column seem to be, and what to do if so; numbers among them do not matter.

    Args:
        words: Text without blanks around it.
        decimal: The sign before decimals in the table that they come from; so in the number that is advised.

    Example:
        >>> doubts_about(pl.Series(["$1,042.50", "$ 7"]))
        ["amounts of money, as in '$1,042.50'? Then write 1042.50"]
        >>> doubts_about(pl.Series(["1,042", "12,000"]))
        ["thousands separators, as in '1,042'? Then write 1042", "decimal commas? Then say decimal=','"]
        >>> doubts_about(pl.Series(["70.1 °C", "68 °C", "71.5 °C"]))
        ["numbers with the unit '°C', as in '70.1 °C'? Then write 70.1"]
        >>> doubts_about(pl.Series(["11.402 €", "7,5 €"]), decimal=",")
        ["amounts of money, as in '11.402 €'? Then write 11402"]
        >>> doubts_about(pl.Series(["A 7", "5%"]))
        []
    """
    words = words.filter(words.is_not_null() & words.cast(pl.Float64, strict=False).is_null())
    return [
        doubt.format(words[0], _plain(words[0], decimal))
        for spelling, doubt in (*_SPELLINGS, *_of_a_unit(words))
        if (doubt != IF_DECIMAL_COMMAS or decimal == ".")
        and _are_all(words.head(1), spelling)
        and _are_all(words, spelling)
    ]


def _of_a_unit(words: pl.Series) -> list[tuple[str, str]]:
    """The spelling of numbers with the unit of the first word, and what to say of them; none where it has none."""
    found = re.fullmatch(rf"{_AMOUNT} ?({_UNIT})", words[0]) if len(words) else None
    if found is None or re.fullmatch(_CURRENCY, found[1]) or words.n_unique() < _FEWEST_OF_A_UNIT:
        return []
    spelling = rf"{_AMOUNT} ?{pl.escape_regex(found[1])}"
    return [(spelling, f"numbers with the unit '{found[1]}', as in '{{}}'? Then write {{}}")]


def words_in_doubt(levels: Mapping[str, Sequence[str]], decimal: str = ".") -> str:
    """A sentence on the columns that became categories though their words seem to be amounts; nothing without any.

    Args:
        levels: The words of each column of categories.
        decimal: As for `doubts_about`.

    Example:
        >>> words_in_doubt({"valve": ["open", "shut"], "load": ["5%", "7.5%"]})
        "Learned as categories: 'load (per cent, as in '5%'? Then write 5)'."
    """
    doubts = {name: doubts_about(pl.Series(words, dtype=pl.String), decimal) for name, words in levels.items()}
    told = [f"{name} ({'; '.join(found)})" for name, found in doubts.items() if found]
    return f"Learned as categories: {name_some(told)}." if told else ""


def _are_all(words: pl.Series, spelling: str) -> bool:
    return len(words) > 0 and bool(words.str.contains(f"^(?:{spelling})$").all())


def _plain(word: str, decimal: str) -> str:
    """An amount as a number is written: a sign, digits, and the table's own sign before decimals.

    One group of three digits behind the other sign is thousands, as 1,042 is among decimal points.
    """
    bare = re.sub(r"[^\d.,+-]", "", word)
    sign = max(".,", key=bare.rfind)
    whole, _, decimals = bare.rpartition(sign)
    is_group = sign != decimal and re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}[{sign}]\d{{3}}", bare) is not None
    separates_thousands = bare.count(sign) > 1 or is_group
    if sign not in bare or separates_thousands:
        return re.sub(r"[.,]", "", bare)
    return f"{re.sub(r'[.,]', '', whole)}{decimal}{decimals}"
