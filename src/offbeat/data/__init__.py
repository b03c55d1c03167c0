"""Data takes a path, URL, data frame or array; gives a `Table` of named columns."""

from offbeat.data.known import KNOWN, KnownData, KnownFile, known_data, local_copy
from offbeat.data.missing_words import MISSING_WORDS
from offbeat.data.readers import TableLike, read
from offbeat.data.remote import download
from offbeat.data.schema import Column, Schema, infer_schema
from offbeat.data.splits import train_test_rows
from offbeat.data.table import Table

__all__ = [
    "KNOWN",
    "MISSING_WORDS",
    "Column",
    "KnownData",
    "KnownFile",
    "Schema",
    "Table",
    "TableLike",
    "download",
    "infer_schema",
    "known_data",
    "local_copy",
    "read",
    "train_test_rows",
]
