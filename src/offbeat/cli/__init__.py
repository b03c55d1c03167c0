"""The command line takes command-line words; calls one function; prints."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command `offbeat`.

    Args:
        arguments: The words after `offbeat`; those that the process was started with unless given.

    Returns:
        The exit code: 0, or the code of the kind of failure (see `offbeat.errors`).

    Example:
        >>> main(["--version"])
        offbeat 0.1.0
        0
    """
    from offbeat.cli.program import run

    return run(arguments)
