"""The process that draws for another one: drawings come in as pickles, PNG files go out as lines of base64.

Both ends are offbeat's, and the pipe between them is theirs alone.
"""

from __future__ import annotations

import base64
import multiprocessing
import pickle
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from io import BufferedIOBase
from typing import BinaryIO

import numpy as np

from offbeat.plotting.drawing import Drawing, paint


def paint_all(incoming: BinaryIO | BufferedIOBase, outgoing: BinaryIO | BufferedIOBase) -> None:
    """Draw what comes in until nothing more does.

    Args:
        incoming: Pickled lists of drawings, one after another.
        outgoing: Gets a line for each drawing: its PNG, or an empty line where it could not be drawn.
    """
    while True:
        try:
            drawings: list[Drawing] = pickle.load(incoming)
        except EOFError:
            return
        for png in _pngs(drawings):
            outgoing.write(base64.b64encode(png) + b"\n")
            outgoing.flush()


def _pngs(drawings: list[Drawing]) -> Iterable[bytes]:
    """The PNGs, drawn by as many processes as there are cores where forks of this one cost nothing."""
    if sys.platform != "linux":
        return map(_png, drawings)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(_png, drawings))


def _png(drawing: Drawing) -> bytes:
    try:
        return paint([drawing])[0]
    except Exception:  # the other side draws it again, and meets the error where it can be told
        return b""


if __name__ == "__main__":
    replies = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library may print is no reply
    # The first figure takes three times as long as the next ones, for fonts and modules: draw it while nobody waits.
    paint([Drawing("draw_history", {"training": np.array([1.0, 0.5])})])
    paint_all(sys.stdin.buffer, replies)
