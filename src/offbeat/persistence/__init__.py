"""Persistence takes a manifest and arrays; gives one audited file, and back."""

from offbeat.persistence.format import FORMAT, MAX_FILE_BYTES, Archive
from offbeat.persistence.reader import read_archive
from offbeat.persistence.replacing import replace_file
from offbeat.persistence.writer import write_archive

__all__ = ["FORMAT", "MAX_FILE_BYTES", "Archive", "read_archive", "replace_file", "write_archive"]
