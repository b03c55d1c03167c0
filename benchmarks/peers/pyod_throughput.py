"""PyOD's AutoEncoder on random rows: python pyod_throughput.py ARRAY.npy HIDDEN BATCH ROWS, with HIDDEN as 200,200."""

import json
import os
import sys
import time
from importlib.metadata import version

import numpy as np
import torch
from pyod.models.auto_encoder import AutoEncoder
from torch.utils.data import DataLoader


class TimedAutoEncoder(AutoEncoder):
    """PyOD's detector, with the seconds of its training loop alone."""

    training_seconds = 0.0

    def train(self, train_loader: DataLoader) -> None:
        """Train, and remember how long it took."""
        start = time.perf_counter()
        super().train(train_loader)
        self.training_seconds = time.perf_counter() - start


def fitted(rows: np.ndarray, hidden: list[int], batch: int) -> TimedAutoEncoder:
    """Fit one epoch as offbeat's job is: tanh, Adam, no dropout, no batch normalisation, which would slow PyOD down."""
    detector = TimedAutoEncoder(
        hidden_neuron_list=hidden,
        hidden_activation_name="tanh",
        batch_size=batch,
        epoch_num=1,
        batch_norm=False,
        dropout_rate=0.0,
        optimizer_params={},
        verbose=0,
    )
    detector.fit(rows)
    return detector


def main() -> None:
    """Print rows a second of training and of scoring, and the number of weights."""
    path, hidden, batch, count = sys.argv[1], [int(n) for n in sys.argv[2].split(",")], *map(int, sys.argv[3:])
    torch.set_num_threads(os.cpu_count() or 1)
    rows = np.load(path)[:count]
    fitted(rows[: 4 * batch], hidden, batch)
    detector = fitted(rows, hidden, batch)
    start = time.perf_counter()
    detector.decision_function(rows)
    scoring = time.perf_counter() - start
    answer = {
        "training_rows_per_second": len(rows) / detector.training_seconds,
        "scoring_rows_per_second": len(rows) / scoring,
        "weights": sum(parameter.numel() for parameter in detector.model.parameters() if parameter.ndim == 2),
        "version": version("pyod"),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
