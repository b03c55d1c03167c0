"""What the pieces of a detector file must have in common, beyond what each of them checks by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from jaxtyping import Float64

from offbeat.data.schema import Schema
from offbeat.detector.config import Settings
from offbeat.errors import DetectorFileError, name_some
from offbeat.networks.build import BUILDERS
from offbeat.persistence.format import NOT_OURS
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.scoring.fit import COMPONENTS

AXES_OF_SCORE_ARRAYS = {
    "variance": (1, 2),
    "root": (2,),
    "reference": (2,),
    "start": (1,),
    "moves": (1,),
    "centre": (1,),
}
"""How many axes the arrays of scores may have; the last is that of the features, of a centre the latent code's."""

MOST_CURVES = 5000
"""That any version of offbeat kept for their shifts; each costs memory as often as it can be shifted."""


def contradiction(what: str) -> DetectorFileError:
    """The error to raise: each piece is sound, its checksum included, but no detector has these pieces together."""
    return DetectorFileError(f"{what} {NOT_OURS}")


def require_resolved(resolved: Settings) -> None:
    """Refuse settings that leave the network or the score open.

    Raises:
        DetectorFileError: They do.
    """
    for name, value, choices in (("network", resolved.network, BUILDERS), ("score", resolved.score, COMPONENTS)):
        if value not in choices:
            raise contradiction(f"its setting '{name}' is still '{value}'; one of {name_some(list(choices))} is due.")


def require_same_columns(schema: Schema, preprocessor: Preprocessor) -> None:
    """Refuse a schema and a preprocessor that are not of the same table.

    Raises:
        DetectorFileError: Names, order or kinds of the columns differ.
    """
    kinds = dict.fromkeys(preprocessor.numeric.names, "numeric")
    if schema.names != preprocessor.columns or any(
        kinds.get(column.name, "categorical") != column.kind for column in schema.columns
    ):
        raise contradiction("the columns of the schema and of the preprocessor differ.")


def score_arrays(
    words: Collection[str], weights: Mapping[str, np.ndarray], features: int, views: int, latent: int
) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of each of the score's components by their own names.

    Raises:
        DetectorFileError: One has another type or shape than scores have, or a variance is not positive.
    """
    arrays: dict[str, dict[str, np.ndarray]] = {word: {} for word in words}
    for full_name, array in weights.items():
        place, _, name = full_name.rpartition(".")
        word, axes = place.removeprefix("score."), AXES_OF_SCORE_ARRAYS.get(name)
        if axes is None or word not in arrays or place == word:
            continue
        width, unit = (latent, "units of the code") if name == "centre" else (features, "features")
        if array.dtype != np.float32 or array.ndim not in axes or array.shape[-1] != width or array.size == 0:
            raise contradiction(
                f"the score's array '{name}' is {array.dtype} {array.shape}; float32, {width} {unit} in the "
                f"last of {max(axes)} axes, was expected."
            )
        arrays[word][name] = array
    variance = arrays.get("whitened", {}).get("variance", np.ones((1, features)))
    # Files of before there were views have one axis: the variances of the mean of the views.
    if variance.ndim == 2 and len(variance) not in (1, views):
        raise contradiction(f"the score has variances of {len(variance)} views, but the network has {views}.")
    root = arrays.get("mahalanobis", {}).get("root", np.eye(1))
    if len(root) != root.shape[1]:
        raise contradiction(f"the score's array 'root' is {root.shape}; as many rows as columns were expected.")
    aligned = arrays.get("aligned-neighbours", {})
    moves = aligned.get("moves", np.ones(1))
    # The steps come first: whatever they add up to, it is no more than there are features.
    if not (np.isin(moves, (0, 1)).all() and moves[0] == 1 and (np.diff(moves) <= 0).all()):
        raise contradiction("the score's array 'moves' is not as many times 1 as there are steps, and 0 behind them.")
    if len(aligned.get("reference", ())) > MOST_CURVES:
        raise contradiction(f"the score has {len(aligned['reference'])} curves; at most {MOST_CURVES} can be.")
    if not (variance > 0).all():
        raise contradiction("the score's array 'variance' holds numbers that are not positive.")
    return arrays


def calibration_scores(arrays: Mapping[str, np.ndarray]) -> Float64[np.ndarray, "calibration"]:
    """The scores that p-values come from, as `save` wrote them.

    Raises:
        KeyError: They are lacking.
        DetectorFileError: They have another type or shape, or are not in order; or there are other arrays as well.
    """
    scores = arrays["scores"]
    require_no_others(arrays, ["scores"])
    if scores.dtype != np.float64 or scores.ndim != 1 or (np.diff(scores) < 0).any():
        raise contradiction(
            f"the calibration scores are {scores.dtype} {scores.shape}; one axis of float64, ascending, was expected."
        )
    return scores


def require_no_others(arrays: Collection[str], known: Collection[str]) -> None:
    """Refuse arrays that nothing reads.

    Raises:
        DetectorFileError: There are some.
    """
    if others := sorted(set(arrays) - set(known)):
        raise contradiction(f"it holds arrays that are not part of it: {name_some(others)}.")
