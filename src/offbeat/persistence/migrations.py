"""From the detector files of earlier formats to the present one.

When the format changes, `FORMAT` goes up by one, a row is added here, and a file of the old format stays in the tests.
"""

from __future__ import annotations

from collections.abc import Callable

from offbeat.errors import DetectorFileError
from offbeat.persistence.format import FORMAT, Archive

MIGRATIONS: dict[int, Callable[[Archive], Archive]] = {}
"""Format number to the function that turns an archive of that format into one of the next."""


def migrated(archive: Archive, where: str) -> Archive:
    """The archive as the present format says it; one of the present format comes back as it is.

    Raises:
        DetectorFileError: No migration leads from its format to the present one.
    """
    for number in range(archive.format_number, FORMAT):
        if number not in MIGRATIONS:
            raise DetectorFileError(
                f"{where} is of format {number}, which this offbeat no longer reads (it reads format {FORMAT}). "
                "Fit the detector again."
            )
        archive = MIGRATIONS[number](archive)
    return archive
