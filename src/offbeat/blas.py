"""NumPy's matrix products on one core each, while several threads compute them side by side."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_limits: list[Any] = []
"""The limit of the first block that is open; None for each further one."""


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """While any thread is in such a block, a matrix product of NumPy's uses the core of its caller alone.

    Left to itself each product takes all cores, and two at once get in each other's way (measured: up to twice the
    time). The limit holds for the process; it ends with the last of the blocks, in whichever order they end.

    Example:
        >>> import numpy as np
        >>> with one_blas_thread():
        ...     float((np.ones((2, 3)) @ np.ones((3, 2)))[0, 0])
        3.0
    """
    with _lock:
        _limits.append(None if _limits else _controller().limit(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            if len(_limits) > 1:
                _limits.pop()
            else:
                _limits.pop().restore_original_limits()


@functools.cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
