"""Threads that do the work, and a queue before them that is never longer than was said."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from offbeat.server.limits import Limits
from offbeat.server.refusal import Refusal

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST_TOGETHER = 32
"""How many pieces of work are done in one go: the first of them is told when the last is done."""


class Workers:
    """A pool of threads for one event loop, from which alone its methods are called.

    Attributes:
        under_way: How many pieces of work wait for a thread or are in one.
    """

    def __init__(self, limits: Limits) -> None:
        self._most = limits.under_way
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="scoring")
        self._lanes: WeakKeyDictionary[object, _Lane[Any, Any]] = WeakKeyDictionary()
        self.under_way = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, from one of the threads.

        Work that nobody waits for any more (the request's time is over) is not begun; what has begun cannot be
        stopped, and counts until it ends.

        Raises:
            Refusal: 503, the queue is full.
        """
        self._require_room()
        return await self._result(self._pool.submit(work))

    async def run_together(
        self, group: object, item: Item, work: Callable[[list[Item]], list[Result | Exception]]
    ) -> Result:
        """As `run`, for work that takes little longer on several items than on one.

        Items that come while others of their group are worked on wait for these, and then are worked on together; no
        item waits where nothing is worked on. One thread does so sooner than two, which take turns in the interpreter.

        Args:
            group: Only items of the same one go together; they come with the same work, which does not refer to it.
            item: What to work on.
            work: From items to what becomes of each, in the same order: a result, or the error that it alone meets.

        Raises:
            Refusal: 503, the queue is full.
        """
        self._require_room()
        lane = self._lanes.setdefault(group, _Lane(work))
        return await self._result(lane.add(item, self._pool))

    def close(self) -> None:
        """Take on nothing more, and wait for nothing: whoever asked has been answered, or told that time is over.

        Work that such a request has left behind cannot be stopped; it ends with the process.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _require_room(self) -> None:
        if self.under_way >= self._most:
            raise busy()

    async def _result(self, future: Future[Result]) -> Result:
        loop = asyncio.get_running_loop()
        self.under_way += 1
        future.add_done_callback(lambda _: self._count_down(loop))
        return await asyncio.wrap_future(future)

    def _count_down(self, loop: asyncio.AbstractEventLoop) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._one_less)

    def _one_less(self) -> None:
        self.under_way -= 1


class _Lane(Generic[Item, Result]):
    """Items of one group, worked on by one thread at a time, as many as have come."""

    def __init__(self, work: Callable[[list[Item]], list[Result | Exception]]) -> None:
        self._work = work
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()
        self._lock = Lock()
        self._busy = False

    def add(self, item: Item, pool: ThreadPoolExecutor) -> Future[Result]:
        future: Future[Result] = Future()
        with self._lock:
            self._waiting.append((item, future))
            if not self._busy:
                self._busy = True
                pool.submit(self._go_on, pool)
        return future

    def _go_on(self, pool: ThreadPoolExecutor) -> None:
        """Work on those that have come, and then let other work have its turn before those that came meanwhile."""
        self._work_on(self._taken())
        with self._lock:
            self._busy = bool(self._waiting)
            if self._busy:
                pool.submit(self._go_on, pool)

    def _taken(self) -> list[tuple[Item, Future[Result]]]:
        with self._lock:
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
        return [(item, future) for item, future in taken if future.set_running_or_notify_cancel()]

    def _work_on(self, taken: list[tuple[Item, Future[Result]]]) -> None:
        if not taken:
            return
        try:
            results = self._work([item for item, _ in taken])
        except BaseException as error:
            results = [error] * len(taken)  # type: ignore[list-item]
        for (_, future), result in zip(taken, results, strict=True):
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)


def busy() -> Refusal:
    """What a request is told for which there is no room."""
    return Refusal("busy", "The service has as many requests as it takes on at a time. Come again in a second.")
