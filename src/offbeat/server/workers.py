"""Threads that do the work, and a queue before them that is never longer than was said."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

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
        self._waiting: dict[Hashable, deque[tuple[Any, Future[Any]]]] = {}
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
        self, group: Hashable, item: Item, work: Callable[[list[Item]], list[Result | Exception]]
    ) -> Result:
        """As `run`, for work that takes little longer on several items than on one.

        Items that wait for a thread are given to it together; where a thread is free none waits for another.

        Args:
            group: Only items of the same group, which come with the same work, go together.
            item: What to work on.
            work: From items to what becomes of each, in the same order: a result, or the error that it alone meets.

        Raises:
            Refusal: 503, the queue is full.
        """
        self._require_room()
        future: Future[Result] = Future()
        waiting = self._waiting.setdefault(group, deque())
        waiting.append((item, future))
        # As many calls as items: one of them may find that another took its item along.
        self._pool.submit(_work_on_waiting, waiting, work)
        try:
            return await self._result(future)
        finally:
            if not waiting:
                self._waiting.pop(group, None)

    def close(self) -> None:
        """Finish what was begun."""
        self._pool.shutdown()

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


def _work_on_waiting(
    waiting: deque[tuple[Item, Future[Result]]], work: Callable[[list[Item]], list[Result | Exception]]
) -> None:
    taken = _take(waiting)
    if not taken:
        return
    try:
        results = work([item for item, _ in taken])
    except BaseException as error:
        results = [error] * len(taken)  # type: ignore[list-item]
    for (_, future), result in zip(taken, results, strict=True):
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)


def _take(waiting: deque[tuple[Item, Future[Result]]]) -> list[tuple[Item, Future[Result]]]:
    """Items that somebody still waits for, in order; other threads may be taking some, too."""
    taken: list[tuple[Item, Future[Result]]] = []
    while len(taken) < MOST_TOGETHER:
        try:
            item, future = waiting.popleft()
        except IndexError:
            break
        if future.set_running_or_notify_cancel():
            taken.append((item, future))
    return taken


def busy() -> Refusal:
    """What a request is told for which there is no room."""
    return Refusal("busy", "The service has as many requests as it takes on at a time. Come again in a second.")
