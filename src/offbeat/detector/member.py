"""A network trained on some rows, with what its score needs to know of those rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from offbeat.detector.config import Settings
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import ReconstructedRows, make_ready, measure_in_blocks
from offbeat.networks.build import build_network, refuse_long_kernel
from offbeat.networks.linear_skip import started_at_components
from offbeat.networks.settings import NetworkSettings
from offbeat.randomness import Purpose, host_randomness
from offbeat.scoring.fit import fit_components, refuse_unfit
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.settings import ScoringSettings
from offbeat.training.history import History
from offbeat.training.loop import train
from offbeat.training.losses import mean_loss_of
from offbeat.training.reporting import ProgressStyle
from offbeat.training.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Member:
    """One trained network and the components of its score."""

    network: AbstractAutoencoder
    components: tuple[AbstractScore, ...]
    history: History


def fit_member(
    settings: Settings,
    features: Float[np.ndarray, "rows features"],
    train_rows: Int[np.ndarray, "train"],
    *,
    reference_rows: Int[np.ndarray, "reference"] | None = None,
    validation: Float[np.ndarray, "validation features"] | None = None,
    like_rows: int | None = None,
    scheduled: float | None = None,
    columns: tuple[int, ...] = (),
    probabilities: tuple[int, ...] = (),
    checkpoint: Path | None = None,
    progress: ProgressStyle = "none",
) -> Member:
    """Build a network, train it on the rows, and fit its score to them.

    Args:
        settings: Resolved, nothing left to "auto".
        features: All scaled rows.
        train_rows: Those to learn from.
        reference_rows: See `offbeat.scoring.fit.fit_components`.
        validation: Rows that measure each epoch's loss.
        like_rows: See `offbeat.training.loop.train`.
        scheduled: See `offbeat.training.loop.train`.
        columns: See `offbeat.training.loop.train`.
        probabilities: See `offbeat.networks.build.build_network`.
        checkpoint: See `offbeat.training.loop.train`.
        progress: How to show progress.
    """
    refuse_unfit(settings.part(ScoringSettings), features.shape[1])
    refuse_long_kernel(settings.part(NetworkSettings), features.shape[1])
    first_weights = host_randomness(settings.seed, Purpose.FIRST_WEIGHTS)
    network = build_network(
        settings.part(NetworkSettings), features.shape[1], first_weights, probabilities=probabilities
    )
    start = started_at_components(network, features, train_rows)
    with ThreadPoolExecutor(1) as beside:
        if like_rows is None:  # for the others all is ready by then
            beside.submit(make_ready, start, features.shape[1])
        trained, history = train(
            start,
            features,
            settings.part(TrainingSettings),
            train_rows=train_rows,
            validation=validation,
            like_rows=like_rows,
            scheduled=scheduled,
            columns=columns,
            checkpoint=checkpoint,
            progress=progress,
        )
    if settings.linear_skip and _loss(settings, trained, features, train_rows) > _loss(
        settings, start, features, train_rows
    ):
        # A learning rate too large, or noise, may cost more than the network adds: then the components alone are kept.
        trained, history = start, replace(history, best_epoch=0)
    components = fit_components(
        settings.part(ScoringSettings),
        trained,
        features,
        train_rows,
        reference_rows=reference_rows,
        columns=columns,
        huber_delta=settings.huber_delta,
        seed=settings.seed,
    )
    return Member(trained, components, history)


def _loss(
    settings: Settings,
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"],
) -> float:
    """The summed loss of some rows."""
    training = settings.part(TrainingSettings)

    def measure(piece: ReconstructedRows) -> float:
        return float(mean_loss_of(training, network, piece.values, piece.features).sum(dtype=np.float64))

    return sum(measure_in_blocks(network, features, measure, rows))
