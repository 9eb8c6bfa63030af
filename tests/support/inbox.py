"""An inbox around a Temporal of our making, on a real journal: for the tests of the inbox."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.service import RPCError, RPCStatusCode

from journal.opening import Journal, open_journal
from settings.keyring import Keyring
from starters.webhooks.inbox import Inbox
from starters.webhooks.intake import ResourceEvent
from tests.support.waiting import until

PATIENCE = 60.0
KEYRING = Keyring({"test": os.urandom(32)})
BEGAN = datetime.now(UTC)


@dataclass
class Temporal:
    """What takes events: at a pace, or not at all; refuses what it is told to refuse."""

    away: bool = False
    hangs: bool = False
    seconds: float = 0.0
    refused: set[str] = field(default_factory=set)
    events: list[ResourceEvent] = field(default_factory=list)
    asked: int = 0
    at_once: int = 0
    most_at_once: int = 0

    async def start(self, event: ResourceEvent) -> None:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(3600 if self.hangs else self.seconds)
        finally:
            self.at_once -= 1
        if self.away:
            raise RPCError("connection refused", RPCStatusCode.UNAVAILABLE, b"")
        if event.resource_id in self.refused:
            raise RPCError("too many signals", RPCStatusCode.INVALID_ARGUMENT, b"")
        self.events.append(event)

    async def probe(self) -> str | None:
        return "Temporal is away." if self.away or self.hangs else None

    @property
    def orders(self) -> list[str]:
        return [event.resource_id for event in self.events]


def event(order: int | str, nth: int = 0) -> ResourceEvent:
    return ResourceEvent(
        connection="main",
        kind="order",
        resource_id=str(order),
        scope="store/order/updated",
        received_at=BEGAN + timedelta(milliseconds=nth),
        delivery_id=f"msg_{order}_{nth}",
    )


@dataclass
class Post:
    """One webhook service process: its inbox and the journal that all of them share."""

    inbox: Inbox
    journal: Journal
    temporal: Temporal

    async def send(self, *orders: int | str) -> None:
        for number, order in enumerate(orders):
            await self.inbox.start(event(order, number))

    async def waiting(self) -> int:
        return (await self.journal.inbox.waiting()).resources

    async def empty(self) -> None:
        async def nothing_waits() -> bool:
            return await self.waiting() == 0

        await until(nothing_waits, "an empty inbox")


@asynccontextmanager
async def running(
    file: Path, temporal: Temporal, *, at_once: int = 4, attached: bool = True
) -> AsyncIterator[Post]:
    inbox = Inbox(temporal.start, temporal.probe, at_once=at_once)
    async with open_journal(f"sqlite+aiosqlite:///{file}", KEYRING) as journal:
        tasks = [asyncio.create_task(inbox.watch_temporal())]
        if attached:
            tasks.append(asyncio.create_task(inbox.work(journal)))
            assert await inbox.opened(within=30)
        try:
            yield Post(inbox, journal, temporal)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended
