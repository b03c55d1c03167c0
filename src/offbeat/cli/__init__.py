"""The command line takes command-line words; calls one function; prints."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command `offbeat`.

    Args:
        arguments: The words after `offbeat`. Without any, the process's own are taken, and the process is ended.

    Returns:
        The exit code: 0, or the code of the kind of failure (see `offbeat.errors`).

    Example:
        >>> main(["--version"])
        offbeat 0.1.0
        0
    """
    if arguments is None:
        from offbeat.cli.process import run_and_leave

        run_and_leave()
    from offbeat.cli.program import run

    return run(arguments)
