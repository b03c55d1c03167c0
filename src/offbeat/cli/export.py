"""`offbeat export`: from a detector file to what other programs run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, DetectorFile, Quiet
from offbeat.cli.output_files import default_file, make_place
from offbeat.cli.saying import say
from offbeat.errors import SettingsError

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


def export(
    detector: DetectorFile,
    format: Annotated[
        Literal["onnx", "mlflow", "azureml"],
        typer.Option(
            help="onnx: one graph, which onnxruntime runs. mlflow: a directory that MLflow loads and serves. "
            "azureml: one for Azure Machine Learning."
        ),
    ] = "onnx",
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="File or, but for onnx, directory to write.")] = None,
    table: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="Real rows to compare an ONNX graph's answers on; path or URL."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a detector as a file or a directory that other programs run.

    onnx: raw columns in; score, p-value, flag, error of each feature and reconstruction out, without offbeat. Before
    it is written, the graph must answer as the detector does, scores to 1e-5 of their size. mlflow and azureml: the
    detector file with all that these systems need to serve it by offbeat; neither has to be installed here.

    \b
    Examples:
      offbeat export pumps.offbeat --out pumps.onnx
      offbeat export pumps.offbeat --format onnx --table new.csv --out pumps.onnx
      offbeat export pumps.offbeat --format mlflow --out pumps-mlflow
    """
    if format == "onnx":
        told = _to_onnx(detector, out, table)
        words = (
            f"{told['file']}: {len(told['columns']):,} columns in; score, p-value, flag, errors and reconstruction "
            f"out.\nCompared on {told['rows']:,} rows in {told['precision']}: scores differ by "
            f"{told['largest_difference']:.0e} of their size at most."
        )
    else:
        if table is not None:
            raise SettingsError(f"--table belongs to --format onnx: with {format}, the detector itself answers.")
        told = _to_directory(detector, format, _new_directory(out or default_file(detector.stem, f"-{format}")))
        words = f"{told['directory']}: {len(told['columns']):,} columns in; {', '.join(told['files'])}."
    if as_json:
        print_json(told)
    elif not quiet:
        say(words)


def _to_onnx(detector: Path, out: Path | None, table: str | None) -> dict[str, Any]:
    """Write the graph; gives where it is, its columns, and how it compared."""
    place = make_place(out or default_file(detector.stem, ".onnx"), detector, table)
    # Imports JAX: not before a wrong name of a file or folder is told.
    from offbeat.detector.archive import load
    from offbeat.integrations.onnx.export import export_onnx
    from offbeat.integrations.onnx.scorer import OnnxScorer

    export_onnx(load(detector), place, table=table)
    facts = OnnxScorer(place).facts
    names = [column["name"] for column in facts["columns"]]
    about = {"file": str(place), "bytes": place.stat().st_size, "columns": names, "precision": facts["precision"]}
    return about | facts["compared"]


def _new_directory(place: Path) -> Path:
    """Makes sure that a directory can be made there, before the detector is opened."""
    if place.is_dir() and not any(place.iterdir()):
        return place
    if place.exists():
        raise SettingsError(f"{place}: there is something there already. Choose another directory, or remove it.")
    return make_place(place)


def _to_directory(detector: Path, format: Literal["mlflow", "azureml"], place: Path) -> dict[str, Any]:
    """Write the directory; gives where it is, the detector's columns, and what is in it."""
    from offbeat.detector.archive import load

    opened: Detector = load(detector)
    if format == "mlflow":
        from offbeat.integrations.mlflow.directory import write_model as write
    else:
        from offbeat.integrations.azureml.directory import write_deployment as write
    written = write(opened, place)
    files = sorted(file.relative_to(written).as_posix() for file in written.rglob("*") if file.is_file())
    return {"directory": str(written), "columns": [column.name for column in opened.schema.columns], "files": files}
