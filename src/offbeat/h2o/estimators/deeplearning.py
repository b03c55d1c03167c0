"""H2O's two names of the autoencoder's estimator."""

from __future__ import annotations

import time
import warnings
from copy import copy
from typing import Any

from offbeat.errors import OffbeatError, SettingsError, TrainingError
from offbeat.h2o import registry
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.calibration import calibration_scores
from offbeat.h2o.estimators.checkpoints import checkpoint_of
from offbeat.h2o.estimators.descent import descend
from offbeat.h2o.estimators.parameter_table import PARAMETERS, WITHOUT_EFFECT
from offbeat.h2o.estimators.parameters import checked_parameter, checked_parameters
from offbeat.h2o.estimators.seeds import drawn_seed
from offbeat.h2o.estimators.training_frame import frame_of, ignored_of, names_of, prepared
from offbeat.h2o.model import TrainedModel
from offbeat.h2o.not_carried_over import MODEL_HINTS, not_carried_over
from offbeat.h2o.training_run import given_parameters, run_of
from offbeat.h2o.words_of_errors import told_in_h2os_words

_AT_TRAINING = ("offset_column", "fold_column", "weights_column", "max_runtime_secs", "ignored_columns", "model_id")
"""Parameters that `train` takes as well; there they win."""

_EMPTY_BEFORE = ("params", "parms", "actual_params", "default_params", "full_parameters")
"""What H2O's models tell of their parameters, which is nothing before training."""


class H2ODeepLearningEstimator:
    """An autoencoder with H2O's parameters, trained by H2O's updates.

    Each parameter can be read and set as an attribute, as in H2O; `train` takes what is set then.

    Example:
        >>> from offbeat.h2o import H2OFrame
        >>> frame = H2OFrame({"flow": [1.0, 2.0, 3.0, 4.0], "speed": [2.0, 4.0, 6.0, 8.0]})
        >>> model = H2ODeepLearningEstimator(autoencoder=True, activation="Tanh", hidden=[1], epochs=2, seed=1)
        >>> model.train(training_frame=frame).anomaly(frame).names
        ['Reconstruction.MSE']
    """

    algo = "deeplearning"

    def __init__(self, **kwargs: Any) -> None:
        """Check the parameters.

        Args:
            **kwargs: By H2O's names; None stands for the default.

        Raises:
            TypeError: A parameter is unknown.
            SettingsError: A parameter is of the wrong type or out of its range. That autoencoder is not set, `train`
                says.
        """
        self._given = {"autoencoder": False, **kwargs}
        self._model: TrainedModel | None = None
        self._failure: OffbeatError | None = None
        checked_parameters({**kwargs, "autoencoder": True})  # which may be set until `train`

    @property
    def model(self) -> TrainedModel:
        """What training found.

        Raises:
            SettingsError: It was not trained.
            TrainingError: Its training failed.
        """
        if self._failure is not None:
            raise TrainingError(f"There is no model, for its training failed. {self._failure}")
        if self._model is None:
            raise SettingsError("The model is not trained yet. Call train(training_frame=...) first.")
        return self._model

    @property
    def model_id(self) -> str | None:
        """The model's name; before training the one that was given, or None."""
        return self._given.get("model_id") if self._model is None else self._model.model_id

    @property
    def key(self) -> str | None:
        """The same as `model_id`."""
        return self.model_id

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Every parameter as it was given, or its default.

        Args:
            deep: Without effect; taken because H2O takes it.
        """
        values = {name: getattr(self, name) for name in (*PARAMETERS, *WITHOUT_EFFECT) if name != "model_id"}
        values["model_id"] = self.model_id
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @told_in_h2os_words()
    def train(
        self,
        x: Any = None,
        y: Any = None,
        training_frame: Any = None,
        offset_column: str | None = None,
        fold_column: str | None = None,
        weights_column: str | None = None,
        validation_frame: Any = None,
        max_runtime_secs: float | None = None,
        ignored_columns: Any = None,
        model_id: str | None = None,
        verbose: bool = False,
    ) -> H2ODeepLearningEstimator:
        """Learn from the rows of a frame.

        A model that was trained before stays known by its name where the user gave the name; else it is gone.

        Args:
            x: Names or positions of the columns to use; all where None.
            y: Ignored, as in H2O.
            training_frame: The rows; every one counts as normal. That of the constructor where None.
            offset_column: This and the next five win over those of the constructor.
            fold_column: As there.
            weights_column: As there.
            validation_frame: Rows that tell the best model and when to stop.
            max_runtime_secs: As there.
            ignored_columns: As there.
            model_id: As there.
            verbose: Without effect; taken because H2O takes it.

        Raises:
            DataError: The frame cannot be trained on.
            TrainingError: The model became unstable. What it is asked then raises the same.
        """
        said = (offset_column, fold_column, weights_column, max_runtime_secs, ignored_columns, model_id)
        at_training = {name: value for name, value in zip(_AT_TRAINING, said, strict=True) if value is not None}
        parameters = checked_parameters(self._given | at_training)
        earlier = self._left_behind()
        self._model, self._failure = None, None
        try:
            self._model = _trained(parameters, x, training_frame, validation_frame)
        except TrainingError as failure:
            self._failure = failure
            raise
        registry.register(self._model.model_id, self, is_named=bool(parameters["model_id"]))
        if folder := parameters["export_checkpoints_dir"]:
            _export(self, folder)
        del earlier  # a weak reference is all that the registry has, unless the user named the model
        return self

    def start(self, *args: Any, **kwargs: Any) -> None:
        """Train at once, where H2O would train in the background.

        Args:
            *args: As for `train`.
            **kwargs: As for `train`.
        """
        self.train(*args, **kwargs)

    def join(self) -> None:
        """Does nothing: `start` has trained already."""

    def _left_behind(self) -> H2ODeepLearningEstimator:
        """An estimator that keeps the model of this one, under the model's name, while this one trains another."""
        earlier = copy(self)
        if self._model is not None:
            of_model = given_parameters(self._model.parameters)
            if self._given.get("ignored_columns") is None:  # what x left out
                of_model.pop("ignored_columns", None)
            earlier._given = {"autoencoder": True, **of_model}
            registry.hand_over(self._model.model_id, self, earlier)
        return earlier

    def adopt(self, model: TrainedModel) -> None:
        """Take over a model that was trained before, under its name.

        Where there is a model of that name, such as the one that was saved, this one is kept in its place as if the
        user had named it, lest the name be lost with a variable.

        Args:
            model: Such as one from a file.
        """
        self._model, self._failure = model, None
        self._given.pop("ignored_columns", None)  # what a choice of columns left out, as far as the file tells
        registry.register(model.model_id, self, is_named=registry.is_held(model.model_id))

    def __getattr__(self, name: str) -> Any:
        """A parameter, or what the trained model answers: predict, anomaly, deepfeatures, mse, detector, ..."""
        if name in PARAMETERS or name in WITHOUT_EFFECT:
            default = PARAMETERS[name].default if name in PARAMETERS else WITHOUT_EFFECT[name]
            given = self._given.get(name)
            return default if given is None else given
        if name in _EMPTY_BEFORE and self._model is None and self._failure is None:
            return {}
        if name == "_id":
            return self.model_id
        if name == "_parms":
            return self.get_params()
        if name == "_model_json":
            is_untrained = self._model is None and self._failure is None
            return None if is_untrained else self.model._model_json
        if name in MODEL_HINTS and not hasattr(TrainedModel, name):
            raise not_carried_over("model", name, MODEL_HINTS, "")
        if name.startswith("_") or not hasattr(TrainedModel, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")
        return getattr(self.model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a parameter, checked by itself; whether it goes with the others, `train` checks."""
        if name in PARAMETERS or name in WITHOUT_EFFECT:
            if value is not None:
                checked_parameter(name, value)
            self._given[name] = value
        else:
            super().__setattr__(name, value)

    def show(self, **of_h2o: Any) -> None:
        """Print the model.

        Args:
            **of_h2o: verbosity and fmt, without effect.
        """
        check_arguments("model.show", of_h2o)
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


def _trained(parameters: dict[str, Any], x: Any, training_frame: Any, validation_frame: Any) -> TrainedModel:
    began = time.time()
    frame = frame_of(parameters["training_frame"] if training_frame is None else training_frame)
    given = parameters["validation_frame"] if validation_frame is None else validation_frame
    held = None if given is None else frame_of(given)
    given = parameters["checkpoint"]
    checkpoint = None if given is None else checkpoint_of(given, parameters, is_validated=held is not None)
    names = names_of(frame, x, parameters)
    if x is not None:
        parameters = parameters | {"ignored_columns": ignored_of(frame, names, parameters)}
    data = prepared(frame, held, names, parameters, checkpoint)
    if data.left_out:
        columns = ", ".join(data.left_out)
        warnings.warn(f"Dropping bad and constant columns: [{columns}]", RuntimeWarning, stacklevel=4)
    start = None if checkpoint is None else checkpoint.descent
    seed = drawn_seed(parameters["seed"])
    descent = descend(data.layout, data.rows, parameters | {"seed": seed}, start, data.encoding)
    return TrainedModel(
        model_id=parameters["model_id"] or registry.new_key("DeepLearning_model_python"),
        descent=descent,
        parameters=parameters,
        rows=int(data.rows.seen.sum()),
        calibration=calibration_scores(descent.model, data.rows.scored[data.rows.seen]),
        run=run_of(frame, data.places, data.layout.columns, None if held is None else held.key, began, seed),
    )


def _export(estimator: H2ODeepLearningEstimator, folder: Any) -> None:
    """Keep the model in the folder of export_checkpoints_dir, under its name."""
    from offbeat import h2o

    h2o.save_model(estimator, str(folder), force=True)
