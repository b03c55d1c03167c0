"""An imported H2O model is a detector like any other: saved, loaded, explained, given thresholds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from imported_models import MOJOS, PUMPS, answers_of_h2o, mojo, repacked, with_ini

import offbeat
from offbeat.errors import DataError, DetectorFileError, SchemaError
from offbeat.integrations import h2o_mojo
from offbeat.integrations.h2o_mojo.columns import UNUSED, levels_spelled_alike, schema_of


@pytest.mark.parametrize("name", MOJOS)
def test_saving_and_loading_changes_no_bit(name: str, tmp_path: Path) -> None:
    detector = h2o_mojo.open_mojo(mojo(name))
    loaded = offbeat.load(detector.save(tmp_path / "a.offbeat"))
    assert loaded.score(PUMPS).tobytes() == detector.score(PUMPS).tobytes()
    assert loaded.describe() == detector.describe()
    assert loaded.inspect() == detector.inspect()
    assert loaded.threshold.value == detector.threshold.value


def test_what_it_says_of_itself() -> None:
    detector = h2o_mojo.open_mojo(mojo("tanh-dropout"))
    error = answers_of_h2o("tanh-dropout")["mse"]
    assert repr(detector) == "Detector(dense, 8 columns, imported from tanh-dropout.zip)"
    lines = detector.describe().splitlines()
    assert lines[:3] == [
        "Imported from tanh-dropout.zip, an autoencoder of H2O 3.46.0.6. On H2O's training rows its mean squared error "
        f"was {error:.4g}; H2O 2 flagged rows above 10 times that.",
        "It sees 8 columns as 21 features.",
        "Columns: 3 numbers, 5 categories (code: 4 levels, pump: 3 levels, state: 2 levels, valve: 2 levels, tested: 2 "
        "levels).",
    ]
    assert not any(line.startswith("Training") for line in lines)
    assert "  layer  units  activation" in lines[5]
    assert detector.resolved.given() == {
        "scaling": "normalize",
        "network": "dense",
        "hidden": (6, 3, 6),
        "activation": "tanh",
        "output_activation": "tanh",
        "dropout": (0.2, 0.1, 0.3),
        "loss": "squared",
        "score": "squared",
        "threshold": 10 * error,
    }


def test_the_threshold_is_ten_times_the_training_error_until_another_is_set() -> None:
    detector = h2o_mojo.open_mojo(mojo("tanh-dropout"))
    found = detector.detect(PUMPS)
    assert found.threshold == 10 * answers_of_h2o("tanh-dropout")["mse"]
    assert found.p_values.tolist() == [1.0] * 12
    assert found.note == (
        "There are no calibration rows, so p-values are unknown and given as 1. Missing cells of 'pressure', 'cycles' "
        "(in 2 rows) count as a usual value of the column: nothing tells such a gap from one."
    )
    assert "p = " not in found.explain([2])[0].sentence

    with pytest.raises(DataError, match=r"No calibration scores: .* Set it on a table of them: table=normal "):
        detector.with_threshold("quantile:0.9")
    set_on_rows = detector.with_threshold("quantile:0.9", table=PUMPS)
    assert set_on_rows.threshold.rows == 12
    assert set_on_rows.detect(PUMPS).p_values.min() < 0.2


def test_without_a_description_there_is_no_threshold(tmp_path: Path) -> None:
    path = repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {"experimental/modelDetails.json": None})
    detector = h2o_mojo.open_mojo(path)
    assert detector.threshold.rule == "none"
    assert detector.describe().startswith("Imported from a.zip, an autoencoder of H2O 3.46.0.6.\nIt sees 8 columns")
    assert len(detector.detect(PUMPS)) == 0


@pytest.mark.parametrize(
    "text", [b"{}", b"[[[", b'"training_metrics": {"MSE": "NaN", "nobs": 3}', b'"training_metrics": {']
)
def test_a_description_that_tells_no_error_is_passed_over(text: bytes, tmp_path: Path) -> None:
    path = repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {"experimental/modelDetails.json": text})
    assert h2o_mojo.open_mojo(path).threshold.rule == "none"


def test_contributions_sum_to_the_score_and_missing_cells_are_told() -> None:
    found = h2o_mojo.open_mojo(mojo("tanh-dropout")).detect(PUMPS)
    np.testing.assert_allclose(found.contributions(range(12)).sum(axis=1), found.scores, rtol=1e-6)
    sentence = found.explain([0])[0].sentence
    assert "pump is 'D', never seen in training" in sentence


def test_a_missing_number_counts_as_the_mean() -> None:
    model = h2o_mojo.read_mojo(mojo("tanh-dropout"))
    detector = h2o_mojo.mojo_detector(model)
    rows = offbeat.read(PUMPS).cells
    assert isinstance(rows, pl.DataFrame)
    gap, mean = (rows.with_columns(pl.lit(value).alias("flow")) for value in (None, model.subtracted[1]))
    assert detector.score(gap.with_columns(pl.col("flow").cast(pl.Float64))).tolist() == detector.score(mean).tolist()


def test_a_table_that_lacks_columns_is_refused_by_name() -> None:
    table = offbeat.read(PUMPS).drop(["flow", "state"])
    with pytest.raises(SchemaError, match="lacks 2 columns that the detector was fitted on: 'state', 'flow'"):
        h2o_mojo.open_mojo(mojo("tanh-dropout")).score(table)


def test_columns_of_files_without_a_header_are_taken_by_position(tmp_path: Path) -> None:
    # H2O has categories first; C1 is a number all the same.
    names = {"code": "C3", "pump": "C4", "tested": "C5", "state": "C6", "valve": "C8", "pressure": "C1", "flow": "C2"}
    names["cycles"] = "C9"

    def renamed(text: str) -> str:
        head, _, rest = text.partition("[columns]\n")
        columns, _, domains = rest.partition("\n\n[domains]")
        return f"{head}[columns]\n" + "\n".join(names[name] for name in columns.split("\n")) + f"\n\n[domains]{domains}"

    detector = h2o_mojo.open_mojo(with_ini(tmp_path / "a.zip", renamed))
    assert detector.schema.names == ("C1", "C2", "C3", "C4", "C5", "C6", "C8", "C9")
    assert detector.schema.ignored == (("C7", UNUSED),)

    rows = offbeat.read(PUMPS).cells
    assert isinstance(rows, pl.DataFrame)
    order = ["pressure", "flow", "code", "pump", "tested", "state", "valve", "cycles"]
    unnamed = offbeat.Table(rows.select(order), named=False)
    expected = h2o_mojo.open_mojo(mojo("tanh-dropout")).score(PUMPS)
    assert detector.score(unnamed).tolist() == expected.tolist()
    loaded = offbeat.load(detector.save(tmp_path / "a.offbeat"))
    assert loaded.score(unnamed).tolist() == expected.tolist()

    # Columns behind the last one: the table that H2O was given had them, and left them out as constant or unasked for.
    whole = rows.select(*order[:6], pl.lit(0).alias("C7"), *order[6:], pl.lit(1.5).alias("k"), pl.lit("x").alias("w"))
    assert loaded.score(offbeat.Table(whole, named=False)).tolist() == expected.tolist()
    cut = offbeat.Table(rows.select(order[:5]), named=False)
    with pytest.raises(SchemaError, match=r"has 5 columns; 8 were expected, or the first 9 and any more"):
        loaded.score(cut)
    with pytest.raises(SchemaError, match="has 11 columns; 8 were expected, or the first 9 and any more"):
        loaded.score(offbeat.Table(whole))


@pytest.mark.parametrize("levels", [("1.0", "2.0"), ("007", "012"), ("1_1", "1_2"), ("TRUE", "FALSE"), (" a ", "b")])
def test_other_rows_do_not_decide_which_level_a_row_has(levels: tuple[str, str], tmp_path: Path) -> None:
    model = h2o_mojo.read_mojo(mojo("only-categories"))
    renamed = dataclasses.replace(model, levels={**model.levels, "valve": levels})
    detector, table = h2o_mojo.mojo_detector(renamed), tmp_path / "valves.csv"

    def scores(valves: list[str]) -> list[float]:
        rows = "".join(f"A,run,1,True,{valve}\n" for valve in valves)
        table.write_text(f"pump,state,code,tested,valve\n{rows}")
        assert h2o_mojo.anomaly(renamed, table).to_numpy()[:, 0] == pytest.approx(detector.score(table))
        return detector.score(table).tolist()

    alone = scores([*levels])
    assert scores([*levels, "zzz"])[:2] == alone
    assert scores(["zzz", "zzz"])[0] not in alone


def test_levels_that_differ_by_blanks_only_are_refused() -> None:
    model = h2o_mojo.read_mojo(mojo("only-categories"))
    blanks = dataclasses.replace(model, levels={**model.levels, "valve": ("groß", "groß ")})
    with pytest.raises(DetectorFileError, match="column 'valve' has two levels 'groß' that differ only by blanks"):
        h2o_mojo.mojo_detector(blanks)


def test_levels_that_are_read_as_missing_are_told() -> None:
    model = h2o_mojo.read_mojo(mojo("only-categories"))
    unknown = dataclasses.replace(model, levels={**model.levels, "valve": ("?", "open")})
    assert h2o_mojo.mojo_detector(unknown).facts.origin.endswith(
        " Cells '?' were levels in H2O, and are read as missing here."
    )


def test_levels_that_a_file_does_not_keep_apart_are_told(tmp_path: Path) -> None:
    model = h2o_mojo.read_mojo(mojo("only-categories"))
    numbered = dataclasses.replace(model, levels={**model.levels, "valve": ("001", "1")})
    detector = h2o_mojo.mojo_detector(numbered)
    assert detector.facts.origin.endswith(
        " Levels '001', '1' of 'valve' are told apart only where they stand among words: of a column of numbers only, "
        "files do not keep the spelling. Give that column as text, in a data frame or Parquet."
    )
    cells = {"pump": ["A", "A"], "state": ["run", "run"], "code": ["1", "1"], "tested": ["True", "True"]}
    text = pl.DataFrame({**cells, "valve": ["001", "1"]})
    text.write_csv(tmp_path / "valves.csv")
    apart, together = detector.score(text), detector.score(tmp_path / "valves.csv")
    assert apart[0] != apart[1]
    assert together.tolist() == [apart[1], apart[1]]
    assert not levels_spelled_alike(model)
    several = dataclasses.replace(model, levels={**model.levels, "valve": ("01", "1.0"), "pump": ("TRUE", "true")})
    assert "(likewise in 'valve'). Give" in h2o_mojo.mojo_detector(several).facts.origin


def test_h2os_own_answers_tell_levels_apart_by_their_blanks() -> None:
    model = h2o_mojo.read_mojo(mojo("only-categories"))
    first, second = list(model.levels["valve"])[:2]

    def answers(levels: tuple[str, ...], cells: list[str]) -> list[float]:
        same = {"pump": ["A"] * len(cells), "state": ["run"] * len(cells), "code": ["1"] * len(cells)}
        table = pl.DataFrame({**same, "tested": ["True"] * len(cells), "valve": cells})
        renamed = dataclasses.replace(model, levels={**model.levels, "valve": (*levels, *model.levels["valve"][2:])})
        return h2o_mojo.anomaly(renamed, table)["Reconstruction.MSE"].to_list()

    expected = answers((first, second), [first, second])
    assert expected[0] != expected[1]
    assert answers(("open", "open "), ["open", "open "]) == expected
    assert answers((" open", "open"), [" open", "open"]) == expected


def test_blanks_around_a_columns_name_count_for_nothing(tmp_path: Path) -> None:
    path = with_ini(tmp_path / "a.zip", lambda text: text.replace("\nflow\n", "\nflow \n"))
    detector = h2o_mojo.open_mojo(path)
    assert "flow " in detector.schema.names
    expected = h2o_mojo.open_mojo(mojo("tanh-dropout")).score(PUMPS).tolist()
    assert detector.score(PUMPS).tolist() == expected
    table = offbeat.read(PUMPS).cells
    assert isinstance(table, pl.DataFrame)
    assert detector.score(table.rename({"flow": "flow "})).tolist() == expected
    assert detector.score(table.rename({"flow": " flow", "cycles": " cycles"})).tolist() == expected
    with pytest.raises(SchemaError, match="lacks 1 column"):
        detector.score(table.rename({"flow": " flow"}).with_columns(pl.col(" flow").alias("flow  ")))


def test_columns_keep_h2os_order_where_they_have_names() -> None:
    model = h2o_mojo.read_mojo(mojo("tanh-dropout"))
    assert schema_of(model).names == model.columns
    assert schema_of(model).named
