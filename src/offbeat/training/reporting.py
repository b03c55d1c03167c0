"""Progress for the person who waits: a bar on a terminal, plain lines in a log, silence on request."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Literal, Protocol, runtime_checkable

ProgressStyle = Literal["auto", "bar", "lines", "none"]

# Nothing is shown for what ends sooner than this, and lines in a log come no more often than the second number.
SECONDS_BEFORE_SHOWING = 1.0
SECONDS_BETWEEN_LINES = 5.0


@runtime_checkable
class Reporter(Protocol):
    """Is told about every epoch; used as a context manager around the training."""

    def __enter__(self) -> Reporter: ...

    def __exit__(self, *exception: object) -> None: ...

    def epoch(self, done: int, total: int, loss: float, validation_loss: float | None) -> None:
        """Say that `done` of `total` epochs are over."""

    def folds(self, done: int, total: int) -> None:
        """Say that `done` of `total` folds, whose rows set the threshold, are over."""


def reporter(style: ProgressStyle, task: str = "training", *, waited: float = 0.0) -> Reporter:
    """The reporter of a style; "auto" is a bar where standard error is a terminal that can erase, else lines.

    Args:
        style: What to show.
        task: What it is called.
        waited: Seconds that the person has waited before.
    """
    if style == "auto":
        # On those two rich would draw nothing at all.
        is_dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
        style = "bar" if sys.stderr.isatty() and not is_dumb else "lines"
    return {"bar": _Bar, "lines": _Lines, "none": _Silence}[style](task, waited)


def _loss_words(loss: float, validation_loss: float | None) -> str:
    return f"loss {loss:.4g}" + ("" if validation_loss is None else f", validation {validation_loss:.4g}")


class _Silence:
    def __init__(self, task: str, waited: float) -> None:
        pass

    def __enter__(self) -> _Silence:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def epoch(self, done: int, total: int, loss: float, validation_loss: float | None) -> None:
        pass

    def folds(self, done: int, total: int) -> None:
        pass


class _Lines(_Silence):
    def __init__(self, task: str, waited: float) -> None:
        self._task = task
        self._first = self._due = time.monotonic() - waited + SECONDS_BEFORE_SHOWING
        self._unsaid = ""

    def __exit__(self, *exception: object) -> None:
        # The last epoch is told in any case: nobody knows before that it is the last.
        if self._unsaid and time.monotonic() >= self._first:
            self._say(self._unsaid)

    def epoch(self, done: int, total: int, loss: float, validation_loss: float | None) -> None:
        self._unsaid = f"epoch {done} of {total}, {_loss_words(loss, validation_loss)}"
        now = time.monotonic()
        if now >= self._due:
            self._due = now + SECONDS_BETWEEN_LINES
            self._say(self._unsaid)

    def folds(self, done: int, total: int) -> None:
        if time.monotonic() >= self._first:
            self._say(f"{done} of {total} folds done")

    def _say(self, words: str) -> None:
        self._unsaid = ""
        print(f"{self._task}: {words}", file=sys.stderr, flush=True)


class _Bar(_Silence):
    def __init__(self, task: str, waited: float) -> None:
        self._task = task
        self._start = time.monotonic() - waited
        self._bar: Any = None
        self._entry: Any = None

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def epoch(self, done: int, total: int, loss: float, validation_loss: float | None) -> None:
        self._show(done, total, _loss_words(loss, validation_loss))

    def folds(self, done: int, total: int) -> None:
        self._show(done, total, "folds")

    def _show(self, done: int, total: int, words: str) -> None:
        if self._bar is None:
            if time.monotonic() - self._start < SECONDS_BEFORE_SHOWING:
                return
            self._open(total)
        self._bar.update(self._entry, completed=done, total=total, losses=words)

    def _open(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[losses]}"),
        )
        self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
        self._bar.start()
        self._entry = self._bar.add_task(self._task, total=total, losses="")
