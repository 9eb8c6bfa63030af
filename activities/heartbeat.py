"""Keeps a long activity's heartbeat going, so that a dead worker is noticed within seconds."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from temporalio import activity

_EVERY_SECONDS = 5.0


@asynccontextmanager
async def heartbeating() -> AsyncGenerator[None]:
    """Heartbeat every few seconds for as long as the block runs."""
    beat = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(_EVERY_SECONDS)
