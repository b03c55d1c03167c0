"""Training: epochs of compiled chunks, with validation, early stopping, checkpoints and a limit on time."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from offbeat.compilation import use_compilation_cache
from offbeat.errors import TrainingError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import reconstruct_in_blocks
from offbeat.training.batches import BatchPlan, chunks_of_epoch, order_of_epoch, plan_batches, words_of_epoch
from offbeat.training.checkpoint import Progress, fingerprint, load_progress, save_progress
from offbeat.training.epoch import Pace, Run, TrainingState, epoch_program, first_state
from offbeat.training.history import History
from offbeat.training.layout import Layout, choose_layout
from offbeat.training.losses import mean_loss
from offbeat.training.reporting import ProgressStyle, Reporter, reporter
from offbeat.training.settings import DEFAULT_LEARNING_RATES, TrainingSettings
from offbeat.training.stopping import Watch

# A checkpoint costs about a millisecond for every million parameters; at most one in this time keeps that invisible.
SECONDS_BETWEEN_CHECKPOINTS = 0.5


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

    @property
    def epochs(self) -> int:
        """How many epochs there are, a fractional last one counted as one."""
        return math.ceil(self.settings.epochs)

    def share(self, epoch: int) -> float:
        """The share of the rows that an epoch, counted from 0, visits."""
        return min(1.0, self.settings.epochs - epoch)

    def is_late(self) -> bool:
        """Whether the limit on time has passed."""
        limit = self.settings.max_seconds
        return limit is not None and time.monotonic() - self.started >= limit


def train(
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    settings: TrainingSettings,
    *,
    train_rows: Int[np.ndarray, "train"] | None = None,
    validation: Float[np.ndarray, "validation features"] | None = None,
    like_rows: int | None = None,
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
        checkpoint: File that is written as training goes on, and continued from when it exists.
        progress: How to show progress.

    Returns:
        The trained network (with `patience`, the best one) and the losses of its epochs.

    Raises:
        TrainingError: The loss stopped being a finite number, or the checkpoint belongs to something else.
    """
    use_compilation_cache()
    rows = np.arange(len(features)) if train_rows is None else train_rows
    held = features[:0] if validation is None else validation
    job = _plan(network, features, rows, held, settings, like_rows)
    fresh = _fresh(job, network)
    owner = fingerprint(settings, network, features, rows, held) if checkpoint else ""
    resumed = load_progress(checkpoint, fresh, owner) if checkpoint else None
    with reporter(progress) as report:
        final = _all_epochs(job, resumed or fresh, report, checkpoint, owner)
    kept = final.best if settings.patience else final.state.parameters
    return _on_host(job.layout.unpack(kept)), final.history


def _plan(
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "train"],
    held: Float[np.ndarray, "validation features"],
    settings: TrainingSettings,
    like_rows: int | None,
) -> _Job:
    plan = plan_batches(like_rows or len(rows), features.shape[1], settings.batch_size)
    layout = choose_layout(network, plan.batch_size)
    rate = settings.learning_rate or DEFAULT_LEARNING_RATES[settings.optimizer]
    steps = settings.epochs * math.ceil(len(rows) / plan.batch_size)
    pace = Pace(np.float32(rate), np.float32(steps))
    run = epoch_program(layout, settings)
    return _Job(settings, features, rows, held, layout, plan, run, pace, time.monotonic())


def _fresh(job: _Job, network: AbstractAutoencoder) -> Progress:
    state = first_state(job.layout, job.settings, network)
    return Progress(state, job.layout.pack(network), Watch(), History())


def _all_epochs(job: _Job, progress: Progress, report: Reporter, checkpoint: Path | None, owner: str) -> Progress:
    saved = -math.inf
    while not progress.finished:
        progress = _one_epoch(job, progress)
        history = progress.history
        report.epoch(len(history), job.epochs, *_latest(history))
        due = time.monotonic() - saved >= SECONDS_BETWEEN_CHECKPOINTS
        if checkpoint and (due or progress.finished):
            save_progress(checkpoint, progress, owner)
            saved = time.monotonic()
    return progress


def _latest(history: History) -> tuple[float, float | None]:
    loss = history.loss[-1] if history.loss else math.nan
    return loss, history.validation_loss[-1] if history.validation_loss else None


def _one_epoch(job: _Job, progress: Progress) -> Progress:
    began, history, epoch = time.monotonic(), progress.history, len(progress.history)
    if epoch >= job.epochs:
        return dataclasses.replace(progress, finished=True)
    state, loss = _learn(job, progress.state, epoch)
    _refuse_divergence(job, loss, epoch + 1)
    validation_loss = _validate(job, state) if len(job.validation) else None
    watched = loss if validation_loss is None else validation_loss
    watch = progress.watch.after(watched, epoch + 1, job.settings.min_improvement)
    best = _copy(state.parameters) if job.settings.patience and watch.waited == 0 else progress.best
    stopped = _reason_to_stop(job, watch, epoch + 1)
    grown = History(
        loss=(*history.loss, loss),
        validation_loss=(*history.validation_loss, *(() if validation_loss is None else (validation_loss,))),
        best_epoch=watch.best_epoch if job.settings.patience else epoch + 1,
        stopped=stopped or "epochs",
        seconds=history.seconds + time.monotonic() - began,
    )
    return Progress(state, best, watch, grown, finished=stopped is not None)


def _learn(job: _Job, state: TrainingState, epoch: int) -> tuple[TrainingState, float]:
    """One pass over the rows; a limit on time may end it early."""
    order = order_of_epoch(job.train_rows, job.settings.seed, epoch, job.share(epoch))
    total, seen = 0.0, 0
    for index, chunk in enumerate(chunks_of_epoch(job.features, order, job.plan)):
        state, loss = job.run(state, chunk, job.pace, words_of_epoch(job.settings.seed, epoch, index))
        total, seen = total + float(loss), seen + int(chunk.rows)
        if job.is_late():
            break
    return state, total / seen


def _validate(job: _Job, state: TrainingState) -> float:
    network = job.layout.unpack(state.parameters)
    totals = [
        float(np.sum(mean_loss(job.settings, piece.values - piece.features), dtype=np.float64))
        for piece in reconstruct_in_blocks(network, job.validation)
    ]
    return math.fsum(totals) / len(job.validation)


def _reason_to_stop(job: _Job, watch: Watch, done: int) -> str | None:
    if job.settings.patience and watch.waited >= job.settings.patience:
        return "patience"
    if done >= job.epochs:
        return "epochs"
    return "time" if job.is_late() else None


def _refuse_divergence(job: _Job, loss: float, epoch: int) -> None:
    if math.isfinite(loss):
        return
    largest = float(np.max(np.abs(job.features[job.train_rows]))) if len(job.train_rows) else 0.0
    became = "NaN" if math.isnan(loss) else "infinite"
    raise TrainingError(
        f"Training diverged: the loss became {became} in epoch {epoch}. Usual causes: a learning rate too high "
        f"(now {float(job.pace.learning_rate):g}; try a tenth), or unscaled columns "
        f"(scaled features reach {largest:.3g}; a few units are usual). clip_norm=1 bounds the steps."
    )


def _copy(parameters: Any) -> Any:
    return [np.array(part) for part in parameters] if isinstance(parameters, list) else np.array(parameters)


def _on_host(network: AbstractAutoencoder) -> AbstractAutoencoder:
    import jax

    return jax.tree.map(np.asarray, network)
