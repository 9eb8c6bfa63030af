"""The line to Temporal: how many events go at once, for how long, and whether it is up at all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum

from temporalio.service import RPCError, RPCStatusCode

from starters.webhooks.intake import NotStarted, ResourceEvent, Start

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
_REFUSALS = frozenset(
    {
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.ALREADY_EXISTS,
        RPCStatusCode.OUT_OF_RANGE,
    }
)

_log = logging.getLogger(__name__)

Probe = Callable[[], Awaitable[str | None]]
"""Returns None when Temporal answers, else the reason in one sentence."""


class Answer(StrEnum):
    """What became of an event on its way to Temporal."""

    TAKEN = "taken"
    REFUSED = "refused"  # this one; others may well be taken
    AWAY = "away"  # nothing is known of this one; it is safe to send again


class Line:
    """The way to Temporal. It goes down with the first failure; `watch` brings it up again.

    A failed call costs its sender time, so only those already under way pay: whoever comes while
    the line is down is told at once.
    """

    def __init__(self, start: Start, probe: Probe, *, at_once: int = 12) -> None:
        self._start = start
        self._probe = probe
        self._room = asyncio.Semaphore(at_once)
        self._up = asyncio.Event()
        self._up.set()
        self._down = asyncio.Event()
        self._reason = ""
        self._times_up = 0
        self._pause = _FIRST_PAUSE_SECONDS

    @property
    def down(self) -> str:
        """Return why Temporal is not asked; empty while it is."""
        return self._reason

    @property
    def has_room(self) -> bool:
        """Tell whether an event would go out at once."""
        return not self._room.locked()

    async def up(self) -> None:
        """Return as soon as the line is up."""
        await self._up.wait()

    async def take(self, event: ResourceEvent, *, seconds: float) -> Answer:
        """Send an event, when there is room; waiting for room does not count as `seconds`."""
        async with self._room:
            if self.down:
                return Answer.AWAY
            sent_in = self._times_up
            try:
                async with asyncio.timeout(seconds):
                    await self._start(event)
            except (NotStarted, RPCError, OSError, TimeoutError) as failure:
                if isinstance(failure, RPCError) and failure.status in _REFUSALS:
                    _log.warning(
                        "Temporal refuses the webhook of %s for %s %s: %s",
                        event.connection,
                        event.kind,
                        event.resource_id,
                        failure.message,
                    )
                    return Answer.REFUSED
                if sent_in == self._times_up:  # else it failed of what is over by now
                    self._lose(_in_words(failure))
                return Answer.AWAY
        self._pause = _FIRST_PAUSE_SECONDS
        return Answer.TAKEN

    async def watch(self) -> None:
        """Ask while the line is down, more and more rarely, until Temporal answers. Runs for ever.

        An answer alone does not make it ask sooner the next time; an event taken does.
        """
        while True:
            await self._down.wait()
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
            reason = await self._probe()
            if reason is not None:
                self._reason = reason
                continue
            self._reason = ""
            self._times_up += 1
            self._down.clear()
            self._up.set()
            _log.info("Temporal answers again; what waits in the inbox is handed on")

    def _lose(self, reason: str) -> None:
        if not self.down:
            _log.warning("Webhooks go to the inbox. %s", reason)
        self._reason = reason
        self._up.clear()
        self._down.set()


def _in_words(failure: Exception) -> str:
    if isinstance(failure, RPCError):
        return f"Temporal answers {failure.status.name.lower()}: {failure.message}."
    if isinstance(failure, TimeoutError):
        return "Temporal does not answer in time."
    return f"{failure or type(failure).__name__}."
