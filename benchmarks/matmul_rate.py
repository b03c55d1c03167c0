"""The float32 matrix-multiply rate NumPy reaches here: python matmul_rate.py BATCH SIZES, with SIZES as 100,200,100."""

import json
import sys
import time
from itertools import pairwise

import numpy as np

SQUARE = 2048
SECONDS_PER_SHAPE = 1.0


def multiply_rate(rows: int, inner: int, columns: int) -> float:
    """Return the best GFLOP/s of (rows x inner) @ (inner x columns), over about a second of blocks of calls."""
    generator = np.random.default_rng(0)
    left = generator.standard_normal((rows, inner), dtype=np.float32)
    right = generator.standard_normal((inner, columns), dtype=np.float32)
    product = np.empty((rows, columns), dtype=np.float32)
    flops = 2.0 * rows * inner * columns
    calls = max(1, int(5e9 / flops))
    best, begin = float("inf"), time.perf_counter()
    while time.perf_counter() - begin < SECONDS_PER_SHAPE:
        start = time.perf_counter()
        for _ in range(calls):
            np.matmul(left, right, out=product)
        best = min(best, time.perf_counter() - start)
    return calls * flops / best / 1e9


def main() -> None:
    """Print GFLOP/s of a large square and of each layer of the job."""
    batch, sizes = int(sys.argv[1]), [int(size) for size in sys.argv[2].split(",")]
    rates = {"square": multiply_rate(SQUARE, SQUARE, SQUARE)}
    for inputs, outputs in pairwise(sizes):
        rates[f"{batch}x{inputs}x{outputs}"] = multiply_rate(batch, inputs, outputs)
    print(json.dumps(rates))


if __name__ == "__main__":
    main()
