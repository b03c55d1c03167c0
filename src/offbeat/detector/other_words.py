"""Settings and words as other libraries have them, and what they are called here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_PROGRESS = "What is told of the training, progress='none', 'lines' or 'bar' of the call says (--quiet tells nothing)."

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "random_state": "seed",
        "random_seed": "seed",
        "lr": "learning_rate",
        "rate": "learning_rate",
        "validation_split": "validation",
        "validation_fraction": "validation",
        "validation_data": "validation",
        "validation_frame": "validation",
        "hidden_layer_sizes": "hidden",
        "hidden_neurons": "hidden",
        "max_iter": "epochs",
        "n_iter_no_change": "patience",
        "early_stopping_rounds": "patience",
        "stopping_rounds": "patience",
        "tol": "min_improvement",
        "ignored_columns": "ignore",
        "n_neighbors": "neighbours",
        "max_runtime_secs": "max_seconds",
    }
)
"""For the name that scikit-learn, Keras, PyOD or H2O have for a setting: the name here."""

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "shuffle": "Training always shuffles the rows, by the seed. Leave it out.",
        "verbose": _PROGRESS,
        "progress": _PROGRESS,
        "metrics": "Losses are kept in detector.history; detector.evaluate measures against labels. Leave it out.",
        "callbacks": "patience=... stops early, checkpoint=... keeps the weights (--patience, --checkpoint).",
        "standardize": "Did you mean scaling='standard' (--scaling standard)?",
        "autoencoder": "Every network here is an autoencoder. Leave it out.",
    }
)
"""For what other libraries can be told and has no setting of its own here: what to do."""

VALUES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("loss", "mse"): "squared",
        ("loss", "mean-squared-error"): "squared",
        ("loss", "l2"): "squared",
        ("loss", "quadratic"): "squared",
        ("loss", "mae"): "absolute",
        ("loss", "mean-absolute-error"): "absolute",
        ("loss", "l1"): "absolute",
        ("score", "mse"): "squared",
        ("score", "mae"): "absolute",
        ("scaling", "standardize"): "standard",
        ("scaling", "zscore"): "standard",
        ("activation", "rectifier"): "relu",
        ("activation", "swish"): "silu",
    }
)
"""For a setting and a word that other libraries have for it, in small letters with hyphens: the word here."""
