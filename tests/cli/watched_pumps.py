"""What the tests of watch share: a small detector, and rows for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import offbeat as library

HEADER = "flow,rpm\n"


def text_of(rows: int, seed: int, shift: float = 0.0) -> str:
    """Rows as CSV lines without a header."""
    rng = np.random.default_rng(seed)
    flow = rng.normal(0, 1, rows) + shift
    return "".join(f"{a:.6g},{b:.6g}\n" for a, b in zip(flow, flow + rng.normal(0, 0.3, rows), strict=True))


def fitted_in(folder: Path) -> Path:
    """The file of a detector of such rows."""
    (folder / "good.csv").write_text(HEADER + text_of(1500, 0))
    detector = library.fit(folder / "good.csv", hidden=[1], epochs=5, score="squared", progress="none")
    detector.save(folder / "pumps.offbeat")
    return folder / "pumps.offbeat"
