"""The parameters of the estimator, and the settings that they stand for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, no_type_check

import numpy as np

from offbeat.detector.config import Settings, parse_settings
from offbeat.errors import SettingsError
from offbeat.networks.settings import asks_for_something
from offbeat.thresholds.labelled import BestF
from offbeat.thresholds.rules import parse_rule

SETTING_OF = {"score_kind": "score"}
"""Settings under another name here: an estimator's `score` is a method, which pipelines and searches look for."""

OWN = {
    "random_state": "Seed of everything random. A RandomState gives another seed to every fit, None a fresh one; "
    "NumPy's global random state is neither read nor changed.",
    "verbose": "0 is silent; 1 shows the progress of training on standard error.",
}
"""Parameters that are no settings, in words."""

CHOSEN_BY_FIT = (
    *("scaling", "noise_levels", "schedule", "batch_size", "epochs", "neighbours"),
    *("trim", "patience", "stopping", "threshold"),  # by contamination
)
"""Settings whose default depends on the detector and the rows; None here leaves them to `offbeat.fit`."""

CUT_OFF_OF_A_SHARE = (
    " Here the cut-off of a share is scikit-learn's, the score above which as many of all training rows lie; it may "
    "also be 0.5, where neither half is known to be the normal one: all but the cut-off is as with unknown."
)


@no_type_check  # scikit-learn's constructors keep what they are given, whatever it is; `fit` says what is wrong with it
@dataclass(kw_only=True, eq=False, repr=False)
class Parameters:
    """What `get_params` and `set_params` see, as it was given."""

    # The columns of a data frame, or of an array by position.
    ignore: tuple[str | int, ...] = ()
    categorical: tuple[str | int, ...] = ()
    numeric: tuple[str | int, ...] = ()
    kind: str = "auto"

    # How columns become features.
    scaling: str | None = None
    clip: float | None = None
    missing_indicator: bool | Literal["auto"] = "auto"
    rare_level_share: float = 0.001
    max_levels: int = 100

    # The network.
    network: str = "auto"
    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    output_activation: str = "linear"
    dropout: float | tuple[float, ...] = 0.0
    input_dropout: float = 0.0
    noise_levels: tuple[float, ...] | None = None
    kl_weight: float = 0.1
    contraction: float = 0.1
    memory_slots: int = 50
    kernel: int = 7
    linear_skip: int = 0
    ensemble: int = 1

    # What it learns, and how.
    loss: str = "squared"
    category_loss: str = "auto"
    huber_delta: float = 1.0
    optimizer: str = "adam"
    learning_rate: float | None = None
    schedule: str | None = None
    warmup: float = 0.0
    momentum: float = 0.0
    nesterov: bool = False
    rho: float = 0.99
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    batch_size: int | None = None
    epochs: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    sparsity: float = 0.0
    noise: float = 0.0
    masking: float = 0.0
    trim: float | None = None
    shift: float = 0.0
    warp: float = 0.0
    clip_norm: float | None = None

    # When it stops.
    validation: float = 0.0
    patience: int | None = None
    stopping: str | None = None
    min_improvement: float = 0.0
    max_seconds: float | None = None

    # The score, and from which one on a row is an outlier.
    score_kind: str = "auto"
    alignment: float = 0.05
    neighbours: int | None = None
    threshold: str | float | None = None
    fdr: float = 0.05
    calibration: float = 0.2
    contamination: float | Literal["auto", "none", "unknown"] = "auto"

    random_state: int | np.random.RandomState | None = 0
    verbose: int = 0


def settings_of(parameters: Parameters) -> Settings:
    """The settings that the parameters stand for.

    Raises:
        SettingsError: A parameter is of the wrong type or out of its range, or two contradict each other.
    """
    _refuse_labelled(parameters.threshold)
    values = {
        SETTING_OF.get(field.name, field.name): value
        for field in fields(parameters)
        if field.name not in OWN
        and not ((value := getattr(parameters, field.name)) is None and field.name in CHOSEN_BY_FIT)
    }
    values["contamination"] = _contamination(parameters.contamination, parameters.threshold)
    share_given = not isinstance(parameters.contamination, str)
    if share_given:
        values.pop("threshold", None)
    settings = parse_settings({**values, "seed": _seed(parameters.random_state)})
    if share_given and asks_for_something(settings, "fdr"):
        raise SettingsError(
            f"contamination={parameters.contamination!r} sets the cut-off; fdr has no use beside it. Leave fdr out, or "
            "take contamination='unknown' and threshold='conformal'."
        )
    return settings


def describe_parameters() -> str:
    """One line a parameter, in the words that describe its setting everywhere else."""
    words = {name: setting.description or "" for name, setting in Settings.model_fields.items()} | OWN
    words |= {name: words[setting] for name, setting in SETTING_OF.items()}
    words["contamination"] += CUT_OFF_OF_A_SHARE
    words |= {name: f"{words[name]} None: as offbeat.fit chooses for the rows." for name in CHOSEN_BY_FIT}
    return "\n".join(f"{field.name}: {words[field.name]}" for field in fields(Parameters))


def _contamination(given: object, threshold: object) -> object:
    """As `offbeat.fit` takes it, whose shares are below a half: of two halves, neither is the normal one."""
    if isinstance(given, str) and given in ("auto", "none", "unknown"):
        return given
    if not (isinstance(given, float | np.floating) and 0 < given <= 0.5):
        raise SettingsError(
            f"contamination is {given!r}; 'auto', 'none', 'unknown' or the share of outliers among the training rows "
            "was expected, above 0 and at most 0.5."
        )
    # Versions in which a threshold could not be None had "conformal" for one that was not given.
    if threshold is not None and not (isinstance(threshold, str) and threshold == "conformal"):
        raise SettingsError(
            f"contamination={given!r} and threshold={threshold!r} both say from which score on a row is an outlier. "
            "Leave one of them out, or say contamination='unknown', which leaves that to threshold."
        )
    return float(given) if given < 0.5 else "unknown"


def _refuse_labelled(threshold: object) -> None:
    """`fit` ignores y, so there is nothing to separate."""
    if isinstance(threshold, str) and isinstance(parse_rule(threshold), BestF):
        raise SettingsError(
            f"threshold={threshold!r} separates normal from anomalous rows, and an estimator's fit reads no labels. "
            "Take another threshold, or set it after the fit on a table with a column of labels: "
            f"estimator.detector_.with_threshold({threshold!r}, table=..., label=..., normal=...)."
        )


def _seed(random_state: object) -> int:
    if random_state is None:
        return int(np.random.default_rng().integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return int(random_state)
    raise SettingsError(f"random_state is {random_state!r}; a whole number from 0, a RandomState or None was expected.")
