"""Scores that new normal rows would get, told from the training rows without training again."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

from offbeat.integrations.h2o_mojo import Mojo
from offbeat.integrations.h2o_mojo.forward import activations

MOST_ROWS = 10_000
"""As many rows as H2O scores after training; more would change a threshold by little."""

TIMES_FITTED = 2
"""How often a row's error was pulled down by its share in the fit: once by the decoder, once by the encoder."""

LARGEST_LEVERAGE = 1 - 1e-6
_HALVINGS = 100


def calibration_scores(model: Mojo, rows: Float64[np.ndarray, "rows inputs"]) -> Float64[np.ndarray, "_"]:
    """About what each training row would score, had it not been trained on; ascending.

    Training scores are too low, by as much as the network could follow each row. How far that is, a ridge regression
    from the last hidden layer to the inputs tells, whose penalty is chosen so that its training error is the network's:
    the leverage h of a row is how much its own prediction moves with it, and the error of a row left out is the
    training error over (1 - h). That is exact for the regression; the encoder followed the row as well, so the factor
    is taken twice. No score is above the one that the training mean gives as reconstruction: the least that a network
    learns of a new normal row.

    Measured on ECG5000 and eight public tables with 20 to 300 training rows: of new normal rows, 1 to 17 % (median 4 %)
    scored above the quantile .95 of these scores; above that of the training scores themselves, 4 to 100 % (median
    11 %). Worst where rows are fewest, so `folds` trains again there instead.

    Args:
        model: The trained network.
        rows: Its inputs in training; evenly spaced ones stand for more than 10,000.

    Reference:
        Allen 1974, The relationship between variable selection and data augmentation: the predicted residual of a row
        left out. The penalty by matching errors: Morozov's discrepancy principle.
    """
    chosen = rows[:: -(-len(rows) // MOST_ROWS)]
    layers = activations(model, chosen.copy())
    errors = np.square(layers[-1] - chosen)
    hidden = layers[-2] if len(layers) > 1 else chosen
    followed = np.minimum(leverages(hidden, chosen, float(errors.sum())), LARGEST_LEVERAGE)
    scores = errors.mean(axis=1)
    by_the_mean = np.square(chosen - chosen.mean(axis=0)).mean(axis=1)
    return np.sort(np.minimum(scores / (1 - followed) ** (2 * TIMES_FITTED), np.maximum(by_the_mean, scores)))


def leverages(
    hidden: Float[np.ndarray, "rows units"], targets: Float[np.ndarray, "rows inputs"], squared_error: float
) -> Float64[np.ndarray, "rows"]:
    """How much each row's prediction moves with the row, in the ridge regression whose squared error is the given one.

    Args:
        hidden: What is regressed on; a constant is added.
        targets: What is predicted.
        squared_error: The sum over all rows and inputs.

    Example:
        >>> line = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0]])
        >>> leverages(line, line, squared_error=0.0).round(3).tolist()
        [0.6, 0.3, 0.2, 0.3, 0.6]
    """
    known = np.hstack([hidden, np.ones((len(hidden), 1))]).astype(np.float64)
    strengths, directions = np.linalg.eigh(known.T @ known)
    along, strengths = known @ directions, np.maximum(strengths, 0.0)
    explained = np.square(along.T @ targets).sum(axis=1)
    unexplained = float(np.square(targets).sum())

    def error_with(penalty: float) -> float:
        damped = strengths + penalty
        return unexplained - float(np.sum(explained * (2 / damped - strengths / damped**2)))

    # Directions without strength would be followed at no penalty, by rounding errors alone.
    smallest, largest = 1e-12 * strengths.max(), 1e6 * strengths.max()
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(smallest * largest))
        smallest, largest = (smallest, middle) if error_with(middle) > squared_error else (middle, largest)
    return (np.square(along) / (strengths + smallest)).sum(axis=1)
