"""The options that record a fit, and the recording itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from offbeat.cli.output_files import FOLDER
from offbeat.cli.saying import say
from offbeat.errors import DataError, FileError, SettingsError
from offbeat.tracking.version import require_name

if TYPE_CHECKING:
    from offbeat.data.table import Table
    from offbeat.detector.detections import Detections
    from offbeat.detector.detector import Detector
    from offbeat.tracking.run import Run

TRACKING: Final = FOLDER / "tracking"
"""The tracking folder, where none is named."""

MLFLOW: Final = "mlflow"

Track = Annotated[
    str | None,
    typer.Option(metavar="FOLDER", help="Records this fit in a folder; 'mlflow': on the server of --tracking-uri too."),
]
TrackingUri = Annotated[
    str | None,
    typer.Option(metavar="URI", help="MLflow server to copy the recorded fit to. [default: MLFLOW_TRACKING_URI]"),
]
RunName = Annotated[str, typer.Option(metavar="NAME", help="What to call the recorded fit.")]
Register = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Makes the recorded detector the next version of a name in the registry."),
]
TrackingFolder = Annotated[
    Path,
    typer.Option("--tracking", metavar="FOLDER", help="Where fits were recorded, as given to --track."),
]


@dataclass(frozen=True)
class Recorder:
    """Where a fit is to be recorded.

    Attributes:
        folder: The tracking folder.
        name: What to call the run.
        uri: The MLflow server that gets a copy, if any.
        register: The name in the registry, if any.
    """

    folder: Path
    name: str
    uri: str | None
    register: str | None

    def record(
        self,
        command: str,
        detector: Detector,
        table: Table,
        *,
        written: Path,
        validation: Table | None = None,
        found: Detections | None = None,
        report: Path | None = None,
        further_settings: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """Record a fit; gives one entry, "recorded": what was written and where.

        Raises:
            FileError: The folder cannot be written; says what was written before, `written` (the detector) included.
            DataError: The server gets no copy; says the same.
        """
        from offbeat.tracking.recording import record_run

        there = [f"the detector {written}", *([f"the report {report}"] if report is not None else [])]
        try:
            run = record_run(
                self.folder,
                detector,
                table,
                validation=validation,
                found=found,
                report=report,
                further_settings=further_settings,
                name=self.name,
                command=command,
            )
            there.append(f"the run {run.id} in {self.folder}")
            told: dict[str, Any] = {"run": run.id, "tracking": str(self.folder)}
            if self.register is not None:
                from offbeat.tracking.registry import Registry

                version = Registry(self.folder).add(self.register, run.detector, run=run.id)
                there.append(f"version {version.number} of '{self.register}'")
                told |= {"registered": self.register, "version": version.number}
            return {"recorded": told if self.uri is None else told | mirrored(run, self.uri, self.register)}
        except FileError as problem:
            raise FileError(f"{problem} {_written(there)}", problem.strerror, problem.errno) from problem
        except DataError as problem:
            raise DataError(f"{problem}\n{_written(there)}") from problem  # which may end in a command to copy


def plan_recording(track: str | None, uri: str | None, name: str, register: str | None) -> Recorder | None:
    """Where to record, if that is asked for; said before anything is trained.

    Raises:
        SettingsError: The options contradict each other, or the registry does not take the name.
        FileError: The folder may not be written to.
        MissingDependencyError: A server is to get a copy, and MLflow's client is not installed.
    """
    if track is None:
        if given := [word for word, value in zip(_NEED_TRACK, (uri, name, register), strict=True) if value]:
            raise SettingsError(f"{given[0]} needs --track: the folder to record in, or 'mlflow'.")
        return None
    if register is not None:
        require_name(register)
    uri = uri or (os.environ.get("MLFLOW_TRACKING_URI") if track == MLFLOW else None)
    if track == MLFLOW and not uri:
        raise SettingsError("--track mlflow needs --tracking-uri: the address of the server, such as http://host:5000.")
    if uri:
        from offbeat.integrations.mlflow.mirror import require_client

        require_client()
    folder = TRACKING if track == MLFLOW else Path(track)
    from offbeat.tracking.recording import require_recordable

    require_recordable(folder, registered=register is not None)
    return Recorder(folder, name, uri or None, register)


def mirrored(run: Run, uri: str, register: str | None) -> dict[str, Any]:
    """Copy a run to an MLflow server; gives where it is there."""
    from offbeat.integrations.mlflow.mirror import mirror_run

    there = mirror_run(run, uri, register=register)
    return {"mlflow": {"run": there.run, "experiment": there.experiment, "uri": uri, "version": there.version}}


def print_recorded(recorded: Mapping[str, Any]) -> None:
    """Print what `Recorder.record` wrote, if it was asked to."""
    if not (told := recorded.get("recorded")):
        return
    say(f"Run:      {told['run']} in {told['tracking']}")
    if "version" in told:
        say(f"Version:  {told['version']} of '{told['registered']}'")
    if there := told.get("mlflow"):
        say(f"MLflow:   run {there['run']} on {there['uri']}")


def _written(there: list[str]) -> str:
    return f"Written before that: {', '.join(there)}."


_NEED_TRACK: Final = ("--tracking-uri", "--run-name", "--register")
