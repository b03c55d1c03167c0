"""`offbeat watch`: rows as they come in, and alarms where they are no longer alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import DetectorFile, Quiet
from offbeat.cli.process import stay
from offbeat.cli.saying import say
from offbeat.cli.standard_output import STANDARD_OUTPUT
from offbeat.cli.stopping import Stop, stopped_by_signals
from offbeat.errors import DataError, OffbeatError, name_some

if TYPE_CHECKING:
    from offbeat.cli.watched import Source
    from offbeat.data.table import Table
    from offbeat.detector.detector import Detector
    from offbeat.drift.alarm import Alarm
    from offbeat.drift.delivery import Delivery
    from offbeat.drift.monitor import DriftMonitor

DRIFTED: Final = 10
"""The exit code of --once where an alarm was raised; no kind of error has it."""


def watch(
    detector: DetectorFile,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="CSV or NDJSON files that grow, folders that files come into, or -."),
    ],
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.05, help="How often to look.")] = 1.0,
    once: Annotated[
        bool, typer.Option("--once", help="Read what is there and stop; exit with 10 on an alarm.")
    ] = False,
    rate: Annotated[
        float, typer.Option(metavar="SHARE", help="Chance of ever raising a false alarm, however long one watches.")
    ] = 0.01,
    window: Annotated[int, typer.Option(metavar="INTEGER", help="Rows whose columns are compared at a time.")] = 500,
    anomalies: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of anomalous rows that is no drift of the scores.")
    ] = 0.05,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep in it how far the watch is, and go on from there.")
    ] = None,
    alarms: Annotated[Path | None, typer.Option(metavar="FILE", help="Add a line of JSON for each alarm.")] = None,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="Post each alarm there. [default: OFFBEAT_WEBHOOK]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    quiet: Quiet = False,
) -> None:
    """Watch rows as they come in, and raise an alarm where they are no longer like those of the fit.

    Compares the columns of each window of rows with those of the normal rows, and bets against the order of the scores.
    Runs until it is stopped (Ctrl-C, SIGTERM); then, and after each batch, --state keeps where it is. What cannot be
    read is told and passed over; --once then exits with the code of the first problem, unless an alarm was raised.

    \b
    Examples:
      offbeat watch pumps.offbeat /var/log/pumps.csv --state pumps.watch --alarms alarms.ndjson
      offbeat watch pumps.offbeat incoming/ --once
    """
    from offbeat.cli.watched import source_of
    from offbeat.detector.archive import load
    from offbeat.drift.delivery import find_delivery
    from offbeat.drift.monitor import DriftMonitor
    from offbeat.drift.settings import drift_settings

    settings = drift_settings(rate=rate, window=window, anomalies=anomalies)
    delivery = find_delivery(alarms, webhook)
    opened = load(detector)
    monitor = DriftMonitor(opened, detector.stem, settings)
    watching = _Watching(opened, monitor, [source_of(word) for word in sources], delivery, state, as_json, quiet)
    try:
        watching.restore()
        stay()
        with stopped_by_signals() as stop:
            code = watching.once(stop) if once else watching.go_on(stop, every)
    finally:
        watching.close()
    if code:
        raise typer.Exit(code)


class _Watching:
    """One run of the command."""

    def __init__(
        self,
        detector: Detector,
        monitor: DriftMonitor,
        sources: list[Source],
        delivery: Delivery,
        state: Path | None,
        as_json: bool,
        quiet: bool,
    ) -> None:
        self._detector, self._monitor, self._sources, self._delivery = detector, monitor, sources, delivery
        self._state, self._as_json, self._quiet = state, as_json, quiet
        self._raised = self._failure = 0
        self._stop = Stop()

    def restore(self) -> None:
        """Go on where the file says that the last watch was."""
        from offbeat.cli.watch_state import damaged_state, put_aside, read_state

        for note in self._monitor.notes:
            self._tell("note", note)
        if self._state is None or (record := read_state(self._state)) is None:
            return
        try:
            if not self._monitor.restore(record["monitor"]):
                told = f"{self._state} is of another detector or of other settings; the watch begins anew."
                self._tell("note", f"{told} What it held is in {put_aside(self._state)}.")
                return
            for source in self._sources:
                if source.name in record["sources"]:
                    source.restore(record["sources"][source.name])
        except (DataError, KeyError, TypeError, ValueError, AttributeError):
            raise damaged_state(self._state) from None

    def close(self) -> None:
        """Let go of what is read from."""
        for source in self._sources:
            source.close()

    def once(self, stop: Stop) -> int:
        """Read all there is; the exit code: of an alarm, else of the first problem, else 0."""
        if absent := self._absent():
            raise DataError(f"{name_some(absent)}: there is no such file or folder. Is the path right?")
        self._stop = stop
        stop.wait(max(source.settling for source in self._sources))
        for source in self._sources:
            self._read(source, final=True)
            while not source.ended and source.name == "-" and not stop.wait(0.05):
                self._read(source, final=True)
        if self._state is None:
            self._alarm(self._monitor.finish())
        self._keep()
        return DRIFTED if self._raised else self._failure

    def go_on(self, stop: Stop, every: float) -> int:
        """Look again and again, until told to stop or nothing more can come; the exit code, 0."""
        if absent := self._absent():
            self._tell("note", f"{name_some(absent)}: there is no such file yet; it is looked for every {every:g} s.")
        self._stop = stop
        while not stop.is_set() and not all(source.ended for source in self._sources):
            for source in self._sources:
                self._read(source)
            stop.wait(every)
        self._keep()
        return 0

    def _read(self, source: Source, *, final: bool = False) -> None:
        """Look at what is new; others go on writing, so that one bad batch must not end the watch."""
        for rows in self._new(source, final):
            try:
                if isinstance(rows, OffbeatError | OSError):
                    raise rows
                self._look(source, rows)
            except (OffbeatError, OSError) as problem:
                if _is_of_output(problem):  # nobody listens any longer
                    raise
                self._fail(source, problem)
            self._keep()  # what fails here is no fault of the source, and ends the watch
            if self._stop.is_set():
                return

    def _new(self, source: Source, final: bool) -> Iterator[Table | OffbeatError | OSError]:
        """What a source has that is new; at the end why no more of it can be read now, where that is so."""
        try:
            yield from source.tables(self._detector, final)
        except (OffbeatError, OSError) as problem:
            yield problem

    def _fail(self, source: Source, problem: OffbeatError | OSError) -> None:
        """Tell a problem; a file is called as on the command line, once."""
        code = problem.exit_code if isinstance(problem, OffbeatError) else OffbeatError.exit_code
        self._failure = self._failure or code
        own = Path(source.name).name
        words = str(problem)
        # A folder's name may be how the name of a file in it begins.
        is_told = own and not Path(source.name).is_dir() and words.startswith((f"{own}:", f"{own} "))
        words = source.name + words[len(own) :] if is_told else f"{source.name}: {words}"
        self._tell("problem", words)

    def _absent(self) -> list[str]:
        """The sources that are not there."""
        return [source.name for source in self._sources if source.name != "-" and not Path(source.name).exists()]

    def _look(self, source: Source, rows: Any) -> None:
        found = self._detector.detect(rows)
        raised = self._monitor.look(found.table, found.scores)
        self._alarm(raised)
        scores = self._monitor.status(most=0)["scores"]
        words = {"source": source.name, "rows": len(found.scores), "anomalies": len(found), "alarms": len(raised)}
        words |= {"capital": scores["capital"]}
        if self._as_json:
            print_json({"event": "batch", **words})
        elif not self._quiet:
            say(f"{source.name}: {len(found.scores):,} rows, {len(found):,} anomalous", flush=True)
        sys.stdout.flush()

    def _alarm(self, raised: list[Alarm]) -> None:
        self._raised += len(raised)
        for alarm in raised:
            if self._as_json:
                print_json({"event": "alarm", **alarm.to_dict()})
            else:
                say(f"ALARM: {alarm.sentence}")
            sys.stdout.flush()
            for problem in self._delivery.deliver(alarm, self._stop):
                self._tell("problem", problem)

    def _keep(self) -> None:
        from offbeat.cli.watch_state import write_state

        if self._state is not None:
            sources = {source.name: source.to_dict() for source in self._sources}
            write_state(self._state, self._monitor.to_dict(), sources)

    def _tell(self, event: str, sentence: str) -> None:
        if self._as_json:
            print_json({"event": event, "message": sentence})
        else:
            say(f"{event.capitalize()}: {sentence}", file=sys.stderr)
        sys.stdout.flush()


def _is_of_output(problem: OffbeatError | OSError) -> bool:
    return isinstance(problem, OSError) and (
        isinstance(problem, BrokenPipeError) or problem.filename == STANDARD_OUTPUT
    )
