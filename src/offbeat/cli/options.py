"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DetectorFile = Annotated[Path, typer.Argument(metavar="DETECTOR", help="Detector file, as fit and detect write it.")]
TableToScore = Annotated[
    str, typer.Argument(metavar="TABLE", help="Rows to score: CSV, TSV, Parquet, Arrow, NPY or NPZ; a path or a URL.")
]
TrainingTable = Annotated[
    str, typer.Argument(metavar="TABLE", help="Rows to learn from: CSV, TSV, Parquet, Arrow, NPY or NPZ; path or URL.")
]
Label = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column with the truth: a name or an index, -1 = last. [default: as in fit]"),
]
Normal = Annotated[
    str | None, typer.Option(metavar="VALUE", help="The label's value for normal rows. [default: as in fit]")
]
OutputDetector = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Detector file to write.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="TOML file of settings; options given here go before it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors; files are written all the same.")]
Debug = Annotated[bool, typer.Option("--debug", help="Where something fails, print the traceback too.")]
ValidationTable = Annotated[
    str | None,
    typer.Option(metavar="TABLE", help="Other normal rows, which only measure the loss of each epoch."),
]
