"""Tables and detectors from files, as the options say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from offbeat.data.table import Table
from offbeat.detector.columns import read_as, schema_of
from offbeat.detector.config import Settings, parse_settings
from offbeat.errors import SettingsError, name_some

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


def read_validation(settings: Settings, source: str | None, train: Table) -> Table | None:
    """The table that measures the loss of each epoch, if there is one; read once, as it may be a pipe.

    Args:
        settings: Of the fit.
        source: A path or URL.
        train: The training rows: the names that a header has.
    """
    return None if source is None else read_as(settings, source, schema_of(settings, train).own_names)


def read_for(detector: Detector, table: str, reading: Mapping[str, object]) -> Table:
    """A table for a detector to look at.

    Args:
        detector: That knows how its training table was laid out, and the names that a header has.
        table: A path or URL.
        reading: How the table is laid out, where that differs from the training table.
    """
    return read_as(detector.settings.with_changes(**reading), table, detector.schema.own_names)


def refuse_layout_of_no_table(table: str | None, reading: Mapping[str, object]) -> None:
    """Refuse options on the layout of a table that is not given.

    Raises:
        SettingsError: There are some.
    """
    if table is None and reading:
        options = name_some([f"--{name}" for name in reading])
        raise SettingsError(f"Without --table, {options} would have no effect. Give the table, or leave it out.")


def open_both(
    detector: Path, table: str, reading: Mapping[str, object], threshold: Mapping[str, object]
) -> tuple[Detector, Table]:
    """A detector, and a table for it to look at.

    Args:
        detector: The detector file.
        table: A path or URL.
        reading: How the table is laid out, where that differs from the training table.
        threshold: What to change of the detector's threshold.
    """
    from offbeat.programs import begin_to_start_jax

    begin_to_start_jax()
    from offbeat.detector.archive import load

    opened = load(detector)
    if threshold:
        rule, fdr = rule_and_rate(opened, parse_settings(threshold))
        opened = opened.with_threshold(rule, fdr=fdr)
    return opened, read_for(opened, table, reading)


def rule_and_rate(detector: Detector, asked: Settings) -> tuple[str | float, float | None]:
    """The threshold rule that is asked for, the detector's own unless given, and the false discovery rate if given."""
    given = asked.given()
    return given.get("threshold", detector.resolved.threshold), given.get("fdr")
