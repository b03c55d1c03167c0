"""What a class saves in its configuration beside models and layers, and that reconstructs nothing: data, and training.

A function is saved by its name alone: Keras's own are known by it, and any other is Python code.
"""

from __future__ import annotations

from typing import Any, Final

from offbeat.integrations.keras.activations import WORDS
from offbeat.integrations.keras.layers import is_of_keras

# What Keras keeps of a number's precision and what acts in training only: no parts that compute.
_PRECISION: Final = ("DTypePolicy", "Policy", "FloatDTypePolicy")
_IN_TRAINING: Final = ("losses", "metrics", "optimizers", "initializers", "regularizers", "constraints")
# Values that JSON has no words for, as Keras writes them; "__lambda__" is code.
_VALUES: Final = ("__numpy__", "__tensor__", "__keras_tensor__", "__bytes__", "__slice__", "__ellipsis__")
_LOSSES: Final = frozenset(
    (
        *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
        *("mean_squared_logarithmic_error", "mse", "mae", "mape", "msle", "huber", "log_cosh", "logcosh"),
        *("cosine_similarity", "poisson", "kl_divergence", "kullback_leibler_divergence", "kld"),
        *("binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "bce"),
        *("categorical_focal_crossentropy", "sparse_categorical_crossentropy"),
        *("hinge", "squared_hinge", "categorical_hinge", "ctc", "dice", "tversky", "circle"),
        *("accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
        *("top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"),
    )
)
# Beside those that offbeat computes. Which one a layer has, its own configuration says.
_OTHER_ACTIVATIONS: Final = frozenset(
    (
        *("relu6", "softmax", "log_softmax", "softsign", "exponential", "mish", "celu", "glu", "squareplus"),
        *("hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "sparse_sigmoid", "sparsemax"),
        *("hard_shrink", "soft_shrink", "tanh_shrink", "threshold"),
    )
)


def reconstructs_nothing(found: dict[str, Any]) -> bool:
    """Whether what a class saved is data, or of Keras and of use in training only, or an activation by its name.

    Example:
        >>> reconstructs_nothing({"class_name": "__numpy__", "config": {"value": [0.1]}})
        True
        >>> reconstructs_nothing({"module": "builtins", "class_name": "function", "config": "scale01"})
        False
    """
    kind, config = found.get("class_name"), found.get("config")
    if kind == "function":
        known = isinstance(config, str) and (config in WORDS or config in _LOSSES or config in _OTHER_ACTIVATIONS)
        return known and (is_of_keras(found) or found.get("module") == "builtins")
    if kind in _VALUES:
        return True
    return is_of_keras(found) and (kind in _PRECISION or [*str(found["module"]).split("."), ""][1] in _IN_TRAINING)
