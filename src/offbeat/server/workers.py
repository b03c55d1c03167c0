"""Threads that do the work, and a queue before them that is never longer than was said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from offbeat.server.limits import Limits
from offbeat.server.refusal import Refusal

Result = TypeVar("Result")


class Workers:
    """A pool of threads for one event loop, from which alone its methods are called.

    Attributes:
        under_way: How many pieces of work wait for a thread or are in one.
    """

    def __init__(self, limits: Limits) -> None:
        self._most = limits.under_way
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="scoring")
        self.under_way = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, from one of the threads.

        Work that nobody waits for any more (the request's time is over) is not begun; what has begun cannot be
        stopped, and counts until it ends.

        Raises:
            Refusal: 503, the queue is full.
        """
        if self.under_way >= self._most:
            raise busy()
        loop = asyncio.get_running_loop()
        self.under_way += 1
        future = self._pool.submit(work)
        future.add_done_callback(lambda _: self._count_down(loop))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finish what was begun."""
        self._pool.shutdown()

    def _count_down(self, loop: asyncio.AbstractEventLoop) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._one_less)

    def _one_less(self) -> None:
        self.under_way -= 1


def busy() -> Refusal:
    """What a request is told for which there is no room."""
    return Refusal("busy", "The service has as many requests as it takes on at a time. Come again in a second.")
