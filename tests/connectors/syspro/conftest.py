"""A served stand-in, sessions in memory, and documents to post."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.sessions import Session
from connectors.syspro.connector import Syspro, syspro
from connectors.syspro.profile import SysproProfile
from connectors.syspro.settings import SysproSettings
from connectors.transport import Timeouts
from domain.customer import Customer
from domain.document import DocumentLine, DocumentLineKind, PaymentPosting, SalesDocument
from domain.money import Money
from domain.order import Address
from sandbox.serving import StandInServer
from sandbox.syspro import SysproSettings as StandInSettings
from sandbox.syspro import SysproStandIn

PLANTED = "pl4nted-passw0rd"


class MemorySessions:
    def __init__(self) -> None:
        self.session: Session | None = None
        self._renewing = asyncio.Lock()
        self._posting = asyncio.Lock()

    async def current(self) -> Session | None:
        return self.session

    async def renew(self, stale: Session | None, logon: Callable[[], Awaitable[str]]) -> Session:
        async with self._renewing:
            now = self.session
            if now is not None and (stale is None or now.version != stale.version):
                return now
            before = now or stale
            version = before.version + 1 if before else 1
            token = await logon()
            self.session = Session(token=token, version=version, renewed_at=datetime.now(UTC))
            return self.session

    async def end(self, session: Session) -> bool:
        was = self.session is not None and self.session.version == session.version
        if was:
            self.session = None
        return was

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        return self._posting  # type: ignore[return-value]


@dataclass
class Site:
    stand_in: SysproStandIn
    base_url: str
    sessions: MemorySessions = field(default_factory=MemorySessions)
    opened: list[Syspro] = field(default_factory=list)

    def connect(self, *, odata: bool = False, **changed: Any) -> Syspro:
        profile = {"late_commit_seconds": 0.2} | changed.pop("profile", {})
        settings = {
            "rest_base_url": f"{self.base_url}/SYSPROWCFService/Rest",
            "operator": self.stand_in.settings.operator,
            "operator_password": PLANTED,
            "company": self.stand_in.settings.company_id,
            "branch": "10",
            "salesperson": "100",
            "terms": "0",
            "warehouse": "FG",
            "rounding_class": "ROUNDING",
            "timeouts": Timeouts(connect=30, read=30, write=30),
            "profile": SysproProfile(**profile),
        }
        if odata:
            settings["odata_url"] = self.base_url
            settings["odata_user"] = self.stand_in.settings.odata_user
            settings["odata_password"] = self.stand_in.settings.odata_password
        connector = syspro(SysproSettings(**(settings | changed)), self.sessions)
        self.opened.append(connector)
        return connector


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    stand_in = SysproStandIn(StandInSettings(operator_password=PLANTED))
    async with StandInServer(stand_in.app) as server:
        site = Site(stand_in, server.base_url)
        yield site
        for connector in site.opened:
            await connector.aclose()
        stand_in.audit()


@pytest.fixture(params=[False, True], ids=["comfnd", "odata"])
def erp(request: pytest.FixtureRequest, site: Site) -> Syspro:
    return site.connect(odata=request.param)


def usd(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def line(
    net: str,
    tax: str = "0",
    revenue_class: str = "GOODS",
    *,
    kind: DocumentLineKind = DocumentLineKind.ITEM,
    item: str = "",
    quantity: str = "1",
    currency: str = "USD",
) -> DocumentLine:
    return DocumentLine(
        kind=kind,
        source="line:1",
        item=item,
        description="A thing",
        quantity=Decimal(quantity),
        net=usd(net, currency),
        tax=usd(tax, currency),
        revenue_class=revenue_class,
    )


def document(key: str = "BC-100", *lines: DocumentLine, **changed: Any) -> SalesDocument:
    lines = lines or (
        line("100.00", "20.00"),
        line("10.00", "2.00", "FREIGHT", kind=DocumentLineKind.FREIGHT),
    )
    currency = lines[0].net.currency
    tax = Money.total((one.tax for one in lines), currency)
    total = Money.total((one.gross for one in lines), currency)
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "order_number": "100",
        "customer": "WEB0001",
        "on": datetime.now(UTC).date(),
        "lines": lines,
        "tax": tax,
        "total": abs(total),
    }
    return SalesDocument(**(fields | changed))


def payment(key: str = "BC-100-P1", **changed: Any) -> PaymentPosting:
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "customer": "WEB0001",
        "document": "BC-100",
        "amount": usd("132.00"),
        "account": "CARD",
        "method": "Card",
        "on": datetime.now(UTC).date(),
    }
    return PaymentPosting(**(fields | changed))


def buyer(**changed: Any) -> Customer:
    address = Address(
        first_name="Ann",
        last_name="Person",
        street_1="1 High St",
        city="Austin",
        state="Texas",
        postcode="78701",
        country="United States",
    )
    fields: dict[str, Any] = {
        "id": "42",
        "email": "Ann.Person@example.com",
        "name": "Ann Person",
        "contact": "Ann Person",
        "phone": "555-0100",
        "currency": "USD",
        "billing": address,
        "shipping": address,
    }
    return Customer(**(fields | changed))


@pytest.fixture
def make() -> Any:
    class Make:
        document = staticmethod(document)
        line = staticmethod(line)
        payment = staticmethod(payment)
        buyer = staticmethod(buyer)
        money = staticmethod(usd)
        planted = PLANTED

    return Make
