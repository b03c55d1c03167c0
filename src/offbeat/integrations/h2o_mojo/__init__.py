"""The reader of MOJOs takes a file that H2O exported; gives a `Detector`, and what H2O itself answers."""

from offbeat.integrations.h2o_mojo.answers import anomaly, anomaly_per_feature, deep_features, predict
from offbeat.integrations.h2o_mojo.coded_columns import are_numbers, own_numbers
from offbeat.integrations.h2o_mojo.columns import feature_order
from offbeat.integrations.h2o_mojo.conversion import mojo_detector, open_mojo
from offbeat.integrations.h2o_mojo.mojo import Mojo, read_mojo

__all__ = [
    "Mojo",
    "anomaly",
    "anomaly_per_feature",
    "are_numbers",
    "deep_features",
    "feature_order",
    "mojo_detector",
    "open_mojo",
    "own_numbers",
    "predict",
    "read_mojo",
]
