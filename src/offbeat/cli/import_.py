"""`offbeat import`: from a model of another system to a detector file."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, OutputDetector, Quiet
from offbeat.cli.output_files import default_file, make_place
from offbeat.cli.reading import refuse_layout_of_no_table
from offbeat.cli.saying import say
from offbeat.cli.setting_options import NewReadingSettings
from offbeat.detector.columns import read_as
from offbeat.detector.config import parse_settings


def import_(
    model: Annotated[Path, typer.Argument(metavar="FILE", help="An H2O MOJO (.zip) or a Keras file (.keras).")],
    reading: NewReadingSettings,
    out: OutputDetector = None,
    scaling: Annotated[
        Literal["none"] | None, typer.Option(help="Keras: the tables to be scored are scaled already.")
    ] = None,
    minimum: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Keras: with --maximum, what training rows were scaled by to 0..1."),
    ] = None,
    maximum: Annotated[float | None, typer.Option(metavar="NUMBER", help="Keras: see --minimum.")] = None,
    names: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", help="Keras: of the columns, by which tables with a header are aligned."),
    ] = None,
    activation: Annotated[
        str | None,
        typer.Option(metavar="TEXT,...", help="Keras: of the hidden layers, for a class that does not save them."),
    ] = None,
    output_activation: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Keras: of the output, for a class that does not save it.")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="TABLE", help="Rows to set the threshold on, normal ones or with --label; a path or a URL."
        ),
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Of --table: the truth; a name or an index, -1 = last.")
    ] = None,
    normal: Annotated[
        str | None, typer.Option(metavar="VALUE", help="The label's value for normal rows, which set the threshold.")
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="The rule; without --table only a number or none. [default: conformal with --table]"
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make a detector of an autoencoder that H2O or Keras trained.

    Needs neither Java nor TensorFlow, and runs nothing that is in the file. The kind of file is told by its content.
    Without --table, the threshold is ten times the training error where an H2O model tells it, and none otherwise.

    \b
    Examples:
      offbeat import model.zip --out pumps.offbeat
      offbeat import model.keras --minimum -7.09 --maximum 4.97 --table good.csv --threshold mean+1std
    """
    refuse_layout_of_no_table(table, reading)
    place = make_place(out or default_file(model.stem, ".offbeat"), model, table)
    # Imports JAX: not before a wrong name of a file or folder is told.
    from offbeat.integrations.opening import open_model

    with _told_warnings():
        detector = open_model(
            model,
            scaling=scaling,
            minimum=minimum,
            maximum=maximum,
            names=None if names is None else [name.strip() for name in names.split(",")],
            activation=None if activation is None else _one_or_several(activation),
            output_activation=None if output_activation is None else output_activation.strip(),
            table=None if table is None else read_as(parse_settings(reading), table),
            label=label,
            normal=normal,
            threshold=threshold,
        )
    detector.save(place)
    if as_json:
        print_json({"detector": str(place), **detector.inspect()})
    elif not quiet:
        say(f"{detector.describe()}\n\nDetector: {place}")


def _one_or_several(words: str) -> str | list[str]:
    """One word counts for all layers, several for one each."""
    each = [word.strip() for word in words.split(",")]
    return each[0] if len(each) == 1 else each


@contextmanager
def _told_warnings() -> Iterator[None]:
    """What was taken for granted, a line each; also with --quiet, for scores may be wrong where it is."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        finally:
            for warning in told:
                say(f"Warning: {warning.message}", file=sys.stderr)
