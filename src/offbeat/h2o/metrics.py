"""What H2O measures of an autoencoder: the mean squared error of rows, and how many they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from offbeat.h2o.not_carried_over import MODEL_HINTS, not_carried_over


@dataclass(frozen=True)
class AutoEncoderMetrics:
    """`ModelMetricsAutoEncoder`: the error of some rows in the scaled space.

    Attributes:
        squared_error: The mean of the rows' `Reconstruction.MSE`.
        rows: How many rows that is the mean of.
        on: Which rows: of training, of validation, or others.

    Example:
        >>> AutoEncoderMetrics(0.25, 20, "train").rmse()
        0.5
    """

    squared_error: float
    rows: int
    on: Literal["train", "validation", "test"]

    def mse(self) -> float:
        """The mean squared error."""
        return self.squared_error

    def rmse(self) -> float:
        """The root of `mse`."""
        return self.squared_error**0.5

    def nobs(self) -> int:
        """How many rows were measured."""
        return self.rows

    def __getitem__(self, name: str) -> Any:
        """`MSE`, `RMSE`, `nobs` or `model_category`; None for another name, as in H2O."""
        return self._metric_json.get(name)

    @property
    def _metric_json(self) -> dict[str, Any]:
        """What H2O's server tells of the metrics."""
        return {"model_category": "AutoEncoder", "MSE": self.mse(), "RMSE": self.rmse(), "nobs": self.rows}

    def __getattr__(self, name: str) -> Any:
        """What is not carried over says so, and what to do instead."""
        if name in MODEL_HINTS:
            raise not_carried_over("metrics", name, MODEL_HINTS, "")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    def show(self) -> None:
        """Print them."""
        print(self)

    def __str__(self) -> str:
        """As H2O prints them."""
        reported = f"ModelMetricsAutoEncoder: deeplearning\n** Reported on {self.on} data. **"
        return f"{reported}\n\nMSE: {self.mse()}\nRMSE: {self.rmse()}"

    __repr__ = __str__
