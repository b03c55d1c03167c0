"""Training: epochs of compiled chunks, with validation, early stopping, checkpoints and a limit on time."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from offbeat.errors import TrainingError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import ReconstructedRows, measure_in_blocks
from offbeat.programs import own_numbers
from offbeat.training.batches import BatchPlan, chunks_of_epochs, order_of_epoch, plan_batches, words_of_epochs
from offbeat.training.checkpoint import Progress, fingerprint, load_progress, make_folder, save_progress
from offbeat.training.divergence import HOPELESS, diverged, what_became, what_ended
from offbeat.training.epoch import Chunk, Pace, Run, TrainingState, epoch_program, first_state
from offbeat.training.history import History
from offbeat.training.layout import Layout, choose_layout
from offbeat.training.losses import mean_loss_of
from offbeat.training.reporting import ProgressStyle, Reporter, reporter
from offbeat.training.settings import DEFAULT_LEARNING_RATES, TrainingSettings
from offbeat.training.stopping import Watch, entropy_of, looked_at, patience_of, watches

# What a kill may lose at most, unless the disk is so slow that writing would take more than this share of the time.
SECONDS_BETWEEN_CHECKPOINTS = 0.5
CHECKPOINT_SHARE = 0.05


class _Batches(NamedTuple):
    """The rows of some epochs as they go to the device."""

    visited: list[int]
    """How many rows each of the epochs has."""

    chunks: Iterable[Chunk]


@dataclass(frozen=True)
class _Job:
    """What stays the same through all epochs."""

    settings: TrainingSettings
    features: Float[np.ndarray, "rows features"]
    train_rows: Int[np.ndarray, "train"]
    validation: Float[np.ndarray, "validation features"]
    layout: Layout
    plan: BatchPlan
    run: Run
    pace: Pace
    started: float
    """Reading of the clock when training began, or would have begun had it never been interrupted."""
    resumable: bool
    """Whether there is a checkpoint."""

    gathered: dict[int, _Batches] = field(default_factory=dict)
    """By the number of the first, short epochs to come whose rows are gathered while the device is at work."""

    @property
    def epochs(self) -> int:
        """How many epochs there are, a fractional last one counted as one."""
        return math.ceil(self.settings.epochs)

    def share(self, epoch: int) -> float:
        """The share of the rows that an epoch, counted from 0, visits."""
        return min(1.0, self.settings.epochs - epoch)

    @property
    def keeps_whole_epochs(self) -> bool:
        """Whether what an epoch begins with is kept: the clock may end it between two chunks; a resume repeats it."""
        room = self.plan.batches * self.plan.batch_size
        return self.resumable and self.settings.max_seconds is not None and len(self.train_rows) > room

    def is_late(self) -> bool:
        """Whether the limit on time has passed; time before a resume counts."""
        limit = self.settings.max_seconds
        return limit is not None and time.monotonic() - self.started >= limit


@own_numbers()
def train(
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    settings: TrainingSettings,
    *,
    train_rows: Int[np.ndarray, "train"] | None = None,
    validation: Float[np.ndarray, "validation features"] | None = None,
    like_rows: int | None = None,
    scheduled: float | None = None,
    columns: tuple[int, ...] = (),
    checkpoint: Path | None = None,
    progress: ProgressStyle = "none",
) -> tuple[AbstractAutoencoder, History]:
    """Train a network to reconstruct the rows.

    Args:
        network: Where to start.
        features: Scaled rows; only those of `train_rows` change weights.
        settings: How to learn; `settings.validation` is ignored here, the caller has cut the rows.
        train_rows: Which rows to learn from; all of them unless given.
        validation: Rows whose loss is measured after every epoch, and watched by early stopping.
        like_rows: Cut batches as for so many rows, so that trainings on slightly fewer share one compiled program.
        scheduled: Over how many epochs the schedule and the warm-up are stretched; over those of the settings unless
            given. A training that goes as far as another one did, which ended early, has the pace of that.
        columns: For each feature the number of the column that it came from, so that masking hides whole cells.
        checkpoint: File that is written as training goes on, and continued from when it exists. A training that
            stopped for want of time goes on where `max_seconds` has become longer, from the last whole epoch: it ends
            with the weights of one that was never stopped.
        progress: How to show progress.

    Returns:
        The trained network (with `patience`, the best one) and the losses of its epochs.

    Raises:
        TrainingError: There are no rows, the loss or the weights stopped being finite or useful numbers, or the
            checkpoint is damaged or belongs to something else.
        FileError: The checkpoint's folder cannot be made or written to.
    """
    rows = np.arange(len(features)) if train_rows is None else train_rows
    if len(rows) == 0:
        raise TrainingError("There are no rows to learn from. Give at least one row, or hold back fewer of them.")
    if checkpoint:
        make_folder(checkpoint.parent)
    held = features[:0] if validation is None else validation
    job = _plan(network, features, rows, held, settings, like_rows, scheduled, columns, checkpoint is not None)
    fresh = _fresh(job, network)
    owner = fingerprint(settings, job.plan, network, features, rows, held, scheduled, columns) if checkpoint else ""
    resumed = load_progress(checkpoint, fresh, owner) if checkpoint else None
    if resumed:
        job, fresh = _go_on(job, resumed)
    with reporter(progress) as report:
        final = _all_epochs(job, fresh, report, checkpoint, owner)
    kept = _on_host(final.best if watches(settings) else final.state.parameters)
    _refuse_useless_weights(job, kept, final.history)
    return job.layout.whole(kept), final.history


def _plan(
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "train"],
    held: Float[np.ndarray, "validation features"],
    settings: TrainingSettings,
    like_rows: int | None,
    scheduled: float | None,
    columns: tuple[int, ...],
    resumable: bool,
) -> _Job:
    # Only what needs the weights after every epoch keeps short epochs apart.
    together = len(held) == 0 and not watches(settings)
    plan = plan_batches(like_rows or len(rows), features.shape[1], settings.batch_size, together=together)
    layout = choose_layout(network, plan.batch_size)
    rate = settings.learning_rate or DEFAULT_LEARNING_RATES[settings.optimizer]
    epochs = settings.epochs if scheduled is None else scheduled
    # More than a float32 can count are as good as that many.
    steps = min(epochs * math.ceil(len(rows) / plan.batch_size), float(np.finfo(np.float32).max))
    pace = Pace(np.float32(rate), np.float32(steps), np.float32(settings.trim))
    run = epoch_program(layout, settings, columns)
    return _Job(settings, features, rows, held, layout, plan, run, pace, time.monotonic(), resumable)


def _fresh(job: _Job, network: AbstractAutoencoder) -> Progress:
    state = first_state(job.layout, job.settings, network)
    return Progress(state, job.layout.pack(network), Watch(), History())


def _go_on(job: _Job, resumed: Progress) -> tuple[_Job, Progress]:
    """The job with the time that was already spent, and the progress to go on from."""
    job = dataclasses.replace(job, started=job.started - resumed.history.seconds)
    if resumed.history.stopped == "time" and not job.is_late():
        # A part of an epoch cannot be gone on from: the epoch is learned anew, from where it began.
        resumed = dataclasses.replace(resumed.whole or resumed, finished=False)
    return job, resumed


def _all_epochs(job: _Job, progress: Progress, report: Reporter, checkpoint: Path | None, owner: str) -> Progress:
    next_save = -math.inf
    while not progress.finished:
        progress = _next_epochs(job, progress)
        history = progress.history
        report.epoch(len(history), job.epochs, *_latest(history))
        began = time.monotonic()
        if checkpoint and (began >= next_save or progress.finished):
            save_progress(checkpoint, progress, owner)
            ended = time.monotonic()
            next_save = ended + max(SECONDS_BETWEEN_CHECKPOINTS, (ended - began) / CHECKPOINT_SHARE)
    return progress


def _latest(history: History) -> tuple[float, float | None]:
    loss = history.loss[-1] if history.loss else math.nan
    return loss, history.validation_loss[-1] if history.validation_loss else None


def _next_epochs(job: _Job, progress: Progress) -> Progress:
    """The progress after one more epoch, or after several short ones that need no look at the weights between them."""
    history, done = progress.history, len(progress.history)
    if done >= job.epochs:
        return dataclasses.replace(progress, finished=True)
    # A step uses up the state that it is given.
    before = dataclasses.replace(progress, state=_copied(progress.state)) if job.keeps_whole_epochs else None
    state, losses, whole = _learn(job, progress.state, done)
    for epoch, loss in enumerate(losses, start=done + 1):
        _refuse_divergence(job, "loss", loss, epoch)
    done += len(losses)
    validation_losses = (_loss_by(job, state.parameters, job.validation),) if len(job.validation) else ()
    for loss in validation_losses:
        _refuse_divergence(job, "validation loss", loss, done)
    watch = _look(job, state, progress.watch, validation_losses, done) if watches(job.settings) else progress.watch
    best = _copied(state.parameters) if watches(job.settings) and watch.waited == 0 else progress.best
    stopped = _reason_to_stop(job, watch, done, whole)
    grown = History(
        loss=(*history.loss, *losses),
        validation_loss=(*history.validation_loss, *validation_losses),
        best_epoch=watch.best_epoch if watches(job.settings) else done,
        stopped=stopped or "epochs",
        seconds=time.monotonic() - job.started,
    )
    return Progress(state, best, watch, grown, finished=stopped is not None, whole=None if whole else before)


def _learn(job: _Job, state: TrainingState, done: int) -> tuple[TrainingState, tuple[float, ...], bool]:
    """The next epochs' mean losses, and whether they were whole: a limit on time may end a long one early."""
    visited, chunks = job.gathered.pop(done) if done in job.gathered else _batches(job, done)
    losses: list[Any] = []
    seen = 0
    for chunk in chunks:
        state, loss = job.run(state, chunk, job.pace)
        losses, seen = [*losses, loss], seen + int(chunk.rows.sum())
        # The device works on one chunk while the host gathers the next, and no further ahead.
        if len(losses) > 1:
            losses[-2] = np.asarray(losses[-2])
        if job.is_late():
            break
    following = done + job.plan.epochs
    if job.plan.epochs > 1 and following < job.epochs:
        later = _batches(job, following)
        job.gathered[following] = later._replace(chunks=list(later.chunks))
    totals = np.sum([np.asarray(loss, np.float64) for loss in losses], axis=0)
    whole = seen == sum(visited)
    rows = visited if whole else [seen]
    return state, tuple(float(total / count) for total, count in zip(totals, rows, strict=False)), whole


def _batches(job: _Job, done: int) -> _Batches:
    """Those of the next epochs: of several short ones, or of one."""
    epochs = range(done, min(done + job.plan.epochs, job.epochs))
    orders = [order_of_epoch(job.train_rows, job.settings.seed, epoch, job.share(epoch)) for epoch in epochs]
    words = words_of_epochs(job.settings.seed, done, job.plan.epochs)
    return _Batches([len(order) for order in orders], chunks_of_epochs(job.features, orders, words, job.plan))


def _look(job: _Job, state: TrainingState, watch: Watch, validation_losses: tuple[float, ...], done: int) -> Watch:
    """What is remembered of the weights after an epoch: their loss, or the entropy of the training rows' losses.

    The loss of the epoch itself is that of weights which are gone: its last step may have ruined those that are kept.
    """
    if job.settings.stopping == "entropy":
        losses = _row_losses(job, state.parameters, job.features, looked_at(job.train_rows))
        return watch.after_entropy(entropy_of(np.concatenate(losses)), done)
    if validation_losses:
        return watch.after(validation_losses[0], done, job.settings.min_improvement)
    loss = _loss_by(job, state.parameters, job.features, looked_at(job.train_rows))
    return watch.after(loss, done, job.settings.min_improvement)


def _loss_by(
    job: _Job,
    parameters: Any,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"] | None = None,
) -> float:
    losses = _row_losses(job, parameters, features, rows)
    return math.fsum(float(np.sum(piece, dtype=np.float64)) for piece in losses) / sum(map(len, losses))


def _row_losses(
    job: _Job,
    parameters: Any,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"] | None = None,
) -> list[Float[np.ndarray, "piece"]]:
    """The loss by these weights of each row, or of the chosen ones, piece by piece."""
    # On the host: splitting a vector on the device would compile one small program for each layer.
    network = job.layout.whole(_on_host(parameters))

    def measure(piece: ReconstructedRows) -> Float[np.ndarray, "piece"]:
        with np.errstate(over="ignore", invalid="ignore"):  # what diverged is refused in words
            return mean_loss_of(job.settings, network, piece.values, piece.features)

    return list(measure_in_blocks(network, features, measure, rows))


def _reason_to_stop(job: _Job, watch: Watch, done: int, whole: bool) -> str | None:
    if not whole:
        return "time"
    if watches(job.settings) and watch.waited >= patience_of(job.settings):
        return "entropy" if job.settings.stopping == "entropy" else "patience"
    if done >= job.epochs:
        return "epochs"
    return "time" if job.is_late() else None


def _refuse_divergence(job: _Job, name: str, loss: float, epoch: int) -> None:
    if what := what_became(name, loss, epoch):
        raise diverged(what, float(job.pace.learning_rate), job.features, job.train_rows)


def _refuse_useless_weights(job: _Job, kept: Any, history: History) -> None:
    if not history.loss:
        return
    weights = kept if isinstance(kept, list) else [kept]
    loss = history.loss[history.best_epoch - 1]
    if history.best_epoch == 1 or not loss < history.loss[0]:
        # It was measured before the last step, which may have ruined the weights where those before did not lead down.
        loss = _loss_by(job, kept, job.features, looked_at(job.train_rows))
    if not loss <= HOPELESS:  # else some rows tell enough
        loss = _loss_by(job, kept, job.features, job.train_rows)
    if what := what_ended(job.settings, loss, weights, job.features, job.train_rows):
        raise diverged(what, float(job.pace.learning_rate), job.features, job.train_rows)


def _copied(tree: Any) -> Any:
    return jax.tree.map(np.array, tree)


def _on_host(parameters: Any) -> Any:
    return [np.asarray(part) for part in parameters] if isinstance(parameters, list) else np.asarray(parameters)
