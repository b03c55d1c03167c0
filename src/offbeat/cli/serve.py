"""`offbeat serve`: detectors over HTTP."""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson
from offbeat.cli.process import stay
from offbeat.cli.saying import say
from offbeat.errors import SettingsError


def serve(
    detectors: Annotated[
        list[Path] | None, typer.Argument(metavar="DETECTOR...", help="Detector files; each is served by its name.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Serve the detector files in a folder instead.")
    ] = None,
    registry: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Serve the stages of a tracking folder: NAME in production, NAME@STAGE."),
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address of this machine to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="INTEGER", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File of read:KEY and admin:KEY lines. [default: OFFBEAT_SERVER_KEYS]"),
    ] = None,
    max_megabytes: Annotated[float, typer.Option(metavar="NUMBER", min=0, help="Largest body of a request.")] = 32,
    max_rows: Annotated[int, typer.Option(metavar="INTEGER", min=1, help="Most rows of a request.")] = 100_000,
    max_seconds: Annotated[float, typer.Option(metavar="NUMBER", min=0, help="Longest time for a request.")] = 30,
    threads: Annotated[
        int | None, typer.Option(metavar="INTEGER", min=1, help="Requests worked on at a time. [default: the cores]")
    ] = None,
    queue: Annotated[int, typer.Option(metavar="INTEGER", min=0, help="Requests that may wait for a thread.")] = 12,
    per_key: Annotated[int, typer.Option(metavar="INTEGER", min=1, help="Requests of one key at a time.")] = 16,
    drift_rate: Annotated[
        float, typer.Option(metavar="SHARE", help="Chance of ever raising a false alarm of drift; 0 watches nothing.")
    ] = 0.01,
    drift_window: Annotated[
        int, typer.Option(metavar="INTEGER", min=50, help="Rows whose columns are compared at a time.")
    ] = 500,
    drift_state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep in it where the watch for drift is, and go on from there.")
    ] = None,
    alarms: Annotated[Path | None, typer.Option(metavar="FILE", help="Add a line of JSON for each alarm.")] = None,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="Post each alarm there. [default: OFFBEAT_WEBHOOK]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer for detectors over HTTP: score, detect, explain, evaluate.

    Runs until it is stopped (Ctrl-C, SIGTERM), and then finishes what it accepted. A detector file that is replaced is
    read again. Without keys only this machine is served.

    \b
    Examples:
      offbeat serve pumps.offbeat
      offbeat serve --folder detectors/ --host 0.0.0.0 --keys keys.txt
      offbeat serve --registry tracking/
    """
    if [bool(detectors), folder is not None, registry is not None].count(True) != 1:
        raise SettingsError("Detector files, --folder or --registry were expected, one of these.")
    if drift_state is not None and not drift_rate:
        raise SettingsError(
            "--drift-rate 0 watches nothing, and --drift-state keeps where the watch is: leave one out."
        )
    _require_positive("--max-megabytes", max_megabytes)
    _require_positive("--max-seconds", max_seconds)
    from offbeat.drift.delivery import find_delivery
    from offbeat.drift.settings import drift_settings
    from offbeat.server.app import make_app
    from offbeat.server.drift_state import DriftState
    from offbeat.server.drift_watch import DriftWatch
    from offbeat.server.keys import find_keys
    from offbeat.server.limits import Limits
    from offbeat.server.listening import listen, require_safe_host
    from offbeat.server.places import look_into_folder, look_into_registry
    from offbeat.server.shelf import Shelf

    found = find_keys(keys)
    require_safe_host(host, with_keys=bool(found))
    limits = Limits(
        max(int(max_megabytes * 2**20), 1), max_rows, max_seconds, threads or Limits.threads, queue, per_key
    )
    if registry is not None:
        shelf = Shelf(look=look_into_registry(registry))
    else:
        shelf = Shelf(detectors or []) if folder is None else Shelf(look=look_into_folder(folder))

    def tell(address: str) -> None:
        with suppress(OSError):  # who starts a service may have closed its output: it serves all the same
            if as_json:
                print_json({"address": address, "detectors": list(shelf.names)})
            else:
                say(f"Serving {', '.join(shelf.names)} on {address}. Stop with Ctrl-C.")
            sys.stdout.flush()

    watched = drift_settings(rate=drift_rate, window=drift_window) if drift_rate else None
    state = None if drift_state is None else DriftState(drift_state)
    drift = DriftWatch(watched, find_delivery(alarms, webhook), state=state)
    stay()
    listen(make_app(shelf, found, limits, drift=drift), host, port, seconds=max_seconds, started=tell)


def _require_positive(option: str, value: float) -> None:
    """Nothing where a limit lets something through, and is one."""
    if not 0 < value < math.inf:
        raise SettingsError(f"{option} {value:g}: a number above 0 was expected, not an infinite one.")
