"""Public data sets by name: the two heartbeat jobs that people arrive with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from offbeat.data.names import nearest_name
from offbeat.data.remote import downloaded_once
from offbeat.errors import DataError, DownloadError, name_some
from offbeat.files import from_home

FOLDER_VARIABLE = "OFFBEAT_DATA"


@dataclass(frozen=True)
class KnownFile:
    """One file of a public data set.

    Attributes:
        name: What it is called in the folder that OFFBEAT_DATA names.
        url: Where it is published.
    """

    name: str
    url: str


@dataclass(frozen=True)
class KnownData:
    """A public data set, and how to find the anomalies in it.

    Attributes:
        name: What users call it.
        what: One sentence on what it holds.
        train: The rows to train on; all rows, where there is no `test`.
        test: The rows to score, or None where `train` is to be split.
        label: The column with the labels, as `Table.position` takes it, or None.
        normal: The label of the normal rows, or None.
    """

    name: str
    what: str
    train: KnownFile
    test: KnownFile | None = None
    label: str | None = None
    normal: str | None = None


_DISCORD = "https://raw.githubusercontent.com/Avkash/mldl/master/data"

KNOWN = {
    known.name: known
    for known in (
        KnownData(
            "ecg-discord",
            "20 good heartbeats to train on; the same 20 and 3 bad ones to score; 210 values each.",
            train=KnownFile("ecg_discord_train.csv", f"{_DISCORD}/ecg_discord_train.csv"),
            test=KnownFile("ecg_discord_test.csv", f"{_DISCORD}/ecg_discord_test.csv"),
        ),
        KnownData(
            "ecg5000",
            "5,000 heartbeats of 140 values, labelled 1 (normal) and 0 (anomalous) in the last column.",
            train=KnownFile("ecg5000.csv", "http://storage.googleapis.com/download.tensorflow.org/data/ecg.csv"),
            label="-1",
            normal="1",
        ),
    )
}
"""The data sets by name."""


def known_data(name: str) -> KnownData:
    """A public data set.

    Args:
        name: One of the names in `KNOWN`.

    Raises:
        DataError: There is none of that name; says which there are.

    Example:
        >>> known_data("ecg5000").label
        '-1'
    """
    if name in KNOWN:
        return KNOWN[name]
    near = nearest_name(name, list(KNOWN))
    meant = f"Did you mean '{near}'? " if near else ""
    raise DataError(f"No public data set is called '{name}'. {meant}There are {name_some(list(KNOWN))}.")


def local_copy(file: KnownFile) -> Path:
    """A file of a public data set: from the folder in OFFBEAT_DATA where that is set, else downloaded once.

    Args:
        file: One of the files of a `KnownData`.

    Raises:
        DataError: OFFBEAT_DATA is set and the file is not in that folder.
        DownloadError: OFFBEAT_DATA is not set and the file cannot be fetched.
    """
    if folder := os.environ.get(FOLDER_VARIABLE):
        path = from_home(Path(folder)) / file.name
        if path.is_file():
            return path
        raise DataError(
            f"{FOLDER_VARIABLE} names the folder {folder}, which has no file {file.name}. Put it there, or unset "
            f"{FOLDER_VARIABLE} to download it from {file.url}."
        )
    try:
        return downloaded_once(file.url)
    except DownloadError as error:
        raise DownloadError(
            f"{error} To work without a network, set {FOLDER_VARIABLE} to a folder that holds it as {file.name}."
        ) from error
