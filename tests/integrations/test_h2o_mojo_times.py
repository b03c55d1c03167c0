"""H2O models of tables with dates and times, on which H2O trains as milliseconds since 1970."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from imported_models import PUMPS, mojo, repacked

import offbeat
from offbeat.errors import DataError
from offbeat.integrations import h2o_mojo

DETAILS = "experimental/modelDetails.json"
TYPES = b'"column_types":["Enum","Enum","Enum","Enum","Enum","Numeric","Numeric","Numeric"]'


def with_types(target: Path, types: bytes) -> Path:
    """The model with other types of its columns, of which the last is `cycles`."""
    with zipfile.ZipFile(mojo("tanh-dropout")) as archive:
        text = archive.read(DETAILS)
    assert TYPES in text
    return repacked(mojo("tanh-dropout"), target, {DETAILS: text.replace(TYPES, types)})


@pytest.fixture
def timed(tmp_path: Path) -> Path:
    """The model as if H2O had read `cycles` as times."""
    return with_types(tmp_path / "a.zip", TYPES.replace(b'"Numeric"]', b'"Time"]'))


@pytest.mark.parametrize("form", ["times", "text", "numbers"])
def test_times_score_as_their_milliseconds(form: str, timed: Path) -> None:
    table = pl.read_csv(PUMPS, infer_schema_length=None)
    moments = pl.col("cycles").cast(pl.Int64).cast(pl.Datetime("ms"))
    columns = {"times": moments, "text": moments.dt.to_string("%Y-%m-%d %H:%M:%S%.3f"), "numbers": pl.col("cycles")}
    given = table.with_columns(columns[form].alias("cycles"))
    expected = h2o_mojo.anomaly(h2o_mojo.read_mojo(mojo("tanh-dropout")), PUMPS)
    model = h2o_mojo.read_mojo(timed)
    assert model.times == ("cycles",)
    assert h2o_mojo.anomaly(model, given).equals(expected)
    detector = h2o_mojo.open_mojo(timed)
    assert detector.score(given).tolist() == h2o_mojo.open_mojo(mojo("tanh-dropout")).score(PUMPS).tolist()


def test_a_saved_detector_still_reads_times(timed: Path, tmp_path: Path) -> None:
    detector = h2o_mojo.open_mojo(timed)
    loaded = offbeat.load(detector.save(tmp_path / "a.offbeat"))
    words = "Dates and times in 'cycles' count as milliseconds since 1970-01-01, in UTC where they say no time zone."
    assert words in loaded.describe()
    table = pl.read_csv(PUMPS, infer_schema_length=None).with_columns(pl.lit("1970-01-01").alias("cycles"))
    np.testing.assert_array_equal(loaded.score(table), detector.score(table.with_columns(pl.lit(0).alias("cycles"))))
    with pytest.raises(DataError, match=r"'cycles' holds text 'soon' at row 0 .* milliseconds since 1970-01-01 were"):
        loaded.score(table.with_columns(pl.lit("soon").alias("cycles")))


def test_an_explanation_says_dates(timed: Path) -> None:
    table = pl.read_csv(PUMPS, infer_schema_length=None).with_columns(pl.lit("1985-05-01 12:30").alias("cycles"))
    (why, *_) = h2o_mojo.open_mojo(timed).with_threshold(0.0).explain(table)
    assert why.observed["cycles"] == "1985-05-01 12:30:00"
    assert str(why.expected["cycles"]).startswith("1970-01-0")
    assert "cycles is '1985-05-01 12:30:00' where '1970-01-0" in why.sentence
    table = table.with_columns(pl.lit(1e18).alias("cycles"))
    (why, *_) = h2o_mojo.open_mojo(timed).with_threshold(0.0).explain(table)
    assert why.observed["cycles"] == 1e18


def test_a_picture_of_what_columns_contribute_says_dates(timed: Path) -> None:
    table = pl.read_csv(PUMPS, infer_schema_length=None).with_columns(pl.lit("2035-06-01").alias("cycles"))
    (panel,) = h2o_mojo.open_mojo(timed).detect(table).plot_reconstructions([0]).axes
    words = [text.get_text() for text in panel.texts]
    assert "2035-06-01" in words and not any("e+12" in word for word in words)


@pytest.mark.parametrize(
    "types",
    [b'"column_types":["Time"]', b'"column_types":[]', b'"column_types":null', TYPES.replace(b"Enum", b"Time")],
)
def test_types_that_do_not_fit_are_passed_over(types: bytes, tmp_path: Path) -> None:
    model = h2o_mojo.read_mojo(with_types(tmp_path / "a.zip", types))
    assert model.times == ()


def test_without_a_description_no_times_are_known(tmp_path: Path) -> None:
    path = repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {DETAILS: None})
    assert h2o_mojo.read_mojo(path).times == ()
