"""What H2O has and offbeat.h2o has not: each way to ask for it names the nearest way."""

from __future__ import annotations

import importlib
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import offbeat
from offbeat import h2o
from offbeat.h2o import estimators
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.not_carried_over import ModuleNotCarriedOver, NotCarriedOver


def _model() -> H2OAutoEncoderEstimator:
    frame = H2OFrame({"flow": [1.0, 2.0, 3.0, 4.5], "speed": [2.0, 4.0, 6.0, 8.5]})
    return H2OAutoEncoderEstimator(hidden=[1], epochs=1, seed=1).train(training_frame=frame)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("from offbeat.h2o.grid.grid_search import H2OGridSearch", "h2o.grid is .* use a loop over settings"),
        ("from offbeat.h2o.grid import H2OGridSearch", "h2o.grid is .* or `offbeat tune`"),
        ("from offbeat.h2o import H2OGridSearch", "h2o.H2OGridSearch is .* use a loop over settings"),
        ("import offbeat.h2o.automl", "h2o.automl is .* `offbeat tune`"),
        ("from offbeat.h2o.automl import H2OAutoML", "h2o.automl is .* `offbeat tune`"),
        ("from offbeat.h2o.sklearn import H2OAutoEncoderEstimator", "use offbeat.sklearn.AutoEncoderDetector"),
        ("from offbeat.h2o.transforms.preprocessing import H2OScaler", "h2o.transforms is .* scales columns"),
        ("from offbeat.h2o.model.model_base import ModelBase", "h2o.model.model_base is .*TrainedModel"),
        ("from offbeat.h2o.estimators.estimator_base import H2OEstimator", "use H2OAutoEncoderEstimator"),
        ("from offbeat.h2o.estimators.isolation_forest import H2O", "use sklearn.ensemble.IsolationForest"),
        ("from offbeat.h2o.estimators import H2OIsolationForestEstimator", "use sklearn.ensemble.IsolationForest"),
        ("from offbeat.h2o.estimators import H2OXGBoostEstimator", "trains autoencoders only"),
        ("from offbeat.h2o.estimators.gbm import H2OGradientBoostingEstimator", "trains autoencoders only"),
    ],
)
def test_an_import_in_vain_names_the_nearest_way(line: str, words: str) -> None:
    with pytest.raises(ModuleNotCarriedOver, match=words) as refusal:
        exec(line)
    assert isinstance(refusal.value, NotCarriedOver) and isinstance(refusal.value, ImportError)


def test_a_slip_in_a_name_stays_a_plain_error() -> None:
    assert find_spec("offbeat.h2o.grids") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("offbeat.h2o.estimators.isolated")
    with pytest.raises(AttributeError, match=r"module 'offbeat.h2o.estimators' has no attribute 'isolated'"):
        _ = estimators.isolated
    assert find_spec("offbeat.grid") is None


def test_a_missing_estimator_is_no_attribute() -> None:
    assert not hasattr(estimators, "H2OGradientBoostingEstimator")
    with pytest.raises(NotCarriedOver, match=r"h2o\.estimators\.H2OGradientBoostingEstimator is not carried over"):
        _ = estimators.H2OGradientBoostingEstimator


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("download_csv", "use h2o.export_file(frame, path)"),
        ("assign", "use frame.frame_id = 'name'"),
        ("cluster_status", "h2o.cluster() tells its version"),
        ("cluster_info", "h2o.cluster() tells its version"),
        ("load_dataset", "use h2o.import_file(path) of a file of your own"),
        ("grid", "use a loop over settings"),
        ("H2OGridSearch", "use a loop over settings"),
        ("print_mojo", "`offbeat inspect model.offbeat`"),
    ],
)
def test_functions_of_the_module_name_the_nearest_way(name: str, way: str) -> None:
    with pytest.raises(NotCarriedOver, match=f"h2o.{name} is not carried over from H2O; .*{re.escape(way)}"):
        getattr(h2o, name)()
    assert not hasattr(h2o, name)


def test_frames_models_and_metrics_name_the_nearest_way() -> None:
    model = _model()
    with pytest.raises(NotCarriedOver, match=r"fillna is .*; use frame\.impute\('column', method='mean'\), or frame"):
        H2OFrame({"flow": [1.0, None]}).fillna("forward")
    with pytest.raises(NotCarriedOver, match=r"model\.detach is .*; there is no server to take the model from"):
        model.detach()
    with pytest.raises(NotCarriedOver, match=r"metrics\.mae is .*; use model\.mse\(\)"):
        model.model_performance(train=True).mae()
    with pytest.raises(AttributeError, match="AutoEncoderMetrics has no attribute 'flow'"):
        _ = model.model_performance(train=True).flow
    assert model.cross_validation_models() is None


def test_what_h2o_tells_of_itself() -> None:
    assert h2o.__version__ == offbeat.__version__
    assert h2o.cluster().timezone == "UTC"


def test_arguments_at_h2os_defaults_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = H2OFrame([[1.0, 2.0]], skipped_columns=None, force_col_types=False)
    path = tmp_path / "pumps.csv"
    h2o.export_file(frame, path, compression=None, parts=1, format="csv", quote_header=False)
    again = h2o.import_file(path, parse=True, quotechar='"', escapechar=None, partition_by=None, force_col_types=False)
    assert again.shape == frame.shape
    model = _model()
    model.show(verbosity="full")
    assert "Model Details" in capsys.readouterr().out
    assert model.learning_curve_plot(cv_ribbon=None, cv_lines=None) is not None


@pytest.mark.parametrize(
    ("argument", "value", "way"),
    [
        ("parse", False, "leave parse out"),
        ("quotechar", "'", "cells are quoted by double quotes; h2o.H2OFrame(pandas.read_csv(path, ...)) reads others"),
        ("escapechar", "\\", "a quote within a cell is doubled"),
        ("partition_by", ["year"], "import the folders one by one"),
        ("force_col_types", True, ".asnumeric()"),
        ("tz_adjust_to_local", True, "times are in UTC always"),
    ],
)
def test_arguments_of_import_file_that_would_change_a_table_are_refused(argument: str, value: object, way: str) -> None:
    words = re.escape(f"h2o.import_file({argument}={value!r}) is not carried over from H2O; ") + ".*" + re.escape(way)
    with pytest.raises(NotCarriedOver, match=words):
        h2o.import_file("pumps.csv", **{argument: value})


def test_arguments_of_frames_and_files_that_would_change_them_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotCarriedOver, match=r"H2OFrame\(skipped_columns=\[0\]\) is .*use H2OFrame\(\.\.\.\)\.drop"):
        H2OFrame([[1.0, 2.0]], skipped_columns=[0])
    frame = H2OFrame([[1.0, 2.0]])
    with pytest.raises(NotCarriedOver, match=r"export_file\(compression='gzip'\) is .*to_csv\(path"):
        h2o.export_file(frame, tmp_path / "pumps.csv", compression="gzip")
    with pytest.raises(NotCarriedOver, match=r"give a path that ends in \.parquet"):
        h2o.export_file(frame, tmp_path / "pumps.csv", format="parquet")
    assert not (tmp_path / "pumps.csv").exists()


def test_arguments_that_h2o_does_not_know_either_are_type_errors() -> None:
    with pytest.raises(TypeError, match=r"h2o\.import_file\(\) got an unexpected keyword argument 'seperator'"):
        h2o.import_file("pumps.csv", seperator=";")
