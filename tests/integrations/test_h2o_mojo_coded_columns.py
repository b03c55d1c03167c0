"""Columns of categories that H2O turned into numbers, before its network saw them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from imported_models import CODED_MOJOS, PUMPS, mojo, repacked, with_value

from offbeat.errors import DetectorFileError, SchemaError
from offbeat.integrations import h2o_mojo, open_model
from offbeat.integrations.h2o_mojo.coded_columns import MISSING, CodedColumn

VALVE = CodedColumn("valve", ("a", "b", "c", "d", "e"), ("valve:0", "valve:1", "valve:2"), "Binary")
every_coded = pytest.mark.parametrize("name", CODED_MOJOS)


def test_a_label_is_its_place_and_a_new_one_stands_behind_them() -> None:
    column = CodedColumn("valve", ("a", "b"), ("valve",), "LabelEncoder")
    numbers = column.numbers(np.array([0, 1, 2, MISSING]), pl.Series(["a", "b", "c", None]))
    np.testing.assert_array_equal(numbers, [[0], [1], [2], [np.nan]])


def test_labels_that_spell_whole_numbers_are_these_and_so_are_new_ones() -> None:
    column = CodedColumn("code", ("-7", "007", "+12"), ("code",), "LabelEncoder")
    words = pl.Series(["+12", "-7", "007", "99", "2147483648", "1.5", "new", None])
    numbers = column.numbers(np.array([2, 0, 1, 3, 3, 3, 3, MISSING]), words)
    np.testing.assert_array_equal(numbers[:, 0], [12, -7, 7, 99, *[np.nan] * 4])


def test_names_of_features_that_are_twice_the_same_get_a_number(tmp_path: Path) -> None:
    """H2O's frames may have a name twice; its names of levels, "COLUMN.LEVEL", may be those of a column."""
    levels: dict[str, bytes | None] = {"domains/d003.txt": b"open\nmissing(NA)\n"}
    model = h2o_mojo.read_mojo(repacked(mojo("only-categories"), tmp_path / "a.zip", levels))
    assert model.feature_names.count("valve.missing(NA)") == 2
    found = h2o_mojo.anomaly_per_feature(model, PUMPS).columns
    assert [name for name in found if "valve.missing(NA)" in name] == [
        "reconstr_valve.missing(NA).SE",
        "reconstr_valve.missing(NA).SE0",
    ]


def test_bits_count_from_one_and_are_all_zero_where_missing() -> None:
    numbers = VALVE.numbers(np.array([0, 1, 4, 5, MISSING]), pl.Series(["a", "b", "e", "f", None]))
    np.testing.assert_array_equal(numbers, [[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1], [0, 0, 0]])


@every_coded
def test_tables_have_the_columns_that_h2o_was_given(name: str) -> None:
    model = h2o_mojo.read_mojo(mojo(name))
    assert [column.name for column in model.coded] == ["valve", "pump", "state", "code", "tested"]
    assert model.coded[1].levels == ("A", "B, old", 'C "new"')
    with pytest.raises(SchemaError, match="lacks 1 column that the detector was fitted on: 'pump'"):
        h2o_mojo.anomaly(model, pl.read_csv(PUMPS).drop("pump"))


@every_coded
def test_the_order_of_columns_and_other_rows_change_nothing(name: str) -> None:
    """In H2O a level that training did not have gets another number where the frame holds a second one."""
    model, table = h2o_mojo.read_mojo(mojo(name)), pl.read_csv(PUMPS)
    errors = h2o_mojo.anomaly(model, table)
    turned = table.select(sorted(table.columns))
    alone = pl.concat([h2o_mojo.anomaly(model, turned[row : row + 1]) for row in range(len(turned))])
    np.testing.assert_allclose(alone.to_numpy(), errors.to_numpy(), rtol=1e-12)


@every_coded
def test_a_detector_has_no_place_for_them(name: str) -> None:
    with pytest.raises(DetectorFileError) as problem:
        open_model(mojo(name))
    word = {"label-encoder": "LabelEncoder", "binary": "Binary"}[name]
    assert str(problem.value) == (
        f"{name}.zip: H2O turned categories into numbers ({word}: 'valve', 'pump', 'state', 'code', 'tested'), which "
        "a detector does not do. Score tables in Python (h2o_mojo.read_mojo, h2o_mojo.anomaly), or train the model "
        "with categorical_encoding 'auto'."
    )


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("Eigen", "'Eigen', which cannot be read: what H2O itself makes of such a file differs from the model that"),
        ("null", "'EnumLimited', which cannot be read: H2O writes such a file and cannot open it itself. Train the"),
        ("SortByResponse", "'SortByResponse', which cannot be read. Train the model with categorical_encoding 'auto'"),
    ],
)
def test_other_encodings_are_refused_by_name(encoding: str, words: str, tmp_path: Path) -> None:
    path = with_value(tmp_path / "a.zip", "_genmodel_encoding", encoding)
    with pytest.raises(DetectorFileError) as problem:
        h2o_mojo.read_mojo(path)
    assert f"model.ini: categories are encoded by {words}" in str(problem.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"_orig_names": None}, "lacks the entry '_orig_names'. The file is damaged"),
        ({"_orig_names": b"pressure\n"}, "_orig_names holds 1 levels; 8 were expected"),
        ({"_orig_domain_values_4": None}, "lacks the entry '_orig_domain_values_4'"),
        ({"_orig_domain_values_4": b"A\nA\nB\n"}, "_orig_domain_values_4 holds the level 'A' twice"),
        (
            {"_orig_names": b"pressure\nflow\ncycles\nvalve\nPUMP\nstate\ncode\ntested\n"},
            "the columns are not those that Binary makes of the table's columns",
        ),
    ],
    ids=str,
)
def test_damaged_names_and_levels_are_refused(changes: dict[str, bytes | None], words: str, tmp_path: Path) -> None:
    path = repacked(mojo("binary"), tmp_path / "a.zip", changes)
    with pytest.raises(DetectorFileError) as problem:
        h2o_mojo.read_mojo(path)
    assert words in str(problem.value)


def test_a_bit_whose_name_a_column_has_gets_a_number_as_in_h2o(tmp_path: Path) -> None:
    """H2O 3.46.0.6 calls the bits k:00 and k:1 in a table of the columns k:0 and k."""
    names = {"pressure": "valve:0", "flow": "valve:00", "valve:0": "valve:01"}
    with zipfile.ZipFile(mojo("binary")) as archive:
        changes = {
            entry: "\n".join(names.get(line, line) for line in archive.read(entry).decode().split("\n")).encode()
            for entry in ("model.ini", "_orig_names")
        }
    model = h2o_mojo.read_mojo(repacked(mojo("binary"), tmp_path / "a.zip", changes))
    assert next(column.names for column in model.coded if column.name == "valve")[:2] == ("valve:01", "valve:1")
    table = pl.read_csv(PUMPS)
    expected = h2o_mojo.anomaly(h2o_mojo.read_mojo(mojo("binary")), table)
    renamed = table.rename({"pressure": "valve:0", "flow": "valve:00"})
    assert h2o_mojo.anomaly(model, renamed).equals(expected)


def test_levels_must_be_counted(tmp_path: Path) -> None:
    path = with_value(tmp_path / "a.zip", "_m_orig_domain_values_4", "-1", name="binary")
    with pytest.raises(DetectorFileError, match="_m_orig_domain_values_4 is '-1'; a whole number was expected"):
        h2o_mojo.read_mojo(path)
