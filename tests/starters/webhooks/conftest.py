"""The webhook service with two connections, served for the session, fresh for each test."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from starters.webhooks.app import webhook_app
from tests.support.door import (
    Door,
    Mounted,
    Readiness,
    Taken,
    Woken,
    order_body,
    served,
    signed,
    two_endpoints,
)
from tests.support.inbox import Post, Temporal, running
from tests.support.journals import fresh_journal


@pytest.fixture(scope="session")
async def mounted() -> AsyncIterator[tuple[Mounted, int]]:
    mounted = Mounted()
    async with served(mounted) as port:
        yield mounted, port


@pytest.fixture
async def door(mounted: tuple[Mounted, int]) -> AsyncIterator[Door]:
    taken, readiness, woken = Taken(), Readiness(), Woken()
    server, port = mounted
    server.app = webhook_app(
        two_endpoints(), taken, readiness, hints=woken.hints(), accept_seconds=0.3
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        yield Door(port, http, taken, readiness, woken)


@pytest.fixture
def make_body() -> Any:
    return order_body


@pytest.fixture
def sign() -> Any:
    return signed


@pytest.fixture
def serve() -> Any:
    return served


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    await asyncio.to_thread(fresh_journal, tmp_path / "journal.db")
    return tmp_path / "journal.db"


@pytest.fixture
def temporal() -> Temporal:
    return Temporal()


@pytest.fixture
async def post(file: Path, temporal: Temporal) -> AsyncIterator[Post]:
    async with running(file, temporal) as post:
        yield post
