"""The main job: which rows to learn from and which to look at; fit, detect, write the files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Int

from offbeat.cli.elapsed import Stopwatch
from offbeat.cli.reading import read_validation
from offbeat.data.splits import train_test_rows
from offbeat.data.table import Table
from offbeat.errors import FileError
from offbeat.plotting.drawing import PaintingProcess, paint

if TYPE_CHECKING:
    from offbeat.detector.config import Settings
    from offbeat.detector.detections import Detections
    from offbeat.detector.provenance import Provenance
    from offbeat.training.reporting import ProgressStyle


class Rows(NamedTuple):
    """The rows of a job.

    Attributes:
        train: To learn from.
        test: To look at.
        source_rows: Where both are parts of one table, the row number in it of each row of `test`.
        kinds: What each row of `test` is, where that is known in words; "normal", or in which way it is bad.
        split: How both were made of one table, by the names of the options that say so.
        whole: That table.
    """

    train: Table
    test: Table
    source_rows: Int[np.ndarray, "test"] | None = None
    kinds: tuple[str, ...] | None = None
    split: Mapping[str, object] = MappingProxyType({})
    whole: Table | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a job found and wrote.

    Attributes:
        found: The detections in the test rows.
        provenance: Where the test rows came from, and what each of them is, where that is known.
        detector: The detector file.
        report: The HTML report, if one was written.
        seconds: Time by step, and in all.
        unwritten: Why a report that was wanted is not there.
        validation: The table that measured the loss of each epoch, if there was one.
    """

    found: Detections
    provenance: Provenance
    detector: Path
    report: Path | None
    seconds: dict[str, float]
    unwritten: FileError | None = None
    validation: Table | None = None


def split_rows(table: Table, test_size: float, seed: int) -> Rows:
    """A table's rows, split as scikit-learn's train_test_split does.

    Args:
        table: All rows.
        test_size: The share of the rows to look at, or, from 1 on, their number.
        seed: scikit-learn's random_state.
    """
    is_number_of_rows = test_size >= 1 and test_size.is_integer()
    size = int(test_size) if is_number_of_rows else test_size
    train, test = train_test_rows(table.height, size, seed)
    split = {"test_size": size, "split_seed": seed}
    return Rows(table.take(train), table.take(test), test, split=split, whole=table)


def carry_out(
    rows: Rows,
    settings: Settings,
    *,
    validation: str | None = None,
    detector: Path,
    report: Path | None,
    baselines: bool = False,
    progress: ProgressStyle,
    watch: Stopwatch,
) -> Outcome:
    """Fit on the training rows, write the detector, detect in the test rows, write the report.

    Args:
        rows: To learn from and to look at.
        settings: Of the fit.
        validation: A table that measures the loss of each epoch.
        detector: Where to write the detector.
        report: Where to write the report, if one is wanted.
        baselines: Whether plain detectors are to be compared.
        progress: How to show the progress of training.
        watch: Has counted the reading; counts the rest.
    """
    with nullcontext(paint) if report is None else PaintingProcess() as painter:
        # Imports JAX: not before the tables are read, so that a wrong file name is told at once.
        from offbeat.programs import begin_to_start_jax, start_jax

        begin_to_start_jax()
        from offbeat.detector.fit import fit_with, told_by_rows_of
        from offbeat.detector.provenance import Provenance

        start_jax()
        with watch.step("fit"), told_by_rows_of(rows.whole, settings):
            held = read_validation(settings, validation, rows.train)
            fitted = fit_with(settings, rows.train, validation=held, progress=progress)
        fitted.save(detector)  # whatever is wrong with the rows to look at must not cost the training
        with watch.step("score"), told_by_rows_of(rows.whole, settings):
            found = fitted.detect(rows.test)
        if rows.kinds is not None:
            found = replace(found, labels=np.array([kind != "normal" for kind in rows.kinds]))
        if baselines:
            with watch.step("baselines"):
                found = found.with_baselines(rows.train)
        provenance = Provenance(rows.source_rows, rows.kinds, _further_settings(rows, validation))
        unwritten = None
        if report is not None:
            try:
                found.report(report, seconds=watch.seconds(), painter=painter, provenance=provenance)
            except FileError as problem:
                report, unwritten = None, problem
    return Outcome(found, provenance, detector, report, watch.seconds(), unwritten, held)


def _further_settings(rows: Rows, validation: str | None) -> dict[str, object]:
    """What it takes to repeat the job beyond the settings of the fit."""
    return {**rows.split, **({} if validation is None else {"validation_table": validation})}
