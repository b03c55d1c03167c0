"""What is said to people: what files and rows bring along is shown, and never steers the terminal."""

from __future__ import annotations

from typing import Any, Final

_CONTROLS: Final = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (ord("\n"), ord("\t"))
}


def harmless(words: str) -> str:
    r"""The words with every control character but line end and tab spelled out.

    A terminal obeys what follows an escape: a column's name could clear the screen or set the window's title.

    Args:
        words: Names, paths and cells among them.

    Example:
        >>> harmless("'b\x1b[2Jc' is missing")
        "'b\\x1b[2Jc' is missing"
    """
    return words if words.isprintable() else words.translate(_CONTROLS)


def say(words: str = "", *, file: Any = None, flush: bool = False) -> None:
    """Print words for people; JSON and CSV, which programs read, go their own ways.

    Args:
        words: One line or several.
        file: The stream to print to; standard output where it is None.
        flush: Whether they are to be seen at once.
    """
    print(harmless(words), file=file, flush=flush)
