"""A training to be killed, `python killed_training.py CASE CHECKPOINT`; its parent trains the same uninterrupted."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.training import batches, loop
from offbeat.training.checkpoint import save_progress
from offbeat.training.history import History
from offbeat.training.settings import TrainingSettings

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "list layout, dropout and noise": (
        {"dropout": 0.2, "input_dropout": 0.1},
        {"noise": 0.1, "masking": 0.1, "optimizer": "adadelta", "batch_size": 32},
        0,
    ),
    "flat layout, patience and schedule": (
        {},
        {"patience": 10_000, "schedule": "cosine", "warmup": 0.1, "batch_size": 150},
        9,
    ),
}


def train_case(case: str, checkpoint: Path | None) -> tuple[Any, History]:
    """Train from the start or from the checkpoint to the end."""
    network, training, held = CASES[case]
    features = np.random.default_rng(1).normal(size=(150 + held, 6)).astype(np.float32)
    chosen = NetworkSettings.model_validate({"network": "dense", "hidden": (4,), **network})
    return loop.train(
        build_network(chosen, 6, np.random.default_rng(2)),
        features,
        TrainingSettings.model_validate({"epochs": 600.5, **training}),
        train_rows=np.arange(150),
        validation=features[150:] if held else None,
        checkpoint=checkpoint,
    )


if __name__ == "__main__":
    # After every epoch, so that a kill at a random moment often falls into a write; slowly, so that it comes in time.
    loop.SECONDS_BETWEEN_CHECKPOINTS, loop.CHECKPOINT_SHARE, batches.BURST_STEPS = 0.0, 1e9, 1
    loop.save_progress = lambda *arguments: (save_progress(*arguments), time.sleep(0.002))
    train_case(sys.argv[1], Path(sys.argv[2]))
