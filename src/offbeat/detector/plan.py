"""What "auto" means for this data: the settings with every choice made."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float, Int

from offbeat.detector.config import Settings
from offbeat.detector.unused import refuse_unused
from offbeat.errors import SettingsError
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.scoring.crowds import largest_crowd, share_in_crowds
from offbeat.scoring.linked import share_of_links
from offbeat.scoring.neighbours import MOST_NEIGHBOURHOOD_ROWS

# The default detector's training, in steps rather than epochs: small tables get many epochs, large ones few.
AUTO_BATCH = 128
AUTO_STEPS = 1200
MOST_AUTO_EPOCHS = 200.0
FEWEST_AUTO_EPOCHS = 2.0
AUTO_SCHEDULE = "cosine"
# One neighbour is a single row's whim; more blur what two rows far from all others have in common.
AUTO_NEIGHBOURS = 2
# Few sets of normal rows come to it: of 20, by two seeds, none both times and two once (docs/benchmarks.md).
MOST_IN_CROWDS = 0.05
# How large a crowd is looked for where the user knows of anomalies, but not how many.
UNKNOWN_SHARES = (0.05, 0.1, 0.2, 0.3)
# Noise on neighbouring steps of a smooth curve averages out, so a curve needs more of it to be hidden as well.
CURVE_NOISE_LEVELS = (0.5, 1.0, 2.0)


def resolve(
    settings: Settings, rows: int, *, curves: bool, one_unit: bool = False, categories: bool = False
) -> Settings:
    """Settings in which nothing is left to "auto" but what only the cells tell, for so many training rows.

    A network is named by saying so, or by giving hidden layers; it is then trained as the settings say and scored by
    the loss in use. Otherwise the default detector is meant: a wide multi-scale denoiser, whose whitened residual is
    combined with the distances to the nearest training rows and to the nearest twentieth of them.

    Args:
        settings: As given.
        rows: How many rows there are to learn from.
        curves: Whether each row is one series.
        one_unit: Whether the columns have one unit all the same.
        categories: Whether the table has categorical columns.

    Raises:
        SettingsError: Something is for curves, and there are none; or what was given would have no effect.
    """
    _refuse_moves_of_rows(settings, curves=curves)
    _refuse_convolution_of_rows(settings, categories=categories)
    planned = _category_loss(_threshold_by_contamination(settings), categories=categories)
    if _is_default(planned):
        resolved = _default_detector(planned, rows, curves=curves, one_unit=curves or one_unit)
    else:
        resolved = _named_network(planned)
    refuse_unused(settings, resolved, categories=categories)
    return resolved.with_changes(kind="curves" if curves else "rows")


def _refuse_moves_of_rows(settings: Settings, *, curves: bool) -> None:
    """Refuse what moves curves in time where columns are no steps of one series.

    Raises:
        SettingsError: Something does.
    """
    said = [f"{name}={getattr(settings, name):g}" for name in ("shift", "warp") if getattr(settings, name) > 0]
    said += [f"score='{settings.score}'"] if settings.score == "aligned-neighbours" else []
    if said and not curves:
        by_kind, by_look = "kind='rows' says that there are none", "neighbouring columns of this table differ too much"
        raise SettingsError(
            f"{', '.join(said)} moves curves in time, and columns that are the steps of one series were expected; "
            f"{by_kind if settings.kind == 'rows' else by_look}. Leave it out, or say kind='curves' (--kind curves) "
            "where each row is one curve."
        )


def _refuse_convolution_of_rows(settings: Settings, *, categories: bool) -> None:
    """Refuse to slide over columns that are said to be unlike one another; those that only look so may be curves.

    Raises:
        SettingsError: That was asked for.
    """
    if settings.network == "convolutional" and (categories or settings.kind == "rows"):
        why = "the table has categories" if categories else "kind='rows' says that there are none"
        way_out = "leave the categories out (--ignore)" if categories else "say kind='curves' (--kind curves)"
        raise SettingsError(
            "network='convolutional' slides over columns that are the steps of one series, and such were expected; "
            f"{why}. Take network='dense', or {way_out} where each row is one curve."
        )


def probabilities_in(resolved: Settings, preprocessor: Preprocessor) -> tuple[int, ...]:
    """How many features each categorical column has, where these are reconstructed as probabilities; else nothing.

    Args:
        resolved: From `resolve`; in files of before there was a choice it is left open, and means the error.
        preprocessor: Makes the features, those of categories last.
    """
    if resolved.category_loss != "cross-entropy":
        return ()
    return tuple(len(column.slots) for column in preprocessor.categorical)


def crowds_among(
    settings: Settings, features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "normal"]
) -> float:
    """How sure it is that the rows hold crowds of anomalies: from 0, not at all, to 1.

    Args:
        settings: As given; where they say what the rows hold, or name a network, a score, or labels, which tell the
            normal rows, nobody looks.
        features: All scaled rows.
        rows: The numbers of those that count as normal.
    """
    if not _is_default(settings) or settings.score != "auto" or settings.contamination != "auto":
        return 0.0
    if settings.label is not None:
        return 0.0
    return min(1.0, share_in_crowds(features, rows, settings.seed) / MOST_IN_CROWDS)


def links_among(
    resolved: Settings,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "normal"],
    filled: Float[np.ndarray, "numbers"],
) -> float:
    """How far the odder of the residual and the distances decides: as far as columns follow from one another.

    Args:
        resolved: The settings that the detector is fitted by; where they state anomalies, these spoil the residual.
        features: All scaled rows.
        rows: The numbers of those that count as normal.
        filled: What stands in for a missing number, for each feature that is a number.
    """
    if resolved.score != "combined" or resolved.contamination not in ("auto", "none"):
        return 0.0
    return share_of_links(features, rows, filled, resolved.seed)


def with_contamination(
    settings: Settings,
    resolved: Settings,
    crowds: float,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "normal"],
) -> Settings:
    """The resolved settings, made for training rows that hold anomalies where they are said or found to.

    The network and the near neighbours learn anomalies as they do normal rows; what is left is the distance to the
    nearest twentieth of the rows, or to more where a crowd of anomalies is as large as that.

    "auto" becomes "unknown" where crowds were found, "none" where none were or nobody looked. It stays between the two:
    there the score heeds the crowds in part, which neither word would do.

    Args:
        settings: As given.
        resolved: From `resolve`.
        crowds: From `crowds_among`.
        features: All scaled rows.
        rows: The numbers of those that count as normal.
    """
    if _is_default(settings) and settings.score == "auto" and settings.contamination != "none":
        if settings.contamination == "auto":
            if crowds < 1.0:
                return resolved.with_changes(contamination="auto" if crowds > 0.0 else "none")
            resolved = resolved.with_changes(contamination="unknown")
        resolved = resolved.with_changes(score="neighbourhood")
    may_widen = resolved.score == "neighbourhood" and "neighbours" not in settings.model_fields_set
    if settings.contamination not in ("auto", "none") and may_widen:
        wide = _neighbours_beyond_crowds(settings, features, rows)
        resolved = resolved.with_changes(neighbours=max(resolved.neighbours, wide))
    return resolved if resolved.contamination != "auto" else resolved.with_changes(contamination="none")


def with_marks(resolved: Settings, marked: Bool[np.ndarray, "columns"]) -> Settings:
    """The resolved settings with what missing cells became; "auto" stays where some columns have a mark, others none.

    Args:
        resolved: From `resolve`.
        marked: Which numeric columns have a feature that says that the cell is missing.

    Example:
        >>> with_marks(Settings(), np.array([False, False])).missing_indicator
        False
    """
    if resolved.missing_indicator != "auto" or (marked.any() and not marked.all()):
        return resolved
    return resolved.with_changes(missing_indicator=bool(marked.any()))


def _neighbours_beyond_crowds(
    settings: Settings, features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "normal"]
) -> int:
    """Twice as many as a crowd has of the reference rows, where one of the stated share is found, or 0."""
    shares = (settings.contamination,) if isinstance(settings.contamination, float) else UNKNOWN_SHARES
    return math.ceil(2 * largest_crowd(features, rows, shares, settings.seed) * min(len(rows), MOST_NEIGHBOURHOOD_ROWS))


def _is_default(settings: Settings) -> bool:
    return settings.network == "auto" and settings.hidden is None


def _proof_against_anomalies(settings: Settings) -> dict[str, object]:
    """How a named network learns from rows of which some are anomalies, where the user says nothing of it.

    Both help, more noise does not (docs/contamination.md); what a user says of patience is about the loss.
    """
    if settings.contamination in ("auto", "none"):
        return {}
    given = settings.model_fields_set
    chosen: dict[str, object] = {}
    if not given & {"stopping", "patience"}:
        chosen["stopping"] = "entropy"
    if isinstance(settings.contamination, float) and "trim" not in given:
        chosen["trim"] = settings.contamination
    return chosen


def _threshold_by_contamination(settings: Settings) -> Settings:
    """A threshold for scores of rows that hold anomalies: of these no false discovery rate could be promised."""
    if "threshold" in settings.model_fields_set or settings.contamination in ("auto", "none"):
        return settings
    if settings.contamination == "unknown":
        return settings.with_changes(threshold="median+3mad")
    return settings.with_changes(threshold=f"quantile:{1 - float(settings.contamination):.12g}")


def _category_loss(settings: Settings, *, categories: bool) -> Settings:
    if settings.category_loss != "auto":
        return settings
    return settings.with_changes(category_loss="cross-entropy" if categories and _is_default(settings) else "error")


def _named_network(settings: Settings) -> Settings:
    network = "dense" if settings.network == "auto" else settings.network
    score = settings.loss if settings.score == "auto" else settings.score
    return settings.with_changes(network=network, score=score, **_proof_against_anomalies(settings))


def _default_detector(settings: Settings, rows: int, *, curves: bool, one_unit: bool) -> Settings:
    given = settings.model_fields_set
    batch = settings.batch_size if "batch_size" in given else AUTO_BATCH
    steps_an_epoch = max(1, -(-rows // batch))
    epochs = min(MOST_AUTO_EPOCHS, max(FEWEST_AUTO_EPOCHS, round(AUTO_STEPS / steps_an_epoch)))
    chosen: dict[str, object] = {
        "batch_size": batch,
        "epochs": settings.epochs if "epochs" in given else epochs,
        "schedule": settings.schedule if "schedule" in given else AUTO_SCHEDULE,
        "scaling": "standard-global" if one_unit and "scaling" not in given else settings.scaling,
        "noise_levels": CURVE_NOISE_LEVELS if curves and "noise_levels" not in given else settings.noise_levels,
        "score": "combined" if settings.score == "auto" else settings.score,
        "neighbours": settings.neighbours if "neighbours" in given else AUTO_NEIGHBOURS,
    }
    return settings.with_changes(network="denoiser", **chosen)
