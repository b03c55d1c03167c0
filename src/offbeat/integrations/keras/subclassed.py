"""Models of a class that someone wrote: what the file says of them without their Python code.

A class that saves the models it is made of (`get_config`) says everything but the order in which it calls them. Others
leave their arrays only: the shapes of the dense layers, but not their activations, which must then be said.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import chain, groupby
from typing import Any, Final

from offbeat.errors import DetectorFileError, SettingsError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.integrations.keras.call_order import Run, half_of, in_call_order, natural, order_of
from offbeat.integrations.keras.class_parts import (
    require_all_taken,
    require_harmless,
    require_no_effect,
    require_readable,
    way_out_of,
)
from offbeat.integrations.keras.layers import MAX_LAYERS, KerasLayer
from offbeat.integrations.keras.part_places import members_of, parts_among, places_of
from offbeat.integrations.keras.published import Activations, published_activations
from offbeat.integrations.keras.weights import KerasWeights
from offbeat.persistence.format import shown

# Whether there is one before the dense layers is not told; where there is none to be, it changes nothing.
_FLATTEN: Final = KerasLayer("Flatten", "flatten", {}, "")


def layers_of_parts(found: dict[str, Any], weights: KerasWeights, shape: tuple[int, ...] | None) -> list[KerasLayer]:
    """The layers of the models and layers that a class has saved in its configuration; empty where it has saved none.

    Parts stand in the one order in which each takes what the one before gives, an encoder before a decoder; those of
    one list follow one another as they were saved.

    Args:
        found: The model's configuration.
        weights: Its arrays.
        shape: Of one example, where that is known.

    Raises:
        DetectorFileError: A part is damaged; parts fit one another in no order, or in several; or there are layers
            that may change the numbers beside these parts, or in a part without dense layers.
    """
    members = list(members_of(found.get("config")))
    saved = parts_among(members)
    require_readable(members, weights, is_all_told=bool(saved))
    places = places_of(saved, weights)
    parts: dict[str, list[KerasLayer]] = {}
    for part, place in zip(saved, places, strict=True):
        parts.setdefault(part.key, []).extend(part.layers(place, weights))
    if parts:
        require_harmless((), weights, beside=places)
        require_all_taken(places, weights)
    return _in_line(parts, weights, None if shape is None else math.prod(shape))


def layers_by_shape(
    found: dict[str, Any],
    weights: KerasWeights,
    shape: tuple[int, ...] | None,
    activation: str | Sequence[str] | None,
    output_activation: str | None,
) -> tuple[list[KerasLayer], str]:
    """The dense layers that a class has left arrays of, and a sentence on what was taken for granted.

    Args:
        found: The model's configuration, which says no more than its class.
        weights: Its arrays.
        shape: Of one example, where that is known.
        activation: Keras's name of the hidden layers' activation, or one a layer.
        output_activation: That of the output.

    Raises:
        SettingsError: The activations are neither said nor known from where the class was published.
        DetectorFileError: There are arrays of other than dense layers, or these do not follow one another, or the file
            does not tell in which order; or there are layers of which it tells only that they are there.

    Warns:
        UserWarning: Activations were not said, and were taken from where the class was published.
    """
    kind = str(found.get("class_name"))
    places = _dense_places(weights, None if shape is None else math.prod(shape))
    units = [[weights.arrays[f"{place}/vars/0"].shape[1] for place in part] for _, part in groupby(places, _part)]
    published = published_activations(kind, units, shape)
    if activation is None and output_activation is None and published is None:
        raise SettingsError(
            f"{weights.where}: {shown(kind)} is a class of its own, whose Python code says which activations its "
            f"{len(places)} dense layers have; the file does not. Say them: activation='relu', "
            "output_activation='sigmoid' (--activation relu --output-activation sigmoid)."
        )
    by_default = published or Activations("linear", "linear")
    words = _of_each(activation or by_default.hidden, len(places) - 1, weights)
    words.append(output_activation or by_default.output)
    if activation is None or output_activation is None:
        warnings.warn(_warning(kind, words, weights, is_published=published is not None), stacklevel=4)
    dense = [_layer_at(place, word, weights) for place, word in zip(places, words, strict=True)]
    layers = [_FLATTEN, *dense]
    return layers, f"The file does not tell its activations; {', '.join(words)} were taken."


def _warning(kind: str, words: Sequence[str], weights: KerasWeights, *, is_published: bool) -> str:
    source = "those of TensorFlow's tutorial on autoencoders" if is_published else "linear where none was said"
    return (
        f"{weights.where}: the file of this {shown(kind)} does not tell its activations; {', '.join(words)} were "
        f"taken, {source}. Where the class has others, say them: activation='relu', output_activation='sigmoid' "
        "(--activation relu --output-activation sigmoid)."
    )


def _of_each(activation: str | Sequence[str], hidden: int, weights: KerasWeights) -> list[str]:
    words = [activation] * hidden if isinstance(activation, str) else list(activation)
    if len(words) != hidden:
        raise SettingsError(
            f"{weights.where}: {len(words)} activations were given for {hidden} hidden layers. Give one for all, or "
            "one for each."
        )
    return words


def _in_line(parts: dict[str, list[KerasLayer]], weights: KerasWeights, width: int | None) -> list[KerasLayer]:
    """The layers of all parts, by the shapes of the dense ones; as they were saved where an array is damaged."""
    sizes = {key: [_size(layer, weights) for layer in layers if layer.kind == "Dense"] for key, layers in parts.items()}
    others = {key: layers for key, layers in parts.items() if not sizes[key]}
    for key, layers in others.items() if len(parts) > 1 else ():
        require_no_effect(key, layers, weights)
    known = list(chain.from_iterable(sizes.values()))
    if not known or any(len(size) != 2 for size in known):
        return list(chain.from_iterable(parts.values()))
    runs = [Run((key,), own[0][0], own[-1][1], half_of(key)) for key, own in sizes.items() if own]
    order = order_of(runs, known, [key for key in parts if key not in others], width, weights.where)
    reshapes = any(layer.kind in ("Flatten", "Reshape") for layers in others.values() for layer in layers)
    return [*([_FLATTEN] if reshapes else []), *(layer for run in order for layer in parts[run.places[0]])]


def _size(layer: KerasLayer, weights: KerasWeights) -> tuple[int, ...]:
    array = weights.arrays.get(f"{layer.place}/vars/0")
    return () if array is None else array.shape


def _dense_places(weights: KerasWeights, width: int | None) -> list[str]:
    """Where the dense layers are, in the order in which they follow one another."""
    require_all_taken(sorted({path.partition("/")[0] for path in weights.arrays} - {"vars"}), weights)
    places = sorted({path.rpartition("/vars/")[0] for path in weights.arrays if "/vars/" in path}, key=natural)
    if len(places) > MAX_LAYERS:
        raise DetectorFileError(f"{weights.where}: there are {len(places)} layers, more than {MAX_LAYERS}. {DAMAGED}")
    for place in places:
        array = weights.arrays.get(f"{place}/vars/0")
        bias = weights.arrays.get(f"{place}/vars/1")
        if array is None or array.ndim != 2 or (bias is not None and bias.ndim != 1) or weights.count(place) > 2:
            named = f", called {shown(weights.names[place])}," if place in weights.names else ""
            raise DetectorFileError(
                f"{weights.where}: {shown(place)}{named} holds the arrays of something else than a dense layer. "
                f"{way_out_of(place, weights)}"
            )
    require_harmless(places, weights)
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
