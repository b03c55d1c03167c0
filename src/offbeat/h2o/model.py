"""What a trained model answers: H2O's methods, with H2O's column names, orders and spaces, and offbeat's detector."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.data.table import Table
from offbeat.errors import DataError, SettingsError
from offbeat.h2o.adaptation import adapted
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.estimators.descent import Descent
from offbeat.h2o.estimators.scoring import ScoringEvent
from offbeat.h2o.exports_not_carried_over import AbstractExports
from offbeat.h2o.folds import is_cheap, scores_by_folds
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.importances import importance_table
from offbeat.h2o.layer_status import layer_status
from offbeat.h2o.metrics import AutoEncoderMetrics
from offbeat.h2o.model_json import model_json
from offbeat.h2o.model_parameters import AbstractParameters
from offbeat.h2o.score_table import score_table
from offbeat.h2o.training_run import TrainingRun
from offbeat.h2o.two_dim_table import H2OTwoDimTable
from offbeat.h2o.words_of_errors import told_in_h2os_words
from offbeat.integrations.h2o_mojo import Mojo, mojo_detector
from offbeat.integrations.h2o_mojo import answers as h2o_answers
from offbeat.integrations.h2o_mojo.mojo import MojoLayer
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.thresholds.threshold import fit_threshold

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from offbeat.detector.detections import Detections
    from offbeat.detector.detector import Detector
    from offbeat.explanation.explanation import Explanation

__path__: list[str] = []
"""H2O has a package here: with a path, imports from it reach `modules_not_carried_over`."""


@dataclass(frozen=True, eq=False)
class TrainedModel(AbstractExports, AbstractParameters):
    """A trained autoencoder.

    Attributes:
        model_id: Its name.
        descent: What training found.
        parameters: As they were given.
        rows: How many rows it was trained on.
        calibration: About what training rows would score, had they not been trained on; ascending. From
            `calibration.calibration_scores`, or, if `held_out`, from models that were trained without them.
        run: When it was trained, and on which frames.
    """

    model_id: str
    descent: Descent
    parameters: Mapping[str, Any]
    rows: int
    calibration: Float64[np.ndarray, "_"]
    run: TrainingRun
    held_out: bool = False

    @property
    def key(self) -> str:
        """The same as `model_id`."""
        return self.model_id

    @property
    def network(self) -> Mojo:
        """The model in H2O's layout."""
        return self.descent.model

    @property
    def last(self) -> ScoringEvent:
        """The score of the model that was kept."""
        return self.descent.history[-1]

    @cached_property
    def _model_json(self) -> dict[str, Any]:
        """What scripts read that know H2O's server."""
        return model_json(self)

    # --- what it makes of rows ---

    @told_in_h2os_words()
    def predict(self, test_data: Any) -> H2OFrame:
        """The reconstruction: `reconstr_NAME` in the columns' own units, slots of categories as they are."""
        return H2OFrame.of(h2o_answers.predict(self.network, self.table_of(test_data)))

    @told_in_h2os_words()
    def anomaly(self, test_data: Any, per_feature: bool = False) -> H2OFrame:
        """`Reconstruction.MSE` of each row, or each input's squared error as `reconstr_NAME.SE`."""
        answer = h2o_answers.anomaly_per_feature if per_feature else h2o_answers.quick_anomaly
        return H2OFrame.of(answer(self.network, self.table_of(test_data)))

    @told_in_h2os_words()
    def deepfeatures(self, test_data: Any, layer: Any) -> H2OFrame:
        """The activations of a hidden layer, counted from 0: `DF.L1.C1`, ..."""
        hidden = len(self.network.layers) - 1
        is_number = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
        if not is_number or not 0 <= layer < hidden:
            layers = f"{hidden} hidden layer{'' if hidden == 1 else 's'}"
            message = f"There is no hidden layer {layer!r}; the model '{self.model_id}' has {layers}, counted from 0."
            raise SettingsError(message)
        return H2OFrame.of(h2o_answers.deep_features(self.network, self.table_of(test_data), layer))

    def table_of(self, frame: Any) -> Table:
        """A frame with the columns that the model knows, as offbeat's own table.

        Args:
            frame: An `H2OFrame`, or what one is made of.

        Raises:
            DataError: There is no frame or no row, or no column is the model's.
        """
        if frame is None:
            raise DataError("There is nothing to score: a frame with at least one row was expected.")
        given = frame if isinstance(frame, H2OFrame) else H2OFrame(frame)
        return adapted(self.descent.encoding.encoded(given), self.network).to_table()

    # --- how well it fits ---

    def model_performance(
        self, test_data: Any = None, train: bool = False, valid: bool = False, xval: bool = False
    ) -> AutoEncoderMetrics | None:
        """The error on a frame, on the training rows, or on the validation rows; None where there were none.

        Of a frame, H2O gives NaN.

        Args:
            test_data: Rows to measure.
            train: The training rows, the default.
            valid: The validation rows.
            xval: None: an autoencoder is not cross-validated.
        """
        if test_data is not None:
            scores = self.anomaly(test_data).cells.to_series()
            return AutoEncoderMetrics(float(scores.to_numpy().mean()), len(scores), "test")
        return self._metrics("train" if train or not (valid or xval) else "valid" if valid else "xval")

    def training_model_metrics(self) -> dict[str, Any]:
        """The error on the training rows as H2O's server tells it: `MSE`, `RMSE`, `nobs`, `model_category`."""
        return AutoEncoderMetrics(self.last.training, self.descent.scored_rows, "train")._metric_json

    def mse(self, train: bool = False, valid: bool = False, xval: bool = False) -> Any:
        """The mean squared error of the training rows, or of those asked for; of several a dict."""
        return self._measured("mse", train=train, valid=valid, xval=xval)

    def rmse(self, train: bool = False, valid: bool = False, xval: bool = False) -> Any:
        """The root of `mse`."""
        return self._measured("rmse", train=train, valid=valid, xval=xval)

    def _metrics(self, which: str) -> AutoEncoderMetrics | None:
        if which == "train":
            return AutoEncoderMetrics(self.last.training, self.descent.scored_rows, "train")
        if which == "valid" and not np.isnan(self.last.validation):
            return AutoEncoderMetrics(self.last.validation, self.descent.scored_held, "validation")
        return None

    def _measured(self, name: Literal["mse", "rmse"], **asked: bool) -> Any:
        chosen = [which for which, wanted in asked.items() if wanted] or ["train"]
        found = {which: metrics and getattr(metrics, name)() for which in chosen for metrics in [self._metrics(which)]}
        return found if len(found) > 1 else found[chosen[0]]

    # --- what training did ---

    def scoring_history(self) -> Any:
        """A pandas data frame: one row before training, one after each iteration, one for a restored best model."""
        return score_table(self.descent.history).as_data_frame()

    score_history = scoring_history

    def summary(self) -> H2OTwoDimTable:
        """The status of neuron layers, one row a layer."""
        return layer_status(self.descent, self.parameters)

    get_summary = summary

    def show_summary(self) -> None:
        """Print the status of neuron layers."""
        print(self.summary())

    def varimp(self, use_pandas: bool = False) -> Any:
        """The inputs by Gedeon's importance, the most important one first.

        Args:
            use_pandas: Whether to give a data frame rather than a list of tuples.
        """
        table = importance_table(self.network, self.descent.never_fed)
        return table.as_data_frame() if use_pandas else list(table.cell_values)

    def scoring_history_plot(
        self, timestep: str = "AUTO", metric: str = "rmse", server: bool = False, save_plot_path: Any = None
    ) -> Figure:
        """The error over the course of training, the score before it left out.

        Args:
            timestep: "AUTO" (epochs), "epochs", "samples", "iterations" or "duration".
            metric: "rmse" or "mse".
            server: Without effect: no window is opened.
            save_plot_path: Where to write the picture; nowhere if None.
        """
        from offbeat.h2o.model_plots import kept, plot_scores

        return kept(plot_scores(self.descent.history, timestep, metric, first_too=False), save_plot_path)

    def learning_curve_plot(self, metric: str = "AUTO", save_plot_path: Any = None, **of_h2o: Any) -> Figure:
        """The error by epochs, from the score before training on. H2O's fails for autoencoders.

        Args:
            metric: "AUTO" (rmse), "rmse" or "mse".
            save_plot_path: Where to write the picture; nowhere if None.
            **of_h2o: cv_ribbon and cv_lines, without effect: an autoencoder is not cross-validated.
        """
        check_arguments("model.learning_curve_plot", of_h2o)
        from offbeat.h2o.model_plots import kept, plot_scores

        return kept(plot_scores(self.descent.history, "epochs", metric, first_too=True), save_plot_path)

    def varimp_plot(
        self, num_of_features: int | None = None, server: bool = False, save_plot_path: Any = None
    ) -> Figure:
        """The scaled importance of the most important inputs.

        Args:
            num_of_features: How many; ten where None.
            server: Without effect: no window is opened.
            save_plot_path: Where to write the picture; nowhere if None.
        """
        from offbeat.h2o.model_plots import kept, plot_importances

        return kept(plot_importances(self.varimp(), num_of_features), save_plot_path)

    # --- its numbers ---

    def weights(self, matrix_id: int = 0) -> H2OFrame:
        """The weights of a layer, units x inputs; needs export_weights_and_biases=True."""
        weight = self._exported(matrix_id, "Weight matrix", "weight matrices, matrix").weight
        names = self.network.feature_names if matrix_id == 0 else [f"C{i + 1}" for i in range(weight.shape[1])]
        return H2OFrame.of(pl.DataFrame(weight.astype(np.float64), schema=list(names)))

    def biases(self, vector_id: int = 0) -> H2OFrame:
        """The biases of a layer, one column; needs export_weights_and_biases=True."""
        return H2OFrame({"C1": self._exported(vector_id, "Bias vector", "bias vectors, vector").bias})

    def normmul(self) -> list[float] | None:
        """What each numeric column is multiplied by; None without export_weights_and_biases=True."""
        return self.network.multiplied.tolist() if self._is_exported else None

    def normsub(self) -> list[float] | None:
        """What is subtracted from each numeric column before; None without export_weights_and_biases=True."""
        return self.network.subtracted.tolist() if self._is_exported else None

    def catoffsets(self) -> list[int] | None:
        """Where the slots of each categorical column start; None without export_weights_and_biases=True."""
        widths = [len(levels) + 1 for levels in self.network.levels.values()]
        return [int(start) for start in np.cumsum([0, *widths])] if self._is_exported else None

    @property
    def _is_exported(self) -> bool:
        return bool(self.parameters["export_weights_and_biases"])

    def _exported(self, index: int, kind: str, kinds: str) -> MojoLayer:
        if not self._is_exported:
            raise SettingsError("The weights were not kept apart. Train with export_weights_and_biases=True.")
        count = len(self.network.layers)
        if not 0 <= index < count:
            many, one = kinds.split(", ")
            raise SettingsError(
                f"{kind} does not exist. Model has {count} {many} (0-based indexing), but {one} {index} was requested."
            )
        return self.network.layers[index]

    # --- what H2O lacks ---

    @property
    def detector(self) -> Detector:
        """`detector_of_layout` where it takes tables as they are; refused where `categorical_encoding` changes them.

        Raises:
            EncodedError: It replaces columns; says which, and what to use instead.
        """
        self.descent.encoding.require_words_as_they_are(self.parameters["categorical_encoding"])
        return self.detector_of_layout

    @cached_property
    def detector_of_layout(self) -> Detector:
        """offbeat's detector: scores tables from `table_of` as `anomaly` does, with a threshold from the training rows.

        The threshold is conformal, over the scores that `normal_scores` gives. Where there are rows that were not
        trained on, set it on those: `threshold(rule, frame)`.
        """
        detector = mojo_detector(replace(self.network, training_error=None, source=self.model_id))
        settings = detector.settings.with_changes(threshold="conformal")
        scores, held_out = self.normal_scores
        origin = f"Trained by offbeat.h2o on {self.rows} rows, with H2O's updates."
        if not held_out:
            origin += " Its threshold rests on scores of training rows, raised by as much as the fit had lowered them."
        facts = replace(detector.facts, origin=origin, rows=self.rows, trained_on=self.rows)
        threshold = fit_threshold(settings.part(ThresholdSettings), scores, held_out=held_out)
        return replace(detector, settings=settings, resolved=settings, threshold=threshold, facts=facts)

    @cached_property
    def normal_scores(self) -> tuple[Float64[np.ndarray, "_"], bool]:
        """Scores that say how high those of new normal rows can be, and whether no model was trained on their rows.

        Of few rows each is scored by a model that was trained without it, when this is first asked for. Else, training
        again would take too long, and what each row would have scored is told from its share in the fit.
        """
        if self.held_out or self.run.few_rows is None or not is_cheap(self.rows, self.last.epochs):
            return self.calibration, self.held_out
        alike = {**self.parameters, "seed": self.actual_params["seed"]}
        return scores_by_folds(self.run.few_rows, self.run.columns, alike, self.last.epochs), True

    @told_in_h2os_words()
    def threshold(self, rule: str | float, frame: Any = None) -> Detector:
        """`detector_of_layout` with a threshold set by one of offbeat's rules.

        Args:
            rule: Such as "conformal", "quantile:0.99", or a number.
            frame: Normal rows to set it on, best ones that were not trained on; the training rows' scores where None.
        """
        return self.detector_of_layout.with_threshold(rule, table=None if frame is None else self.table_of(frame))

    @told_in_h2os_words()
    def detect(self, frame: Any) -> Detections:
        """The frame's rows that are anomalous.

        Args:
            frame: The rows to look at.
        """
        return self.detector_of_layout.detect(self.table_of(frame))

    @told_in_h2os_words()
    def explain(self, frame: Any) -> tuple[Explanation, ...]:
        """Why rows are anomalous, the most anomalous ones first.

        Args:
            frame: The rows to look at; one row is explained, anomalous or not.
        """
        return self.detector_of_layout.explain(self.table_of(frame))

    def export_onnx(self, path: str | os.PathLike[str]) -> Path:
        """Write the detector as an ONNX file, which scores without Python and offbeat.

        Args:
            path: Where to write.
        """
        from offbeat.integrations.onnx.export import export_onnx

        export_onnx(self.detector, path)
        return Path(path)

    # --- its file ---

    def save(self, path: str | os.PathLike[str] = "", force: bool = False, filename: str | None = None) -> str:
        """Write the model to a file, which `h2o.load_model` reads; gives its path.

        Args:
            path: The folder, or a file that ends in ".offbeat".
            force: Whether a file of that name is replaced.
            filename: The file's name; the model's own where None.
        """
        from offbeat.h2o.saving import save_model

        return save_model(self, path, force, filename=filename)

    save_model = save

    def download_model(self, path: str | os.PathLike[str] = "", filename: str | None = None) -> str:
        """`save` that replaces a file of that name, as H2O's does.

        Args:
            path: As for `save`.
            filename: As for `save`.
        """
        return self.save(path, force=True, filename=filename)

    # --- as text ---

    def __str__(self) -> str:
        """The model as H2O prints it."""
        metrics = [str(found) for found in (self._metrics("train"), self._metrics("valid")) if found]
        parts = [
            f"Model Details\n=============\nH2OAutoEncoderEstimator : Deep Learning\nModel Key: {self.model_id}\n",
            *(str(self.summary()), *metrics, str(score_table(self.descent.history))),
            str(importance_table(self.network, self.descent.never_fed)),
        ]
        return "\n\n".join(parts)
