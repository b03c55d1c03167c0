"""H2O's parameters of an autoencoder: their names, defaults, words and ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ACTIVATIONS = ("tanh", "tanh_with_dropout", "rectifier", "rectifier_with_dropout", "exp_rectifier")
LOSSES = ("automatic", "quadratic", "absolute", "huber", "quantile")
DISTRIBUTIONS = ("auto", "gaussian", "laplace", "huber", "quantile")
ENCODINGS = ("auto", "one_hot_internal", "label_encoder", "binary", "enum_limited", "eigen")


@dataclass(frozen=True)
class Parameter:
    """What a parameter may be.

    Attributes:
        default: H2O's.
        words: The words it may be, where it is one.
        low: The smallest number.
        high: The largest number.
        below: Whether `high` itself is too large.
    """

    default: object
    words: tuple[str, ...] = ()
    low: int | float = -math.inf
    high: int | float = math.inf
    below: bool = False


PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "activation": Parameter("rectifier", ACTIVATIONS),
        "adaptive_rate": Parameter(True),
        "autoencoder": Parameter(True),
        "average_activation": Parameter(0.0),
        "categorical_encoding": Parameter("auto", ENCODINGS),
        "checkpoint": Parameter(None),
        "distribution": Parameter("auto", DISTRIBUTIONS),
        "epochs": Parameter(10.0, low=0, below=True),
        "epsilon": Parameter(1e-8, low=5e-324),
        "export_checkpoints_dir": Parameter(None),
        "export_weights_and_biases": Parameter(False),
        "fast_mode": Parameter(True),
        "hidden": Parameter((200, 200)),
        "hidden_dropout_ratios": Parameter(None),
        "ignore_const_cols": Parameter(True),
        "ignored_columns": Parameter(None),
        "initial_biases": Parameter(None),
        "initial_weight_distribution": Parameter("uniform_adaptive", ("uniform_adaptive", "uniform", "normal")),
        "initial_weight_scale": Parameter(1.0, low=0),
        "initial_weights": Parameter(None),
        "input_dropout_ratio": Parameter(0.0, low=0, high=1, below=True),
        "l1": Parameter(0.0, low=0),
        "l2": Parameter(0.0, low=0),
        "loss": Parameter("automatic", LOSSES),
        "max_categorical_features": Parameter(2147483647, low=1),
        "max_runtime_secs": Parameter(0.0, low=0),
        "max_w2": Parameter(3.4028235e38, low=5e-324),
        "mini_batch_size": Parameter(1, low=1),
        "missing_values_handling": Parameter("mean_imputation", ("mean_imputation", "skip")),
        "model_id": Parameter(None),
        "momentum_ramp": Parameter(1e6, low=5e-324),
        "momentum_stable": Parameter(0.0, low=0, high=1, below=True),
        "momentum_start": Parameter(0.0, low=0, high=1, below=True),
        "nesterov_accelerated_gradient": Parameter(True),
        "nfolds": Parameter(0),
        "overwrite_with_best_model": Parameter(True),
        "quantile_alpha": Parameter(0.5, low=0, high=1),
        "rate": Parameter(0.005, low=5e-324),
        "rate_annealing": Parameter(1e-6, low=0),
        "rate_decay": Parameter(1.0, low=0),
        "regression_stop": Parameter(1e-6, low=-1),
        "rho": Parameter(0.99, low=5e-324, high=1, below=True),
        "score_duty_cycle": Parameter(0.1, low=0, high=1),
        "score_each_iteration": Parameter(False),
        "score_interval": Parameter(5.0, low=0),
        "score_training_samples": Parameter(10000, low=0),
        "score_validation_samples": Parameter(0, low=0),
        "seed": Parameter(-1, low=-(2**63), high=2**63 - 1),
        "sparse": Parameter(False),
        "sparsity_beta": Parameter(0.0, low=0),
        "standardize": Parameter(True),
        "stopping_metric": Parameter("auto", ("auto", "mse")),
        "stopping_rounds": Parameter(5, low=0),
        "stopping_tolerance": Parameter(0.0, low=0, high=1, below=True),
        "strict_h2o": Parameter(False),
        "train_samples_per_iteration": Parameter(-2, low=-2),
        "training_frame": Parameter(None),
        "validation_frame": Parameter(None),
        "weights_column": Parameter(None),
    }
)
"""Parameters that change what is learnt or kept. `strict_h2o` is offbeat's own: H2O's numbers where it has a defect."""

WITHOUT_EFFECT: Mapping[str, object] = MappingProxyType(
    {
        **dict.fromkeys(("balance_classes", "col_major", "elastic_averaging", "quiet_mode", "verbose"), False),
        **dict.fromkeys(("diagnostics", "force_load_balance", "replicate_training_data", "variable_importances"), True),
        **dict.fromkeys(("reproducible", "shuffle_training_data", "single_node_mode"), False),
        **dict.fromkeys(("class_sampling_factors", "response_column", "fold_column", "offset_column"), None),
        **dict.fromkeys(("pretrained_autoencoder", "custom_metric_func"), None),
        **dict.fromkeys(("auc_type", "fold_assignment"), "auto"),
        "classification_stop": 0.0,
        "elastic_averaging_moving_rate": 0.9,
        "elastic_averaging_regularization": 0.001,
        "gainslift_bins": -1,
        "huber_alpha": 0.9,
        "keep_cross_validation_fold_assignment": False,
        "keep_cross_validation_models": True,
        "keep_cross_validation_predictions": False,
        "max_after_balance_size": 5.0,
        "max_confusion_matrix_size": 20,
        "score_validation_sampling": "uniform",
        "target_ratio_comm_to_comp": 0.05,
        "tweedie_power": 1.5,
        "use_all_factor_levels": True,
    }
)
"""Parameters that change nothing here, by their defaults. Another value is accepted, and said to have no effect."""

HARMLESS = frozenset({"reproducible", "shuffle_training_data", "quiet_mode", "verbose"})
"""What they ask for is so in any case: results are reproducible, and rows shuffled. Nothing is said about them."""

REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "balance_classes": "balancing needs classes, and an autoencoder has none",
        "col_major": "H2O has given it up as well",
        "custom_metric_func": "an autoencoder is measured by its mean squared error alone",
        "fold_column": "an autoencoder is not cross-validated; name the column in ignored_columns",
        "pretrained_autoencoder": "only a supervised model can start from one; use checkpoint to train on",
    }
)
"""Parameters that H2O refuses in an autoencoder or fails on, and why."""
