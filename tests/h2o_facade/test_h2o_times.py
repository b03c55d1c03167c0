"""Dates in files and Python objects: the milliseconds are those that H2O 3.46 gives."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import offbeat.h2o as h2o
from offbeat.data.time_spellings import times_of
from offbeat.errors import DataError
from offbeat.h2o.durations import duration_words
from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator

OF_H2O = {
    "2020-01-01": 1577836800000,
    "2020-1-01": 1577836800000,
    "1899-01-01": -2240524800000,
    "2020-02": 1580515200000,
    "2020-01-01 05:00:00": 1577854800000,
    "2020-01-01 05:00:00.123": 1577854800123,
    "2020-01-01 05:00:00.123456789": 1577854800123,
    "2020-01-02 06:30:00 PM": 1577989800000,
    "15-Mar-20": 1584230400000,
    "1-Jan-21": 1609459200000,
    "15-March-2020": 1584230400000,
    "15MAR2020": 1584230400000,
    "15-Mar-2020 05:00:00": 1584248400000,
    "01/02/2020": 1577923200000,
    "1/2/20": 1577923200000,
    "01/02/69": -31449600000,
    "12-31-2021": 1640908800000,
    "03/15/2020 06:30:00 PM": 1584297000000,
    "07:30:00": 27000000,
}
"""What H2O's parser makes of a cell, in milliseconds since 1970."""

NO_TIMES = ("15/03/2020", "2020/01/01", "15.03.2020", "05:00", "2020-01-01T05:00:00", "2020-01-01 05:00", "Mar 15 2020")
"""What it takes for words."""


def table_of(folder: Path, cells: list[str]) -> str:
    path = folder / "pumps.csv"
    path.write_text("flow,when\n" + "".join(f"{row + 0.5},{cell}\n" for row, cell in enumerate(cells)))
    return str(path)


@pytest.mark.parametrize(("cell", "milliseconds"), OF_H2O.items())
def test_cells_are_the_times_that_h2o_reads(cell: str, milliseconds: int) -> None:
    assert times_of(pl.Series([f" {cell}", None])).dt.epoch("ms").to_list() == [milliseconds, None]


@pytest.mark.parametrize("cell", NO_TIMES)
def test_other_spellings_are_words_as_in_h2o(cell: str, tmp_path: Path) -> None:
    assert times_of(pl.Series([cell])).null_count() == 1
    assert h2o.import_file(table_of(tmp_path, [cell] * 3)).type("when") == "enum"


def test_noon_and_midnight_and_parts_of_seconds_are_read_as_people_do() -> None:
    words = pl.Series(["2020-01-01 12:00:00 AM", "2020-01-01 12:00:00 PM", "2020-01-01 05:00:00.5", "13:00:00 PM"])
    assert times_of(words).dt.strftime("%H:%M:%S%.3f").to_list() == [
        "00:00:00.000",
        "12:00:00.000",
        "05:00:00.500",
        None,
    ]


def test_a_column_of_dates_is_of_times(tmp_path: Path) -> None:
    frame = h2o.import_file(table_of(tmp_path, ["2020-01-01", "", "2020-03-15 05:00:00", "NA"]))
    assert frame.types == {"flow": "real", "when": "time"} and frame["when"].nacnt() == [2]
    assert frame["when"].asnumeric().cells["when"].to_list() == [1577836800000, None, 1584248400000, None]


@pytest.mark.parametrize("odd", ["never", "2020-02-30"])
def test_one_word_that_is_no_time_leaves_the_words(tmp_path: Path, odd: str) -> None:
    assert h2o.import_file(table_of(tmp_path, ["2020-01-01", "2020-03-15", odd])).type("when") == "string"


def test_dates_can_stay_words(tmp_path: Path) -> None:
    path = table_of(tmp_path, ["2020-01-01", "2020-01-02", "2020-01-01"])
    assert h2o.import_file(path, col_types={"when": "enum"}).levels()[1] == ["2020-01-01", "2020-01-02"]
    assert h2o.import_file(path, col_types=[None, "string"]).cells["when"].to_list()[0] == "2020-01-01"
    assert h2o.import_file(path, col_types={"when": "unknown"}).type("when") == "time"
    words = {"when": ["2020-01-01", "soon"]}
    assert h2o.H2OFrame(words).type("when") == "string"
    assert h2o.H2OFrame(words, column_types={"when": "time"}).nacnt() == [1]
    with pytest.raises(DataError, match=r"Types are given for 'then'; the columns are 'flow', 'when'\."):
        h2o.import_file(path, col_types={"then": "enum"})


def test_times_survive_the_way_through_a_file(tmp_path: Path) -> None:
    frame = h2o.H2OFrame(
        {
            "when": ["2020-01-01 05:00:00.250", "2021-01-01"],
            "date": pl.Series(["2020-01-01"] * 2).str.to_date().to_list(),
        }
    )
    assert set(frame.types.values()) == {"time"} and frame["date"].rbind(frame["date"]).nrow == 4
    h2o.export_file(frame, str(tmp_path / "out.csv"))
    assert h2o.import_file(str(tmp_path / "out.csv")).cells.equals(frame.cells)


def test_times_of_a_zone_are_held_in_utc(tmp_path: Path) -> None:
    berlin = pl.Series("when", [dt.datetime(2020, 1, 1), dt.datetime(2020, 7, 1)]).dt.replace_time_zone("Europe/Berlin")
    cells = pl.DataFrame({"when": berlin, "flow": [1.5, 2.5]})
    cells.write_parquet(tmp_path / "zoned.parquet")
    utc = [dt.datetime(2019, 12, 31, 23), dt.datetime(2020, 6, 30, 22)]
    for frame in (
        h2o.H2OFrame(cells),
        h2o.H2OFrame(cells.to_pandas()),
        h2o.import_file(str(tmp_path / "zoned.parquet")),
        h2o.H2OFrame({"when": berlin.to_list(), "flow": [1.5, 2.5]}),
    ):
        assert frame.cells["when"].dtype == pl.Datetime("ms") and frame.cells["when"].to_list() == utc
    frame = h2o.H2OFrame(cells)
    assert frame.rbind(h2o.H2OFrame({"when": utc, "flow": [1.0, 2.0]})).cells["when"].to_list() == utc * 2
    assert frame["when"].asnumeric().cells["when"].to_list() == berlin.dt.epoch("ms").to_list()
    h2o.export_file(frame, str(tmp_path / "out.csv"))
    assert h2o.import_file(str(tmp_path / "out.csv")).cells.equals(frame.cells)


_TIMES_OF_DAY = [dt.time(17), None, dt.time(1, 2, 3, 500_700)]


@pytest.mark.parametrize("kind", ["pandas", "polars", "parquet", "dict"])
def test_times_of_day_are_what_they_are_in_a_file(kind: str, tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("at,flow\n17:00:00,1.5\n,2.5\n01:02:03.5007,3.5\n")
    cells = pl.DataFrame({"at": _TIMES_OF_DAY, "flow": [1.5, 2.5, 3.5]})
    cells.write_parquet(tmp_path / "day.parquet")
    made = {
        "pandas": lambda: h2o.H2OFrame(cells.to_pandas()),
        "polars": lambda: h2o.H2OFrame(cells),
        "parquet": lambda: h2o.import_file(str(tmp_path / "day.parquet")),
        "dict": lambda: h2o.H2OFrame(cells.to_dict(as_series=False)),
    }
    frame = made[kind]()
    assert frame.cells.equals(h2o.import_file(str(tmp_path / "day.csv")).cells)
    assert frame["at"].asnumeric().cells["at"].to_list() == [61_200_000, None, 3_723_500]
    assert frame.type("at") == "time" and frame["at"].mean() == [(61_200_000 + 3_723_500) / 2]


def test_training_sees_times_of_day() -> None:
    day = [dt.time(row % 24, row % 60) for row in range(60)]
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1)
    model.train(training_frame=h2o.H2OFrame(pl.DataFrame({"at": day, "flow": [float(row % 7) for row in range(60)]})))
    assert model.model.network.numeric == ("at", "flow") and model.model.network.times == ("at",)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_durations_are_the_words_of_pandas(unit: Any) -> None:
    most = 10**15 if unit == "ms" else 2**62
    counts = [0, 1, -1, 86_400_000, -86_400_001, 3_723_004_005, 10**15 // 7, -most, None]
    durations = pl.Series("took", counts, dtype=pl.Duration(unit))
    words = [None if count is None else str(pd.Timedelta(np.timedelta64(count, unit))) for count in counts]
    assert duration_words(durations).to_list() == words
    assert h2o.H2OFrame(durations.to_frame()).cells["took"].to_list() == words


def test_durations_are_text_and_left_out_of_training(capsys: pytest.CaptureFixture[str]) -> None:
    took = pd.to_timedelta(range(1, 61), unit="h").to_series(index=range(60))
    took[3] = None
    frame = h2o.H2OFrame(pd.DataFrame({"took": took, "flow": [float(row % 7) for row in range(60)]}))
    assert frame.types == {"took": "string", "flow": "int"} and frame.nacnt() == [1, 0]
    assert math.isnan(frame["took"].mean()[0]) and frame.sort("took").nrows == 60
    assert (frame["took"] == "0 days 02:00:00").sum() == 1
    print(frame)
    frame.describe()
    assert "0 days 01:00:00" in capsys.readouterr().out
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1)
    with pytest.warns(RuntimeWarning, match=r"Dropping bad and constant columns: \[took\]"):
        model.train(training_frame=frame)
    assert model.model.network.columns == ("flow",)
    assert h2o.H2OFrame(pd.DataFrame({"took": [took[0]] * 60})).type("took") == "enum"


def test_durations_of_parquet_are_the_numbers_that_it_holds(tmp_path: Path) -> None:
    pl.DataFrame({"took": [dt.timedelta(seconds=1), None]}).write_parquet(tmp_path / "took.parquet")
    frame = h2o.import_file(str(tmp_path / "took.parquet"))
    assert frame.type("took") == "int" and frame.cells["took"].to_list() == [1_000_000, None]


def test_python_durations_are_read_as_python_writes_them() -> None:
    hours = [dt.timedelta(hours=1), dt.timedelta(hours=2)]
    frame = h2o.H2OFrame({"short": hours, "long": [dt.timedelta(days=1, hours=1), None]})
    assert frame["short"].asnumeric().cells["short"].to_list() == [3_600_000, 7_200_000]
    assert frame.cells["long"].to_list() == ["1 day, 1:00:00", None]


def test_a_copy_is_not_read_again() -> None:
    frame = h2o.H2OFrame({"when": ["2020-01-01", "2020-01-02"]}, column_types={"when": "string"})
    assert h2o.H2OFrame(frame).type("when") == "string"
    assert h2o.H2OFrame(frame, na_strings=["2020-01-02"]).nacnt() == [1]


def test_training_sees_the_times(tmp_path: Path) -> None:
    frame = h2o.import_file(table_of(tmp_path, ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]))
    model = H2OAutoEncoderEstimator(hidden=[2], activation="Tanh", epochs=1, seed=1)
    assert model.train(training_frame=frame).predict(frame).names == ["reconstr_flow", "reconstr_when"]


def test_the_native_detector_of_a_model_reads_the_times_too(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    path.write_text("at,flow\n" + "".join(f"{day % 28 + 1}-Jan-20,{day % 7}.5\n" for day in range(40)))
    frame = h2o.import_file(str(path))
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=2, seed=1)
    model.train(x=frame.names, training_frame=frame)
    expected = model.anomaly(frame).as_data_frame().iloc[:, 0].to_numpy()
    again = h2o.load_model(h2o.save_model(model, str(tmp_path)))
    for detector in (model.detector, again.detector):
        assert detector.score(path) == pytest.approx(expected, rel=1e-4)
        assert detector.score(frame.as_data_frame()) == pytest.approx(expected, rel=1e-4)


def test_numbers_asked_for_as_times_are_milliseconds(tmp_path: Path) -> None:
    """As H2O 3.46.0.12 reads them; it keeps the .9 of a millisecond, which no time has here."""
    path = tmp_path / "ms.csv"
    path.write_text("ts,v\n1577836800000,1\n20200101,2\n,3\n-5,4\n")
    expected = [1577836800000, 20200101, None, -5]
    asked = {"ts": "time"}
    for frame in (
        h2o.import_file(str(path), col_types=asked),
        h2o.H2OFrame({"ts": expected, "v": [1, 2, 3, 4]}, column_types=asked),
        h2o.H2OFrame(pl.DataFrame({"ts": [1577836800000.9, 20200101.0, float("nan"), -5.0]}), column_types=asked),
    ):
        assert frame.type("ts") == "time" and frame["ts"].asnumeric().cells["ts"].to_list() == expected
    mixed = h2o.H2OFrame({"ts": ["2020-01-01", "1577923200000", "7", "x"]}, column_types=asked)
    assert mixed["ts"].asnumeric().cells["ts"].to_list() == [1577836800000, 1577923200000, 7, None]
    beyond = h2o.H2OFrame({"ts": [1e300, 2.0**62, 0.0]}, column_types=asked)
    assert beyond["ts"].asnumeric().cells["ts"].to_list() == [None, None, 0]


def test_text_under_a_model_of_times_is_to_be_read_as_times(tmp_path: Path) -> None:
    days = [f"2020-01-{day:02d}" for day in range(1, 21)]
    path = tmp_path / "odd.csv"
    path.write_text("when,flow\n" + "".join(f"{day},{day[-1]}.5\n" for day in [*days, "soon"]))
    model = H2OAutoEncoderEstimator(hidden=[2], activation="Tanh", epochs=1, seed=1)
    model.train(training_frame=h2o.H2OFrame({"when": days, "flow": [float(day[-1]) for day in days]}))
    with pytest.raises(DataError, match=r"holds text, .*trained on times.*col_types=\{'when': 'time'\}") as refusal:
        model.anomaly(h2o.import_file(str(path)))
    assert "asnumeric" not in str(refusal.value)
    asked = h2o.import_file(str(path), col_types={"when": "time"})
    assert asked.nrows == 21 == model.anomaly(asked).nrows and asked["when"].nacnt() == [1]
    words = h2o.H2OFrame({"when": days, "flow": ["soon"] * 20}, column_types={"flow": "string"})
    with pytest.raises(DataError, match=r"trained on numbers.*\.asnumeric\(\); words are missing then"):
        model.anomaly(words)
