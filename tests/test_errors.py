"""One tree of errors, with words and exit codes that scripts may rely on."""

from __future__ import annotations

import pickle

import pytest

from offbeat import errors
from offbeat.errors import FileError, OffbeatError, name_some

CONTRACT = {
    "OffbeatError": ("error", 1, Exception),
    "SettingsError": ("settings", 2, ValueError),
    "DataError": ("data", 3, ValueError),
    "SchemaError": ("schema", 4, ValueError),
    "DownloadError": ("download", 5, ValueError),
    "TrainingError": ("training", 6, RuntimeError),
    "FileError": ("file", 1, OSError),
    "DetectorFileError": ("detector-file", 7, ValueError),
    "MissingDependencyError": ("missing-dependency", 8, ImportError),
}


def _tree(root: type[OffbeatError]) -> list[type[OffbeatError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _tree(child))]


def test_every_kind_keeps_its_word_and_exit_code() -> None:
    tree = [kind for kind in _tree(OffbeatError) if kind.__module__ == errors.__name__]
    assert {kind.__name__: (kind.kind, kind.exit_code) for kind in tree} == {
        name: (word, code) for name, (word, code, _) in CONTRACT.items()
    }


@pytest.mark.parametrize("name", CONTRACT)
def test_every_kind_is_caught_as_offbeats_and_as_pythons(name: str) -> None:
    for caught in (OffbeatError, CONTRACT[name][2]):
        with pytest.raises(caught, match="what is wrong"):
            raise getattr(errors, name)("what is wrong")


def test_errors_of_tables_are_data_errors() -> None:
    assert issubclass(errors.SchemaError, errors.DataError)
    assert issubclass(errors.DownloadError, errors.DataError)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, ""),
        (1, "'c0'"),
        (5, "'c0', 'c1', 'c2', 'c3', 'c4'"),
        (6, "'c0', 'c1', 'c2', 'c3', 'c4' and 1 more"),
        (12, "'c0', 'c1', 'c2', 'c3', 'c4' and 7 more"),
    ],
)
def test_at_most_five_names_are_spelt_out(count: int, expected: str) -> None:
    assert name_some([f"c{number}" for number in range(count)]) == expected


def test_names_that_are_no_text_are_shown_as_text() -> None:
    assert name_some((3, -1, None), most=2) == "'3', '-1' and 1 more"


def test_a_file_error_tells_another_process_the_same() -> None:
    told = pickle.loads(pickle.dumps(FileError("pumps.html cannot be written.", "No space left on device", 28)))
    assert (str(told), told.strerror, told.errno) == ("pumps.html cannot be written.", "No space left on device", 28)
