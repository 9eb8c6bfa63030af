"""A served webhook service under attack, and a store beside it whose deliveries must all arrive."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from starters.webhooks.app import webhook_app
from starters.webhooks.intake import Endpoint
from starters.webhooks.verify import Verifier
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

_BESIDE = "/webhooks/beside/the-bystanders-path-secret"
_BESIDE_SECRET = "the-bystanders-client-secret"
_BETWEEN_DELIVERIES_SECONDS = 0.02


@dataclass
class Bystander:
    """An honest store that goes on delivering, and how each delivery fared."""

    door: Door
    delivered: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    async def deliver(self) -> None:
        order_id = str(len(self.delivered) + 1)
        body = order_body(order_id)
        headers = signed(body, secret=_BESIDE_SECRET, webhook_id=f"msg_{order_id}")
        began = asyncio.get_running_loop().time()
        answer = await self.door.http.post(_BESIDE, content=body, headers=headers)
        self.seconds.append(asyncio.get_running_loop().time() - began)
        self.delivered.append(order_id)
        self.statuses.append(answer.status_code)

    async def go_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.deliver()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BETWEEN_DELIVERIES_SECONDS)


@pytest.fixture(scope="session")
async def address() -> AsyncIterator[tuple[Mounted, int, httpx.AsyncClient]]:
    mounted = Mounted()
    async with (
        served(mounted) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        yield mounted, port, http


@pytest.fixture
def door(address: tuple[Mounted, int, httpx.AsyncClient]) -> Door:
    mounted, port, http = address
    taken, readiness, woken = Taken(), Readiness(), Woken()
    beside = Endpoint(
        connection="beside",
        path_secret=_BESIDE.rpartition("/")[2],
        verifier=Verifier([_BESIDE_SECRET]),
    )
    endpoints = {**two_endpoints(), "beside": beside}
    mounted.app = webhook_app(endpoints, taken, readiness, hints=woken.hints())
    return Door(port, http, taken, readiness, woken)


@pytest.fixture
async def bystander(door: Door) -> AsyncIterator[Bystander]:
    """Make an attack also a proof that real traffic goes on, each delivery taken exactly once."""
    store, stop = Bystander(door), asyncio.Event()
    going_on = asyncio.create_task(store.go_on(stop))
    yield store
    stop.set()
    await going_on
    await store.deliver()
    assert set(store.statuses) == {200}
    assert door.taken.by("beside") == store.delivered
