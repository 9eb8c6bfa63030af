import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.asgi import Receive, Scope, Send, answer, read_body
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings, Token
from sandbox.serving import StandInServer


@dataclass
class StoreClock:
    """Time that moves only when a test says so."""

    now: datetime = datetime(2026, 3, 5, 21, 40, 11, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Shop:
    store: BigCommerceStandIn
    clock: StoreClock
    server: StandInServer
    http: httpx.AsyncClient

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params)

    async def json(self, path: str, **params: Any) -> Any:
        response = await self.get(path, **params)
        assert response.status_code == 200, response.text
        return response.json()


@dataclass
class Receiver:
    """A webhook endpoint that remembers what came and answers as told."""

    status: int = 200
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.came.append((headers, await read_body(receive)))
        await answer(send, self.status, b"", {})


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    clock = StoreClock()
    settings = StoreSettings(quota=100_000)
    settings.tokens["orders-only"] = Token(frozenset({"store_v2_orders_read_only"}), "other")
    store = BigCommerceStandIn(settings, clock=clock, webhook_pace=0.0)
    async with (
        StandInServer(store.app) as server,
        httpx.AsyncClient(
            base_url=f"{server.base_url}/stores/abc123", headers={"X-Auth-Token": "sandbox-token"}
        ) as http,
    ):
        yield Shop(store, clock, server, http)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    endpoint = Receiver()
    async with StandInServer(endpoint) as server:
        yield endpoint, f"{server.base_url}/hooks"
        await asyncio.sleep(0)
