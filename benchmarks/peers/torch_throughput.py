"""PyTorch eager on random rows: python torch_throughput.py ARRAY.npy HIDDEN BATCH EPOCHS, with HIDDEN as 200,200."""

import json
import os
import sys
import time
from itertools import pairwise

import numpy as np
import torch
from torch import nn


def tanh_network(features: int, hidden: list[int]) -> nn.Sequential:
    """Return features-hidden-features, tanh between the layers, a linear output."""
    sizes = [features, *hidden, features]
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def train(network: nn.Module, optimizer: torch.optim.Optimizer, rows: torch.Tensor, batch: int, epochs: int) -> None:
    """Train in the plain loop everybody writes, over batches of shuffled row numbers."""
    for _ in range(epochs):
        # split() and index_select() are the fastest ordinary way to shuffled batches; a DataLoader is far slower.
        for chosen in torch.randperm(len(rows)).split(batch):
            examples = rows.index_select(0, chosen)
            optimizer.zero_grad()
            nn.functional.mse_loss(network(examples), examples).backward()
            optimizer.step()


@torch.inference_mode()
def score(network: nn.Module, rows: torch.Tensor, chunk: int = 4096) -> torch.Tensor:
    """Return the mean squared error of each row."""
    return torch.cat([(network(part) - part).square().mean(dim=1) for part in rows.split(chunk)])


def main() -> None:
    """Print rows a second of training with PyTorch's default Adam and its fused one, and of scoring."""
    path, hidden, batch, epochs = sys.argv[1], [int(n) for n in sys.argv[2].split(",")], *map(int, sys.argv[3:])
    torch.set_num_threads(os.cpu_count() or 1)
    rows = torch.from_numpy(np.load(path))
    answer: dict[str, object] = {"version": torch.__version__}
    for name, fused in (("training_rows_per_second", None), ("fused_training_rows_per_second", True)):
        network = tanh_network(rows.shape[1], hidden)
        optimizer = torch.optim.Adam(network.parameters(), fused=fused)
        train(network, optimizer, rows[: 20 * batch], batch, 1)
        start = time.perf_counter()
        train(network, optimizer, rows, batch, epochs)
        answer[name] = len(rows) * epochs / (time.perf_counter() - start)
    score(network, rows)
    start = time.perf_counter()
    score(network, rows)
    answer["scoring_rows_per_second"] = len(rows) / (time.perf_counter() - start)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
