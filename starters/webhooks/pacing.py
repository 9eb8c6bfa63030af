"""However often something is told, it is passed on at once and then only so often."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from temporalio.service import RPCError

from activities.push_records import PushKey
from starters.webhooks.intake import NotStarted

Wake = Callable[[PushKey], Awaitable[None]]
"""Has a push look; raises NotStarted, RPCError, OSError or TimeoutError when nobody was told."""

NOT_TOLD = (NotStarted, RPCError, OSError, TimeoutError)

_log = logging.getLogger(__name__)


@dataclass
class _Rest:
    """The time after a wake, and whether somebody has told us again in it."""

    told_again: bool = False


class Pacing:
    """Wakes a push at once, and then once more for all that is told during a pause.

    A burst of five hundred notifications is thus two wakes. What waits is kept in memory alone:
    the push's own schedule finds what a crash loses.
    """

    def __init__(self, wake: Wake, *, seconds: float) -> None:
        """Give each wake so many seconds."""
        self._wake = wake
        self._seconds = seconds
        self._resting: dict[PushKey, _Rest] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def tell(self, key: PushKey, *, pause: timedelta) -> None:
        """Have the push look, now or after the pause.

        Raises:
            NotStarted, RPCError, OSError, TimeoutError: it could not be told now.
        """
        rest = self._resting.get(key)
        if rest is not None:
            rest.told_again = True
            return
        rest = self._resting[key] = _Rest()
        told = False
        try:
            await self._woken(key)
            told = True
        finally:
            # Whoever came meanwhile was answered already, whatever became of the first.
            if told or rest.told_again:
                task = asyncio.create_task(self._pause(key, rest, pause))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                del self._resting[key]

    async def aclose(self) -> None:
        """Pass on what waits, without waiting for its time."""
        self._closing.set()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _pause(self, key: PushKey, rest: _Rest, pause: timedelta) -> None:
        await self._rested(pause)
        while rest.told_again:
            rest.told_again = False
            try:
                await self._woken(key)
            except NOT_TOLD as failure:
                _log.warning("%s could not be told to push: %s", key.workflow_id, failure)
                rest.told_again = not self._closing.is_set()
            await self._rested(pause)
        del self._resting[key]

    async def _rested(self, pause: timedelta) -> None:
        """Wait for the end of a pause, or of the service."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause.total_seconds()):
                await self._closing.wait()

    async def _woken(self, key: PushKey) -> None:
        async with asyncio.timeout(self._seconds):
            await self._wake(key)
