"""Draws the picture of the README, docs/heartbeats.png, from built-in heartbeats: python docs/make_picture.py"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import offbeat
from offbeat.data.heartbeats import NORMAL, heartbeats
from offbeat.plotting import draw_curves

PICTURE = Path(__file__).with_name("heartbeats.png")
KINDS = ("premature-ventricular", "st-elevation", "t-inversion", "premature-atrial")
# Flat areas and thin lines lose nothing with so few colours, and the file is a third of the size.
COLOURS = 64
DOTS_PER_INCH = 160


def draw(path: Path) -> Path:
    """Learn from half of the good heartbeats, look at the rest, and draw the bad ones found over those that fit.

    Args:
        path: Of the PNG file to write.
    """
    beats = heartbeats(320, seed=1, anomalies=len(KINDS), kinds=KINDS)
    is_good = np.array([kind == NORMAL for kind in beats.kinds])
    learned = is_good & (np.arange(len(is_good)) % 2 == 0)
    others = beats.curves[~learned]
    found = offbeat.fit(beats.curves[learned], progress="none").detect(others)
    figure = draw_curves(
        others[~found.flags],
        others[found.rows],
        [int(row) for row in found.rows],
        positions=1000.0 * beats.times,
        x_label="time after the R peak (ms)",
        y_label="voltage (mV)",
    )
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH)
    Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


if __name__ == "__main__":
    print(draw(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE))
