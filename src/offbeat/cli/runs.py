"""`offbeat runs`: what was recorded, listed, shown, compared, and copied to an MLflow server."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson
from offbeat.cli.recording import TRACKING, TrackingFolder, mirrored
from offbeat.cli.saying import say
from offbeat.cli.tables import print_table

OneRun = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, a part of it that no other has, or 'latest'.")]


def runs_list(
    tracking: TrackingFolder = TRACKING,
    most: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="List at most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the fits that were recorded in a tracking folder, the latest first.

    \b
    Example:
      offbeat runs list --tracking tracking
    """
    from offbeat.tracking.index import list_runs

    found = list_runs(tracking)
    if as_json:
        print_json({"tracking": str(tracking), "runs": [asdict(run) for run in found[:most]]})
        return
    if not found:
        say(f"No run was recorded in {tracking}. 'offbeat fit TABLE --track {tracking}' records one.")
        return
    rows = [
        [
            run.id,
            run.name,
            run.source,
            f"{run.rows:,}",
            *(_shown(run.metrics.get(name)) for name in ("loss", "roc_auc")),
        ]
        for run in found[:most]
    ]
    print_table(["run", "name", "trained on", "rows", "loss", "ROC AUC"], rows)
    if len(found) > most:
        say(f"  ... and {len(found) - most:,} more.")
    for run in found:
        if run.damage:
            say(f"\nDamaged: {run.damage}")


def runs_show(run: OneRun, tracking: TrackingFolder = TRACKING, as_json: AsJson = False) -> None:
    """Show what one recorded fit saw, how it went and what it left.

    \b
    Example:
      offbeat runs show latest --tracking tracking
    """
    from offbeat.tracking.run import open_run

    found = open_run(tracking, run)
    if as_json:
        print_json({"run": str(found.folder), **found.model_dump(mode="json"), "losses": found.losses()})
        return
    say(f"Run {found.id}{f' ({found.name})' if found.name else ''}: offbeat {found.offbeat_version}, {found.command}")
    for part, data in found.data.items():
        say(f"{part}: {data.rows:,} rows x {data.columns:,} columns of {data.source}, sha256 {data.sha256[:12]}")
    for title, values in (("Settings", found.settings), ("Training", found.training), ("Metrics", found.metrics)):
        say(f"\n{title}:")
        for name, value in values.items():
            say(f"  {name:<28} {_shown(value)}")
    say(f"\nFiles in {found.folder}:")
    for name, file in found.files.items():
        gone = "" if (found.folder / name).is_file() else ", gone: put it back from a copy"
        say(f"  {name:<28} {file.bytes:,} bytes{gone}")


def runs_compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Two runs or more, each as for 'runs show'.")],
    tracking: TrackingFolder = TRACKING,
    as_json: AsJson = False,
) -> None:
    """Lay recorded fits side by side: settings that differ, and metrics.

    \b
    Example:
      offbeat runs compare 1a2b3c4d latest --tracking tracking
    """
    from offbeat.tracking.comparison import compare_runs
    from offbeat.tracking.run import open_run

    compared = compare_runs([open_run(tracking, run) for run in runs])
    if as_json:
        print_json(asdict(compared))
        return
    rows = [[name, *map(_shown, values)] for name, values in (compared.settings | compared.metrics).items()]
    print_table(["", *compared.runs], rows)
    same = "the same rows" if compared.same_data else "different rows"
    say(f"\nFitted on {same}{_VALIDATED[compared.same_validation]}; settings that are not shown are the same.")


def runs_mirror(
    run: OneRun,
    tracking_uri: Annotated[str, typer.Option(metavar="URI", help="Address of the server, such as http://host:5000.")],
    register: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name in the server's registry of models.")
    ] = None,
    tracking: TrackingFolder = TRACKING,
    as_json: AsJson = False,
) -> None:
    """Copy a recorded fit to an MLflow server.

    \b
    Example:
      offbeat runs mirror latest --tracking-uri http://localhost:5000 --register pumps
    """
    from offbeat.tracking.run import open_run

    told = mirrored(open_run(tracking, run), tracking_uri, register)
    if as_json:
        print_json(told)
    else:
        say(f"MLflow: run {told['mlflow']['run']} on {tracking_uri}")


_VALIDATED: Final = {
    True: "",
    False: ", the loss of each epoch not measured on the same table",
    None: ", the loss of each epoch measured on a table that a record does not tell",
}


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)
