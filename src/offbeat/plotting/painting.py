"""The process that draws for another one: drawings come in as pickles, PNG files go out as lines of base64.

Both ends are offbeat's, and the pipe between them is theirs alone.
"""

from __future__ import annotations

import base64
import pickle
import sys
from io import BufferedIOBase

import numpy as np

from offbeat.plotting.drawing import Drawing, paint


def paint_all(incoming: BufferedIOBase, outgoing: BufferedIOBase) -> None:
    """Draw what comes in until nothing more does.

    Args:
        incoming: Pickled drawings, one after another.
        outgoing: Gets a line for each: its PNG, or an empty line where it could not be drawn.
    """
    while True:
        try:
            drawing: Drawing = pickle.load(incoming)
        except EOFError:
            return
        try:
            png = paint(drawing)
        except Exception:  # the other side draws it again, and meets the error where it can be told
            png = b""
        outgoing.write(base64.b64encode(png) + b"\n")
        outgoing.flush()


if __name__ == "__main__":
    replies = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library may print is no reply
    # The first figure takes three times as long as the next ones, for fonts and modules: draw it while nobody waits.
    paint(Drawing("draw_history", {"training": np.array([1.0, 0.5])}))
    paint_all(sys.stdin.buffer, replies)
