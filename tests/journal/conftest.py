"""Journals on both databases; every test that asks for `url` or `journal` runs on each."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal.opening import Journal, migrate, open_journal
from settings.keyring import Keyring
from tests.support.journals import fresh_journal
from tests.support.postgres import Postgres

_DATABASES = ("sqlite", "postgresql")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture(params=_DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/journal.db"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.fresh_database() as url:
            yield url


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> Iterator[str]:
    """The URL of a database with its tables, to be copied."""
    with postgres.fresh_database() as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture(params=_DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with its tables and nothing in them."""
    if request.param == "sqlite":
        yield fresh_journal(tmp_path / "journal.db")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.fresh_database(copy_of=request.getfixturevalue("migrated_database")) as url:
            yield url


@pytest.fixture
def keyring() -> Keyring:
    return Keyring({"2026": os.urandom(32)})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def journal(url: str, keyring: Keyring, clock: Clock) -> AsyncIterator[Journal]:
    async with open_journal(url, keyring, clock=clock) as journal:
        yield journal


@pytest.fixture
async def other_process(url: str, keyring: Keyring, clock: Clock) -> AsyncIterator[Journal]:
    """A second journal on the same database, sharing nothing else with the first."""
    async with open_journal(url, keyring, clock=clock) as journal:
        yield journal
