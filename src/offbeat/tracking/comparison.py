"""Runs side by side: where their settings, data and metrics differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offbeat.errors import SettingsError
from offbeat.tracking.run import Run


@dataclass(frozen=True)
class Comparison:
    """Values of several runs; each tuple has one entry a run, None where a run has no such value.

    Attributes:
        runs: The ids, in the order asked for.
        same_data: Whether all were fitted on the same rows.
        same_validation: Whether all measured the loss of each epoch on the same table, or none on a table; None where
            it was a table that a record does not tell.
        settings: Those that differ, with every "auto" decided; by name.
        metrics: All of them, by name.
    """

    runs: tuple[str, ...]
    same_data: bool
    same_validation: bool | None
    settings: dict[str, tuple[Any, ...]]
    metrics: dict[str, tuple[float | None, ...]]


def compare_runs(runs: Sequence[Run]) -> Comparison:
    """Lay runs side by side.

    Args:
        runs: In the order to show them.

    Raises:
        SettingsError: There are fewer than two.
    """
    if len(runs) < 2:
        raise SettingsError("Two runs or more are compared. 'offbeat runs show' shows one.")
    settings = _by_name([run.resolved for run in runs])
    return Comparison(
        runs=tuple(run.id for run in runs),
        same_data=len({run.data["train"].sha256 for run in runs}) == 1,
        same_validation=_same_validation(runs),
        settings={name: values for name, values in settings.items() if any(value != values[0] for value in values)},
        metrics=_by_name([run.metrics for run in runs]),
    )


def _same_validation(runs: Sequence[Run]) -> bool | None:
    tables = {_table_of_loss(run) for run in runs}
    known = tables - {None}
    if len(known) > 1 or (None in tables and "" in known):
        return False
    return None if None in tables else True


def _table_of_loss(run: Run) -> str | None:
    """Fingerprint of the table that measured the loss; empty where none did, None where the record does not tell."""
    if "validation" in run.data:
        return run.data["validation"].sha256
    # Where no share of the training rows measured the loss, another table did.
    return None if run.training.get("validated_on") and not run.resolved.get("validation") else ""


def _by_name(records: Sequence[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """For each name that one of the records has, in the order met, its value in each of them."""
    names = dict.fromkeys(name for record in records for name in record)
    return {name: tuple(record.get(name) for record in records) for name in names}
