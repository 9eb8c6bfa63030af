"""Waiting for what has no event of its own: a look at short intervals, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_GLANCE = 0.02


async def until(look: Callable[[], Awaitable[T | None]], what: str, *, within: float = 60.0) -> T:
    """Look until there is something to see (neither None nor False), and return it.

    Raises:
        AssertionError: it was not seen in time; the message names what.
    """
    try:
        async with asyncio.timeout(within):
            while True:
                seen = await look()
                if seen is not None and seen is not False:
                    return seen
                await asyncio.sleep(_GLANCE)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen within {within:.0f} s") from None
