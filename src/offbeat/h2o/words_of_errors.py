"""offbeat's errors with the advice in H2O's words: `sep` for delimiter, `na_strings` for missing, no command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from offbeat.errors import OffbeatError

_ADVICE = (
    (r'\(delimiter=";", --delimiter ";"\)', '(sep=";")'),
    (r"^delimiter=(.*): one character", r"sep=\1: one character"),
    (r"header=False \(--no-header\)", "header=-1"),
    (
        r"column '(.*?)' holds (.*)Declare it with missing=(.*) \(--missing .*\), or leave the column out of the fit "
        r"\(--ignore .*\)\.",
        r"column '\1' holds \2Import it with na_strings=\3, set such cells to None (frame[rows, '\1'] = None), or "
        r"leave the column out of the training: ignored_columns=['\1'].",
    ),
)
"""What offbeat's messages say, and what they say to H2O's users."""


def in_h2os_words(message: str) -> str:
    """A message whose advice can be followed with H2O's functions.

    Args:
        message: Of any of offbeat's errors.

    Example:
        >>> in_h2os_words("If the first row is data, say header=False (--no-header).")
        'If the first row is data, say header=-1.'
    """
    for told, own in _ADVICE:
        message = re.sub(told, own, message, flags=re.DOTALL)
    return message


@contextmanager
def told_in_h2os_words() -> Iterator[None]:
    """Errors that leave the block, or the function it decorates, give their advice in H2O's words."""
    try:
        yield
    except OffbeatError as error:
        error.args = tuple(in_h2os_words(word) if isinstance(word, str) else word for word in error.args)
        raise
