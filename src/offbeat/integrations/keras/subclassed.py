"""Models of a class that someone wrote: what the file says of them without their Python code.

A class that saves the models it is made of (`get_config`) says everything but the order in which it calls them. Others
leave their arrays only: the shapes of the dense layers, but not their activations, which must then be said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from offbeat.errors import DetectorFileError, SettingsError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.integrations.keras.call_order import half_of, in_call_order, natural
from offbeat.integrations.keras.layers import MAX_LAYERS, KerasLayer, is_layer, is_model, layers_of
from offbeat.integrations.keras.weights import KerasWeights
from offbeat.persistence.format import shown

# By the names that Keras gives to layers without arrays. Those of activations are said when the model is opened.
_CHANGES_NUMBERS: Final = re.compile(r"(rescaling|normalization|unit_normalization|lambda)(_\d+)?")


class Activations(NamedTuple):
    """Keras's names: that of all hidden layers, and that of the output."""

    hidden: str
    output: str


PUBLISHED: Final[Mapping[tuple[str, tuple[int, ...]], Activations]] = MappingProxyType(
    {
        ("AnomalyDetector", (3, 3)): Activations("relu", "sigmoid"),
        ("Autoencoder", (1, 1)): Activations("relu", "sigmoid"),
    }
)
"""The classes of a tutorial that many copy, by name and by the numbers of dense layers in encoder and decoder.

Reference:
    https://www.tensorflow.org/tutorials/generative/autoencoder, first and third example.
"""


def layers_of_parts(found: dict[str, Any], weights: KerasWeights) -> list[KerasLayer]:
    """The layers of the models and layers that a class has saved in its configuration; empty where it has saved none.

    An encoder comes before a decoder; others follow one another as they were saved.
    """
    config = found.get("config")
    parts = [
        (key, part)
        for key, value in (config if isinstance(config, dict) else {}).items()
        for part in (value if isinstance(value, list) else [value])
        if is_model(part) or is_layer(part)
    ]
    in_order = sorted(parts, key=lambda part: half_of(part[0]))
    return list(chain.from_iterable(_layers_of_part(key, part, weights) for key, part in in_order))


def layers_by_shape(
    found: dict[str, Any],
    weights: KerasWeights,
    width: int | None,
    activation: str | Sequence[str] | None,
    output_activation: str | None,
) -> tuple[list[KerasLayer], str]:
    """The dense layers that a class has left arrays of, and a sentence on what was taken for granted.

    Args:
        found: The model's configuration, which says no more than its class.
        weights: Its arrays.
        width: How many numbers an example has, where that is known.
        activation: Keras's name of the hidden layers' activation, or one a layer.
        output_activation: That of the output.

    Raises:
        SettingsError: The activations are neither said nor known from where the class was published.
        DetectorFileError: There are arrays of other than dense layers, or these do not follow one another, or the file
            does not tell in which order.
    """
    kind = str(found.get("class_name"))
    places = _dense_places(weights, width)
    published = PUBLISHED.get((kind, tuple(Counter(map(_part, places)).values())))
    if activation is None and output_activation is None and published is None:
        raise SettingsError(
            f"{weights.where}: {shown(kind)} is a class of its own, whose Python code says which activations its "
            f"{len(places)} dense layers have; the file does not. Say them: activation='relu', "
            "output_activation='sigmoid' (--activation relu --output-activation sigmoid)."
        )
    by_default = published or Activations("linear", "linear")
    words = _of_each(activation or by_default.hidden, len(places) - 1, weights)
    words.append(output_activation or by_default.output)
    dense = [_layer_at(place, word, weights) for place, word in zip(places, words, strict=True)]
    # Whether there is a Flatten before them is not told; where there is none to be, it changes nothing.
    layers = [KerasLayer("Flatten", "flatten", {}, ""), *dense]
    return layers, f"The file does not tell its activations; {', '.join(words)} were taken."


def _of_each(activation: str | Sequence[str], hidden: int, weights: KerasWeights) -> list[str]:
    words = [activation] * hidden if isinstance(activation, str) else list(activation)
    if len(words) != hidden:
        raise SettingsError(
            f"{weights.where}: {len(words)} activations were given for {hidden} hidden layers. Give one for all, or "
            "one for each."
        )
    return words


def _layers_of_part(key: str, part: dict[str, Any], weights: KerasWeights) -> list[KerasLayer]:
    config = part.get("config")
    name = str(config.get("name")) if isinstance(config, dict) else ""
    places = [place for place, own in weights.names.items() if own == name]
    place = places[0] if len(places) == 1 else key
    if is_model(part):
        return list(layers_of(part, place, weights))
    return [KerasLayer(str(part.get("class_name")), name, part["config"], place)]


def _dense_places(weights: KerasWeights, width: int | None) -> list[str]:
    """Where the dense layers are, in the order in which they follow one another."""
    places = sorted({path.rpartition("/vars/")[0] for path in weights.arrays if "/vars/" in path}, key=natural)
    if len(places) > MAX_LAYERS:
        raise DetectorFileError(f"{weights.where}: there are {len(places)} layers, more than {MAX_LAYERS}. {DAMAGED}")
    for place in places:
        array = weights.arrays.get(f"{place}/vars/0")
        if array is None or array.ndim != 2 or weights.count(place) > 2:
            raise DetectorFileError(
                f"{weights.where}: {shown(place)} holds the arrays of something else than a dense layer. Only dense "
                "autoencoders can be imported."
            )
    for place, name in weights.names.items():
        if place not in places and _CHANGES_NUMBERS.fullmatch(name):
            raise DetectorFileError(
                f"{weights.where}: {shown(place)} is a layer {shown(name)}, and the file does not tell what it does to "
                "the numbers, nor when. Rebuild the model as a Sequential one with the same layers, and save that."
            )
    shapes = {place: weights.arrays[f"{place}/vars/0"].shape for place in places}
    return in_call_order(shapes, weights.names, width, weights.where)


def _part(place: str) -> str:
    """The model within the model that a layer belongs to: "encoder" for "encoder/layers/dense"."""
    return place.rpartition("/layers/")[0]


def _layer_at(place: str, activation: str, weights: KerasWeights) -> KerasLayer:
    units = int(weights.arrays[f"{place}/vars/0"].shape[1])
    has_bias = weights.count(place) == 2
    config = {"units": units, "use_bias": has_bias, "activation": activation}
    return KerasLayer("Dense", weights.names.get(place, place), config, place)
