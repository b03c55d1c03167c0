"""Whole tables to features and back: layout, missing cells, chosen rows, memory, and what a file may hold."""

from __future__ import annotations

import copy
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from offbeat.data.schema import Column, Schema, infer_schema
from offbeat.data.table import Table
from offbeat.errors import DataError
from offbeat.preprocessing import SCALINGS, PreprocessingSettings, Preprocessor, fit_preprocessor

STANDARD = PreprocessingSettings()

PUMPS = Table(
    pl.DataFrame(
        {
            "flow": [1.0, 2.0, None, 3.0],
            "valve": ["open", "shut", "open", None],
            "rpm": [900, 1100, 1000, 1000],
            "wet": [True, False, True, True],
        }
    )
)


def _numeric_schema(columns: int) -> Schema:
    return Schema(tuple(Column(f"C{i + 1}", "numeric") for i in range(columns)))


@pytest.fixture(scope="module")
def pumps() -> Preprocessor:
    return fit_preprocessor(PUMPS, infer_schema(PUMPS), STANDARD)


def test_numbers_come_first_then_marks_then_slots(pumps: Preprocessor) -> None:
    assert pumps.columns == ("flow", "valve", "rpm", "wet")
    assert pumps.feature_names == (
        *("flow", "rpm", "flow is missing"),
        *("valve=open", "valve=shut", "valve=(missing)", "valve=(unseen)"),
        *("wet=true", "wet=false", "wet=(unseen)"),
    )
    assert pumps.feature_columns.tolist() == [0, 2, 0, 1, 1, 1, 1, 3, 3, 3]
    assert pumps.features == 10


def test_features_of_a_mixed_table(pumps: Preprocessor) -> None:
    root = np.sqrt(1.5)
    features = pumps.transform(PUMPS)
    assert features.flags.c_contiguous
    assert features.dtype == np.float32
    np.testing.assert_allclose(
        features,
        [
            [-root, -np.sqrt(2), 0, 1, 0, 0, 0, 1, 0, 0],
            [0, np.sqrt(2), 0, 0, 1, 0, 0, 0, 1, 0],
            [0, 0, 1, 1, 0, 0, 0, 1, 0, 0],
            [root, 0, 0, 0, 0, 1, 0, 1, 0, 0],
        ],
        atol=1e-6,
    )


def test_way_back_is_in_the_columns_own_units(pumps: Preprocessor) -> None:
    values = pumps.inverse(pumps.transform(PUMPS))
    assert list(values) == ["flow", "valve", "rpm", "wet"]
    np.testing.assert_allclose(values["flow"], [1.0, 2.0, 2.0, 3.0], rtol=1e-6)
    assert values["valve"].tolist() == ["open", "shut", "open", None]
    np.testing.assert_allclose(values["rpm"], [900, 1100, 1000, 1000], rtol=1e-6)
    assert values["wet"].tolist() == ["true", "false", "true", "true"]
    assert values["rpm"].dtype == np.float64


def test_columns_are_taken_by_name_whatever_their_order(pumps: Preprocessor) -> None:
    shuffled = PUMPS.select(["wet", "rpm", "valve", "flow"])
    assert pumps.transform(shuffled).tobytes() == pumps.transform(PUMPS).tobytes()


def test_chosen_rows_are_those_of_the_whole_table(pumps: Preprocessor) -> None:
    rows = np.array([3, 0, 3])
    assert pumps.transform(PUMPS, rows).tobytes() == pumps.transform(PUMPS)[rows].tobytes()


def test_fit_on_chosen_rows_is_the_fit_on_these_alone() -> None:
    rows = np.array([0, 2, 3])
    schema = infer_schema(PUMPS)
    chosen = fit_preprocessor(PUMPS, schema, STANDARD, rows)
    alone = fit_preprocessor(PUMPS.take(rows), schema, STANDARD)
    assert chosen.to_dict() == alone.to_dict()
    assert chosen.categorical[0].levels == ("open",)


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("auto", ("flow", "rpm", "flow is missing")),
        (True, ("flow", "rpm", "flow is missing", "rpm is missing")),
        (False, ("flow", "rpm")),
    ],
)
def test_missing_cells_count_as_features_when_asked(setting: bool | str, names: tuple[str, ...]) -> None:
    table = PUMPS.select(["flow", "rpm"])
    settings = PreprocessingSettings.model_validate({"missing_indicator": setting})
    preprocessor = fit_preprocessor(table, infer_schema(table), settings)
    assert preprocessor.feature_names == names
    new = Table(pl.DataFrame({"flow": [None, 2.0], "rpm": [1000.0, None]}))
    marks = {(): [[], []], ("flow is missing",): [[1], [0]]}.get(names[2:], [[1, 0], [0, 1]])
    np.testing.assert_allclose(preprocessor.transform(new), [[0, 0, *marks[0]], [0, 0, *marks[1]]], atol=1e-7)


@pytest.mark.parametrize(
    ("scaling", "stand_in"), [("standard", 4.0), ("robust", 2.0), ("minmax", 4.0), ("normalize", 4.0), ("none", 4.0)]
)
def test_stand_in_for_a_missing_cell_is_the_mean_or_the_median(scaling: str, stand_in: float) -> None:
    matrix = np.array([[1.0], [2.0], [9.0], [np.nan]])
    settings = PreprocessingSettings.model_validate({"scaling": scaling})
    preprocessor = fit_preprocessor(Table(matrix), _numeric_schema(1), settings)
    assert preprocessor.inverse(preprocessor.transform(Table(matrix)))["C1"][3] == pytest.approx(stand_in)


def test_column_without_a_training_value_marks_the_first_one() -> None:
    preprocessor = fit_preprocessor(Table(np.full((3, 1), np.nan)), _numeric_schema(1), STANDARD)
    assert preprocessor.transform(Table(np.array([[np.nan], [0.5]]))).tolist() == [[0.0, 1.0], [0.5, 0.0]]


@pytest.mark.parametrize("scaling", sorted(set(SCALINGS) - {"none"}))
def test_column_without_a_training_value_is_scaled_by_the_other_normal_rows(scaling: str) -> None:
    matrix = np.array([[1.0, np.nan, np.nan], [2.0, np.nan, 800.0], [4.0, 5000.0, 1000.0], [3.0, np.nan, 1200.0]])
    settings = PreprocessingSettings.model_validate({"scaling": scaling})
    preprocessor = fit_preprocessor(Table(matrix), _numeric_schema(3), settings, np.array([0]), np.arange(4))
    features = preprocessor.transform(Table(matrix))
    assert np.abs(features[:, 1:3]).max() < 2, "no feature is in the column's raw unit"
    assert features[:, 3].tolist() == [1, 1, 0, 1], "marks"
    assert features[:, 4].tolist() == [1, 0, 0, 0]
    alone = fit_preprocessor(Table(matrix[:, :1]), _numeric_schema(1), settings, np.array([0]))
    assert features[:, 0].tolist() == alone.transform(Table(matrix[:, :1]))[:, 0].tolist()


def test_values_of_other_rows_too_large_to_compute_with_are_named() -> None:
    matrix = np.array([[1.0, np.nan], [2.0, 1e300]])
    with pytest.raises(DataError, match=r"too large to compute with: 'C2', up to 1.0e\+300"):
        fit_preprocessor(Table(matrix), _numeric_schema(2), STANDARD, np.array([0]), np.arange(2))


def test_fitting_changes_neither_table_nor_fit(pumps: Preprocessor) -> None:
    matrix = np.array([[1.0, np.nan], [3.0, 5.0]])
    before = matrix.copy()
    preprocessor = fit_preprocessor(Table(matrix), _numeric_schema(2), STANDARD)
    described = preprocessor.to_dict()
    first = preprocessor.transform(Table(matrix))
    assert preprocessor.transform(Table(matrix)).tobytes() == first.tobytes()
    assert preprocessor.to_dict() == described
    np.testing.assert_array_equal(matrix, before)


@pytest.mark.parametrize("scaling", sorted(SCALINGS))
def test_table_without_numbers(scaling: str) -> None:
    table = PUMPS.select(["valve"])
    settings = PreprocessingSettings.model_validate({"scaling": scaling})
    preprocessor = fit_preprocessor(table, infer_schema(table), settings)
    assert preprocessor.inverse(preprocessor.transform(table))["valve"].tolist() == ["open", "shut", "open", None]


def test_nothing_to_fit_on_is_said() -> None:
    with pytest.raises(DataError, match=r"nothing to fit on: 0 training rows and 2 columns"):
        fit_preprocessor(Table(np.zeros((3, 2))), _numeric_schema(2), STANDARD, np.array([], dtype=np.int64))
    with pytest.raises(DataError, match=r"4 training rows and 0 columns"):
        fit_preprocessor(PUMPS, Schema(()), STANDARD)


def test_values_too_large_to_compute_with_are_named() -> None:
    with pytest.raises(DataError, match=r"too large to compute with: 'C2', up to 1\.0e\+300; at most 1e\+290"):
        fit_preprocessor(Table(np.array([[1.0, 1e300], [2.0, 0.0]])), _numeric_schema(2), STANDARD)
    with pytest.raises(DataError, match=r"'C1', up to 1\.7e\+18.*Choose a scaling other than none"):
        fit_preprocessor(Table(np.array([[1.7e18]])), _numeric_schema(1), PreprocessingSettings(scaling="none"))


def test_wrong_number_of_features_is_said(pumps: Preprocessor) -> None:
    with pytest.raises(DataError, match="There are 3 features; 10 were expected"):
        pumps.inverse(np.zeros((1, 3), dtype=np.float32))


def test_diverged_reconstruction_comes_back_without_a_warning(pumps: Preprocessor) -> None:
    values = pumps.inverse(np.full((1, 10), np.inf, dtype=np.float32))
    assert np.isinf(values["flow"]).all()


def test_transform_makes_one_array_of_the_size_of_the_table() -> None:
    matrix = np.random.default_rng(0).normal(size=(20_000, 100)).astype(np.float32)
    tracemalloc.start()
    try:
        preprocessor = fit_preprocessor(Table(matrix), _numeric_schema(100), STANDARD, np.arange(18_000))
        fitting = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        features = preprocessor.transform(Table(matrix))
        transforming = tracemalloc.get_traced_memory()[1] - features.nbytes
    finally:
        tracemalloc.stop()
    a_few_blocks = 4e6
    assert fitting < a_few_blocks
    assert transforming < a_few_blocks


def test_file_holds_every_bit(pumps: Preprocessor) -> None:
    back = Preprocessor.from_dict(json.loads(json.dumps(pumps.to_dict())))
    assert back.to_dict() == pumps.to_dict()
    assert back.transform(PUMPS).tobytes() == pumps.transform(PUMPS).tobytes()
    assert back.feature_names == pumps.feature_names


def _changed(values: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(values)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = changed
    for step in way:
        place = place[step]
    place[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("numeric.offset.0", float("nan"), r"at numeric\.offset\.0: Input should be a finite number"),
        ("numeric.divisor.1", 0.0, r"at numeric\.divisor\.1: Input should be greater than 0"),
        ("numeric.divisor.1", float("inf"), "finite number"),
        ("numeric.centre.0", 10**400, r"at numeric\.centre\.0"),
        ("numeric.marked.0", 1, "valid boolean"),
        ("numeric.offset", [0.0], "lists of equal length"),
        ("numeric.offset.0", "0.5", "valid number"),
        ("bound", -1.0, "greater than 0"),
        ("bound", 1e300, "at bound: Input should be less than or equal to 1000000000000000"),
        ("columns", [], "at least 1 item"),
        ("columns.0", "other", "not exactly the numeric and the categorical ones"),
        ("columns.0", "rpm", "each once"),
        ("categorical.0.levels.0", "shut", "a level is listed twice"),
        ("categorical.0.name", 3, "valid string"),
        ("numeric", None, "valid dictionary"),
        ("code", "import os", r"at code: Extra inputs are not permitted"),
    ],
)
def test_hostile_file_is_refused(pumps: Preprocessor, path: str, value: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        Preprocessor.from_dict(_changed(pumps.to_dict(), path, value))


@pytest.mark.parametrize("values", [None, [], "text", 3, {}])
def test_what_is_no_preprocessor_is_refused(values: object) -> None:
    with pytest.raises(DataError, match="This is not a preprocessor as offbeat writes it"):
        Preprocessor.from_dict(values)


@pytest.mark.parametrize(
    "wrong", [{"scaling": "zscore"}, {"clip": 0}, {"clip": float("nan")}, {"max_levels": 0}, {"rare_level_share": 1.0}]
)
def test_settings_have_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PreprocessingSettings.model_validate(wrong)


def test_keras_job_scales_heartbeats_as_the_tutorial_does(real_data: Path) -> None:
    beats = np.loadtxt(real_data / "ecg5000.csv", delimiter=",")[:, :-1]
    training = np.arange(0, 5000, 2)
    settings = PreprocessingSettings(scaling="minmax-global")
    preprocessor = fit_preprocessor(Table(beats), _numeric_schema(140), settings, training)
    smallest, largest = beats[training].min(), beats[training].max()
    np.testing.assert_allclose(
        preprocessor.transform(Table(beats)), (beats - smallest) / (largest - smallest), rtol=1e-6, atol=1e-7
    )
