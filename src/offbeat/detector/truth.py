"""What a table says about its own rows: in the label column of the training table, or in one that the user names."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from jaxtyping import Bool

from offbeat.data.schema import Schema
from offbeat.data.spelling import UNKNOWN, Levels
from offbeat.data.table import Table
from offbeat.detector.config import parse_settings
from offbeat.detector.labels import anomalous_rows, no_row_is_normal, rows_unlike
from offbeat.errors import DataError, SettingsError, name_some

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector

LEFT_OUT = (
    "The training table held {}: either all these rows are anomalies of another kind, or the labels are spelled "
    "otherwise, so nothing is compared with them. Say which is normal with normal=... (offbeat evaluate --normal ...): "
    "'{}' where all rows are anomalies."
)


def label_column(label: object) -> str | int | None:
    """The column that a user names beside a table, as a fit takes it.

    Raises:
        SettingsError: What is given names no column, such as the labels themselves.
    """
    return parse_settings({"label": label}).label


def known_labels(
    detector: Detector, table: Table, label: str | int | None, normal: object
) -> Bool[np.ndarray, "rows"] | None:
    """True for each anomalous row; None where nothing is known of them.

    Args:
        detector: Whose label column is looked for.
        table: The rows, as they were read.
        label: Column that holds the truth, and must be there. Unless given, the detector's own is taken where the table
            has it and no label is missing: new rows may well come with a label column that nobody has filled in.
        normal: The label's value for normal rows; the detector's own unless given.

    Raises:
        DataError: The named column is not there, lacks a label, or calls no row normal; or the detector's own calls
            none normal, and holds a label, or is to be read with a normal value, that the detector never saw.
        SettingsError: No normal value is known, or what is given is no single one; or one is given, and no column is
            named, neither now nor when the detector was fitted.
    """
    if label is None and normal is not None and detector.settings.label is None:
        raise SettingsError(
            f"normal={normal!r} (--normal) says how a label column calls normal rows, and no column is named. Name it "
            "with label=... (--label), or leave it out."
        )
    if label is None and _filled_label(detector, table) is None:
        return None
    return _anomalous(detector, table, label, normal)


def known_labels_and_doubt(
    detector: Detector, table: Table, label: str | int | None, normal: object
) -> tuple[Bool[np.ndarray, "rows"] | None, str]:
    """As `known_labels`, and one sentence where the labels may not mean what they seem to; else an empty one.

    Labels that nobody asked for, and that were never seen at the fit, are left out rather than refused.
    """
    own = _filled_label(detector, table) if label is None and normal is None else None
    if own is not None and _are_strange(detector, table, own):
        own_normal = detector.settings.normal
        left_out = LEFT_OUT.format(name_some(detector.facts.labels or ()), own_normal)
        return None, f"{no_row_is_normal(table, own, own_normal)} {left_out}"
    labels = known_labels(detector, table, label, normal)
    return labels, _doubt(detector, table, label, labels)


def required_labels_and_doubt(
    detector: Detector, table: Table, label: str | int | None, normal: object
) -> tuple[Bool[np.ndarray, "rows"], str]:
    """As `known_labels_and_doubt`, of rows whose truth must be known.

    Raises:
        SettingsError: No column was named, neither now nor when the detector was fitted; or as for `known_labels`.
        DataError: There is no such column, it lacks a label, or it calls no row normal; the detector's own may do so
            where all its labels, or the normal value that is given, were seen at the fit.
    """
    if label is None and detector.settings.label is None:
        raise SettingsError("Which column holds the labels? Say so with label=... and normal=... (--label, --normal).")
    if label is None and _own_label(detector, table) is None:
        raise DataError(
            f"{table.subject} lacks the label column of the training table, '{_name(detector)}'. Say which column "
            "holds the labels with label=... (--label)."
        )
    labels = _anomalous(detector, table, label, normal)
    return labels, _doubt(detector, table, label, labels)


def without_label(detector: Detector, table: Table, label: str | int | None) -> Table:
    """The table as the detector can align it: without a label column that it does not know.

    By name, columns that are not looked for do no harm. By position, the label must go unless it stands where it stood
    in the training table.
    """
    if label is None or (table.named and detector.schema.named):
        return table
    own = _own_label(detector, table)
    return table if own is not None and table.position(own) == table.position(label) else table.drop([label])


def normal_rows(detector: Detector, table: Table, label: object, normal: object) -> Table:
    """The rows that the label calls normal, as the detector can align them; all rows where there is no label.

    Raises:
        DataError: As `known_labels`.
        SettingsError: Likewise.
    """
    column = label_column(label)
    anomalous = known_labels(detector, table, column, normal)
    rows = without_label(detector, table, column)
    return rows if anomalous is None else rows.take(~anomalous)


def label_position(schema: Schema, label: str | int) -> int:
    """Where the label column stood in the training table.

    Raises:
        DataError: There was no such column.
    """
    names = Table(np.empty((0, len(schema.all_names))), "the training table", matrix_names=schema.all_names)
    return names.position(label)


def _anomalous(detector: Detector, table: Table, label: str | int | None, normal: object) -> Bool[np.ndarray, "rows"]:
    """True for each anomalous row, by the column that is named, or else by the detector's own, which must be there.

    By its own all may be, where the normal label that is given, or each label, is the fit's.
    """
    if label is not None:
        return anomalous_rows(table, label, _normal_value(detector, normal))
    own = _own_label(detector, table)
    assert own is not None
    value, seen = _normal_value(detector, normal), detector.facts.labels or (str(detector.settings.normal),)
    anomalous = rows_unlike(table, own, value)
    is_known = normal is not None and Levels(seen).places_of(pl.Series([str(value).strip()]))[0] != UNKNOWN
    if anomalous.all() and not is_known and (normal is not None or _are_strange(detector, table, own)):
        raise DataError(
            f"{no_row_is_normal(table, own, value)} The training table held {name_some(seen)}. Say which of these "
            "labels is normal with normal=... (--normal), or spell them as there; where all rows are anomalies, say "
            f"normal='{detector.settings.normal}' (--normal {shlex.quote(str(detector.settings.normal))})."
        )
    return anomalous


def _normal_value(detector: Detector, normal: object) -> object:
    """The value of normal rows: the detector's own unless another is given, of a kind that a fit takes."""
    if normal is None:
        return detector.settings.normal
    parse_settings({"normal": normal})
    return normal


def _are_strange(detector: Detector, table: Table, own: str | int) -> bool:
    """Whether no row is normal as at the fit, and some label is none that the training table held."""
    seen = detector.facts.labels
    if seen is None or not rows_unlike(table, own, detector.settings.normal).all():
        return False
    return bool((Levels(seen).places_of(table.words(own).unique()) == UNKNOWN).any())


def _doubt(detector: Detector, table: Table, label: str | int | None, labels: Bool[np.ndarray, "rows"] | None) -> str:
    """What to say of labels that call all rows anomalous, and may be spelled otherwise than at the fit."""
    if label is not None or labels is None or not labels.all() or not labels.size:
        return ""
    own = _own_label(detector, table)
    if own is not None and detector.facts.labels is not None and not _are_strange(detector, table, own):
        return ""
    return f"{table.subject}: the label column '{_name(detector)}' calls no row normal."


def _filled_label(detector: Detector, table: Table) -> str | int | None:
    """The column that was the label in the training table; None if it is not there, or lacks a label."""
    own = _own_label(detector, table)
    return None if own is None or table.words(own).has_nulls() else own


def _own_label(detector: Detector, table: Table) -> str | int | None:
    """The column that was the label in the training table, by name where both tables have names; None if not there."""
    if detector.settings.label is None:
        return None
    if table.named and detector.schema.named:
        return name if (name := _name(detector)) in table.names else None
    if table.width != len(detector.schema.all_names):
        return None
    return label_position(detector.schema, detector.settings.label)


def _name(detector: Detector) -> str:
    assert detector.settings.label is not None
    return detector.schema.all_names[label_position(detector.schema, detector.settings.label)]
