"""A served stand-in, sessions in memory, and documents to post."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.sap_business_one.connector import SapBusinessOne, sap_business_one
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sessions import Session
from connectors.transport import Timeouts
from domain.customer import Customer
from domain.document import DocumentLine, DocumentLineKind, PaymentPosting, Payout, SalesDocument
from domain.money import Money
from domain.order import Address
from sandbox.sap_business_one import SapBusinessOneStandIn, SapSettings
from sandbox.serving import StandInServer

PLANTED = "pl4nted-passw0rd"


class MemorySessions:
    def __init__(self) -> None:
        self.session: Session | None = None
        self.renewals = 0
        self._renewing = asyncio.Lock()
        self._posting = asyncio.Lock()

    async def current(self) -> Session | None:
        return self.session

    async def renew(self, stale: Session | None, logon: Callable[[], Awaitable[str]]) -> Session:
        async with self._renewing:
            now = self.session
            if now is not None and (stale is None or now.version != stale.version):
                return now
            version = stale.version + 1 if stale else self.renewals + 1
            token = await logon()
            self.renewals += 1
            self.session = Session(token=token, version=version, renewed_at=datetime.now(UTC))
            return self.session

    async def end(self, session: Session) -> bool:
        was = self.session is not None and self.session.version == session.version
        if was:
            self.session = None
        return was

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        return self._posting  # type: ignore[return-value]


@pytest.fixture
def memory_sessions() -> MemorySessions:
    return MemorySessions()


@dataclass
class Site:
    stand_in: SapBusinessOneStandIn
    base_url: str
    sessions: MemorySessions = field(default_factory=MemorySessions)
    opened: list[SapBusinessOne] = field(default_factory=list)

    def connect(self, **changed: Any) -> SapBusinessOne:
        profile = {"late_commit_seconds": 0.2} | changed.pop("profile", {})
        settings: dict[str, Any] = {
            "base_url": self.base_url,
            "company_db": self.stand_in.settings.company_db,
            "username": self.stand_in.settings.username,
            "password": PLANTED,
            "tax_code": "CA",
            "exempt_tax_code": "EX",
            "default_warehouse": "01",
            "charge_item": "FEES",
            "freight_expense": 1,
            "rounding_class": "expense:5",
            "timeouts": Timeouts(connect=30, read=30, write=30),
            "profile": profile,
        }
        connector = sap_business_one(SapBusinessOneSettings(**(settings | changed)), self.sessions)
        self.opened.append(connector)
        return connector


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    stand_in = SapBusinessOneStandIn(SapSettings(password=PLANTED))
    stand_in.add_partner(CUSTOMER, name="Web customer")
    stand_in.add_item(ITEM, name="A thing", price=Decimal(50), stock=100)
    async with StandInServer(stand_in.app) as server:
        site = Site(stand_in, server.base_url)
        yield site
        for connector in site.opened:
            await connector.aclose()
        stand_in.audit()


@pytest.fixture
def protocol() -> str:
    return "v2"


@pytest.fixture
def erp(site: Site, protocol: str) -> SapBusinessOne:
    return site.connect(protocol=protocol)


CUSTOMER, ITEM = "C-WEB", "THING"


def usd(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def line(
    net: str,
    tax: str = "0",
    revenue_class: str = "default",
    *,
    kind: DocumentLineKind = DocumentLineKind.ITEM,
    item: str = ITEM,
    quantity: str = "1",
    currency: str = "USD",
    source: str = "line:1",
) -> DocumentLine:
    return DocumentLine(
        kind=kind,
        source=source,
        item=item if kind is DocumentLineKind.ITEM else "",
        description="A thing",
        quantity=Decimal(quantity),
        net=usd(net, currency),
        tax=usd(tax, currency),
        revenue_class=revenue_class,
    )


def document(key: str = "BC-100", *lines: DocumentLine, **changed: Any) -> SalesDocument:
    lines = lines or (
        line("100.00", "8.31", quantity="2"),
        line("10.00", "0.99", "expense:1", kind=DocumentLineKind.FREIGHT, source="shipping:1"),
    )
    currency = lines[0].net.currency
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "order_number": "100",
        "customer": CUSTOMER,
        "on": datetime.now(UTC).date(),
        "lines": lines,
        "tax": Money.total((one.tax for one in lines), currency),
        "total": abs(Money.total((one.gross for one in lines), currency)),
        "ship_to": _address(),
    }
    return SalesDocument(**(fields | changed))


def payment(document: str, key: str = "BC-100-P1", **changed: Any) -> PaymentPosting:
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "customer": CUSTOMER,
        "document": document,
        "amount": usd("119.30"),
        "account": "161010",
        "method": "Card",
        "on": datetime.now(UTC).date(),
    }
    return PaymentPosting(**(fields | changed))


def payout(credit: str, key: str = "BC-100-B1-13", **changed: Any) -> Payout:
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "customer": CUSTOMER,
        "credit": credit,
        "credit_key": "BC-100-R1",
        "amount": usd("54.15"),
        "account": "161010",
        "method": "Card",
        "on": datetime.now(UTC).date(),
    }
    return Payout(**(fields | changed))


def _address() -> Address:
    return Address(
        first_name="Ann",
        last_name="O'Hara",
        street_1="1 High St",
        city="Austin",
        state="Texas",
        postcode="78701",
        country="United States",
        country_code="US",
    )


def buyer(**changed: Any) -> Customer:
    fields: dict[str, Any] = {
        "id": "42",
        "email": "Ann.OHara@example.com",
        "name": "Ann O'Hara",
        "contact": "Ann O'Hara",
        "phone": "555-0100",
        "currency": "USD",
        "billing": _address(),
        "shipping": _address(),
    }
    return Customer(**(fields | changed))


async def posted(erp: SapBusinessOne, meant: SalesDocument) -> Any:
    """Post as the steps do, and return what stands there."""
    ready = erp.prepared(meant, tolerance=usd("0.05", meant.total.currency))
    assert await erp.find_document(ready) is None
    await erp.post_document(ready)
    found = await erp.find_document(ready)
    assert found is not None
    return found


@pytest.fixture
def make() -> Any:
    class Make:
        document = staticmethod(document)
        line = staticmethod(line)
        payment = staticmethod(payment)
        payout = staticmethod(payout)
        buyer = staticmethod(buyer)
        money = staticmethod(usd)
        posted = staticmethod(posted)
        planted = PLANTED
        customer = CUSTOMER
        item = ITEM

    return Make
