"""What H2O has and offbeat.h2o has not: each way to ask for it names the nearest way."""

from __future__ import annotations

import importlib
import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import offbeat
from offbeat import h2o
from offbeat.errors import DataError
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
        ("from offbeat.h2o.model import H2OAutoEncoderModel", "h2o.model.H2OAutoEncoderModel is .*TrainedModel"),
        ("from offbeat.h2o.model import H2OBinomialModel", "trains autoencoders only"),
        ("from offbeat.h2o.model.models.autoencoder import H2OAutoEncoderModel", "h2o.model.models is .*TrainedModel"),
        ("from offbeat.h2o.model.metrics_base import MetricsBase", "h2o.model.metrics_base is .*AutoEncoderMetrics"),
        ("from offbeat.h2o.model.confusion_matrix import ConfusionMatrix", r"use model.model_performance\(frame\)"),
        ("import offbeat.h2o.explanation", r"h2o.explanation is .*use model.explain\(frame\)"),
        ("from offbeat.h2o.explanation import varimp_heatmap", r"h2o.explanation is .*use model.explain\(frame\)"),
        ("from offbeat.h2o.assembly import H2OAssembly", "h2o.assembly is .*use the methods of the frame"),
        ("from offbeat.h2o.group_by import GroupBy", r"h2o.group_by is .*as_data_frame\(\).groupby"),
        ("from offbeat.h2o.expr import ExprNode", "h2o.expr is .*use the methods of the frame"),
        ("from offbeat.h2o.h2o import import_file", "h2o.h2o is .*import from offbeat.h2o itself"),
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
        ("explanation", "use model.explain(frame)"),
        ("group_by", "groupby"),
        ("frames", "use h2o.ls()"),
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
    cluster = h2o.cluster()
    assert h2o.__version__ == offbeat.__version__ == cluster.version and cluster.cloud_name == "offbeat"
    assert cluster.timezone == cluster.cloud_internal_timezone == cluster.datafile_parser_timezone == "UTC"
    assert cluster.cloud_healthy and cluster.locked and cluster.bad_nodes == 0 and cluster.cloud_uptime_millis >= 0
    with pytest.raises(NotCarriedOver, match=r"cluster\.list_jobs is not carried over from H2O; there is no server"):
        cluster.list_jobs()


def test_the_cluster_is_this_process() -> None:
    frame = h2o.H2OFrame({"a": [1]})
    nodes = h2o.cluster().nodes
    assert len(nodes) == h2o.cluster().cloud_size == 1 and h2o.cluster().node(0)["pid"] == os.getpid()
    assert 1 <= nodes[0]["cpus_allowed"] <= nodes[0]["num_cpus"] == os.cpu_count() and nodes[0]["healthy"]
    assert nodes[0]["num_keys"] >= 1 and frame.nrow == 1
    assert nodes[0]["free_mem"] is None or 0 < nodes[0]["free_mem"] <= nodes[0]["max_mem"]


def test_the_status_is_printed_by_h2os_words(capsys: pytest.CaptureFixture[str]) -> None:
    h2o.cluster().show_status()
    printed = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert [*printed] == list(h2o.cluster().get_status().col_header)
    assert printed["H2O_cluster_version"].strip() == f"offbeat {offbeat.__version__}"
    assert printed["H2O_cluster_status"].strip() == "locked, healthy"
    h2o.cluster().show_status(detailed=True)
    detailed = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert detailed.keys() == {*printed, *h2o.cluster().get_status_details().col_header}
    assert detailed["node"].strip() == "Node 1" and detailed["pid"].strip() == str(os.getpid())


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


def test_the_module_of_frames_is_no_function() -> None:
    """In H2O `h2o.frame` is a function beside the module `h2o.frame`, which can be imported."""
    import offbeat.h2o.frame as frame_module

    assert frame_module.H2OFrame is H2OFrame and isinstance(frame_module, type(importlib))
    with pytest.raises(NotCarriedOver, match=r"h2o.frame is not carried over from H2O; use h2o.get_frame\(name\), and"):
        h2o.frame("pumps")


def test_tables_are_a_module_of_their_own() -> None:
    from offbeat.h2o.two_dim_table import H2OTwoDimTable

    table = _model().summary()
    assert isinstance(table, H2OTwoDimTable) and h2o.two_dim_table.H2OTwoDimTable is H2OTwoDimTable
    assert table[["layer", "type"]] == [table["layer"], table[3]] == [[1, 2, 3], table["type"]]
    assert table[1:]["layer"] == [2, 3] and len(table[-1]) == 3
    with pytest.raises(DataError, match="The table has no column 'weight'; it has '', 'layer', 'units'"):
        table["weight"]
    with pytest.raises(DataError, match="The table has no column 99"):
        table[99]


def test_tables_are_shown_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines that H2O 3.46 prints."""
    table = h2o.two_dim_table.H2OTwoDimTable(
        table_header="T", table_description="d", col_header=["a", "b"], cell_values=[[1, "x"], [2, "y"], [3, "z"]]
    )
    table.show(header=False, rows=-1, prefer_pandas=False)
    assert capsys.readouterr().out == "a    b\n---  ---\n1    x\n2    y\n3    z\n"
    table.show(rows=2)
    assert capsys.readouterr().out == "T: d\na    b\n---  ---\n1    x\n---  ---\n3    z\n"
