"""The layers among a class's parts that a file names and says nothing else of: which may be passed over, which not.

Keras 3.6 and later name every layer that is an attribute of a class, those without arrays too, by its class unless
someone gave it a name. Older files name none of them.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from offbeat.errors import DetectorFileError
from offbeat.integrations.keras.class_data import reconstructs_nothing
from offbeat.integrations.keras.dense_chain import PASSED_OVER
from offbeat.integrations.keras.layers import KerasLayer, is_layer, is_model, snake_case
from offbeat.integrations.keras.scaling import SCALINGS
from offbeat.integrations.keras.weights import KerasWeights
from offbeat.persistence.format import shown

# Which activation a layer of these computes is said when the model is opened. What reshapes changes no number.
_SAID: Final = ("Activation", "ReLU", "LeakyReLU", "ELU")
WITHOUT_EFFECT: Final = (*PASSED_OVER, "Flatten", "Reshape")
"""Layers that change no number, wherever they are called."""

_HARMLESS: Final = frozenset(map(snake_case, (*WITHOUT_EFFECT, *_SAID)))
# Their arrays, or those of a part of them, have the shapes of a dense layer's.
_LIKE_DENSE: Final = frozenset(
    map(
        snake_case,
        (
            *("Embedding", "ReversibleEmbedding", "EinsumDense", "PReLU", "TimeDistributed", "SpectralNormalization"),
            *("SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "StackedRNNCells"),
            *("SimpleRNNCell", "LSTMCell", "GRUCell", "LayerNormalization", "RMSNormalization"),
        ),
    )
)
A_WAY_OUT: Final = (
    "Of a class, dense layers that follow one another in one line can be read, and layers that act in training only "
    "under the names that Keras gives them (dropout, gaussian_noise). Where it calls its layers in one line, rebuild "
    "it as a Sequential model, and save that."
)
"""What can be done with a class that cannot be read."""

_NUMBER: Final = re.compile(r"_\d+$")


def without_optimizers(weights: KerasWeights) -> KerasWeights:
    """The arrays of a class but those of optimizers that are attributes of it: no layer's, though of layers' shapes.

    Their first number counts steps; then come a rate, and one or more arrays for each that they train. Fewer than
    all kernels may be those of a layer of someone's own that counts something, and so they stay.

    Args:
        weights: Of a class of someone's own.
    """
    tops = {path.partition("/")[0] for path in weights.arrays}
    of_optimizers = {top for top in tops if _counts(top, weights) and _is_beside_all_kernels(top, weights)}
    return weights.without(of_optimizers)


def require_harmless(dense: Sequence[str], weights: KerasWeights, *, beside: Sequence[str] = ()) -> None:
    """Refuse a class with layers of which the file tells only that they are there.

    Args:
        dense: The places of what is taken for dense layers.
        weights: Names the layers.
        beside: The places of parts of which the file tells everything.

    Raises:
        DetectorFileError: A layer may change the numbers: it is called neither as Keras calls those that do not, nor
            is it a model with dense layers in it.
    """
    owners = {owner for place in (*weights.names, *dense, *beside) for owner in _owners(place)}
    for place, name in weights.names.items():
        if any(f"{place}/".startswith(f"{known}/") for known in beside):
            continue
        kind = _NUMBER.sub("", name)
        if place == "" or kind in _HARMLESS or (kind not in _LIKE_DENSE and (place in dense or place in owners)):
            continue
        raise DetectorFileError(
            f"{weights.where}: {shown(place)} is a layer {shown(name)}, and the file does not tell what it does to "
            f"the numbers, nor when. {A_WAY_OUT}{if_an_optimizer(place, weights)}"
        )


def require_readable(
    members: Iterable[tuple[str, int | None, Any]], weights: KerasWeights, *, is_all_told: bool
) -> None:
    """Refuse a class that saves, in its configuration, a part that is neither a model nor a layer of Keras's own.

    Args:
        members: What the configuration holds; see `part_places.members_of`.
        weights: Says whether there are dense layers in a part.
        is_all_told: Whether the configuration is to tell all layers. Where the arrays are to tell them, a part that
            has dense layers in it is read by these, and functions may be the activations that have to be said.

    Raises:
        DetectorFileError: There is such a part.
    """
    for key, _, found in members:
        if not isinstance(found, dict) or "config" not in found or is_model(found) or is_layer(found):
            continue
        kind, config = str(found.get("class_name")), found["config"]
        if reconstructs_nothing(found):
            continue
        if not is_all_told and (kind == "function" or _has_layers(key, kind, weights)):
            continue
        name = str(config.get("name", key)) if isinstance(config, dict) else key
        raise DetectorFileError(
            f"{weights.where}: {shown(name)}, which the class saves in its configuration, is of the class "
            f"{shown(kind)}, no model or layer of Keras's own: what it computes is Python code, and offbeat runs none. "
            "Build the model of Keras's layers only."
        )


def require_all_taken(places: Sequence[str], weights: KerasWeights) -> None:
    """Refuse a class with arrays that none of its parts has: older files name no layers, but hold their arrays.

    Args:
        places: Of all layers that are known, or of what they are in.
        weights: The arrays.

    Raises:
        DetectorFileError: There is such an array of floating-point numbers.

    Warns:
        UserWarning: The class itself keeps a number of its own, such as a threshold.
    """
    for path, array in weights.arrays.items():
        is_taken = any(path.startswith(f"{place}/") for place in places)
        is_own = path.startswith("vars/")
        if is_taken or array.dtype.kind != "f":
            continue
        if is_own and array.size == 1:
            warnings.warn(
                f"{weights.where}: the class keeps a number of its own, {shown(path)} ({array.item():g}), and the file "
                "does not tell what for. It was taken for one that reconstructs nothing, such as a threshold. Where "
                "the class computes with it, the scores are wrong: compare one row with Keras's predict.",
                stacklevel=5,
            )
        elif is_own or array.ndim:
            raise DetectorFileError(
                f"{weights.where}: the array {shown(path)} is of none of the layers that are known of the class, and "
                "the file does not tell what it does to the numbers, nor when. "
                f"{A_WAY_OUT}{if_an_optimizer(path, weights)}"
            )


def way_out_of(place: str, weights: KerasWeights) -> str:
    """What can be done with a class that has a layer which is not dense: one that scales opens in a `Sequential`.

    Args:
        place: Of the layer.
        weights: Its arrays, and its name where the file tells it.
    """
    name = _NUMBER.sub("", weights.names.get(place, ""))
    ranks = {array.ndim for path, array in weights.arrays.items() if path.startswith(f"{place}/vars/")}
    scales = name in map(snake_case, SCALINGS) if name else ranks <= {0, 1}
    words = A_WAY_OUT if scales else "Only dense autoencoders can be imported."
    return f"{words}{if_an_optimizer(place, weights)}"


def require_no_effect(part: str, layers: Sequence[KerasLayer], weights: KerasWeights) -> None:
    """Refuse a part without dense layers that changes the numbers: between which others it is called is not told.

    Args:
        part: What the class calls it.
        layers: Of the part.
        weights: Names the file.

    Raises:
        DetectorFileError: A layer does more than to reshape, or to act in training.
    """
    for layer in layers:
        if layer.kind not in WITHOUT_EFFECT or layer.config.get("data_format") == "channels_first":
            raise DetectorFileError(
                f"{weights.where}: {shown(part)} holds {layer.shown} ({shown(layer.kind)}) and no dense layer, and the "
                f"file does not tell when the class calls it. {A_WAY_OUT}"
            )


def if_an_optimizer(path: str, weights: KerasWeights) -> str:
    """What else can be done where an array that is not known may be of an optimizer, ahead of a space."""
    return " If this is an optimizer, save the model without it." if _counts(path.partition("/")[0], weights) else ""


def _counts(top: str, weights: KerasWeights) -> bool:
    """Whether the first array of a part is a whole number, as the steps of an optimizer; that of no layer of Keras."""
    first = weights.arrays.get(f"{top}/vars/0")
    return first is not None and first.shape == () and first.dtype.kind in "iu"


def _is_beside_all_kernels(top: str, weights: KerasWeights) -> bool:
    """Whether a part holds, beside numbers, arrays of other layers' shapes only, and one or more for each matrix."""
    inside = {path: array for path, array in weights.arrays.items() if path.startswith(f"{top}/")}
    shapes = Counter(array.shape for array in inside.values() if array.ndim)
    others = Counter(array.shape for path, array in weights.arrays.items() if path not in inside and array.ndim)
    kernels = Counter({shape: count for shape, count in others.items() if len(shape) == 2})
    is_flat = all(path.startswith(f"{top}/vars/") for path in inside)
    return is_flat and bool(kernels) and kernels <= shapes and shapes.keys() <= others.keys()


def _has_layers(key: str, kind: str, weights: KerasWeights) -> bool:
    """Whether there are arrays inside of a part, other than its own."""
    inside = [f"{place}/" for place in (key, f"layers/{snake_case(kind)}")]
    return any(
        path.startswith(place) and not path.startswith(f"{place}vars/") for path in weights.arrays for place in inside
    )


def _owners(place: str) -> Iterator[str]:
    """The models that a layer is in, from the innermost: "a/layers", "a" for "a/layers/dense"."""
    while "/" in place:
        place = place.rpartition("/")[0]
        yield place
