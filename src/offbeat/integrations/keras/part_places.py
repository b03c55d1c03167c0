"""Where the arrays of the parts are that a class has saved in its configuration.

Keras 3.6 and later name each layer beside its arrays. Older files tell by the place alone: under the attribute's name
(`encoder/layers/dense`), or under `layers`, where all layers of the class are counted by their kind in the order in
which it was given them (`layers/sequential_1/layers/dense`), which need not be the order of the configuration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import Any, Final, NamedTuple

from offbeat.errors import DetectorFileError, name_some
from offbeat.integrations.keras.class_parts import A_WAY_OUT, WITHOUT_EFFECT
from offbeat.integrations.keras.layers import KerasLayer, is_layer, is_model, is_wired, layers_of, snake_case
from offbeat.integrations.keras.weights import KerasWeights

MOST_KEYS: Final = 6
"""More parts than these are looked for under `layers` in no order but the configuration's own: 720 are tried else."""

_SHARED: Final = "layers"


class Part(NamedTuple):
    """A model or a layer that a class has saved.

    Attributes:
        key: What the class calls it; the members of a list have one key.
        found: Its configuration.
        number: How many of its kind come before it in the list; None outside of one.
    """

    key: str
    found: dict[str, Any]
    number: int | None

    @property
    def name(self) -> str:
        """What Keras calls it."""
        config = self.found.get("config")
        return str(config.get("name")) if isinstance(config, dict) else ""

    @property
    def kind(self) -> str:
        """Its class, as Keras makes a key of it."""
        return snake_case(str(self.found.get("class_name")))

    def layers(self, place: str, weights: KerasWeights) -> list[KerasLayer]:
        """Its layers in the order in which data passes them, with their arrays at a place."""
        if is_model(self.found):
            return list(layers_of(self.found, place, weights))
        return [KerasLayer(str(self.found.get("class_name")), self.name, self.found["config"], place)]


def members_of(config: Any) -> Iterator[tuple[str, int | None, Any]]:
    """What a class's configuration holds: under which key, the place in a list, and what it is."""
    for key, value in config.items() if isinstance(config, dict) else ():
        yield from _within(key, None, value)


def parts_among(members: Iterable[tuple[str, int | None, Any]]) -> list[Part]:
    """The models and layers of Keras among the members of a configuration."""
    used: Counter[tuple[str, str]] = Counter()
    parts = []
    for key, index, found in members:
        if _is_part(found):
            kind = snake_case(str(found["class_name"]))
            parts.append(Part(key, found, None if index is None else used[key, kind]))
            used[key, kind] += 1
    return parts


def places_of(parts: Sequence[Part], weights: KerasWeights) -> list[str]:
    """The place of each part.

    Raises:
        DetectorFileError: A part's arrays are where none is known to keep them, or may be those of another part.
    """
    own = [_own_place(part, weights) for part in parts]
    lacking = [part.key for part, place in zip(parts, own, strict=True) if place is None]
    if not lacking:
        return [place for place in own if place is not None]
    keys = list(dict.fromkeys(part.key for part in parts))
    found = set()
    for order in permutations(keys) if len(keys) <= MOST_KEYS else [tuple(keys)]:
        places = _in_order_of(order, parts, own)
        if _fit(keys, parts, places, weights):
            found.add(places)
    if len(found) == 1:
        return list(found.pop())
    raise DetectorFileError(
        f"{weights.where}: the file does not tell where the arrays of {name_some(list(dict.fromkeys(lacking)))} are, "
        "parts of a class of its own: there are none under these names, and those under 'layers' fit their shapes in "
        f"{'more than one way' if found else 'none of the ways that are known'}. {A_WAY_OUT}"
    )


def _within(key: str, index: int | None, value: Any) -> Iterator[tuple[str, int | None, Any]]:
    if isinstance(value, list):
        for place, member in enumerate(value):
            yield from _within(key, place, member)
    elif (model := _without_class(value)) is not None:
        yield key, index, model
    elif isinstance(value, dict) and "class_name" not in value:
        for name, member in value.items():
            yield from _within(f"{key}/{name}", None, member)
    else:
        yield key, index, value


def _without_class(value: Any) -> dict[str, Any] | None:
    """The model of which a class saved `model.get_config()`, which leaves out the model's class; None for others."""
    if not isinstance(value, dict) or "class_name" in value:
        return None
    if is_wired({"config": value}):
        return {"module": "keras", "class_name": "Functional", "config": value}
    listed = value.get("layers")
    if isinstance(value.get("name"), str) and isinstance(listed, list) and listed and all(map(_is_part, listed)):
        return {"module": "keras", "class_name": "Sequential", "config": value}
    return None


def _is_part(found: Any) -> bool:
    return is_layer(found) or is_model(found)


def _own_place(part: Part, weights: KerasWeights) -> str | None:
    """Where a part is by its name; None where the file has no such place, and the part has arrays."""
    named = [place for place, own in weights.names.items() if own == part.name]
    if len(named) == 1:
        return named[0]
    # What all layers of the class share belongs to no part alone.
    place = part.key if part.number is None and part.key != _SHARED else f"{part.key}/{_step(part.kind, part.number)}"
    is_there = any(path.startswith(f"{place}/") for path in (*weights.arrays, *weights.names))
    needs_none = all(layer.kind in WITHOUT_EFFECT for layer in part.layers(place, weights))
    return place if needs_none or (is_there and part.key != _SHARED) else None


def _in_order_of(order: Sequence[str], parts: Sequence[Part], own: Sequence[str | None]) -> tuple[str, ...]:
    """The places, where the class was given its parts in some order."""
    used: Counter[str] = Counter()
    places = {}
    for key in order:
        for index, part in enumerate(parts):
            if part.key == key:
                places[index] = own[index] or f"{_SHARED}/{_step(part.kind, used[part.kind])}"
                used[part.kind] += 1
    return tuple(places[index] for index in range(len(parts)))


def _step(kind: str, number: int | None) -> str:
    return f"{kind}_{number}" if number else kind


def _fit(keys: Sequence[str], parts: Sequence[Part], places: Sequence[str], weights: KerasWeights) -> bool:
    """Whether all dense layers find arrays of their shapes: those of one list follow one another."""
    placed = list(zip(parts, places, strict=True))
    return all(
        _is_chain(
            (layer for part, place in placed if part.key == key for layer in part.layers(place, weights)), weights
        )
        for key in keys
    )


def _is_chain(layers: Iterator[KerasLayer], weights: KerasWeights) -> bool:
    width = None
    for layer in layers:
        if layer.kind == "InputLayer":
            shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
            width = shape[1] if isinstance(shape, list) and len(shape) == 2 else None
        elif layer.kind in ("Flatten", "Reshape"):
            width = None
        elif layer.kind == "Dense":
            kernel = weights.arrays.get(f"{layer.place}/vars/0")
            if kernel is None or kernel.ndim != 2 or width not in (None, kernel.shape[0]):
                return False
            width = kernel.shape[1]
            if width != layer.config.get("units"):
                return False
    return True
