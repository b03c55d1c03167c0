"""How a model was made, as H2O's models tell it: parameters, times, kind."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar

from offbeat.h2o.training_run import TrainingRun, actual_parameters, default_parameters, input_parameters


class AbstractParameters(ABC):
    """What a trained model says of its making.

    Attributes:
        model_id: Its name.
        parameters: As they were given.
        run: When it was trained, and on which frames.
        type: H2O's word for models that learn without a response.
        supervised_learning: False, likewise.
        have_mojo: False, for there are no MOJO files to write; `export_onnx` and `save` write what can be deployed.
        have_pojo: False, likewise.
    """

    model_id: str
    parameters: Mapping[str, Any]
    run: TrainingRun

    type: ClassVar[str] = "unsupervised"
    supervised_learning: ClassVar[bool] = False
    have_mojo: ClassVar[bool] = False
    have_pojo: ClassVar[bool] = False

    @property
    def params(self) -> dict[str, dict[str, Any]]:
        """Of every parameter its `default`, `actual` and `input` value; models and frames as `{"name": ...}`."""
        given, defaults = input_parameters(self.parameters, self.run), self.default_params
        return {
            name: {"default": defaults[name], "actual": _key(name, actual), "input": _key(name, given[name])}
            for name, actual in self.actual_params.items()
        }

    @property
    def actual_params(self) -> dict[str, Any]:
        """Every parameter as it was used, in H2O's words."""
        return actual_parameters(self.parameters, self.model_id, self.run)

    @property
    def default_params(self) -> dict[str, Any]:
        """Every parameter's default, in H2O's words."""
        return default_parameters()

    @property
    def parms(self) -> dict[str, dict[str, Any]]:
        """Of every parameter its `name`, `default_value`, `actual_value` and `input_value`, as in `params`."""
        return {
            name: {"name": name, **{f"{which}_value": value for which, value in values.items()}}
            for name, values in self.params.items()
        }

    full_parameters = parms

    @property
    def start_time(self) -> int:
        """When training began, in milliseconds since 1970."""
        return round(1000 * self.run.began)

    @property
    def end_time(self) -> int:
        """When training ended, in milliseconds since 1970."""
        return round(1000 * self.run.ended)

    @property
    def run_time(self) -> int:
        """How long training took, in milliseconds."""
        return self.end_time - self.start_time

    def cross_validation_models(self) -> list[Any] | None:
        """None: an autoencoder is not cross-validated."""
        return None

    def xval_keys(self) -> list[str] | None:
        """None: an autoencoder is not cross-validated."""
        return None

    def is_cross_validated(self) -> bool:
        """False: an autoencoder is not cross-validated."""
        return False


_KEYS = ("model_id", "training_frame", "validation_frame", "checkpoint")


def _key(name: str, value: Any) -> Any:
    """The name of a model or frame as H2O gives it."""
    return {"name": value} if name in _KEYS and value is not None else value
