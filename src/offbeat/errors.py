"""One tree of errors: what is wrong, where, what was expected, what to do.

Every error that a user can cause is an `OffbeatError`. Each kind has a word (`kind`, for JSON) and an exit code for the
command line; both are part of the public contract and never reused.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import ClassVar


class OffbeatError(Exception):
    """The root of all errors that offbeat raises on purpose."""

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1


class SettingsError(OffbeatError, ValueError):
    """A setting is unknown, has a wrong type or range, or contradicts another one."""

    kind = "settings"
    exit_code = 2


class DataError(OffbeatError, ValueError):
    """A table cannot be read, or holds what it should not."""

    kind = "data"
    exit_code = 3


class SchemaError(DataError):
    """A table does not have the columns that the detector was fitted on."""

    kind = "schema"
    exit_code = 4


class DownloadError(DataError):
    """A URL could not be fetched, or what came is not what was promised."""

    kind = "download"
    exit_code = 5


class OldCopyWarning(UserWarning):
    """A URL could not be fetched, and the copy of an earlier day is used in its place."""


class TrainingError(OffbeatError, RuntimeError):
    """Training cannot start, diverged, or cannot be resumed."""

    kind = "training"
    exit_code = 6


class FileError(OffbeatError, OSError):
    """A file or folder cannot be written: the disk is full, or the place may not be written to.

    Args:
        message: What is wrong, which file, and what to do.
        reason: In the system's words, such as "No space left on device"; `strerror`, as of any OSError.
        number: The system's number of it, `errno`.
    """

    kind = "file"
    exit_code = 1

    def __init__(self, message: str, reason: str | None = None, number: int | None = None) -> None:
        super().__init__(message)
        self.strerror, self.errno = reason, number

    def __str__(self) -> str:
        """The message: an OSError with a number would say the system's words instead."""
        return str(self.args[0])

    def __reduce__(self) -> tuple[type[FileError], tuple[str, str | None, int | None]]:
        """The way to another process, on which an OSError loses what it was not called with."""
        return type(self), (str(self), self.strerror, self.errno)


def unwritable(what: str, problem: OSError, folder: object) -> FileError:
    """The error for what cannot be written, with what to do.

    Args:
        what: What is wrong, and of which file: the sentence up to the system's words.
        problem: What the system said.
        folder: Where it was to be written.

    Example:
        >>> str(unwritable("a.csv cannot be written", OSError(28, "No space left on device"), "tables"))
        'a.csv cannot be written (No space left on device). Free some space in tables, or choose another folder.'
    """
    reason = problem.strerror or str(problem)
    return FileError(f"{what} ({reason}). {what_to_do(problem, folder)}", reason, problem.errno)


def what_to_do(problem: OSError, folder: object) -> str:
    """A sentence of advice where something cannot be written.

    Args:
        problem: What the system said.
        folder: Where it was to be written.
    """
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"Free some space in {folder}, or choose another folder."
    return "Choose a folder that you may write to, or another name."


class DetectorFileError(OffbeatError, ValueError):
    """A detector file is damaged, hostile, or of a format that this version does not read."""

    kind = "detector-file"
    exit_code = 7


class MissingDependencyError(OffbeatError, ImportError):
    """An optional package is needed and not installed."""

    kind = "missing-dependency"
    exit_code = 8


def name_some(names: Sequence[object], *, most: int = 5) -> str:
    """The first few names, quoted, and how many more there are.

    Args:
        names: What to list, in the order to list it.
        most: How many to spell out.

    Example:
        >>> name_some(["flow", "rpm"])
        "'flow', 'rpm'"
        >>> name_some(list("abcdefg"), most=2)
        "'a', 'b' and 5 more"
    """
    shown = ", ".join(f"'{name}'" for name in names[:most])
    hidden = len(names) - most
    return f"{shown} and {hidden} more" if hidden > 0 else shown
