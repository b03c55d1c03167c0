"""H2O's two names of the autoencoder's estimator."""

from __future__ import annotations

import time
from typing import Any

from offbeat.errors import DataError, SettingsError, name_some
from offbeat.h2o import registry
from offbeat.h2o.calibration import calibration_scores
from offbeat.h2o.estimators.descent import descend
from offbeat.h2o.estimators.layout import layout_of, rows_without_missing_cells
from offbeat.h2o.estimators.parameters import checked_parameters
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.model import TrainedModel
from offbeat.h2o.training_run import TrainingRun
from offbeat.integrations.h2o_mojo.answers import inputs


class H2ODeepLearningEstimator:
    """An autoencoder with H2O's parameters, trained by H2O's updates.

    Example:
        >>> frame = H2OFrame({"flow": [1.0, 2.0, 3.0, 4.0], "speed": [2.0, 4.0, 6.0, 8.0]})
        >>> model = H2ODeepLearningEstimator(autoencoder=True, activation="Tanh", hidden=[1], epochs=2, seed=1)
        >>> model.train(training_frame=frame).anomaly(frame).names
        ['Reconstruction.MSE']
    """

    algo = "deeplearning"

    def __init__(self, **kwargs: Any) -> None:
        """Check the parameters.

        Args:
            **kwargs: By H2O's names.

        Raises:
            TypeError: A parameter is unknown.
            SettingsError: A parameter is of the wrong type or out of its range.
        """
        if not kwargs.get("autoencoder", False):
            raise SettingsError("autoencoder is not set; offbeat trains autoencoders only. Set autoencoder=True.")
        self.params = checked_parameters(kwargs)
        self._model: TrainedModel | None = None

    @property
    def model(self) -> TrainedModel:
        """What training found.

        Raises:
            SettingsError: It was not trained.
        """
        if self._model is None:
            raise SettingsError("The model is not trained yet. Call train(training_frame=...) first.")
        return self._model

    @property
    def model_id(self) -> str:
        """The model's name."""
        return self.model.model_id

    def train(
        self,
        x: Any = None,
        y: Any = None,
        training_frame: Any = None,
        validation_frame: Any = None,
        ignored_columns: list[str] | None = None,
        **_plumbing: Any,
    ) -> H2ODeepLearningEstimator:
        """Learn from the rows of a frame.

        Args:
            x: Names or positions of the columns to use; all where None.
            y: Ignored, as in H2O.
            training_frame: The rows; every one counts as normal.
            validation_frame: Rows that tell the best model and when to stop.
            ignored_columns: Columns to leave out; not together with `x`.
            **_plumbing: What H2O's cluster needs, such as `verbose`.

        Raises:
            DataError: The frame cannot be trained on.
            TrainingError: The model became unstable.
        """
        began = time.time()
        given = training_frame if training_frame is not None else self.params["training_frame"]
        frame = _frame(given)
        if x is not None and ignored_columns:
            raise SettingsError(
                "x and ignored_columns were both given; name the columns to use, or those to leave out."
            )
        parameters = {**self.params, "ignored_columns": ignored_columns or self.params["ignored_columns"]}
        layout = layout_of(frame, _names(frame, x), parameters)
        rows = inputs(layout, frame.to_table())
        if parameters["missing_values_handling"] == "skip":
            rows = rows[rows_without_missing_cells(frame, layout)]
            if not len(rows):
                raise DataError("Every row has a missing cell. Train with missing_values_handling='mean_imputation'.")
        held = None if validation_frame is None else inputs(layout, _frame(validation_frame).to_table())
        start = (
            None if self.params["checkpoint"] is None else _checkpoint(self.params["checkpoint"], layout, parameters)
        )
        key = self.params["model_id"] or registry.new_key("DeepLearning_model_python")
        descent = descend(layout, rows, held, parameters, start)
        scores = calibration_scores(descent.model, rows)
        run = TrainingRun(frame.key, _key(validation_frame), began, time.time())
        self.adopt(TrainedModel(key, descent, parameters, len(rows), scores, run))
        return self

    def __getattr__(self, name: str) -> Any:
        """What the trained model answers: predict, anomaly, deepfeatures, mse, detector, ..."""
        if name.startswith("_") or not hasattr(TrainedModel, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")
        return getattr(self.model, name)

    def adopt(self, model: TrainedModel) -> None:
        """Take over a model that was trained before, under its name.

        Args:
            model: Such as one from a file.
        """
        self._model = model
        registry.register(model.model_id, self)

    def show(self) -> None:
        """Print the model."""
        print(self)

    def __repr__(self) -> str:
        """The model as H2O prints it."""
        return f"{type(self).__name__}, not trained yet" if self._model is None else str(self._model)


class H2OAutoEncoderEstimator(H2ODeepLearningEstimator):
    """`H2ODeepLearningEstimator(autoencoder=True)` by another name."""

    def __init__(self, **kwargs: Any) -> None:
        """Check the parameters.

        Args:
            **kwargs: By H2O's names.
        """
        super().__init__(**{**kwargs, "autoencoder": True})


def _frame(given: Any) -> H2OFrame:
    if given is None:
        raise DataError("There is no training frame: train(training_frame=...) was expected.")
    return given if isinstance(given, H2OFrame) else H2OFrame(given)


def _key(frame: Any) -> str | None:
    """The name of a frame; a data frame has none."""
    return frame.key if isinstance(frame, H2OFrame) else None


def _names(frame: H2OFrame, x: Any) -> list[str]:
    if x is None:
        return list(frame.names)
    asked = [x] if isinstance(x, str | int) else list(x)
    names = [frame.names[column] if isinstance(column, int) else column for column in asked]
    unknown = [name for name in names if name not in frame.names]
    if unknown:
        raise DataError(f"The training frame has no column {name_some(unknown)}; it has {name_some(frame.names)}.")
    return names


def _checkpoint(given: Any, layout: Any, parameters: dict[str, Any]) -> Any:
    """Where a trained model's training goes on."""
    model = (registry.registered(given) if isinstance(given, str) else given).model
    if model.network.feature_names != layout.feature_names or model.parameters["hidden"] != parameters["hidden"]:
        raise SettingsError("The checkpoint has other columns, levels or hidden layers. Train on the same ones.")
    if parameters["epochs"] <= model.last.epochs:
        raise SettingsError(
            f"epochs is {parameters['epochs']:g}; more than the {model.last.epochs:g} of the checkpoint were expected: "
            "it counts all of them."
        )
    return model.descent.state
