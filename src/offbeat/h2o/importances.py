"""How much each input matters to a network, by its weights."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from offbeat.h2o.two_dim_table import H2OTwoDimTable
from offbeat.integrations.h2o_mojo import Mojo

COLUMNS = ("variable", "relative_importance", "scaled_importance", "percentage")
_TINY = 1e-300


def importance_table(model: Mojo, never_fed: Bool[np.ndarray, "inputs"]) -> H2OTwoDimTable:
    """The inputs with their importance, the most important first.

    As in H2O, the relative importance is over the largest of all inputs, the scaled one over the largest of those that
    were fed.

    Args:
        model: The network.
        never_fed: Inputs that were 0 in every training row: their weights never changed and say nothing.
    """
    relative = importances(model)
    relative /= max(relative.max(), _TINY)
    relative[never_fed] = 0.0
    scaled, shares = relative / max(relative.max(), _TINY), relative / max(relative.sum(), _TINY)
    rows = tuple(
        (model.feature_names[i], float(relative[i]), float(scaled[i]), float(shares[i]))
        for i in np.argsort(-relative, kind="stable").tolist()
    )
    return H2OTwoDimTable("Variable Importances", "", COLUMNS, cell_values=rows)


def importances(model: Mojo) -> Float64[np.ndarray, "inputs"]:
    """Each input's importance by the absolute weights of the first two layers.

    Reference:
        Gedeon 1997, Data mining of inputs: analysing magnitude and functional measures, as hex.deeplearning has it in
        H2O-3 3.46. Without a hidden layer: the sum of the absolute weights.
    """
    first = np.abs(model.layers[0].weight.astype(np.float64))
    if len(model.layers) == 1:
        return np.asarray(first.sum(axis=0))
    second = np.abs(model.layers[1].weight.astype(np.float64))
    paths = _shares(second) @ _shares(first)
    return np.asarray(_shares(paths).sum(axis=0))


def _shares(weights: Float64[np.ndarray, "units inputs"]) -> Float64[np.ndarray, "units inputs"]:
    """Each weight's share of its unit's."""
    return np.asarray(weights / np.maximum(weights.sum(axis=1, keepdims=True), _TINY))
