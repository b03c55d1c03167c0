"""The layers of a Keras model in the order in which data passes them, from its configuration; nothing is executed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from offbeat.errors import DetectorFileError, name_some
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.integrations.keras.weights import KerasWeights
from offbeat.persistence.format import shown

MODELS: Final = ("Sequential", "Functional", "Model")
PACKAGES: Final = ("keras", "tf_keras")
MAX_LAYERS: Final = 1000


@dataclass(frozen=True)
class KerasLayer:
    """One layer.

    Attributes:
        kind: Keras's word for its class, such as "Dense".
        name: What it is called.
        config: Its settings.
        place: Where its arrays are.
    """

    kind: str
    name: str
    config: dict[str, Any]
    place: str

    @property
    def shown(self) -> str:
        """What errors call it."""
        return f"layer {shown(self.name)}"


def is_model(found: object) -> bool:
    """Whether a configuration is that of a model that Keras itself knows."""
    return isinstance(found, dict) and found.get("class_name") in MODELS and is_of_keras(found)


def is_wired(found: dict[str, Any]) -> bool:
    """Whether a configuration says which layer takes which one's outputs, as that of any functional model does."""
    config = found.get("config")
    return isinstance(config, dict) and {"layers", "input_layers", "output_layers"} <= config.keys()


def is_layer(found: object) -> bool:
    """Whether a configuration is that of a layer that Keras itself knows."""
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        return False
    return found.get("module") in [f"{package}.layers" for package in PACKAGES]


def is_of_keras(found: dict[str, Any]) -> bool:
    """Whether a configuration is of a class of Keras, not of one that someone else wrote."""
    module = found.get("module")
    return isinstance(module, str) and module.split(".")[0] in PACKAGES


def layers_of(found: Any, place: str, weights: KerasWeights) -> Iterator[KerasLayer]:
    """The layers of a model, those of models within it in its place, in the order in which data passes them.

    Args:
        found: The model's configuration.
        place: Where its arrays are; "" for the whole file's model.
        weights: Says where those of its layers are.

    Raises:
        DetectorFileError: The configuration is damaged, or layers do not follow one another in one line.
    """
    config = _config(found, weights.where)
    listed = config.get("layers")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_LAYERS:
        raise DetectorFileError(f"{weights.where}: a model is without a list of layers. {DAMAGED}")
    inside = f"{place}/layers".removeprefix("/")
    used: Counter[str] = Counter()
    parts: dict[str, list[KerasLayer]] = {}
    for entry in listed:
        own = _config(entry, weights.where)
        kind, name = str(entry.get("class_name")), str(own.get("name", entry.get("name")))
        key = snake_case(kind)
        at = weights.place_of(inside, f"{key}_{used[key]}" if used[key] else key, name)
        used[key] += 1
        if name in parts:
            raise DetectorFileError(f"{weights.where}: there are two layers called {shown(name)}. {DAMAGED}")
        parts[name] = list(layers_of(entry, at, weights)) if is_model(entry) else [_layer(entry, own, at, weights)]
    order = list(parts) if found["class_name"] == "Sequential" else _line(config, listed, weights.where)
    for name in order:
        yield from parts[name]


def snake_case(kind: str) -> str:
    """A class's name as Keras makes a key of it.

    Example:
        >>> snake_case("BatchNormalization"), snake_case("LeakyReLU")
        ('batch_normalization', 'leaky_re_lu')

    Reference:
        keras.src.utils.naming.to_snake_case, Keras 3.
    """
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def _config(found: Any, where: str) -> dict[str, Any]:
    config = found.get("config") if isinstance(found, dict) else None
    if not isinstance(config, dict):
        raise DetectorFileError(f"{where}: a layer is without its settings. {DAMAGED}")
    return config


def _layer(entry: dict[str, Any], config: dict[str, Any], place: str, weights: KerasWeights) -> KerasLayer:
    kind, name = str(entry.get("class_name")), str(config.get("name", entry.get("name")))
    if not is_of_keras(entry):
        raise DetectorFileError(
            f"{weights.where}: layer {shown(name)} is of the class {shown(kind)}, which is not Keras's own: what it "
            "computes is Python code, and offbeat runs none. Build the model of Keras's layers only."
        )
    return KerasLayer(kind, name, config, place)


def _line(config: dict[str, Any], listed: list[dict[str, Any]], where: str) -> list[str]:
    """The names of a functional model's layers from input to output."""
    entries = {str(entry["config"].get("name", entry.get("name"))): entry for entry in listed}
    before = {name: _inputs_of(entry) for name, entry in entries.items()}
    outputs, inputs = (list(_names_in(config.get(key))) for key in ("output_layers", "input_layers"))
    if len(outputs) > 1:
        raise DetectorFileError(
            f"{where}: the model has the outputs {name_some(outputs)}; an autoencoder has one. Save that one alone "
            f"with Keras: keras.Model(model.input, model.get_layer({shown(outputs[0])}).output).save(...), with the "
            "name of the output that reconstructs the input."
        )
    if len(outputs) != 1 or len(inputs) != 1:
        raise DetectorFileError(
            f"{where}: the model has {len(inputs)} inputs and {len(outputs)} outputs; an autoencoder has one of each."
        )
    line = [outputs[0]]
    while line[0] in before and before[line[0]] and len(line) <= len(before):
        sources = before[line[0]]
        if len(sources) > 1:
            calls = len(entries[line[0]]["inbound_nodes"])
            does = f"is called {calls} times" if calls > 1 else f"takes the outputs of {len(sources)} layers"
            raise DetectorFileError(
                f"{where}: layer {shown(line[0])} {does}; only layers that follow one another in one line can be read."
            )
        line.insert(0, sources[0])
    if line[0] not in before or len(line) > len(before):
        raise DetectorFileError(f"{where}: the way from input to output is not closed at {shown(line[0])}. {DAMAGED}")
    return line


def _inputs_of(entry: dict[str, Any]) -> list[str]:
    """The names of the layers whose outputs a layer takes, each call of it counted."""
    return list(_names_in(entry.get("inbound_nodes")))


def _names_in(found: Any) -> Iterator[str]:
    """The layers that a piece of a functional model's wiring names, in the spelling of Keras 3 or of Keras 2."""
    if isinstance(found, list) and len(found) >= 3 and isinstance(found[0], str) and type(found[1]) is int:
        yield found[0]
    elif isinstance(found, list):
        for member in found:
            yield from _names_in(member)
    elif isinstance(found, dict):
        for member in found.values():
            yield from _names_in(member)
