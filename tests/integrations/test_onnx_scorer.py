"""The scorer, which stands where there is neither JAX nor polars."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import polars as pl
import pytest
from onnx import TensorProto, helper
from onnx_detectors import FEW_ROWS, beats, pumps, untrained

import offbeat
from offbeat.errors import DataError, DetectorFileError, MissingDependencyError, SchemaError
from offbeat.integrations import export_onnx
from offbeat.integrations.onnx.cells import inputs_of
from offbeat.integrations.onnx.scorer import FACTS, OnnxScorer

SOURCE = Path(__file__).resolve().parents[2] / "src"
HEAVY = ["jax", "polars", "pydantic", "jaxtyping", "scipy", "onnx", "pandas"]


@pytest.fixture(scope="module")
def curves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_onnx(untrained(beats(), hidden=[6]), tmp_path_factory.mktemp("onnx") / "curves.onnx")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_onnx(untrained(pumps(), hidden=[6]), tmp_path_factory.mktemp("onnx") / "mixed.onnx")


def _rows() -> np.ndarray:
    return np.asarray(beats().numbers(beats().names), np.float64)


def test_it_needs_numpy_and_onnxruntime_only(curves: Path) -> None:
    script = (
        "import json, sys\nimport numpy as np\nfrom offbeat.integrations.onnx.scorer import OnnxScorer\n"
        f"found = OnnxScorer({str(curves)!r}).detect(np.zeros((3, 40)))\n"
        f"print(json.dumps([found.scores.tolist(), [name for name in {HEAVY} if name in sys.modules]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=True
    )
    scores, imported = json.loads(done.stdout)
    assert imported == []
    assert scores == OnnxScorer(curves).score(np.zeros((3, 40))).tolist()


def test_rows_may_come_in_any_form(mixed: Path, curves: Path) -> None:
    scorer, table = OnnxScorer(mixed), pumps().take(slice(0, 30))
    lists = {name: table.column(name).to_list() for name in table.names}
    scores = scorer.score(lists)
    objects = np.array([lists[name] for name in scorer.columns], object).T
    assert scorer.score(objects).tolist() == scores.tolist()
    frame = table.cells.to_pandas()  # type: ignore[union-attr]
    assert scorer.score({name: frame[name] for name in frame}).tolist() == scores.tolist()
    as_text = {name: ["" if cell is None else f" {cell}" for cell in cells] for name, cells in lists.items()}
    assert scorer.score({**as_text, "day": ["Monday"] * 30}).tolist() == scores.tolist()
    numbers = OnnxScorer(curves)
    whole = np.round(_rows()[:5])
    assert numbers.score(whole.astype(int)).tolist() == numbers.score(whole.astype(np.float32)).tolist()


def test_words_of_a_file_without_spellings_are_taken_as_they_are() -> None:
    """Older files do not say which levels differ by their spelling only: 01 may be one beside 1."""
    rows = {"code": ["01", "1.0", "x"]}
    for known, words in ((None, ["01", "1.0", "x"]), ([], ["1", "1", "x"]), (["1", "01"], ["01", "1.0", "x"])):
        inputs = inputs_of(rows, {"code": "categorical"}, as_spelled={"code": known})
        assert inputs["words"][:, 0].tolist() == words


def test_what_pandas_calls_missing_is_missing() -> None:
    rows = {"code": [pd.NA, "a"], "flow": np.array([pd.NA, 1.5], object)}
    inputs = inputs_of(rows, {"code": "categorical", "flow": "numeric"})
    assert inputs["words"][:, 0].tolist() == ["", "a"]
    np.testing.assert_array_equal(inputs["numbers"][:, 0], [np.nan, 1.5])


def test_words_are_read_as_offbeats_tables_read_them() -> None:
    cells = [2, 2.0, "2", " 2 ", 2.5, True, False, None, float("nan"), ""]
    inputs = inputs_of({"code": cells}, {"code": "categorical"})
    assert inputs["words"][:, 0].tolist() == ["2", "2", "2", "2", "2.5", "true", "false", "", "", ""]


@pytest.mark.parametrize(
    "levels",
    [
        ["1", "2"],
        ["01", "02"],
        ["1.0", "2.50"],
        ["1", "01", "2"],
        ["01", "1.0", "x"],
        ["TRUE", "False"],
        ["1", "0"],
        ["1e-7", "2"],
    ],
    ids=str,
)
def test_codes_are_the_levels_that_the_detector_takes_them_for(levels: list[str], tmp_path: Path) -> None:
    flow = np.linspace(0.0, 1.0, FEW_ROWS)
    words = [levels[row % len(levels)] for row in range(FEW_ROWS)]
    detector = untrained(
        offbeat.read(pl.DataFrame({"flow": flow, "code": words})), hidden=[3], categorical=["code"], max_levels=8
    )
    scorer = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx"))
    asked = ["1", "01", "001", "1.0", "1.", " 1 ", "2", "2.5", "+2.500", "02", "True", "true", "FALSE", "0", "-0", "x"]
    asked += ["X", "0.0000001", "1E-7", "1e-07", "1_0", "nan"]
    rows = {"flow": [0.5] * len(asked), "code": asked}
    np.testing.assert_allclose(scorer.score(rows), detector.score(pl.DataFrame(rows)), rtol=1e-5)
    short = np.array([0.1, 2.5, 1e16], np.float32)
    for typed in ([1, 2, 0], [1.0, 2.5, 1e-7], [True, False, True], np.array([1.0, 2.0, 2.5]), short):
        rows = {"flow": [0.5] * 3, "code": typed}
        np.testing.assert_allclose(scorer.score(rows), detector.score(pl.DataFrame(rows)), rtol=1e-5)


@pytest.mark.parametrize(
    "cells",
    [
        ["2026-07-01", "2026-07-02"],
        [datetime(2026, 7, 1), datetime(2026, 7, 2)],
        [date(2026, 7, 1), None],
        [np.datetime64("2026-07-01"), None],
        np.array(["2026-07-01", "2026-07-02"], "datetime64[s]"),
        pd.Series(pd.to_datetime(["2026-07-01", "2026-07-02"])),
    ],
    ids=["text", "datetime", "date", "scalars of numpy", "numpy", "pandas"],
)
def test_of_times_only_milliseconds_are_taken(cells: Any) -> None:
    with pytest.raises(DataError) as problem:
        inputs_of({"at": cells}, {"at": "numeric"}, times={"at"})
    told = str(problem.value)
    assert told.startswith("Column 'at' holds ") and "2026" in told
    words = " at row 0; milliseconds since 1970-01-01 00:00 UTC were expected, or NaN where a cell is missing."
    assert told.endswith(words)
    with pytest.raises(DataError, match="at row 0; numbers were expected, or NaN where a cell is missing"):
        inputs_of({"at": cells}, {"at": "numeric"})


def test_a_time_column_of_a_model_of_h2o_says_what_its_numbers_are(tmp_path: Path) -> None:
    detector = untrained(pumps(), hidden=[3])
    columns = tuple(replace(column, time=column.name == "flow") for column in detector.schema.columns)
    timed = replace(detector, schema=replace(detector.schema, columns=columns))
    scorer = OnnxScorer(export_onnx(timed, tmp_path / "a.onnx"))
    rows: dict[str, Any] = {name: [1.0] for name in scorer.columns}
    assert len(scorer.score(rows)) == 1
    with pytest.raises(DataError, match="'flow' holds '2026-07-01' at row 0; milliseconds since 1970-01-01 00:00 UTC"):
        scorer.score({**rows, "flow": ["2026-07-01"]})


@pytest.mark.parametrize("height", [0, 1, 7, 8, 20])
def test_memory_is_bounded_by_pieces_which_change_nothing(height: int, curves: Path) -> None:
    whole, pieces = OnnxScorer(curves), OnnxScorer(curves)
    pieces.facts["rows_at_a_time"] = 7
    rows = _rows()[-height:] if height else _rows()[:0]
    one, several = whole.detect(rows), pieces.detect(rows)
    np.testing.assert_allclose(several.scores, one.scores, rtol=1e-6)
    assert several.flags.tolist() == one.flags.tolist()
    assert several.rows.tolist() == one.rows.tolist()
    assert pieces.feature_errors(rows).shape == (height, 40)
    assert set(pieces.reconstruct(rows)) == set(pieces.columns)


def test_wide_references_make_the_pieces_small(tmp_path: Path) -> None:
    detector = untrained(beats(), hidden=[6], score="neighbours", neighbours=200)
    facts = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx")).facts
    assert facts["rows_at_a_time"] == 2**23 // (200 * 40)


def test_rows_that_do_not_fit_are_told(curves: Path, mixed: Path) -> None:
    with pytest.raises(SchemaError) as problem:
        OnnxScorer(curves).score(np.zeros((3, 39)))
    assert str(problem.value) == (
        "The array has the shape (3, 39); rows and 40 columns were expected: 'C1', 'C2', 'C3', 'C4', 'C5' and 35 more."
    )
    with pytest.raises(SchemaError, match=r"The array has the shape \(40,\)"):
        OnnxScorer(curves).score(np.zeros(40))
    rows = {name: [1.0] for name in OnnxScorer(mixed).columns}
    with pytest.raises(SchemaError) as problem:
        OnnxScorer(mixed).score({name: rows[name] for name in rows if name not in ("flow", "mode")})
    assert str(problem.value) == ("The rows lack 2 of the 10 columns that the detector was fitted on: 'mode', 'flow'.")
    with pytest.raises(DataError) as problem_of_cell:
        OnnxScorer(mixed).score({**rows, "flow": ["much"]})
    assert str(problem_of_cell.value) == (
        "Column 'flow' holds 'much' at row 0; numbers were expected, or NaN where a cell is missing."
    )
    with pytest.raises(DataError, match="Column 'flow' holds 'much' at row 0; numbers were expected"):
        OnnxScorer(mixed).score({**rows, "flow": np.array(["much"])})
    far = np.zeros((3, 40))
    far[2, 1] = -np.inf
    with pytest.raises(DataError, match=r"Column 'C2' holds -inf at row 2; finite numbers were expected"):
        OnnxScorer(curves).score(far)


@pytest.mark.parametrize(
    ("kind", "cell", "words"),
    [
        ("numeric", 10**400, "holds inf at row 1; finite numbers were expected"),
        ("numeric", -(10**400), "holds -inf at row 1; finite numbers were expected"),
        ("categorical", b"open", r"holds bytes at row 1; text was expected. Decode them: cell\.decode\(\)\."),
        ("categorical", "\ud83d", r"holds '\\ud83d' at row 1, half of a surrogate pair; whole characters were"),
        ("categorical", 10**5000, "holds a number of thousands of digits at row 1; a word was expected"),
    ],
    ids=["large", "very-negative", "bytes", "surrogate", "many-digits"],
)
def test_cells_that_no_graph_takes_are_told(kind: Any, cell: object, words: str) -> None:
    with pytest.raises(DataError, match=f"^Column 'cell' {words}"):
        inputs_of({"cell": [None, cell]}, {"cell": kind})


def test_rows_that_are_no_columns_of_one_length_are_told() -> None:
    with pytest.raises(DataError, match="Column 'rpm' has 1 cells, and 'flow' 2; one a row was expected in each"):
        inputs_of({"flow": [1.0, 2.0], "rpm": [3.0]}, {"flow": "numeric", "rpm": "numeric"})
    # In a process of its own: here, argument types are checked before the function is asked.
    program = "from offbeat.integrations.onnx.cells import inputs_of; inputs_of([[1.0]], {'flow': 'numeric'})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False).stderr
    words = "DataError: The rows are a list; an array of rows and columns, or a dict of columns, was expected."
    assert told.rstrip().endswith(words)


def test_files_that_are_not_offbeats_are_told(tmp_path: Path) -> None:
    with pytest.raises(DetectorFileError, match=r"absent\.onnx: there is no such file"):
        OnnxScorer(tmp_path / "absent.onnx")
    (tmp_path / "a.onnx").write_bytes(b"no graph")
    with pytest.raises(
        DetectorFileError, match=r"a\.onnx: a detector that offbeat exported to ONNX was expected; onnx"
    ):
        OnnxScorer(tmp_path / "a.onnx")
    port = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    answer = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", [port], [answer])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for facts in ({}, {FACTS: "{"}, {FACTS: '{"format": 2}'}):
        helper.set_model_props(model, facts)
        onnx.save(model, tmp_path / "other.onnx")
        with pytest.raises(DetectorFileError, match="this graph has no facts of format 1 under 'offbeat'"):
            OnnxScorer(tmp_path / "other.onnx")


def test_without_onnxruntime_it_says_what_to_install(curves: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingDependencyError) as problem:
        OnnxScorer(curves)
    assert str(problem.value) == (
        "ONNX files are run by onnxruntime, which is not installed: pip install 'offbeat[onnx]', or pip install "
        "onnxruntime."
    )


def test_truth_values_score_alike_as_numbers_and_in_a_matrix(tmp_path: Path) -> None:
    flow = np.linspace(0.0, 1.0, FEW_ROWS)
    is_open = flow * 10 % 2 < 1
    detector = untrained(offbeat.read(pl.DataFrame({"open": is_open, "flow": flow})))
    scorer = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx"))
    scores = scorer.score({"open": is_open, "flow": flow})
    np.testing.assert_allclose(
        scores, detector.score(offbeat.read(pl.DataFrame({"open": is_open, "flow": flow}))), rtol=1e-5
    )
    assert scorer.score(np.column_stack([is_open, flow])).tolist() == scores.tolist()
