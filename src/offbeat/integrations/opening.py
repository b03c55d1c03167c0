"""Opens a model of another system, whichever it is: its kind is told by its content, not by its name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from offbeat.data.table import Table
from offbeat.detector.rethreshold import refuse_labels_of_no_table
from offbeat.detector.shape import MOST_ROWS_LOOKED_AT, looks_like_curves
from offbeat.detector.truth import normal_rows
from offbeat.errors import DataError, DetectorFileError, SettingsError, name_some
from offbeat.integrations.foreign_zip import open_zip
from offbeat.integrations.keras.stated_scaling import warn_of_scaling

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector

_WIDER: Final = (
    "{table} has {found} columns; {expected} were expected, as many as the model has inputs. Leave the other columns "
    "out, or name the model's own (names=[...], --names NAME,...). Where one holds labels, say which, and the value of "
    "normal rows, with label=... and normal=... (--label COLUMN --normal VALUE)."
)

Kind = Literal["h2o-mojo", "keras"]


def kind_of_model(path: str | os.PathLike[str]) -> Kind:
    """Which system a model file is from.

    Args:
        path: Of the file.

    Raises:
        DetectorFileError: There is no such file, or it is of no kind that can be opened; says which it looks like.
    """
    with open_zip(Path(path)) as archive:
        names = list(archive.entries)
    if "model.ini" in names:
        return "h2o-mojo"
    if "config.json" in names and any(name.startswith("model.weights") for name in names):
        return "keras"
    if "manifest.json" in names:
        raise DetectorFileError(f"{path}: this is a detector file of offbeat already. Open it with offbeat.load.")
    raise DetectorFileError(
        f"{path}: an H2O MOJO (with model.ini) or a Keras file (with config.json and model.weights.h5) was expected; "
        f"this zip holds {name_some(names) or 'nothing'}."
    )


def open_model(
    path: str | os.PathLike[str],
    *,
    scaling: Literal["none"] | None = None,
    minimum: int | float | None = None,
    maximum: int | float | None = None,
    names: Sequence[str] | None = None,
    activation: str | Sequence[str] | None = None,
    output_activation: str | None = None,
    table: object = None,
    label: str | int | None = None,
    normal: str | int | float | bool | None = None,
    threshold: str | int | float | None = None,
) -> Detector:
    """A model of H2O or Keras as a detector.

    Args:
        path: An H2O MOJO, or a `.keras` file.
        scaling: For Keras; see `open_keras`.
        minimum: For Keras.
        maximum: For Keras.
        names: For Keras; those of the table where none are given and it has names.
        activation: For Keras.
        output_activation: For Keras.
        table: Rows to set the threshold on, normal ones unless a label tells them apart. For Keras, a missing cell then
            counts as its column's mean in the normal ones.
        label: Column of the table that holds the truth, by name or index. Only rules that separate two classes then
            read the anomalous rows.
        normal: The label's value for normal rows.
        threshold: The rule: "conformal" where a table is given. Without a table only a number, or "none".

    Raises:
        SettingsError: What a Keras file needs was not said, or was said of a MOJO; or a label without a table, or
            without a normal value.
        DetectorFileError: The file is damaged or hostile, or of another kind.
        DataError: The table cannot be read or used.

    Warns:
        UserWarning: As `open_keras`; or many numbers of the table are not what the stated scaling makes of training
            rows.
    """
    given = {
        "scaling": scaling,
        "minimum": minimum,
        "maximum": maximum,
        "names": names,
        "activation": activation,
        "output_activation": output_activation,
    }
    if is_keras := kind_of_model(path) == "keras":
        from offbeat.integrations.keras.conversion import open_keras

        detector = open_keras(path, **given)  # type: ignore[arg-type]
    else:
        from offbeat.integrations.h2o_mojo.conversion import open_mojo

        if said := [name for name, value in given.items() if value is not None]:
            raise SettingsError(f"{path}: this is an H2O MOJO, which tells {name_some(said)} itself. Leave it out.")
        detector = open_mojo(path)
    if table is None:
        refuse_labels_of_no_table(label, normal)
        return detector if threshold is None else detector.with_threshold(threshold)
    table = detector.read(table)
    usual = normal_rows(detector, table, label, normal)
    detector = _as_keras_rows(detector, usual, names is not None) if is_keras else detector
    rule = "conformal" if threshold is None else threshold
    return _told_of_curves(detector, usual).with_threshold(rule, table=table, label=label, normal=normal)


def _as_keras_rows(detector: Detector, usual: Table, is_named: bool) -> Detector:
    """The Keras detector with what normal rows tell of its columns: their names, and what missing cells count as."""
    from offbeat.integrations.keras.columns import with_means_of, with_names

    width = len(detector.schema.columns)
    if not is_named and usual.named and usual.width == width:
        detector = with_names(detector, usual.names)
    elif not is_named and usual.width > width:
        raise DataError(_WIDER.format(table=usual.subject, found=usual.width, expected=width))
    rows = detector.schema.align(usual)
    warn_of_scaling(detector, rows)
    return with_means_of(detector, rows)


def _told_of_curves(detector: Detector, usual: Table) -> Detector:
    """The detector, which shows its rows as curves where they look like curves."""
    if any(column.kind != "numeric" for column in detector.schema.columns):
        return detector
    rows = detector.schema.align(usual).take(slice(0, MOST_ROWS_LOOKED_AT))
    return replace(detector, facts=replace(detector.facts, curves=looks_like_curves(rows.numbers(rows.names))))
