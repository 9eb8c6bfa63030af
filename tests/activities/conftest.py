"""A journal in a file of its own, with a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal.opening import Journal, open_journal
from settings.keyring import Keyring
from tests.support.journals import fresh_journal


class Clock:
    """A clock that goes on by a little whenever it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def journal(tmp_path: Path, clock: Clock) -> AsyncIterator[Journal]:
    url = await asyncio.to_thread(fresh_journal, tmp_path / "journal.db")
    keyring = Keyring.parse(Keyring.new_key("test"))
    async with open_journal(url, keyring, clock=clock) as journal:
        yield journal
