"""`offbeat export`: from a detector file to one that other programs run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, DetectorFile, Quiet
from offbeat.cli.output_files import default_file, make_place


def export(
    detector: DetectorFile,
    format: Annotated[Literal["onnx"], typer.Option(help="onnx: one graph, which onnxruntime runs.")] = "onnx",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write.")] = None,
    table: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="Real rows to compare the answers on before it is written; path or URL."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a detector as a file that other programs run without offbeat.

    Raw columns in; score, p-value, flag, error of each feature and reconstruction out. Before it is written, the file
    must answer as the detector does, scores to 1e-5 of their size.

    \b
    Examples:
      offbeat export pumps.offbeat --out pumps.onnx
      offbeat export pumps.offbeat --format onnx --table new.csv --out pumps.onnx
    """
    read = [str(detector), *([] if table is None else [table])]
    place = make_place(out or default_file(detector.stem, f".{format}"), *read)
    # Imports JAX: not before a wrong name of a file or folder is told.
    from offbeat.detector.archive import load
    from offbeat.integrations.onnx.export import export_onnx
    from offbeat.integrations.onnx.scorer import OnnxScorer

    export_onnx(load(detector), place, table=table)
    facts = OnnxScorer(place).facts
    compared, names = facts["compared"], [column["name"] for column in facts["columns"]]
    if as_json:
        size = place.stat().st_size
        print_json({"file": str(place), "bytes": size, "columns": names, "precision": facts["precision"], **compared})
    elif not quiet:
        print(
            f"{place}: {len(names):,} columns in; score, p-value, flag, errors and reconstruction out.\n"
            f"Compared on {compared['rows']:,} rows in {facts['precision']}: scores differ by "
            f"{compared['largest_difference']:.0e} of their size at most."
        )
