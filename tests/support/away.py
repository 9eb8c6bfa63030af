"""What the scenarios of absent parts share: quick waiting, logs that count, calls that are seen."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import event

from activities.records import Decision
from domain.hold import HoldCode
from journal.opening import Journal
from journal.outages import Outage
from sandbox.asgi import App, Receive, Scope, Send
from settings.model import Settings
from starters.decisions import decide, keys_of, open_holds
from tests.support.world import World

# An hour with tries every five minutes, in some seconds.
QUICK = {"first_seconds": 0.05, "longest_seconds": 0.5, "told_after_seconds": 0.4}
_UNLIMITED = 2**30


async def hurry(world: World) -> None:
    """Have the world's worker wait for what is away in fractions of seconds."""
    await world.stop_worker()
    world.tree["waiting"] = QUICK
    world.settings = Settings.model_validate(world.tree)
    await world.start_worker()


async def outage(world: World) -> Outage:
    """Wait until one outage is told; there must not be two."""

    async def told() -> Outage | None:
        found = await world.journal.outages.all(world.connection)
        assert len(found) < 2, found
        return found[0] if found else None

    return await world.until(told, "an outage")


async def over(world: World) -> None:
    async def ended() -> bool | None:
        return None if await world.journal.outages.all(world.connection) else True

    await world.until(ended, "the end of the outage")


async def retry_all(world: World) -> int:
    """Decide as `tillbridge retry --code credentials-rejected` does."""
    code = HoldCode.CREDENTIALS_REJECTED
    keys = keys_of(await open_holds(world.journal, world.connection, code=code))
    decision = Decision(actor="ann")
    return await decide(world.client, world.settings, keys, action="retry", decision=decision)


def told(caplog: pytest.LogCaptureFixture, *loggers: str) -> list[str]:
    """Return the levels of what was logged about outages, in order."""
    names = loggers or ("activities.watching",)
    return [record.levelname for record in caplog.records if record.name in names]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return everything that would wake somebody, whoever logged it."""
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


class Counting:
    """ASGI middleware that sees how many calls come, together and in any one second."""

    def __init__(self, app: App, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds  # how long each answer takes
        self._now = 0
        self.most_together = 0
        self.before_first_answer = 0
        self.answered = 0
        self.came_at: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self.came_at.append(monotonic())
        self._now += 1
        self.most_together = max(self.most_together, self._now)
        if not self.answered:
            self.before_first_answer += 1
        try:
            await asyncio.sleep(self._seconds)
            await self._app(scope, receive, send)
        finally:
            self._now -= 1
            self.answered += 1

    @property
    def most_in_a_second(self) -> int:
        return max(sum(start <= at < start + 1 for at in self.came_at) for start in self.came_at)


@contextmanager
def full_disk(journal: Journal) -> Iterator[None]:
    """Let the journal's file grow no further, as on a full disk."""
    pool = journal.links._database._writing.sync_engine

    def cap(pages: int) -> Any:
        def on_checkout(connection: Any, record: Any, proxy: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA max_page_count = {pages}")
            cursor.close()

        return on_checkout

    full, roomy = cap(1), cap(_UNLIMITED)
    event.listen(pool, "checkout", full)
    try:
        yield
    finally:
        event.remove(pool, "checkout", full)
        event.listen(pool, "checkout", roomy)
