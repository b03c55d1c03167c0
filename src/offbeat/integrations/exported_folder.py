"""A directory of files made from a detector, which appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offbeat.errors import SettingsError, unwritable
from offbeat.files import new_folder


@contextmanager
def exported_folder(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A directory to fill, which gets its name once it is whole.

    Args:
        target: The directory's name. It must not be there yet, or be empty.

    Yields:
        The directory to fill.

    Raises:
        SettingsError: The directory holds something already.
        FileError: It cannot be written.

    Example:
        >>> with exported_folder("pumps") as part:
        ...     _ = (part / "README.md").write_text("Pumps")
        >>> sorted(file.name for file in Path("pumps").iterdir())
        ['README.md']
    """
    try:
        with new_folder(target) as part:
            yield part
    except FileExistsError as problem:
        raise SettingsError(
            f"{target}: there is something there already. Choose another directory, or remove it."
        ) from problem
    except OSError as problem:
        raise unwritable(f"{target} cannot be written", problem, Path(target).parent) from problem
