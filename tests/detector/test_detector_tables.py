"""Tables that a detector is asked about: the same columns in any order, and what is refused in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_detectors import NAMES, fitted, framed, new_readings, readings, same_bits

import offbeat
from offbeat.data.mixed_rows import mixed_rows
from offbeat.errors import DataError, SchemaError

NEW = framed(new_readings())


def test_columns_in_another_order_and_others_beside_them_change_no_bit(quick: offbeat.Detector) -> None:
    expected = quick.score(NEW)

    assert same_bits(quick.score(NEW.select(NAMES[::-1])), expected)
    assert same_bits(quick.score(NEW.with_columns(day=pl.lit("Monday"))), expected)
    assert same_bits(quick.score(NEW.with_columns(pl.col("rpm").cast(pl.String))), expected)


def test_a_table_without_names_is_taken_by_position(quick: offbeat.Detector) -> None:
    assert same_bits(quick.score(new_readings()), quick.score(NEW))


def test_a_table_is_read_as_the_training_table_was(tmp_path: Path) -> None:
    NEW.write_csv(tmp_path / "new.csv", separator="|", null_value="gone")
    (tmp_path / "new.csv").write_text((tmp_path / "new.csv").read_text().replace("|", ";").replace(".", ","))
    detector = fitted(framed(readings()), delimiter=";", decimal=",")

    assert np.allclose(detector.score(tmp_path / "new.csv"), detector.score(NEW), rtol=1e-6)


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (["2019", "2020", "2021", "2022"], "2,4,6,8\n4,6,8,10\n"),
        (["2019", "2020", "2021", "2022"], "0,0,0,0\n"),
        (["0", "1", "2", "3"], "0,0,0,0\n1,2,3,4\n"),
        (["flow", "rpm", "heat", "load"], ",,,\n"),
        (["flow", "rpm", "heat", "load"], "NA,NA,NA,NA\nNA,NA,NA,NA\n"),
    ],
)
def test_the_names_of_a_detector_are_the_header_of_a_file_whatever_is_below(
    tmp_path: Path, names: list[str], rows: str
) -> None:
    detector = fitted(pl.DataFrame(readings(), schema=names))
    cells = [[float("nan" if cell in ("", "NA") else cell) for cell in row.split(",")] for row in rows.splitlines()]
    expected = detector.score(np.array(cells))

    (tmp_path / "new.csv").write_text(",".join(names) + "\n" + rows)
    assert same_bits(detector.score(tmp_path / "new.csv"), expected)
    (tmp_path / "wide.csv").write_text(
        "\n".join([f"before,{' ,'.join(names)},77", *(f"7,{row},7" for row in rows.split())])
    )
    assert same_bits(detector.score(tmp_path / "wide.csv"), expected)


def test_numbers_in_another_order_than_the_names_are_a_row(tmp_path: Path) -> None:
    detector = fitted(pl.DataFrame(readings(), schema=["0", "1", "2", "3"]))
    (tmp_path / "new.csv").write_text("1,0,2,3\n1,1,2,3\n0,1,2,3\n3,3,1,0\n")
    expected = detector.score(np.array([[1, 0, 2, 3], [1, 1, 2, 3], [0, 1, 2, 3], [3, 3, 1, 0]], float))
    assert same_bits(detector.score(tmp_path / "new.csv"), expected)


def test_names_over_missing_words_are_a_header_too(tmp_path: Path) -> None:
    frame = pl.DataFrame({"color": ["red", "blue"] * 20, "shape": ["round", "flat", "flat", "round"] * 10})
    detector = fitted(frame)
    (tmp_path / "new.csv").write_text("color,shape\nNA,NA\n")

    assert len(detector.score(tmp_path / "new.csv")) == 1


def test_a_first_row_is_no_header_where_the_detector_has_no_names_or_the_user_says_so(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("2019,2020,2021,2022\n2,4,6,8\n4,6,8,10\n")

    assert len(fitted().score(tmp_path / "new.csv")) == 3
    without = fitted(pl.DataFrame(readings(), schema=["2019", "2020", "2021", "2022"]), header=False)
    assert len(without.score(tmp_path / "new.csv")) == 3


def test_lacking_columns_are_named_with_what_they_may_be_called(quick: offbeat.Detector) -> None:
    with pytest.raises(SchemaError) as error:
        quick.score(NEW.rename({"rpm": "RPM"}).drop("flow"))

    assert str(error.value) == (
        "The table lacks 2 columns that the detector was fitted on: 'flow', 'rpm'. It has 1 unknown column: 'RPM'. "
        "Rename 'RPM' to 'rpm'?"
    )


def test_a_table_without_names_needs_the_right_width(quick: offbeat.Detector) -> None:
    with pytest.raises(SchemaError) as error:
        quick.score(np.zeros((3, 5)))

    assert str(error.value).startswith("The table has 5 columns; 4 were expected. Where names are lacking, columns are")


def test_a_file_is_called_by_its_name(quick: offbeat.Detector, tmp_path: Path) -> None:
    NEW.drop("load").write_csv(tmp_path / "short.csv")

    with pytest.raises(SchemaError, match=r"^short.csv lacks 1 column that the detector was fitted on: 'load'"):
        quick.detect(tmp_path / "short.csv")


@pytest.mark.parametrize("verb", ["score", "p_values", "detect", "explain", "reconstruct", "encode", "feature_errors"])
def test_every_verb_refuses_text_where_numbers_belong(verb: str, quick: offbeat.Detector) -> None:
    cells = NEW["heat"].cast(pl.String).to_list()
    cells[4] = "n/a!"

    with pytest.raises(DataError) as error:
        getattr(quick, verb)(NEW.with_columns(pl.Series("heat", cells)))

    assert str(error.value).startswith(
        "The table: column 'heat' holds text 'n/a!' at row 4 (1 such row); numbers were expected."
    )


def test_text_among_the_numbers_of_the_training_table_is_refused() -> None:
    cells = framed(readings())["heat"].cast(pl.String).to_list()
    cells[17] = "broken"

    with pytest.raises(DataError) as error:
        fitted(framed(readings()).with_columns(pl.Series("heat", cells)))

    assert "column 'heat' holds text 'broken' at row 17" in str(error.value)
    assert 'missing=["broken"]' in str(error.value) and 'categorical=["heat"]' in str(error.value)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_cells_are_refused_in_training_and_after(value: float, quick: offbeat.Detector) -> None:
    rows = readings(20)
    rows[5, 2] = value

    for judge in (quick.score, fitted):
        with pytest.raises(DataError) as error:
            judge(framed(rows))
        assert "heat" in str(error.value) and "row 5" in str(error.value) and "inf" in str(error.value)


@pytest.mark.parametrize("table", [np.zeros((0, 4)), NEW.head(0)], ids=["array", "frame"])
def test_no_rows_are_refused(table: object, quick: offbeat.Detector) -> None:
    for judge in (quick.score, quick.detect, fitted):
        with pytest.raises(DataError, match="The table has 0 rows and 4 columns"):
            judge(table)


def test_missing_cells_are_scored_also_where_training_had_none(quick: offbeat.Detector) -> None:
    rows = new_readings()
    rows[0, 1] = np.nan
    rows[1] = np.nan

    assert np.isfinite(quick.score(rows)).all()


def test_categories_that_training_did_not_show_count_against_a_row(pumps: offbeat.Detector) -> None:
    table = mixed_rows(60, seed=4).table
    assert isinstance(table.cells, pl.DataFrame)
    strange = table.cells.with_columns(mode=pl.lit("turbo"))

    assert (pumps.score(strange) > pumps.score(table)).all()
    assert "mode is 'turbo', never seen in training" in pumps.explain(strange.head(1))[0].sentence


def test_a_refused_table_leaves_the_detector_and_the_folder_as_they_were(
    quick: offbeat.Detector, tmp_path: Path
) -> None:
    before = quick.score(NEW)
    (tmp_path / "bad.csv").write_text("flow,rpm\n1,2\n")

    with pytest.raises(SchemaError):
        quick.detect(tmp_path / "bad.csv")
    with pytest.raises(DataError):
        fitted(tmp_path / "none.csv", checkpoint=tmp_path / "state")

    assert same_bits(quick.score(NEW), before)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]
