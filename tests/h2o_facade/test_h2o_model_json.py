"""What scripts read from `model._model_json` and its parameters, against what a running H2O 3.46 tells."""

from __future__ import annotations

import numpy as np
import pytest

from offbeat import h2o
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.metrics import AutoEncoderMetrics
from offbeat.h2o.two_dim_table import H2OTwoDimTable


def _trained(**more: object) -> H2OAutoEncoderEstimator:
    cells = {"a": [1, 2, 3, 4.5, 5, 6, 7, 8], "b": list("xyxyxzxz"), "c": [3, 1, 2, 5, 4, 8, 7, 6]}
    frame = h2o.H2OFrame(cells, destination_frame="tr", column_types={"a": "numeric", "b": "enum", "c": "numeric"})
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=2, seed=1, model_id="mm", activation="Tanh", **more)
    return model.train(training_frame=frame, validation_frame=frame)


def test_the_output_has_h2os_names_and_values() -> None:
    """The error is that of H2O 3.46 with `reproducible=True`, by the same seed."""
    model = _trained()
    told = model._model_json
    assert (told["algo"], told["algo_full_name"], told["model_id"]["name"]) == ("deeplearning", "Deep Learning", "mm")
    assert told["data_frame"]["name"] == "tr" and told["response_column_name"] is None
    output = told["output"]
    assert output["names"] == ["b", "a", "c"] and output["column_types"] == ["Enum", "Numeric", "Numeric"]
    assert output["domains"] == [["x", "y", "z"], None, None] and output["model_category"] == "AutoEncoder"
    assert output["training_metrics"]["MSE"] == pytest.approx(0.3422839884115974, rel=1e-5)
    assert isinstance(output["validation_metrics"], AutoEncoderMetrics) and output["cross_validation_metrics"] is None
    assert output["run_time"] == output["end_time"] - output["start_time"] == model.run_time
    with pytest.raises(KeyError, match="nope"):
        output["nope"]


def test_the_tables_are_those_of_the_model() -> None:
    model = _trained()
    output = model._model_json["output"]
    tables = [output[name] for name in ("model_summary", "scoring_history", "variable_importances")]
    assert all(isinstance(table, H2OTwoDimTable) for table in tables)
    assert tables[0].cell_values == model.summary().cell_values
    assert tables[1].as_data_frame().equals(model.scoring_history())
    assert tables[2]["variable"][:3] == ["b.x", "b.z", "b.y"]
    assert tables[2]["percentage"][0] == pytest.approx(0.45488253152846503, rel=1e-4)
    assert [table.table_header for table in tables] == [
        "Status of Neuron Layers",
        "Scoring History",
        "Variable Importances",
    ]


def test_scaling_is_told_where_weights_are_exported() -> None:
    output = _trained(export_weights_and_biases=True)._model_json["output"]
    assert output["normmul"] == pytest.approx([1 / 7, 1 / 7]) and output["normsub"] == pytest.approx([4.5625, 4.5])
    assert _trained()._model_json["output"]["normmul"] is None


def test_the_metrics_of_the_training_rows_are_a_dict() -> None:
    model = _trained()
    told = model.training_model_metrics()
    assert told["MSE"] == model.mse() and told["RMSE"] == np.sqrt(model.mse()) and told["nobs"] == 8


def test_parameters_are_told_with_all_their_values() -> None:
    model = _trained()
    assert model.parms["hidden"] == {
        "name": "hidden",
        "default_value": [200, 200],
        "actual_value": [2],
        "input_value": [2],
    }
    assert model.full_parameters == model.parms and model._model_json["parameters"] == list(model.parms.values())
    assert model.parms["training_frame"]["actual_value"] == {"name": "tr"}


def test_before_training_there_is_nothing() -> None:
    model = H2OAutoEncoderEstimator(hidden=[2])
    assert model._model_json is None
    assert model.parms == model.params == model.default_params == model.full_parameters == {}
