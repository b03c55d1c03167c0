"""Drawings: figures not drawn yet, which may as well be drawn in another process."""

from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# -P: the user's folder is no place to import from.
_COMMAND: Final = (sys.executable, "-P", "-m", "offbeat.plotting.painting")
# The process forks, and a fork may hang on a lock that another thread held. NumPy's linear algebra starts threads when
# it is imported, one a core, unless told otherwise; pictures need none.
_ONE_THREAD: Final = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}


@dataclass(frozen=True)
class Drawing:
    """A figure to be drawn.

    Attributes:
        function: A function of `offbeat.plotting`, by name: the function itself would bring matplotlib along.
        arguments: Of the function, by name; plain values and arrays.

    Example:
        >>> import numpy as np
        >>> Drawing("draw_history", {"training": np.array([0.9, 0.5])}).figure().get_size_inches()
        array([6.8, 3.6])
    """

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def figure(self) -> Figure:
        """Draw it here."""
        figure: Figure = getattr(import_module("offbeat.plotting"), self.function)(**self.arguments)
        return figure


Painter = Callable[[Sequence[Drawing]], list[bytes]]
"""Gives drawings as the bytes of PNG files."""


def paint(drawings: Sequence[Drawing]) -> list[bytes]:
    """Draw here: imports matplotlib, which takes half a second.

    Args:
        drawings: What to draw.
    """
    from offbeat.plotting.canvas import png_of

    return [png_of(drawing.figure()) for drawing in drawings]


class PaintingProcess:
    """A painter that imports matplotlib and draws beside this process, on a core of its own.

    A thread would not do: importing and drawing hold the interpreter's lock. What the process cannot do, for want of
    memory or because there is no interpreter to start, is drawn here.

    Example:
        >>> import numpy as np
        >>> with PaintingProcess() as painter:
        ...     painter([Drawing("draw_history", {"training": np.array([0.9, 0.5])})])[0][1:4]
        b'PNG'
    """

    def __init__(self) -> None:
        """Start the process; it imports matplotlib at once."""
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._process = subprocess.Popen(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
            )

    def __enter__(self) -> PaintingProcess:
        """The painter itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the process end."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def __call__(self, drawings: Sequence[Drawing]) -> list[bytes]:
        """Send the drawings, and wait for their PNGs."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return paint(drawings)
        try:
            pickle.dump(list(drawings), process.stdin)
            process.stdin.flush()
            pngs = [base64.b64decode(process.stdout.readline()) for _ in drawings]
        except (OSError, ValueError):
            return paint(drawings)
        return [png or paint([drawing])[0] for png, drawing in zip(pngs, drawings, strict=True)]
