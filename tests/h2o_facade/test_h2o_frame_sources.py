"""Where frames come from and where they go: files, Python objects, random columns, names."""

from __future__ import annotations

import copy
import errno
import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import offbeat.h2o as h2o
from offbeat.data.heartbeats import heartbeats
from offbeat.errors import DataError, FileError, SettingsError
from offbeat.h2o.frame import H2OFrame

TABLE = "flow,kind\n1.5,a\nNA,b\n3.5,a\n"


def test_a_file_becomes_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "pump-data.csv"
    path.write_text(TABLE)
    frame = h2o.import_file(str(path))
    assert frame.frame_id == "pump_data.hex"
    assert frame.types == {"flow": "real", "kind": "enum"} and frame.nacnt() == [1, 0]
    renamed = h2o.import_file(path, destination_frame="mine", col_names=["x", "y"], col_types={"y": "string"})
    assert (renamed.frame_id, renamed.types) == ("mine", {"x": "real", "y": "string"})
    assert h2o.upload_file(str(path), na_strings=["3.5"]).nacnt() == [2, 0]


def test_points_beside_decimal_commas_are_numbers_too(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text("flow;rpm;version;word\n1,5;2,25;2.1;a\n2,5;3,25;10.4;b\n")
    frame = h2o.import_file(str(path))
    assert frame.types == {"flow": "real", "rpm": "real", "version": "real", "word": "string"}
    assert frame.as_data_frame()["version"].tolist() == [2.1, 10.4]


def test_whole_numbers_beyond_64_bits_are_real(tmp_path: Path) -> None:
    path = tmp_path / "ids.csv"
    path.write_text("id,flow\n20000000000000000001,1\n20000000000000000002,2\n")
    frame = h2o.import_file(str(path))
    assert frame.types == {"id": "real", "flow": "int"}
    assert frame.as_data_frame()["id"].tolist() == [2e19, 2e19]


def test_unsigned_numbers_beyond_64_bits_are_real(tmp_path: Path) -> None:
    cells = pl.DataFrame({"id": pl.Series([1, 2**63, None, 2**64 - 1], dtype=pl.UInt64), "flow": [1.5, 2.5, 3.5, 4.5]})
    cells.write_parquet(tmp_path / "ids.parquet")
    numbers = np.array([1, 2**63], np.uint64)
    for frame in (h2o.H2OFrame(cells), h2o.import_file(str(tmp_path / "ids.parquet"))):
        assert frame.type("id") == "real" and frame.cells["id"].to_list() == [1.0, 2.0**63, None, 2.0**64]
    for wide in (h2o.H2OFrame(pd.DataFrame({"id": numbers})), h2o.H2OFrame(numbers)):
        assert wide.cells.to_series().to_list() == [1.0, 2.0**63]
    assert h2o.H2OFrame(pl.DataFrame({"id": pl.Series([2**53 + 1], dtype=pl.UInt64)})).cells["id"].to_list() == [
        2**53 + 1
    ]


def test_a_tilde_that_is_no_home_folder_is_part_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("~$pumps.csv").write_text(TABLE)
    assert h2o.import_file("~$pumps.csv").shape == (3, 2)


def test_a_header_can_be_denied(tmp_path: Path) -> None:
    path = tmp_path / "beats.csv"
    path.write_text("1,2\n3,4\n")
    assert h2o.import_file(str(path)).names == ["C1", "C2"]
    assert h2o.import_file(str(path), header=1).names == ["1", "2"]
    assert h2o.import_file(str(path), header=-1).shape == (2, 2)
    with pytest.raises(SettingsError, match=r"header is 0 \(work it out\), 1"):
        h2o.import_file(str(path), header=2)


def test_columns_can_be_skipped(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    path.write_text("x,y,z\n1,2,a\n3,4,b\n5,,a\n")
    assert h2o.import_file(path, skipped_columns=[1]).types == {"x": "int", "z": "enum"}
    assert h2o.import_file(path, skipped_columns=["y"], col_names=["p", "r"]).names == ["p", "r"]
    assert h2o.import_file(path, skipped_columns=[1], col_names=["p", "q", "r"]).names == ["p", "r"]
    typed = h2o.import_file(path, skipped_columns=[1], col_types=["enum", "string"])
    assert typed.types == {"x": "enum", "z": "string"}
    with pytest.raises(DataError, match=r"There is no column 9; the frame has 3 columns, 0 to 2\."):
        h2o.import_file(path, skipped_columns=[9])
    with pytest.raises(DataError, match=r"2 column types were expected, one a column; 3 were given\."):
        h2o.import_file(path, skipped_columns=[1], col_types=["enum"] * 3)
    with pytest.raises(DataError, match=r"skipped_columns names all columns; at least one is needed\."):
        h2o.import_file(path, skipped_columns=[0, 1, 2])


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"flow,kind\n4,c\n"))
    (tmp_path / "a.csv").write_text(TABLE)
    (tmp_path / ".hidden").write_text("no table")
    frame = h2o.import_file(str(tmp_path))
    assert frame.cells["flow"].to_list() == [1.5, None, 3.5, 4.0]
    assert frame.levels()[1] == ["a", "b", "c"]
    assert h2o.import_file(str(tmp_path), pattern=r"\.csv$").nrow == 3
    (tmp_path / "c.csv").write_text("other,kind\n4,c\n")
    with pytest.raises(DataError, match="The files differ in their columns"):
        h2o.import_file(str(tmp_path))


@pytest.mark.parametrize(
    ("python_obj", "names", "cells"),
    [
        ({"a": [1, 2], "b": 7.5, "c": ["x"]}, ["a", "b", "c"], [[1, 2], [7.5, None], ["x", None]]),
        ([1, 2, 3], ["C1"], [[1, 2, 3]]),
        ([[1, "x"], [2, "x"]], ["C1", "C2"], [[1, 2], ["x", "x"]]),
        (np.array([[1.5, np.nan], [2.5, 3.5]]), ["C1", "C2"], [[1.5, 2.5], [None, 3.5]]),
        (np.array([1, 2]), ["C1"], [[1, 2]]),
        (pd.DataFrame({"a": [1, 2], "b": ["u", "u"]}), ["a", "b"], [[1, 2], ["u", "u"]]),
        (pl.DataFrame({"a": [True, None]}), ["a"], [["True", None]]),
    ],
)
def test_python_objects_become_frames(python_obj: Any, names: Any, cells: Any) -> None:
    frame = h2o.H2OFrame(python_obj)
    assert frame.names == names
    assert [column.to_list() for column in frame.cells.get_columns()] == cells


def test_names_and_types_of_python_objects() -> None:
    frame = h2o.H2OFrame([["a", "b"], [1, "?"], [2, "x"]], header=1, na_strings=["?"], column_types=["enum", "enum"])
    assert frame.types == {"a": "enum", "b": "enum"} and frame.nacnt() == [0, 1]
    assert h2o.H2OFrame([[1, 2]], column_names=["p", "q"]).names == ["p", "q"]
    with pytest.raises(ValueError, match=r"'2nd' is no column name"):
        h2o.H2OFrame({"2nd": [1]})
    with pytest.raises(DataError, match=r"The rows of the list differ in length: \[1, 2\]"):
        h2o.H2OFrame([[1], [1, 2]])
    with pytest.raises(SettingsError, match="Column 'C1': 'number' is no type"):
        h2o.H2OFrame([1], column_types=["number"])


def test_random_frames_keep_their_promises() -> None:
    frame = h2o.create_frame(rows=2000, cols=10, missing_fraction=0.1, factors=5, seed=1)
    assert frame.shape == (2000, 10)
    assert sorted(frame.types.values()) == ["enum"] * 2 + ["int"] * 3 + ["real"] * 5
    assert all(100 < count < 300 for count in frame.nacnt())
    assert frame.cells.equals(h2o.create_frame(rows=2000, cols=10, missing_fraction=0.1, factors=5, seed=1).cells)
    clock, again = (h2o.create_frame(rows=20, cols=1, seed=-1).cells for _ in range(2))
    assert not clock.equals(again), "as H2O's -1: from the clock"
    words = h2o.create_frame(rows=50, cols=2, time_fraction=0.5, string_fraction=0.5, seed=1)
    assert list(words.types.values()) == ["time", "string"]
    answered = h2o.create_frame(rows=200, cols=2, has_response=True, response_factors=3, seed=1)
    assert answered.names == ["response", "C1", "C2"] and answered.levels()[0] == ["0", "1", "2"]
    assert set(answered["response"].cells.to_series()) == {"0", "1", "2"} and answered["response"].nacnt() == [0]
    assert h2o.create_frame(rows=9, cols=1, has_response=True, response_factors=1).type("response") == "real"
    with pytest.raises(SettingsError, match="response_factors is 0; 1 for real numbers"):
        h2o.create_frame(has_response=True, response_factors=0)
    with pytest.raises(SettingsError, match="add up to at most 1"):
        h2o.create_frame(real_fraction=0.8, integer_fraction=0.3)


def test_frames_are_written(tmp_path: Path) -> None:
    frame = h2o.H2OFrame({"flow": [1.5, None], "kind": ["a", "a"]})
    h2o.export_file(frame, str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text() == "flow,kind\n1.5,a\n,a\n"
    with pytest.raises(DataError, match=r"is there already\. Give force=True to replace it"):
        h2o.export_file(frame, tmp_path / "out.csv")
    h2o.export_file(frame, tmp_path / "out.csv", force=True)
    assert h2o.import_file(str(tmp_path / "out.csv")).cells.equals(frame.cells)


def test_a_file_outlives_an_export_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = h2o.H2OFrame({"flow": [1.5, 2.5]})
    for name in ("out.csv", "out.parquet"):
        h2o.export_file(frame, tmp_path / name)
        before = (tmp_path / name).read_bytes()
        with monkeypatch.context() as full:
            full.setattr("os.fsync", _full_disk)
            with pytest.raises(FileError, match=rf"{name} cannot be written: No space left"):
                h2o.export_file(frame["flow"] * 2, tmp_path / name, force=True)
        assert (tmp_path / name).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.parquet"]


def _full_disk(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _names() -> list[str]:
    return h2o.ls()["key"].tolist()


def test_names_are_kept_while_the_script_holds_the_frame() -> None:
    frame = h2o.H2OFrame([1, 2], destination_frame="held")
    assert "held" in _names() and h2o.get_frame("held").cells is frame.cells
    frame.frame_id = "renamed"
    assert "renamed" in _names() and "held" not in _names()
    h2o.remove_all(retained=[frame])
    assert _names() == ["renamed"]
    h2o.remove(frame)
    assert _names() == [] and frame.nrow == 2
    with pytest.raises(DataError, match=r"No frame or model is named 'held'\. There are none\."):
        h2o.get_model("held")
    dropped = h2o.H2OFrame([1]).frame_id
    assert dropped not in _names(), "nobody named or holds it"


def test_the_server_is_not_missed(capsys: pytest.CaptureFixture[str]) -> None:
    h2o.init(nthreads=-1, max_mem_size="4g")
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1 and "no server" in printed
    h2o.no_progress()
    h2o.show_progress()
    h2o.shutdown(prompt=False)
    h2o.cluster().shutdown()
    assert capsys.readouterr().out == ""
    assert h2o.cluster().is_running() and h2o.cluster().cloud_size == 1


def test_the_import_is_cheap() -> None:
    program = "import sys, offbeat.h2o; print(sorted({'polars', 'pandas', 'jax', 'numpy'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_frame_lines_of_the_heartbeat_notebook(tmp_path: Path) -> None:
    """What H2O's notebook does with its frames, on heartbeats without a header: names, plots' data, ranking."""
    beats = heartbeats(23, samples=50, anomalies=3)
    np.savetxt(tmp_path / "ecg_discord_test.csv", beats.curves, delimiter=",")
    h2o.init()
    test = h2o.import_file(str(tmp_path / "ecg_discord_test.csv"))
    assert test.shape == (23, 50) and test.names[:2] == ["C1", "C2"]
    train = test[[kind == "normal" for kind in beats.kinds], :]
    assert train.shape == (20, 50)
    curves = train.as_data_frame().T
    assert curves.shape == (50, 20) and list(curves.index[:2]) == ["C1", "C2"]
    np.testing.assert_allclose(test.as_data_frame().to_numpy(), beats.curves)
    errors = h2o.H2OFrame((test - 0.1).as_data_frame()).mean(axis=1)
    errors.names = ["Reconstruction.MSE"]
    ranked = errors.as_data_frame()
    ranked["Rank"] = ranked["Reconstruction.MSE"].rank(ascending=False)
    assert ranked.shape == (23, 2)
    cut = errors.quantile([0.9])[0, 1]
    assert errors[errors["Reconstruction.MSE"] > cut].nrow == 3


def test_truth_values_in_a_file_are_categories_as_they_are_spelled(tmp_path: Path) -> None:
    (tmp_path / "pumps.csv").write_text(
        "flow,tested,sold\n1.5,True,FALSE\n2.5,False,TRUE\n3.5,,FALSE\n4.5,True,FALSE\n"
    )
    frame = h2o.import_file(tmp_path / "pumps.csv")
    assert frame.types == {"flow": "real", "tested": "enum", "sold": "enum"}
    assert frame.levels() == [[], ["False", "True"], ["FALSE", "TRUE"]]
    assert h2o.import_file([str(tmp_path / "pumps.csv")] * 2).nrows == 8
    (tmp_path / "mixed.csv").write_text("flow,tested\n" + "1.5,true\n2.5,True\n" * 3)
    assert h2o.import_file(tmp_path / "mixed.csv").levels()[1] == ["True", "true"]


@pytest.mark.parametrize("kind", [np.int64, np.bool_, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_square_arrays_stand_as_they_are_in_any_memory_order(kind: type, order: str) -> None:
    matrix = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]], dtype=kind, order=order)  # type: ignore[call-overload]
    assert np.array_equal(H2OFrame(matrix).as_data_frame().to_numpy().astype(kind), matrix)
    assert np.array_equal(H2OFrame(matrix.T).as_data_frame().to_numpy().astype(kind), matrix.T)


def test_the_name_of_a_deep_copy_is_its_own() -> None:
    frame = h2o.H2OFrame({"a": [1, 2]}, destination_frame="first")
    copied = copy.deepcopy(frame)
    copied.frame_id = "second"
    assert h2o.get_frame("first") is not None and h2o.get_frame("second") is not None
    assert copied.as_data_frame().equals(frame.as_data_frame())
