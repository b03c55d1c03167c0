"""`AutoEncoderDetector`: a detector that behaves as scikit-learn's outlier detectors do."""

from __future__ import annotations

import math
import sys
from textwrap import indent
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from offbeat.data.frames import collected, is_frame
from offbeat.detector.detector import Detector
from offbeat.detector.fit import fit_with
from offbeat.explanation.explanation import Explanation
from offbeat.sklearn.parameters import Parameters, describe_parameters, settings_of

# Python names the function in what it says of a parameter that there is not; users know the class by this name.
Parameters.__init__.__qualname__ = "AutoEncoderDetector.__init__"


class AutoEncoderDetector(Parameters, OutlierMixin, BaseEstimator):
    """Learns what normal looks like with autoencoders; +1 is normal, -1 an outlier, as in scikit-learn.

    Arrays hold numbers; data frames (polars, pandas, Arrow) may also have columns of categories. Cells may be missing.
    A parameter that `offbeat.fit` knows means what it means there, and `detector_` can do all that offbeat can; the
    cut-off of a stated share of anomalies, `contamination`, is scikit-learn's.

    `predict` judges each row alone, by one cut-off, as scikit-learn expects; `detector_.detect(X)` judges the rows of a
    table together, so that the share of false alarms among the flagged ones stays below `fdr`.

    Attributes:
        detector_: The fitted `offbeat.Detector`, with its history, threshold, pictures and `save`.
        offset_: What `decision_function` takes away from `score_samples`; minus the cut-off of the anomaly score, and
            minus infinity where no finite score is an outlier (threshold="none", or too few rows to set one).
        n_iter_: How many epochs were trained.
        n_features_in_: How many columns there were in `fit`.
        feature_names_in_: Their names, where they had names.

    Example:
        >>> import numpy as np
        >>> normal = np.random.default_rng(0).normal(size=(200, 3))
        >>> estimator = AutoEncoderDetector(hidden=(2,), epochs=20).fit(normal)
        >>> estimator.predict([[0.0, 0.5, -0.5], [9.0, -9.0, 9.0]])
        array([ 1, -1])
    """

    detector_: Detector
    offset_: float
    n_iter_: int

    def fit(self, X: object, y: object = None) -> AutoEncoderDetector:
        """Learn from rows that should be normal; where some are not, say so with contamination.

        Args:
            X: Rows and columns: an array or what NumPy makes one of, or a data frame.
            y: Ignored, labels too.

        Raises:
            SettingsError: A parameter is of the wrong type or out of its range.
            ValueError: The rows cannot be used; scikit-learn's own words where it has some, else a `DataError`.
            TrainingError: Training diverged.
        """
        settings = settings_of(self)
        rows = self._checked(X, first_time=True)
        detector = fit_with(settings, rows, progress="auto" if self.verbose else "none")
        if not isinstance(self.contamination, str):
            # As scikit-learn's detectors: over all rows, those included that the network did not train on.
            offset = np.percentile(-detector.score(rows), 100.0 * self.contamination)
            detector = detector.with_threshold(float(-offset))
        self.detector_ = detector
        cut = detector.threshold.value
        self.offset_ = -cut if cut < sys.float_info.max else -math.inf
        self.n_iter_ = len(detector.history)
        return self

    def score_samples(self, X: object) -> Float[np.ndarray, "rows"]:
        """How normal each row is: minus the anomaly score.

        Args:
            X: Rows with the columns of `fit`; so for all methods.
        """
        return -self.anomaly_score(X)

    def decision_function(self, X: object) -> Float[np.ndarray, "rows"]:
        """How far each row is on the normal side of the cut-off, `score_samples` minus `offset_`; negative = outlier.

        Where `offset_` is minus infinity there is no such distance: each finite score then has its reciprocal, which is
        above 0 and keeps the order, so that measures of the ranking go on working.
        """
        samples = self.score_samples(X)
        # Estimators pickled by earlier versions have the largest number where infinity is meant.
        if self.offset_ > -sys.float_info.max:
            return samples - self.offset_
        # The smallest normal number keeps the reciprocal of 0 finite, and changes no score but 0.
        return np.where(np.isfinite(samples), 1.0 / (np.finfo(float).tiny - samples), samples)

    def predict(self, X: object) -> Int[np.ndarray, "rows"]:
        """+1 for each normal row, -1 for each outlier."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def anomaly_score(self, X: object) -> Float[np.ndarray, "rows"]:
        """offbeat's own score, higher = more anomalous; a row's score does not depend on the other rows."""
        return self._fitted().score(self._checked(X))

    def p_value(self, X: object) -> Float[np.ndarray, "rows"]:
        """How likely a normal row is to score at least as high as each row, from 0 to 1."""
        return self._fitted().p_values(self._checked(X))

    def explain(self, X: object, *, most: int = 100) -> tuple[Explanation, ...]:
        """Why rows are anomalous: contributions, expected values, one sentence each; the most anomalous rows first.

        Args:
            X: Rows with the columns of `fit`. A single row is explained whether it is an outlier or not.
            most: Explain at most so many rows.
        """
        return self._fitted().explain(self._checked(X), most=most)

    def reconstruct(self, X: object) -> Shaped[np.ndarray, "rows columns"]:
        """What the network makes of rows, in the columns' own units; objects where a column is categorical."""
        columns = self._fitted().reconstruct(self._checked(X)).values()
        if all(column.dtype.kind == "f" for column in columns):
            return np.column_stack(list(columns))
        return np.column_stack([column.astype(object) for column in columns])

    def encode(self, X: object) -> Float[np.ndarray, "rows latent"]:
        """The latent code of every row: the activations of the narrowest hidden layer."""
        return self._fitted().encode(self._checked(X))

    def __sklearn_tags__(self) -> Tags:
        """Missing cells are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _fitted(self) -> Detector:
        check_is_fitted(self)
        return self.detector_

    def _checked(self, X: Any, *, first_time: bool = False) -> Any:
        """The rows as offbeat reads them, their columns checked in scikit-learn's words."""
        X = collected(X)
        if is_frame(X) and len(getattr(X, "shape", ())) == 2:
            return validate_data(self, X, reset=first_time, skip_check_array=True)
        return validate_data(self, X, reset=first_time, dtype=[np.float64, np.float32], ensure_all_finite="allow-nan")


# Each setting is described once, in its part; help() and notebooks show the words here too.
if AutoEncoderDetector.__doc__:
    AutoEncoderDetector.__doc__ += "\n    Parameters:\n" + indent(describe_parameters(), " " * 8) + "\n"
