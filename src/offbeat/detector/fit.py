"""From a table to a detector: the steps of the whole flow, one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from numbers import Real
from pathlib import Path
from typing import get_args

import numpy as np
from jaxtyping import Float32, Int

from offbeat.data.schema import Schema
from offbeat.data.table import Table
from offbeat.detector.calibration import folds_apart, score_by_folds, with_a_twin
from offbeat.detector.columns import read_as, schema_of
from offbeat.detector.config import Settings, parse_settings
from offbeat.detector.detector import Detector, Facts
from offbeat.detector.labels import rows_by_label, values_of_label
from offbeat.detector.member import Member, fit_member
from offbeat.detector.plan import crowds_among, links_among, probabilities_in, resolve, with_contamination, with_marks
from offbeat.detector.rows import Roles, assign_roles, compared_rows, separates_classes
from offbeat.detector.shape import MOST_ROWS_LOOKED_AT, MOST_ROWS_OF_A_RANGE, have_one_unit, looks_like_curves
from offbeat.errors import DataError, SettingsError, TrainingError, name_some
from offbeat.preprocessing.preprocessor import Preprocessor, fit_preprocessor, in_units_of
from offbeat.preprocessing.reference import fit_reference
from offbeat.preprocessing.settings import PreprocessingSettings
from offbeat.programs import begin_to_start_jax
from offbeat.scoring.combine import Scorer, combine_components, component_scores
from offbeat.scoring.fit import shares_of
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.thresholds.threshold import Threshold, fit_threshold
from offbeat.training.reporting import ProgressStyle, reporter


def fit(
    table: object,
    *,
    validation: object = None,
    checkpoint: str | Path | None = None,
    progress: ProgressStyle = "auto",
    **settings: object,
) -> Detector:
    """Learn what normal looks like.

    Args:
        table: The rows to learn from: a path, URL, data frame, array or `Table`. They should be normal ones; with
            `label` and `normal`, only the rows labelled normal are used.
        validation: A share of the rows, or a table of other rows, that measures the loss after every epoch.
        checkpoint: A folder; a training that was killed goes on from there when the same call is made again.
        progress: "auto" (a bar on a terminal, else lines), "bar", "lines" or "none"; on standard error.
        **settings: Any field of `Settings`, such as hidden=[50], activation="tanh", epochs=100.

    Returns:
        A frozen detector. The same table, settings and seed give the same one on the same machine.

    Raises:
        SettingsError: A setting is unknown, or out of its range.
        DataError: The table cannot be read or used.
        TrainingError: Training diverged, or the checkpoint belongs to another fit.
        FileError: The checkpoint cannot be written.

    Example:
        >>> import numpy as np
        >>> rows = np.random.default_rng(0).normal(size=(64, 3))
        >>> detector = fit(rows, hidden=[2], epochs=5, threshold="mean+3std", progress="none")
        >>> detector.score(rows).shape
        (64,)
    """
    is_share = isinstance(validation, Real)  # NumPy's numbers are such too
    if is_share:
        settings["validation"] = validation
    chosen = parse_settings(settings)
    held = None if is_share else validation
    return fit_with(chosen, table, validation=held, checkpoint=checkpoint, progress=progress)


def fit_with(
    settings: Settings,
    source: object,
    *,
    validation: object = None,
    checkpoint: str | Path | None = None,
    progress: ProgressStyle = "auto",
) -> Detector:
    """`fit` with settings that are already one object."""
    began = time.perf_counter()
    _refuse_wrong_ways(settings, validation, progress, checkpoint)
    begin_to_start_jax()
    table = read_as(settings, source)
    roles = assign_roles(*rows_by_label(table, settings.label, settings.normal), settings)
    labels, schema = values_of_label(table, settings.label), schema_of(settings, table)
    curves = _is_curves(settings, schema, table := _aligned(schema, table), roles)
    one_unit, categories = _is_of_one_unit(schema, table, roles), _has_categories(schema)
    resolved = resolve(settings, len(roles.train), curves=curves, one_unit=one_unit, categories=categories)
    preprocessor = fit_preprocessor(table, schema, resolved.part(PreprocessingSettings), roles.train, roles.normal)
    crowds = crowds_among(settings, features := preprocessor.transform(table), roles.known_normal)
    resolved = with_contamination(settings, resolved, crowds, features, roles.known_normal)
    held = features[roles.validation]
    held = held if validation is None else _features_of_normal(settings, schema, preprocessor, validation)
    learn, combine = _learner(resolved, preprocessor), _combiner(resolved, preprocessor, features, roles, crowds)
    with ThreadPoolExecutor(1) as beside:  # small networks leave a core idle
        reference = beside.submit(fit_reference, preprocessor, table, compared_rows(roles, settings.seed))
        member = learn(
            resolved,
            features,
            roles.train,
            # What sets the threshold is left out of nothing but the training: it is measured by the other rows.
            reference_rows=roles.known_normal,
            validation=held if len(held) else None,
            checkpoint=None if checkpoint is None else Path(checkpoint) / "training.checkpoint",
            progress=progress,
        )
        scorer, threshold = _calibrate(resolved, table, preprocessor, features, roles, member, learn, combine, progress)
    facts = Facts(
        source=table.source,
        rows=table.height,
        trained_on=len(roles.train),
        validated_on=len(held),
        curves=curves,
        seconds=time.perf_counter() - began,
        labels=labels,
        decimal_commas=table.decimal == ",",
    )
    return Detector(
        settings=settings,
        resolved=with_marks(resolved, preprocessor.numeric.marked),
        schema=schema,
        preprocessor=preprocessor,
        network=member.network,
        scorer=scorer,
        threshold=threshold,
        history=member.history,
        facts=facts,
        reference=reference.result(),
    )


def _learner(resolved: Settings, preprocessor: Preprocessor) -> Callable[..., Member]:
    """`fit_member`, told what the features are."""
    columns = tuple(preprocessor.feature_columns.tolist())
    return partial(fit_member, columns=columns, probabilities=probabilities_in(resolved, preprocessor))


def _combiner(
    resolved: Settings, preprocessor: Preprocessor, features: np.ndarray, roles: Roles, crowds: float
) -> Callable[..., Scorer]:
    """`combine_components`, told what the rows are like."""
    filled = preprocessor.numeric.stand_ins
    links = (1 - crowds) * links_among(resolved, features, roles.known_normal, filled)
    shares = shares_of(resolved.score, crowds)
    return partial(combine_components, shares=shares, links=links, filled=tuple(filled.tolist()))


def _features_of_normal(
    settings: Settings, schema: Schema, preprocessor: Preprocessor, source: object
) -> Float32[np.ndarray, "rows features"]:
    """Of another table, the rows that are labelled normal, or all; they measure the loss of each epoch."""
    table = read_as(settings, source, schema.own_names)
    normal, _ = rows_by_label(table, settings.label, settings.normal)
    aligned = schema.align(table)
    if len(normal) and not _has_values(preprocessor, aligned, normal):
        raise DataError(
            f"{table.subject}: not one row that is to measure the loss ({len(normal)} in all) has a value in any "
            "column that is learned from; it would be the loss of what stands in for missing cells. Give rows "
            "with values."
        )
    return preprocessor.transform(aligned, normal)


def _has_values(preprocessor: Preprocessor, table: Table, rows: Int[np.ndarray, "chosen"]) -> bool:
    """Whether any cell of the rows that becomes a feature is there."""
    words = [table.words(column.name).gather(rows) for column in preprocessor.categorical]
    numbers = table.numbers(preprocessor.numeric.names)[rows]
    return any(word.null_count() < len(word) for word in words) or not np.isnan(numbers).all()


def _refuse_wrong_ways(settings: Settings, validation: object, progress: str, checkpoint: str | Path | None) -> None:
    if validation is not None and settings.validation > 0:
        raise SettingsError(
            f"The loss cannot be measured both on a share of the rows (validation={settings.validation:g}) and on "
            "another table (--validation-table). Leave one of them out."
        )
    if progress not in get_args(ProgressStyle):
        raise SettingsError(f"progress={progress!r}: one of {name_some(get_args(ProgressStyle))} was expected.")
    if checkpoint is not None and Path(checkpoint).exists() and not Path(checkpoint).is_dir():
        raise TrainingError(f"checkpoint: {checkpoint} is a file; a folder was expected, which need not be there yet.")


@contextmanager
def told_by_rows_of(whole: Table | None, settings: Settings) -> Iterator[None]:
    """Within it, what is wrong with a cell of some rows of a table is told by its row in the whole table.

    Args:
        whole: Where the rows come from; None where they are a table of their own.
        settings: Of the fit.
    """
    try:
        yield
    except DataError:
        if whole is not None:
            refuse_unreadable(settings, whole)
        raise


def refuse_unreadable(settings: Settings, table: Table) -> None:
    """What a fit on all rows would say of cells.

    Args:
        settings: Of the fit.
        table: All rows.

    Raises:
        DataError: A cell holds no number where one was expected.
    """
    schema = schema_of(settings, table)
    table.numbers([column.name for column in schema.columns if column.kind == "numeric"])


def _aligned(schema: Schema, table: Table) -> Table:
    aligned = schema.align(table)
    return aligned if _has_categories(schema) else aligned.of_numbers()


def _has_categories(schema: Schema) -> bool:
    return any(column.kind == "categorical" for column in schema.columns)


def _is_curves(settings: Settings, schema: Schema, table: Table, roles: Roles) -> bool:
    """Whether each row is one series: as the user says, or as it looks."""
    words = [column.name for column in schema.columns if column.kind != "numeric"]
    if words and settings.kind == "curves":
        raise SettingsError(
            f"kind='curves' (--kind curves) means that every column is a step of one series, but these hold "
            f"categories: {name_some(words)}. Leave them out with ignore=... (--ignore), or take kind='rows'."
        )
    if words or settings.kind != "auto":
        return settings.kind == "curves"
    return looks_like_curves(_some_normal(table, roles, MOST_ROWS_LOOKED_AT).numbers(table.names))


def _is_of_one_unit(schema: Schema, table: Table, roles: Roles) -> bool:
    """Whether all columns have one unit, as it looks in the normal rows, or in so many of them spread over all."""
    if _has_categories(schema):
        return False
    return have_one_unit(_some_normal(table, roles, MOST_ROWS_OF_A_RANGE).numbers(table.names))


def _some_normal(table: Table, roles: Roles, most: int) -> Table:
    """The normal rows, or so many of them spread over all."""
    places = np.linspace(0, len(roles.normal) - 1, min(len(roles.normal), most)).astype(np.int64)
    return table.take(roles.normal[places])


def _calibrate(
    settings: Settings,
    table: Table,
    preprocessor: Preprocessor,
    features: np.ndarray,
    roles: Roles,
    member: Member,
    learn: Callable[..., Member],
    combine: Callable[..., Scorer],
    progress: ProgressStyle,
) -> tuple[Scorer, Threshold]:
    """The weights of the score's components and the threshold, by rows that nothing was fitted on where there are."""
    trained, chosen = None, roles.calibration if len(roles.calibration) else roles.train
    if roles.in_folds:
        # The folds train for as long as the member did in the end, at its pace, and need no rows of their own to know
        # when to stop.
        epochs = min(settings.epochs, float(member.history.best_epoch))
        alike = settings.with_changes(patience=None, stopping="loss", max_seconds=None, epochs=epochs)

        def refit(kept: Float32[np.ndarray, "kept features"]) -> Member:
            return learn(alike, kept, np.arange(len(kept)), like_rows=len(roles.train), scheduled=settings.epochs)

        with reporter(progress, "threshold", waited=member.history.seconds) as report:
            folds, rows = folds_apart(features[roles.train], settings.seed), table.take(roles.train)
            scaled_by = partial(in_units_of, preprocessor, rows, settings.part(PreprocessingSettings))
            measured = score_by_folds(refit, scaled_by, folds, report.folds)
    elif len(roles.calibration):
        measured = component_scores(member.components, member.network, features, chosen)
    else:
        measured = trained = component_scores(member.components, member.network, features, chosen)
    scorer = combine(member.components, measured)
    scores, labels = scorer.weigh(measured, features, chosen), None
    if roles.in_folds and (twins := with_a_twin(features[roles.train])).any():
        # The next row like them will score as they do by the member, not by the folds' networks: these differ by
        # chance, and where rows are all alike, by more than their scores do.
        own = component_scores(member.components, member.network, features, roles.train[twins])
        scores[twins] = np.maximum(scores[twins], scorer.weigh(own, features, roles.train[twins]))
    if separates_classes(settings):
        anomalous = scorer.scores(member.network, features[roles.anomalous])
        labels = np.repeat([False, True], [len(scores), len(anomalous)])
        scores = np.concatenate([scores, anomalous])
    threshold = fit_threshold(
        settings.part(ThresholdSettings),
        scores,
        held_out=trained is None,
        labels=labels,
        training_scores=None if trained is None else scorer.weigh(trained, features, chosen),
    )
    return scorer, threshold
