"""`offbeat export`: detector files become files that other programs run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from answers import Offbeat

import offbeat as library
from offbeat.integrations.onnx.scorer import OnnxScorer


def test_a_detector_becomes_an_onnx_file(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    answer = offbeat("export", pumps / "pumps.offbeat", "--format", "onnx", "--out", "pumps.onnx")

    assert (answer.code, answer.err) == (0, "")
    first, second = answer.out.splitlines()
    assert first == "pumps.onnx: 3 columns in; score, p-value, flag, errors and reconstruction out."
    assert second.startswith("Compared on 256 rows in float")
    rows = np.loadtxt(pumps / "new.csv", delimiter=",", skiprows=1)
    found = OnnxScorer(tmp_path / "pumps.onnx").detect(rows)
    expected = library.load(pumps / "pumps.offbeat").detect(rows)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
    assert found.rows.tolist() == expected.rows.tolist() != []


def test_compared_on_real_rows_as_json_without_a_name(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    record = offbeat("export", pumps / "pumps.offbeat", "--table", pumps / "new.csv", "--json").json

    path = tmp_path / "offbeat-output" / "pumps.onnx"
    assert (record["file"], record["bytes"]) == ("offbeat-output/pumps.onnx", path.stat().st_size)
    assert (record["columns"], record["rows"]) == (["flow", "rpm", "heat"], 256 + 16)
    assert record["largest_difference"] < 1e-5


@pytest.mark.parametrize(
    ("format", "some"), [("mlflow", {"MLmodel", "detector.offbeat"}), ("azureml", {"code/score.py", "job.yml"})]
)
def test_a_detector_becomes_a_directory(format: str, some: set[str], offbeat: Offbeat, pumps: Path) -> None:
    words = ("export", pumps / "pumps.offbeat", "--format", format)
    record = offbeat(*words, "--json").json
    assert (record["directory"], record["columns"]) == (f"offbeat-output/pumps-{format}", ["flow", "rpm", "heat"])
    assert some <= set(record["files"])
    assert all(Path(record["directory"], file).is_file() for file in record["files"])
    assert offbeat(*words, "--out", "elsewhere").out.startswith("elsewhere: 3 columns in; ")
    assert offbeat(*words, "--out", "elsewhere").code == 2
    assert sorted(path.name for path in Path().iterdir()) == ["elsewhere", "offbeat-output"]


def test_quiet_says_nothing(offbeat: Offbeat, pumps: Path) -> None:
    assert offbeat("export", pumps / "pumps.offbeat", "--quiet").out == ""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("absent.offbeat",), 7, "There is no file absent.offbeat."),
        (("pumps.offbeat", "--format", "pmml"), 2, "'pmml' was given; one of 'onnx', 'mlflow', 'azureml' was expected"),
        (("pumps.offbeat", "--format", "mlflow", "--table", "new.csv"), 2, "--table belongs to --format onnx"),
        (("pumps.offbeat", "--format", "azureml", "--out", "."), 2, ".: there is something there already."),
        (("pumps.offbeat", "--out", "pumps.offbeat"), 2, "and would be overwritten"),
        (("pumps.offbeat", "--table", "absent.csv"), 3, "absent.csv"),
    ],
)
def test_words_and_exit_codes(words: tuple[str, ...], code: int, message: str, offbeat: Offbeat, pumps: Path) -> None:
    Path("pumps.offbeat").write_bytes((pumps / "pumps.offbeat").read_bytes())
    answer = offbeat("export", *words)

    assert answer.code == code
    assert message in answer.err
    assert answer.out == ""
    assert [path.name for path in Path().rglob("*.onnx")] == []
