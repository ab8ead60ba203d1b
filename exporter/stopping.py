"""What ends the program from outside: signals that ask for it, and work that gives way to them."""

import asyncio
from collections.abc import Awaitable
from signal import Signals
from typing import TypeVar

T = TypeVar("T")


def stop_on(*signals: Signals) -> asyncio.Event:
    """Give an event that any of these signals sets from now on, instead of what it did before."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    return stop


async def unless(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """Wait for work that may take long, or cancel it and give None when told to stop meanwhile."""
    doing, stopping = asyncio.ensure_future(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else await doing
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.wait({doing, stopping})
