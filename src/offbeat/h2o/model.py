"""What a trained model answers: H2O's methods, with H2O's column names, orders and spaces, and offbeat's detector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.errors import DataError, SettingsError
from offbeat.h2o.estimators.descent import Descent, ScoringEvent
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo import Mojo, mojo_detector
from offbeat.integrations.h2o_mojo import answers as h2o_answers
from offbeat.integrations.h2o_mojo.training_error import TrainingError

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A trained autoencoder.

    Attributes:
        model_id: Its name.
        descent: What training found.
        parameters: As they were given.
        rows: How many rows it was trained on.
    """

    model_id: str
    descent: Descent
    parameters: Mapping[str, Any]
    rows: int

    @property
    def network(self) -> Mojo:
        """The model in H2O's layout."""
        return self.descent.model

    @property
    def last(self) -> ScoringEvent:
        """The score of the model that was kept."""
        return self.descent.history[-1]

    @cached_property
    def detector(self) -> Detector:
        """offbeat's detector, which scores as `anomaly` does; flags what scores above ten times the training error."""
        error = TrainingError(max(self.last.training, 1e-12), self.rows)
        detector = mojo_detector(replace(self.network, training_error=error, source=self.model_id))
        origin = f"Trained by offbeat.h2o on {self.rows} rows, with H2O's updates."
        return replace(detector, facts=replace(detector.facts, origin=origin))

    def predict(self, test_data: H2OFrame) -> H2OFrame:
        """The reconstruction: `reconstr_NAME` in the columns' own units, slots of categories as they are."""
        return H2OFrame.of(h2o_answers.predict(self.network, _table(test_data)))

    def anomaly(self, test_data: H2OFrame, per_feature: bool = False) -> H2OFrame:
        """`Reconstruction.MSE` of each row, or each input's squared error as `reconstr_NAME.SE`."""
        answer = h2o_answers.anomaly_per_feature if per_feature else h2o_answers.anomaly
        return H2OFrame.of(answer(self.network, _table(test_data)))

    def deepfeatures(self, test_data: H2OFrame, layer: int) -> H2OFrame:
        """The activations of a hidden layer, counted from 0: `DF.L1.C1`, ..."""
        return H2OFrame.of(h2o_answers.deep_features(self.network, _table(test_data), layer))

    def mse(self, train: bool = False, valid: bool = False) -> Any:
        """The mean squared error of the training rows, of the validation rows, or a dict of both."""
        found = {"train": self.last.training, "valid": self.last.validation}
        return found if train and valid else found["valid" if valid else "train"]

    def rmse(self, train: bool = False, valid: bool = False) -> Any:
        """The root of `mse`."""
        found = self.mse(train, valid)
        return {k: v**0.5 for k, v in found.items()} if isinstance(found, dict) else found**0.5

    def scoring_history(self) -> Any:
        """A pandas data frame: one row before training, one after each iteration, one for a restored best model."""
        import pandas as pd

        rows = [_history_row(event) for event in self.descent.history]
        return pd.DataFrame(rows).dropna(axis=1, how="all")

    def varimp(self, use_pandas: bool = False) -> Any:
        """The inputs by Gedeon's importance, the most important one first.

        Reference:
            Gedeon 1997, over the first two layers, by absolute weights.
        """
        first = np.abs(self.network.layers[0].weight.astype(np.float64))
        shares = first / np.maximum(first.sum(axis=1, keepdims=True), 1e-300)
        if len(self.network.layers) > 1:
            second = np.abs(self.network.layers[1].weight.astype(np.float64))
            shares = (second / np.maximum(second.sum(axis=1, keepdims=True), 1e-300)) @ shares
        shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        importance = shares.sum(axis=0)
        order = np.argsort(-importance, kind="stable")
        rows = [
            (self.network.feature_names[i], *map(float, (importance[i], importance[i] / importance.max(), share)))
            for i, share in zip(order, (importance / importance.sum())[order], strict=True)
        ]
        if not use_pandas:
            return rows
        import pandas as pd

        return pd.DataFrame(rows, columns=["variable", "relative_importance", "scaled_importance", "percentage"])

    def weights(self, matrix_id: int = 0) -> H2OFrame:
        """The weights of a layer, units x inputs; needs export_weights_and_biases=True."""
        weight = self._exported(matrix_id).weight
        names = self.network.feature_names if matrix_id == 0 else [f"C{i + 1}" for i in range(weight.shape[1])]
        return H2OFrame(dict(zip(names, weight.T, strict=True)))

    def biases(self, vector_id: int = 0) -> H2OFrame:
        """The biases of a layer, one column; needs export_weights_and_biases=True."""
        return H2OFrame({"C1": self._exported(vector_id).bias})

    def summary(self) -> Any:
        """A pandas data frame: the status of neuron layers."""
        import pandas as pd

        kinds = ["Input", *[self.parameters["activation"]] * (len(self.network.layers))]
        sizes = [len(self.network.feature_names), *(len(layer.bias) for layer in self.network.layers)]
        table = pd.DataFrame({"layer": np.arange(1, len(sizes) + 1), "units": sizes, "type": kinds})
        weights, biases = [layer.weight for layer in self.network.layers], [layer.bias for layer in self.network.layers]
        table["mean_weight"], table["weight_rms"] = _moments(weights)
        table["mean_bias"], table["bias_rms"] = _moments(biases)
        return table

    def __str__(self) -> str:
        parts = [
            "Model Details\n=============\nH2OAutoEncoderEstimator : Deep Learning",
            f"Model Key: {self.model_id}",
            f"\nStatus of Neuron Layers:\n{self.summary().to_string(index=False)}",
            f"\nModelMetricsAutoEncoder: deeplearning\n** Reported on train data. **\n\nMSE: {self.mse()}",
            f"RMSE: {self.rmse()}\n\nScoring History:\n{self.scoring_history().tail(10).to_string(index=False)}",
        ]
        return "\n".join(parts)

    def _exported(self, index: int) -> Any:
        if not self.parameters["export_weights_and_biases"]:
            raise SettingsError("The weights were not kept apart. Train with export_weights_and_biases=True.")
        if not 0 <= index < len(self.network.layers):
            raise SettingsError(f"There is no layer {index}; there are {len(self.network.layers)}, counted from 0.")
        return self.network.layers[index]


def _table(frame: Any) -> Any:
    if frame is None or (isinstance(frame, H2OFrame) and frame.nrows == 0):
        raise DataError("There are no rows to score: a frame with at least one row was expected.")
    return frame.to_table() if isinstance(frame, H2OFrame) else H2OFrame(frame).to_table()


def _history_row(event: ScoringEvent) -> dict[str, object]:
    return {
        "duration": f"{event.seconds:.3f} sec",
        "training_speed": f"{event.samples / max(event.seconds, 1e-9):.0f} obs/sec",
        "epochs": event.epochs,
        "iterations": event.iterations,
        "samples": event.samples,
        "training_rmse": event.training**0.5,
        "training_mse": event.training,
        "validation_rmse": event.validation**0.5,
        "validation_mse": event.validation,
    }


def _moments(parts: list[np.ndarray]) -> tuple[list[float], list[float]]:
    """Means and standard deviations, which H2O calls RMS; the input layer has none."""
    return [np.nan, *(float(part.mean()) for part in parts)], [np.nan, *(float(part.std()) for part in parts)]
