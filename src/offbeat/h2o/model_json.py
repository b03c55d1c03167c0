"""What H2O's server tells of a model, as scripts read it from `model._model_json`: the parts that there are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offbeat.h2o.importances import importance_table
from offbeat.h2o.layer_status import layer_status
from offbeat.h2o.score_table import score_table

if TYPE_CHECKING:
    from offbeat.h2o.model import TrainedModel

_ABSENT = (
    *("cross_validation_models", "cross_validation_predictions", "cross_validation_holdout_predictions_frame_id"),
    *("cross_validation_fold_assignment_frame_id", "cross_validation_metrics", "cross_validation_metrics_summary"),
    *("cv_scoring_history", "original_names", "status", "normrespmul", "normrespsub"),
)
"""What H2O has as None for an autoencoder."""


def model_json(model: TrainedModel) -> dict[str, Any]:
    """The model by H2O's names.

    Left out is what only a server has: checksums, URLs, schemas, the frames of `weights` and `biases`.

    Args:
        model: A trained model.
    """
    return {
        "algo": "deeplearning",
        "algo_full_name": "Deep Learning",
        "model_id": {"name": model.model_id},
        "data_frame": {"name": model.run.training_frame},
        "response_column_name": None,
        "treatment_column_name": None,
        "timestamp": model.end_time,
        "have_mojo": model.have_mojo,
        "have_pojo": model.have_pojo,
        "parameters": list(model.parms.values()),
        "output": _output(model),
    }


def _output(model: TrainedModel) -> dict[str, Any]:
    """The columns in the network's order, tables, metrics, and what numeric columns are scaled by."""
    network = model.network
    kinds = ["Time" if name in network.times else "Numeric" for name in network.numeric]
    return {
        **dict.fromkeys(_ABSENT),
        "names": [*network.levels, *network.numeric],
        "column_types": [*["Enum"] * len(network.levels), *kinds],
        "domains": [*map(list, network.levels.values()), *[None] * len(network.numeric)],
        "model_category": "AutoEncoder",
        "model_summary": layer_status(model.descent, model.parameters),
        "scoring_history": score_table(model.descent.history),
        "variable_importances": importance_table(network, model.descent.never_fed),
        "training_metrics": model.model_performance(train=True),
        "validation_metrics": model.model_performance(valid=True),
        "start_time": model.start_time,
        "end_time": model.end_time,
        "run_time": model.run_time,
        "normmul": model.normmul(),
        "normsub": model.normsub(),
        "catoffsets": model.catoffsets(),
    }
