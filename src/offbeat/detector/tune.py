"""The search over settings without labels."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any, Literal, TypeVar, get_args

import numpy as np

from offbeat.data.table import Table
from offbeat.detector.columns import read_as
from offbeat.detector.config import Settings, parse_settings
from offbeat.detector.detector import Detector
from offbeat.detector.fit import fit_with, refuse_unreadable
from offbeat.detector.labels import rows_by_label
from offbeat.detector.rows import assign_roles
from offbeat.detector.search_space import suggest
from offbeat.detector.separation import Exam, gain_interval, set_exam
from offbeat.detector.tuning import SearchInterrupted, Trial, Tuning, best_of
from offbeat.detector.unused import refuse_unused_by_threshold
from offbeat.errors import DataError, MissingDependencyError, SettingsError, TrainingError, name_some
from offbeat.randomness import Purpose, host_randomness

DEFAULT_TRIALS = 20
FEWEST_ROWS = 30
# A share of the normal rows to choose by, and as many again to tell the gain on.
EXAM_SHARE = 0.2
MOST_EXAM_ROWS = 2000
TuneProgress = Literal["lines", "none"]
Made = TypeVar("Made")


def tune(
    table: object,
    *,
    trials: int = DEFAULT_TRIALS,
    seconds: float | None = None,
    progress: TuneProgress = "none",
    **settings: object,
) -> Tuning:
    """Search for settings that suit the rows better than "auto" does, without labels.

    Candidates learn from some of the normal rows. The best one tells others of them from counterfeits best: rows whose
    cells were shuffled, patched or drawn from a wider range (`offbeat.data.counterfeits`), by the mean ROC AUC over the
    kinds. A third part of the rows, which chose nothing, tells how much better than "auto" it is. Counterfeits are not
    the anomalies that will come: settings that are no better beyond chance are not taken.

    Args:
        table: The rows to learn from, as for `offbeat.fit`. Rows labelled anomalous are not looked at.
        trials: How many candidates to try beside plain "auto".
        seconds: Start no candidate after so long. With it, the result depends on the machine's speed.
        progress: "lines": one line a candidate, on standard error.
        **settings: Those that are to stay as they are; all others are searched.

    Raises:
        MissingDependencyError: optuna is not installed.
        SettingsError: A setting, a limit, or the progress, is unknown, or out of its range.
        DataError: The table cannot be read or used, or has fewer than 30 normal rows.
        SearchInterrupted: Ctrl-C after the first candidate; a KeyboardInterrupt whose `finish` gives the best so far.

    Reference:
        Ma et al. 2023 find that measures of the scores alone choose hardly better than chance; made anomalies as
        validation rows: Fung et al. 2023 (arXiv 2310.10461). The search is optuna's tree-structured Parzen estimator.
    """
    return tune_with(parse_settings(settings), table, trials=trials, seconds=seconds, progress=progress)


def tune_with(
    settings: Settings,
    source: object,
    *,
    trials: int = DEFAULT_TRIALS,
    seconds: float | None = None,
    progress: TuneProgress = "none",
) -> Tuning:
    """`tune` with settings that are already one object."""
    optuna = _optuna()
    _refuse_limits(trials, seconds)
    _refuse_progress(progress)
    table = read_as(settings, source)
    began = time.perf_counter()
    search, plain = _start(settings, table)
    sampler_seed = int(host_randomness(settings.seed, Purpose.TUNING, 1).integers(2**32))
    study = _quietly(optuna, lambda: optuna.create_study(sampler=optuna.samplers.TPESampler(seed=sampler_seed)))
    done = [plain]
    try:
        for number in range(1, trials + 1):
            if seconds is not None and time.perf_counter() - began >= seconds:
                break
            asked = study.ask()
            done.append(search.candidate(asked, done))
            study.tell(asked, -done[-1].separation)  # optuna makes small
            if progress == "lines":
                best = best_of(done).separation
                print(f"candidate {number} of {trials}: {done[-1].separation:.4f} (best {best:.4f})", file=sys.stderr)
    except KeyboardInterrupt as interrupt:
        if len(done) == 1:
            raise
        raise SearchInterrupted(tuple(done), partial(search.finish, table, tuple(done))) from interrupt
    return search.finish(table, tuple(done))


@dataclass(frozen=True, eq=False)
class _Search:
    """What stays the same for all candidates."""

    given: Settings
    train: Table
    """What candidates learn from."""

    compare: Table
    """Rows that choose nothing."""

    auto: Detector
    exam: Exam

    def candidate(self, asked: Any, done: Sequence[Trial]) -> Trial:
        """One candidate of optuna's choice, fitted and examined; one that was tried before is what it was."""
        columns, features = len(self.auto.schema.columns), self.auto.preprocessor.features
        curves = self.auto.facts.curves
        chosen = suggest(asked, self.given, self.auto.resolved, columns, features=features, curves=curves)
        if again := [trial for trial in done if trial.settings == chosen]:
            return again[0]
        began = time.perf_counter()
        try:
            detector = _fit(self.given.with_changes(**chosen), self.train)
        except TrainingError:  # it diverged: a bad choice, and no more than that
            return Trial(chosen, 0.0, {}, time.perf_counter() - began)
        return _examined(chosen, detector, self.exam, began)

    def finish(self, table: Table, trials: tuple[Trial, ...]) -> Tuning:
        """The gain on rows that chose nothing, and the better detector, fitted on all rows."""
        best, seed = best_of(trials), self.given.seed
        settings = self.given.with_changes(**best.settings)
        exam = set_exam(self.auto, self.compare, seed + 1)
        plain = exam.take(self.auto)
        tuned = exam.take(_fit(settings, self.train)) if best.settings else plain
        interval = gain_interval(plain, tuned, seed)
        final = settings if interval[0] > 0 else self.given
        detector = fit_with(final, table, progress="none")
        return Tuning(detector, trials, tuned.separation() - plain.separation(), interval)


def _start(given: Settings, table: Table) -> tuple[_Search, Trial]:
    """The search, and plain "auto" as its first candidate."""
    began = time.perf_counter()
    _refuse_threshold(given, table)
    refuse_unreadable(given, table)
    train, choose, compare = _cut(given, table)
    auto = _fit(given, train)
    exam = set_exam(auto, choose, given.seed)
    return _Search(given, train, compare, auto, exam), _examined({}, auto, exam, began)


def _refuse_threshold(given: Settings, table: Table) -> None:
    """What the fit at the end would say of the threshold, which candidates do not look at: before the first of them."""
    refuse_unused_by_threshold(given)
    assign_roles(*rows_by_label(table, given.label, given.normal), given)


def _fit(settings: Settings, train: Table) -> Detector:
    # The threshold does not matter to the ranking, and one that needs labels could not be set.
    return fit_with(settings.with_changes(threshold="conformal"), train, progress="none")


def _examined(chosen: Mapping[str, object], detector: Detector, exam: Exam, began: float) -> Trial:
    answers = exam.take(detector)
    return Trial(chosen, answers.separation(), answers.by_kind(), time.perf_counter() - began)


def _cut(settings: Settings, table: Table) -> tuple[Table, Table, Table]:
    """The normal rows to learn from, to choose by, and to tell the gain on."""
    normal, _ = rows_by_label(table, settings.label, settings.normal)
    if len(normal) < FEWEST_ROWS:
        raise DataError(
            f"{table.subject} has {len(normal)} normal row{'' if len(normal) == 1 else 's'}; a search needs "
            f"{FEWEST_ROWS} at least, to learn from some and choose by others. Give more rows, or fit with the "
            "default settings."
        )
    order = host_randomness(settings.seed, Purpose.TUNING).permutation(normal)
    size = min(MOST_EXAM_ROWS, round(EXAM_SHARE * len(normal)))
    parts = (order[2 * size :], order[:size], order[size : 2 * size])
    train, choose, compare = (table.take(np.sort(part)) for part in parts)
    return train, choose, compare


def _refuse_limits(trials: object, seconds: object) -> None:
    if not isinstance(trials, Integral) or int(trials) < 1:
        raise SettingsError(f"trials is {trials!r}; at least one candidate beside plain auto was expected, as in 20.")
    if seconds is not None and not (isinstance(seconds, Real) and float(seconds) > 0):
        raise SettingsError(f"seconds is {seconds!r}; a number above 0 was expected, or none: leave it out.")


def _refuse_progress(progress: str) -> None:
    if progress not in get_args(TuneProgress):
        raise SettingsError(f"progress={progress!r}: one of {name_some(get_args(TuneProgress))} was expected.")


def _optuna() -> Any:
    try:
        with warnings.catch_warnings():
            # Of bars that are not shown here, where a notebook has no ipywidgets.
            warnings.filterwarnings("ignore", "IProgress not found")
            import optuna
    except ImportError as problem:
        raise MissingDependencyError(
            "The search over settings needs the package optuna, which is not installed: pip install 'offbeat[tune]'."
        ) from problem
    return optuna


def _quietly(optuna: Any, make: Callable[[], Made]) -> Made:
    """What `make` makes, while optuna does not log; it logs as before afterwards."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        return make()
    finally:
        optuna.logging.set_verbosity(before)
