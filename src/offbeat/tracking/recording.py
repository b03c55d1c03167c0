"""From a fit to a folder that remembers it."""

from __future__ import annotations

import csv
import errno
import io
import math
import os
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offbeat.data.local_files import checksum_of
from offbeat.errors import FileError, unwritable
from offbeat.files import is_stream, new_folder
from offbeat.tracking.index import add_to_index
from offbeat.tracking.records import write_record
from offbeat.tracking.registry import REGISTRY
from offbeat.tracking.run import DETECTOR, LOSSES, RECORD, RUNS, RecordedFile, Run, read_run
from offbeat.tracking.table_fingerprint import Fingerprint, fingerprint
from offbeat.version import __version__

if TYPE_CHECKING:
    from offbeat.detector.detections import Detections
    from offbeat.detector.detector import Detector


def record_run(
    folder: str | os.PathLike[str],
    detector: Detector,
    table: object,
    *,
    validation: object = None,
    found: Detections | None = None,
    report: str | os.PathLike[str] | None = None,
    metrics: Mapping[str, int | float] | None = None,
    further_settings: Mapping[str, object] | None = None,
    name: str = "",
    command: str = "python",
) -> Run:
    """Add a run to a tracking folder: settings, data, losses of each epoch, metrics, pictures and the detector.

    The run is there as a whole or not at all, also when the process is killed meanwhile, and is not changed after.

    Args:
        folder: The tracking folder; made when there is none.
        detector: What was fitted.
        table: The rows that it was fitted on, as given to `fit`.
        validation: The table that measured the loss of each epoch, if there was one; no share of rows.
        found: What it found in other rows; its metrics are kept where labels were known.
        report: An HTML report to keep a copy of, unless it went into a pipe or a device.
        metrics: Numbers of your own.
        further_settings: What else it takes to repeat the run, such as how test rows were set aside; kept among the
            settings.
        name: What to call the run; need not be the only one of that name.
        command: What made it.

    Raises:
        FileError: A run cannot be written there.
        DataError: The table cannot be read.

    Example:
        >>> import numpy as np, offbeat
        >>> rows = np.random.default_rng(0).normal(size=(64, 3))
        >>> detector = offbeat.fit(rows, hidden=[2], epochs=5, threshold="mean+3std", progress="none")
        >>> run = record_run("tracking", detector, rows, metrics={"mean_score": detector.score(rows).mean()})
        >>> len(run.losses()), run.data["train"].rows, sorted(run.files)
        (5, 64, ['detector.offbeat', 'losses.csv', 'losses.png'])
    """
    began = datetime.now(UTC)
    place = Path(folder) / RUNS / f"{began:%Y%m%d-%H%M%S}{began.microsecond // 1000:03}-{secrets.token_hex(4)}"
    tables = {"train": table} if validation is None else {"train": table, "validation": validation}
    data = {part: fingerprint(detector.read(source)) for part, source in tables.items()}
    facts = _facts(detector, data, found, metrics, dict(further_settings or {}))
    try:
        with new_folder(place) as part:
            _write_files(part, detector, report)
            about = {"id": place.name, "name": name, "began": began.isoformat(timespec="milliseconds")}
            about |= {"command": command, "offbeat_version": __version__}
            run = Run.model_validate({**about, **facts, "files": _checksums(part)})
            write_record(part / RECORD, run)
    except OSError as problem:
        raise _refusal(folder, problem) from problem
    run = read_run(place)
    add_to_index(folder, run)
    return run


def require_recordable(folder: str | os.PathLike[str], *, registered: bool = False) -> None:
    """Nothing where a run can be recorded in a folder, or the folder can be made; makes nothing.

    Args:
        folder: The tracking folder.
        registered: Whether the registry in it is to be written too.

    Raises:
        FileError: It is a file, or may not be written to.
    """
    for part in (RUNS, REGISTRY) if registered else (RUNS,):
        place = Path(folder) / part
        try:
            while not place.exists():
                place = place.parent
            code = 0 if os.access(place, os.W_OK | os.X_OK) else errno.EACCES
            code = code if place.is_dir() else errno.ENOTDIR
        except OSError as problem:
            raise _refusal(folder, problem) from problem
        if code:
            raise _refusal(folder, OSError(code, os.strerror(code)))


def _refusal(folder: str | os.PathLike[str], problem: OSError) -> FileError:
    return unwritable(f"{folder}: the run cannot be recorded there", problem, folder)


def _facts(
    detector: Detector,
    data: dict[str, Fingerprint],
    found: Detections | None,
    metrics: Mapping[str, int | float] | None,
    further_settings: dict[str, object],
) -> dict[str, Any]:
    return {
        "data": data if found is None else data | {"test": fingerprint(found.table)},
        "settings": detector.settings.model_dump(mode="json", include=set(detector.settings.given()))
        | further_settings,
        "resolved": detector.resolved.model_dump(mode="json") | further_settings,
        "training": {
            "trained_on": detector.facts.trained_on,
            "validated_on": detector.facts.validated_on,
            "epochs": len(detector.history),
            "best_epoch": detector.history.best_epoch,
            "stopped": detector.history.stopped,
            "seconds": detector.history.seconds,
        },
        "metrics": _metrics(detector, found, metrics or {}),
    }


def _metrics(detector: Detector, found: Detections | None, own: Mapping[str, int | float]) -> dict[str, float]:
    """All that is one finite number, by name."""
    history, threshold = detector.history, detector.threshold
    values: dict[str, Any] = {} if threshold.value == sys.float_info.max else {"threshold": threshold.value}
    if threshold.rows:
        values["expected_share"] = threshold.expected_share
    values |= {"loss": history.loss[-1]} if history.loss else {}
    values |= {"validation_loss": history.validation_loss[-1]} if history.validation_loss else {}
    if found is not None:
        values |= {"rows": len(found.scores), "flagged": len(found)}
        values |= {} if found.metrics is None else _flat(found.metrics.to_dict())
    values |= own
    return {name: float(value) for name, value in values.items() if value is not None and math.isfinite(value)}


def _flat(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report's numbers without its intervals; a class's with a dot."""
    flat = {name: value for name, value in report.items() if not isinstance(value, Mapping)}
    for group in ("anomalous", "normal", "confusion"):
        flat |= {f"{group}.{name}": value for name, value in report[group].items()}
    return flat


def _write_files(part: Path, detector: Detector, report: str | os.PathLike[str] | None) -> None:
    detector.save(part / DETECTOR)
    history = detector.history
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("epoch", "loss", "validation_loss"))
    for epoch, loss in enumerate(history.loss, start=1):
        measured = history.validation_loss[epoch - 1] if epoch <= len(history.validation_loss) else ""
        lines.writerow((epoch, loss, measured))
    (part / LOSSES).write_text(text.getvalue(), encoding="utf-8")
    # What went into a pipe cannot be read again.
    if report is not None and not is_stream(Path(report)):
        (part / "report.html").write_bytes(Path(report).read_bytes())
    elif history.loss:
        # The report has this picture; without one it is the only one there is to draw.
        from offbeat.detector.pictures import drawing_of_loss
        from offbeat.plotting.drawing import paint

        (part / "losses.png").write_bytes(paint([drawing_of_loss(detector)])[0])


def _checksums(part: Path) -> dict[str, RecordedFile]:
    files = sorted(part.iterdir())
    return {file.name: RecordedFile(bytes=file.stat().st_size, sha256=checksum_of(file)) for file in files}
