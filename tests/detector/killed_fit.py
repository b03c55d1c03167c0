"""A fit to be killed, `python killed_fit.py FOLDER`; its parent makes the same one uninterrupted."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from small_detectors import framed, readings

import offbeat
from offbeat.training import loop
from offbeat.training.checkpoint import save_progress

# Validation rows and patience: the best weights so far have to come back as well.
SETTINGS: dict[str, Any] = {"epochs": 300, "validation": 0.2, "patience": 1000, "noise": 0.1, "threshold": "conformal"}


def fit_case(checkpoint: Path | None, **changes: Any) -> offbeat.Detector:
    """Fit from the start, or from the checkpoint on."""
    settings = {"hidden": [2], "progress": "none", **SETTINGS, **changes}
    return offbeat.fit(framed(readings()), checkpoint=checkpoint, **settings)


if __name__ == "__main__":
    # After every epoch, and slowly, so that a kill comes in time.
    loop.SECONDS_BETWEEN_CHECKPOINTS, loop.CHECKPOINT_SHARE = 0.0, 1e9
    loop.save_progress = lambda *arguments: (save_progress(*arguments), time.sleep(0.01))  # type: ignore[assignment]
    fit_case(Path(sys.argv[1]))
