from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.bigcommerce.connector import BigCommerce, bigcommerce
from connectors.bigcommerce.settings import BigCommerceSettings
from domain.order import Order
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.bigcommerce.drafts import LineDraft, OrderDraft
from sandbox.faults import Fault, FaultKind
from sandbox.serving import StandInServer


@dataclass
class StoreClock:
    """Time that moves only when a test says so."""

    now: datetime = datetime(2026, 3, 5, 21, 40, 11, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass
class Shop:
    """A stand-in that is served, and the connector that talks to it."""

    store: BigCommerceStandIn
    clock: StoreClock
    server: StandInServer
    stack: AsyncExitStack
    connector: BigCommerce = field(init=False)

    def __post_init__(self) -> None:
        self.connector = self.connect()

    def connect(
        self, *, network: httpx.AsyncBaseTransport | None = None, **settings: Any
    ) -> BigCommerce:
        connector = bigcommerce(
            BigCommerceSettings.model_validate(
                {
                    "api_url": self.server.base_url,
                    "store_hash": "abc123",
                    "access_token": "sandbox-token",
                    **settings,
                }
            ),
            transport=network,
        )
        self.stack.push_async_callback(connector.aclose)
        return connector

    async def order(self, draft: OrderDraft) -> Order:
        return await self.connector.order(str(self.store.place_order(draft)))

    def breaks(self, kind: FaultKind, **fault: Any) -> None:
        self.store.faults.add(Fault(kind=kind, **fault))

    @property
    def asked(self) -> list[tuple[str, str, dict[str, str]]]:
        prefix = "/stores/abc123"
        return [
            (call.method, call.path.removeprefix(prefix), dict(call.query))
            for call in self.store.faults.calls
        ]


@pytest.fixture(params=[False, True], ids=["tax-exclusive", "tax-inclusive"])
def inclusive(request: pytest.FixtureRequest) -> bool:
    return request.param


async def _shop(settings: StoreSettings) -> AsyncIterator[Shop]:
    clock = StoreClock()
    store = BigCommerceStandIn(settings, clock=clock, webhook_pace=0.0)
    async with StandInServer(store.app) as server, AsyncExitStack() as stack:
        yield Shop(store, clock, server, stack)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async for one in _shop(StoreSettings(quota=100_000)):
        yield one


@pytest.fixture
async def either_shop(inclusive: bool) -> AsyncIterator[Shop]:
    async for one in _shop(StoreSettings(quota=100_000, prices_include_tax=inclusive)):
        yield one


Answering = Callable[..., BigCommerce]


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    """A connector whose every request gets the given answer."""
    async with AsyncExitStack() as stack:

        def connect(answer: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> Any:
            def handle(request: httpx.Request) -> httpx.Response:
                return answer if isinstance(answer, httpx.Response) else answer(request)

            connector = bigcommerce(
                BigCommerceSettings.model_validate({"store_hash": "abc123", "access_token": "t0p"}),
                transport=httpx.MockTransport(handle),
            )
            stack.push_async_callback(connector.aclose)
            return connector

        yield connect


def a_line(sku: str = "MUG-BLUE", price: str = "12.40", **more: Any) -> LineDraft:
    return LineDraft(sku=sku, price=Decimal(price), **more)


def an_order(*lines: LineDraft, **more: Any) -> OrderDraft:
    return OrderDraft(lines=lines or (a_line(),), **more)
