"""The layers among a class's parts that a file names and says nothing else of: which may be passed over, which not.

Keras 3 names every layer that is an attribute of a class, those without arrays too, by its class unless someone gave
it a name. Files of Keras 2 name none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from offbeat.errors import DetectorFileError
from offbeat.integrations.keras.dense_chain import PASSED_OVER
from offbeat.integrations.keras.layers import KerasLayer, snake_case
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
_A_WAY_OUT: Final = (
    "Of a class, dense layers that follow one another in one line can be read, and layers that act in training only "
    "under the names that Keras gives them (dropout, gaussian_noise). Where it calls its layers in one line, rebuild "
    "it as a Sequential model, and save that."
)
_NUMBER: Final = re.compile(r"_\d+$")


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
            f"the numbers, nor when. {_A_WAY_OUT}"
        )


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
                f"file does not tell when the class calls it. {_A_WAY_OUT}"
            )


def _owners(place: str) -> Iterator[str]:
    """The models that a layer is in, from the innermost: "a/layers", "a" for "a/layers/dense"."""
    while "/" in place:
        place = place.rpartition("/")[0]
        yield place
