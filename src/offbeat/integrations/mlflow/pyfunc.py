"""What MLflow calls to open and run an exported detector: its `MLmodel` file names this module as the loader."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector

DETECTOR: Final = "detector.offbeat"


class DetectorModel:
    """A detector with the method that MLflow expects of a model."""

    def __init__(self, detector: Detector) -> None:
        """Keep the detector."""
        self.detector = detector

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Detect in a table.

        Args:
            model_input: A pandas data frame or an array, as MLflow passes it on.
            params: MLflow's; a detector takes none.

        Returns:
            A pandas data frame with the index of the input, if it had one: "score", higher = more anomalous;
            "p_value"; "anomalous".
        """
        import pandas as pd

        found = self.detector.detect(model_input)
        answer = {"score": found.scores, "p_value": found.p_values, "anomalous": found.flags}
        return pd.DataFrame(answer, index=getattr(model_input, "index", None))


def _load_pyfunc(path: str | os.PathLike[str]) -> DetectorModel:
    """The model at the path that `MLmodel` gives as its data: the detector file, or the folder that holds it."""
    from offbeat.detector.archive import load

    place = Path(path)
    return DetectorModel(load(place / DETECTOR if place.is_dir() else place))
