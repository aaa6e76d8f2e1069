"""Run the work on many rows at a time, on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Answer = TypeVar("Answer")

new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None
try:
    from uvloop import new_event_loop
except ImportError:  # on Windows, where asyncio's own must do
    new_event_loop = None


def run_on_loop(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run `main` to its end on an event loop of its own, the fastest that there is."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


async def run_bounded(
    work: Callable[[Item], Awaitable[Outcome]],
    items: Iterable[Item],
    at_once: int,
    done: Callable[[Item, Outcome], None],
    stopped: Callable[[], bool],
) -> None:
    """Do ``done(item, await work(item))`` for each item, with `at_once` of them in flight.

    Items are taken one by one as places become free, so they may be an endless stream. Once
    `stopped` says so, no more are taken, and those in flight are finished. An exception of
    `work` or `done` cancels what is in flight and is raised, in an ExceptionGroup.
    """
    waiting = iter(items)

    async def take_turns() -> None:
        while not stopped():
            try:
                item = next(waiting)
            except StopIteration:
                return
            done(item, await work(item))

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(take_turns())
