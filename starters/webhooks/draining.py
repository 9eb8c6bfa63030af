"""Hands on what waits in the inbox, oldest first, and forgets it only after Temporal has it."""

import asyncio
import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from journal.inbox import InboxEntry
from journal.leases import LeaseBusy, LeaseLost
from journal.opening import Journal
from starters.webhooks.group_commit import GroupCommit, in_words
from starters.webhooks.intake import ResourceEvent
from starters.webhooks.line import Answer, Line

_LEASE = "inbox"
_LEASE_TTL = timedelta(seconds=10)
_HAND_ON_SECONDS = 5.0
_BATCH = 50
_LOOK_EVERY_SECONDS = 5.0  # for what other processes left behind
_WHILE_ANOTHER_DRAINS_SECONDS = 0.5
_REFUSED_AGAIN_AFTER_SECONDS = 60.0
_LATE_SECONDS = 0.1
_LONGEST_COURTESY_SECONDS = 2.0

_log = logging.getLogger(__name__)

_Resource = tuple[str, str, str]


class Drainer:
    """Drains one journal's inbox; of all processes one at a time does, under a lease."""

    def __init__(self, journal: Journal, line: Line, commit: GroupCommit) -> None:
        self._journal = journal
        self._line = line
        self._commit = commit
        # What this process kept and has not yet seen gone: as the how-manieth it last came.
        self._kept: dict[_Resource, int] = {}
        self._wake = asyncio.Event()
        self._refused_until: dict[int, float] = {}

    def waits(self, event: ResourceEvent) -> bool:
        """Tell whether an earlier event of the same resource may still wait: none overtakes it."""
        return _resource_of(event) in self._kept

    @contextmanager
    def keeping(self, event: ResourceEvent) -> Generator[None, None, None]:
        """Keep an event in the block, and hand it on afterwards."""
        self._kept[_resource_of(event)] = self._commit.begun + 1
        try:
            yield
        finally:
            self._wake.set()

    async def run(self) -> None:
        """Drain until cancelled, whenever there is something and Temporal takes it."""
        while True:
            await self._line.up()
            self._wake.clear()
            try:
                pause = await self._turn()
            except (SQLAlchemyError, LeaseLost, OSError) as failure:
                _log.warning("The inbox cannot be drained: %s", in_words(failure))
                pause = _LOOK_EVERY_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _turn(self) -> float:
        """Drain what there is; return how long nothing needs to be done."""
        seen = self._commit.settled
        if not (await self._journal.inbox.waiting()).resources:
            self._kept = {one: number for one, number in self._kept.items() if number > seen}
            return _LOOK_EVERY_SECONDS
        try:
            async with self._journal.leases.hold(_LEASE, ttl=_LEASE_TTL, wait=timedelta(0)):
                await self._drain()
        except LeaseBusy:
            await asyncio.sleep(_WHILE_ANOTHER_DRAINS_SECONDS)
            return 0
        return _LOOK_EVERY_SECONDS

    async def _drain(self) -> None:
        """Pass over the inbox until nothing is left that Temporal would take."""
        began = asyncio.get_running_loop().time()
        handed_on: dict[int, int] = {}
        while not self._line.down:
            taken = await self._pass()
            # What was told of again meanwhile comes again, with a higher count.
            handed_on |= {entry.id: entry.deliveries for entry in taken}
            if not taken:
                break
        if handed_on:
            self._tell(handed_on, asyncio.get_running_loop().time() - began)

    @staticmethod
    def _tell(handed_on: Mapping[int, int], seconds: float) -> None:
        resources, deliveries = len(handed_on), sum(handed_on.values())
        _log.info(
            "Handed on from the inbox: %d resources, told of %d times, in %.1f s",
            resources,
            deliveries,
            seconds,
            extra={
                "resources": resources,
                "deliveries": deliveries,
                "seconds": round(seconds, 1),
            },
        )

    async def _pass(self) -> list[InboxEntry]:
        """Go through the inbox once, from the oldest; return what was handed on."""
        taken: list[InboxEntry] = []
        behind = 0
        while not self._line.down:
            seen = self._commit.settled
            entries = await self._journal.inbox.oldest(_BATCH, after=behind)
            if not entries:
                break
            behind = entries[-1].id
            await _give_way()
            taken += await self._hand_on(self._due(entries), seen)
        return taken

    async def _hand_on(self, entries: Sequence[InboxEntry], seen: int) -> list[InboxEntry]:
        """Hand on several at once: each is of another resource, so none overtakes its own.

        They were read when the first `seen` events that this process kept were there to be read.
        """
        taken: list[InboxEntry] = []

        async def hand_on(entry: InboxEntry) -> None:
            answer = await self._sent(entry)
            if answer is Answer.TAKEN:
                taken.append(entry)
                resource = (entry.connection, entry.workflow, entry.resource_id)
                if self._kept.get(resource, seen + 1) <= seen:
                    del self._kept[resource]
            elif answer is Answer.REFUSED:
                again = asyncio.get_running_loop().time() + _REFUSED_AGAIN_AFTER_SECONDS
                self._refused_until[entry.id] = again

        try:
            async with asyncio.TaskGroup() as group:
                for entry in entries:
                    group.create_task(hand_on(entry))
        finally:
            # Also when this is being stopped: what Temporal has need not be told again.
            await self._journal.inbox.done(taken)
        return taken

    async def _sent(self, entry: InboxEntry) -> Answer:
        try:
            event = ResourceEvent(
                connection=entry.connection,
                kind=entry.workflow,  # pyright: ignore[reportArgumentType]
                resource_id=entry.resource_id,
                scope="inbox",
                received_at=entry.received_at,
                delivery_id=f"inbox-{entry.id}",
            )
        except ValidationError:
            _log.warning(
                "Inbox entry %d is of a kind that this version does not know: %s",
                entry.id,
                entry.workflow,
            )
            return Answer.REFUSED
        return await self._line.take(event, seconds=_HAND_ON_SECONDS)

    def _due(self, entries: Sequence[InboxEntry]) -> list[InboxEntry]:
        """Leave out what was refused lately: it stays, and stands in nobody's way."""
        now = asyncio.get_running_loop().time()
        self._refused_until = {i: until for i, until in self._refused_until.items() if until > now}
        return [entry for entry in entries if entry.id not in self._refused_until]


def _resource_of(event: ResourceEvent) -> _Resource:
    return event.connection, event.kind, event.resource_id


async def _give_way() -> None:
    """Wait while the event loop is late: senders wait for their answers, the inbox can wait."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        due = loop.time() + _LATE_SECONDS / 10
        await asyncio.sleep(_LATE_SECONDS / 10)
        now = loop.time()
        if now - due < _LATE_SECONDS or now - began > _LONGEST_COURTESY_SECONDS:
            return
