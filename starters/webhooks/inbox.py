"""The inbox in front of Temporal: an event that it does not take at once waits in the journal."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from journal.inbox import Delivery
from journal.opening import Journal
from starters.webhooks.draining import Drainer
from starters.webhooks.group_commit import GroupCommit, JournalAway
from starters.webhooks.intake import ResourceEvent, Start
from starters.webhooks.line import Answer, Line, Probe

_STRAIGHT_ON_SECONDS = 0.7
_ONLY_WAY_SECONDS = 1.6  # where there is no journal to turn to
_LOOK_SECONDS = 0.4
# In a burst the journal keeps many at the cost of one, so the rest of it is not tried one by one.
_AFTER_A_CROWD_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Inbox:
    """A `Start` around a `Start`: returns once Temporal or the journal has the event.

    Events go straight on while Temporal takes them and none of their resource waits; else to the
    journal, from where they are handed on in order. Neither there: the store delivers again.
    """

    def __init__(self, start: Start, probe: Probe, *, at_once: int = 12) -> None:
        self._probe = probe
        self._line = Line(start, probe, at_once=at_once)
        self._journal: Journal | None = None
        self._drainer: Drainer | None = None
        self._commit: GroupCommit | None = None
        self._opened = asyncio.Event()
        self._crowded_until = 0.0

    async def start(self, event: ResourceEvent) -> None:
        """Make an event safe.

        Raises:
            JournalAway: neither Temporal nor the journal took it.
        """
        if self._may_go_straight_on(event) and await self._went_straight_on(event):
            return
        try:
            await self._keep(event)
        except JournalAway:
            # Temporal is there, only busy: then its turn is waited for.
            if self._line.down or not await self._went_straight_on(event):
                raise

    async def watch_temporal(self) -> None:
        """Find out when Temporal is back. Runs for ever, with or without a journal."""
        await self._line.watch()

    async def work(self, journal: Journal) -> None:
        """Keep events in this journal and hand on what lies in it, until cancelled."""
        commit = GroupCommit(journal.inbox.put)
        drainer = Drainer(journal, self._line, commit)
        self._journal, self._commit, self._drainer = journal, commit, drainer
        self._opened.set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(commit.run())
                group.create_task(drainer.run())
        finally:
            self._opened.clear()
            self._journal = self._commit = self._drainer = None

    async def opened(self, *, within: float) -> bool:
        """Wait until there is a journal; tell whether there was one in time."""
        try:
            async with asyncio.timeout(within):
                await self._opened.wait()
        except TimeoutError:
            return False
        return True

    @property
    def degraded(self) -> str:
        """Return in one sentence why events go to the journal; empty while Temporal takes them."""
        return self._line.down

    async def ready(self) -> str | None:
        """Return None when events can be made safe, else the reason in one sentence."""
        reason = self._line.down or await self._probe()
        if not reason:
            return None
        if self._journal is None:
            return f"{reason} The journal cannot be used either."
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                waiting = await self._journal.inbox.waiting()
        except (SQLAlchemyError, OSError, TimeoutError):
            return f"{reason} The journal does not answer either."
        _log.warning("Ready by the inbox alone, %d wait in it: %s", waiting.resources, reason)
        return None

    def _may_go_straight_on(self, event: ResourceEvent) -> bool:
        if self._line.down:
            return False
        now = asyncio.get_running_loop().time()
        if not self._line.has_room:
            self._crowded_until = now + _AFTER_A_CROWD_SECONDS
            return False
        if self._drainer is None or self._temporal_is_the_only_way:
            return True
        return now > self._crowded_until and not self._drainer.waits(event)

    @property
    def _temporal_is_the_only_way(self) -> bool:
        return self._commit is None or self._commit.overdue

    async def _went_straight_on(self, event: ResourceEvent) -> bool:
        alone = self._temporal_is_the_only_way
        seconds = _ONLY_WAY_SECONDS if alone else _STRAIGHT_ON_SECONDS
        return await self._line.take(event, seconds=seconds) is Answer.TAKEN

    async def _keep(self, event: ResourceEvent) -> None:
        if self._commit is None or self._drainer is None:
            raise JournalAway("The journal cannot be used")
        delivery = Delivery(
            connection=event.connection,
            workflow=event.kind,
            resource_id=event.resource_id,
            received_at=event.received_at,
        )
        with self._drainer.keeping(event):
            await self._commit.keep(delivery)
