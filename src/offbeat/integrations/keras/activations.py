"""The activation that a Keras configuration means, in offbeat's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from offbeat.persistence.format import shown

WORDS: Final = {
    "linear": "linear",
    "relu": "relu",
    "leaky_relu": "leaky-relu:0.2",
    "elu": "elu",
    "selu": "selu",
    "gelu": "gelu",
    "silu": "silu",
    "swish": "silu",
    "softplus": "softplus",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
}
"""Keras's name of a function to offbeat's word, with the parameters that the function has by default."""

DEFAULT_LEAKY_SLOPE: Final = 0.3
"""That of the layer LeakyReLU; the function leaky_relu has 0.2."""

_SETTINGS: Final = ("alpha", "negative_slope", "max_value", "threshold")
_NEVER_NEGATIVE: Final = frozenset({"relu", "sigmoid", "softplus"})
_IDENTITY_FROM_0_ON: Final = frozenset({"relu", "elu"})


def activation_word(found: Any) -> str | None:
    """offbeat's word for an activation; None where it has none.

    Args:
        found: The name of a function, or the configuration of a function or of a layer such as LeakyReLU.

    Example:
        >>> activation_word("swish"), activation_word("softmax")
        ('silu', None)
        >>> activation_word({"class_name": "LeakyReLU", "config": {"negative_slope": 0.1}})
        'leaky-relu:0.1'
    """
    if found is None:
        return "linear"
    if isinstance(found, str):
        return WORDS.get(found)
    if not isinstance(found, dict):
        return None
    kind, config = found.get("class_name"), found.get("config")
    if kind == "function":
        return activation_word(config) if isinstance(config, str) and not found.get("registered_name") else None
    if not isinstance(config, dict):
        return None
    if kind == "Activation":
        return activation_word(config.get("activation"))
    return _of_a_layer(str(kind), config)


READABLE: Final = (
    f"Activations that can be read are {', '.join(WORDS)}; the layers ReLU without max_value and threshold, LeakyReLU "
    "with a slope from 0 to 1, and ELU with alpha 1."
)


def activation_in_words(kind: str, config: dict[str, Any]) -> str:
    """What errors call the activation of a layer that has none of the words.

    Args:
        kind: Keras's word for the layer's class.
        config: Its settings.

    Example:
        >>> activation_in_words("Dense", {"activation": "softmax"}), activation_in_words("ELU", {"alpha": 0.5})
        ("the activation 'softmax'", 'the activation ELU with alpha 0.5')
    """
    found = config.get("activation", {"class_name": kind, "config": config})
    name, own = (found.get("class_name"), found.get("config")) if isinstance(found, dict) else (found, None)
    if name == "__lambda__" or (isinstance(found, dict) and name is None and "value" in found):
        return "an activation that is Python code (a lambda), of which offbeat runs none"
    if isinstance(own, dict):
        settings = [f"{key} {shown(str(own[key]))[1:-1]}" for key in _SETTINGS if own.get(key)]
        return f"the activation {shown(str(name))[1:-1]}{' with ' if settings else ''}{', '.join(settings)}"
    return f"the activation {shown(own if isinstance(own, str) else str(name))}"


def after(first: str | None, second: str) -> str | None:
    """What one activation after another amounts to; None where that is none of the words.

    Example:
        >>> after(None, "tanh"), after("relu", "elu"), after("tanh", "relu")
        ('tanh', 'relu', None)
    """
    if first in (None, "linear"):
        return second
    if second == "linear":
        return first
    is_identity = second in _IDENTITY_FROM_0_ON or second.startswith("leaky-relu")
    return first if first in _NEVER_NEGATIVE and is_identity else None


def _of_a_layer(kind: str, config: dict[str, Any]) -> str | None:
    if kind == "ReLU" and not config.get("threshold") and config.get("max_value") is None:
        slope = config.get("negative_slope")
        return _leaky(slope) if slope else "relu"
    if kind == "LeakyReLU":
        return _leaky(config.get("negative_slope", config.get("alpha", DEFAULT_LEAKY_SLOPE)))
    if kind == "ELU" and config.get("alpha", 1.0) == 1.0:
        return "elu"
    return None


def _leaky(slope: object) -> str | None:
    """With the slope in decimals, as settings have it; 0.1 in float32 is 0.10000000149011612."""
    if not isinstance(slope, int | float) or isinstance(slope, bool) or not 0 <= slope <= 1:
        return None
    return f"leaky-relu:{Decimal(repr(slope)).normalize():f}"
