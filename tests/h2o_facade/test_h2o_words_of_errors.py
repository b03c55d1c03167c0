"""offbeat's errors, told to H2O's users: their advice names H2O's arguments, and following it helps."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from offbeat import h2o
from offbeat.errors import DataError, SettingsError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.frame import H2OFrame


def _file(folder: Path, text: str) -> Path:
    path = folder / "pumps.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a,b\n1,2\n3,4,5\n", r'name another delimiter \(sep=";"\)\.$'),
        ("a,a\n1,2\n3,4\n", r"or say header=-1 if the first row is data\.$"),
        ("a,b\n", r"if the first row is data, say header=-1\.$"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_arguments_of_import_file(text: str, advice: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=advice) as refusal:
        h2o.import_file(_file(tmp_path, text))
    assert "--" not in str(refusal.value)


def test_a_delimiter_of_two_characters_is_called_sep(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^sep='::': one character was expected"):
        h2o.import_file(_file(tmp_path, "a::b\n1::2\n"), sep="::")


@pytest.mark.parametrize("header", [-1, False])
def test_false_says_that_there_is_no_header(header: int, tmp_path: Path) -> None:
    assert h2o.import_file(_file(tmp_path, "a,a\n1,2\n3,4\n"), header=header).shape == (3, 2)


def test_infinite_cells_are_told_in_the_arguments_of_frames_and_estimators(tmp_path: Path) -> None:
    path = _file(tmp_path, "flow,rpm\n1,2\ninf,4\n3,7\n")
    frame = h2o.import_file(path)
    advice = (
        r"Import it with na_strings=\[\"inf\"\], set such cells to None \(frame\[rows, 'flow'\] = None\), or leave the "
        r"column out of the training: ignored_columns=\['flow'\]\.$"
    )
    estimator = H2OAutoEncoderEstimator(hidden=[1], epochs=1, seed=1)
    with pytest.raises(DataError, match=advice):
        estimator.train(training_frame=frame)
    sound = h2o.import_file(path, na_strings=["inf"])
    assert sound["flow"].cells.to_series().null_count() == 1
    estimator.train(training_frame=sound)
    for asked in (estimator.anomaly, estimator.predict, estimator.detect, estimator.explain):
        with pytest.raises(DataError, match=advice):
            asked(frame)
    frame[frame["flow"] > 1e300, "flow"] = None
    assert estimator.anomaly(frame).nrows == 3


def test_other_errors_keep_their_words() -> None:
    with pytest.raises(DataError, match=r"^The training frame has no rows; at least one was expected\.$"):
        H2OAutoEncoderEstimator(hidden=[1]).train(training_frame=H2OFrame.of(pl.DataFrame({"flow": []})))


def test_a_name_with_blanks_is_advised_as_it_is(tmp_path: Path) -> None:
    frame = h2o.import_file(_file(tmp_path, "Last [%],rpm\n1,2\ninf,4\n3,7\n"))
    with pytest.raises(DataError, match=r"ignored_columns=\['Last \[%\]'\]\.$"):
        H2OAutoEncoderEstimator(hidden=[1], epochs=1, seed=1).train(training_frame=frame)
