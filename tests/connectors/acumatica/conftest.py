"""A served stand-in, sessions in memory, and documents to post."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.acumatica.connector import Acumatica, acumatica
from connectors.acumatica.settings import AcumaticaSettings
from connectors.sessions import Session
from domain.customer import Customer
from domain.document import DocumentLine, DocumentLineKind, PaymentPosting, Payout, SalesDocument
from domain.money import Money
from domain.order import Address
from sandbox.acumatica.access import erp_access
from sandbox.acumatica.app import AcumaticaStandIn
from sandbox.acumatica.settings import AcumaticaSettings as StandInSettings
from sandbox.serving import StandInServer


class MemorySessions:
    """The journal's sessions, in memory; shared by the connectors of a test."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.kept: list[str] = []
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
            self.kept.append(token)
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
    stand_in: AcumaticaStandIn
    base_url: str
    sessions: MemorySessions = field(default_factory=MemorySessions)
    opened: list[Acumatica] = field(default_factory=list)

    def connect(
        self,
        *,
        kind: str = "password",
        refresh_token: str = "",
        sessions: MemorySessions | None = None,
        **changed: Any,
    ) -> Acumatica:
        profile = {
            "late_commit_seconds": 0.2,
            "action_poll_seconds": 0.01,
            "action_seconds": 10,
        } | changed.pop("profile", {})
        access = erp_access(
            self.stand_in.settings,
            self.base_url,
            kind=kind,  # type: ignore[arg-type]
            refresh_token=refresh_token,
        )
        access.pop("type")
        settings = access | {
            "rounding_item": "ROUNDING",
            "adjustment_item": "ADJUST",
            "customer_class": "WEB",
            "timeouts": {"connect": 30, "read": 30, "write": 30},
            "profile": profile,
        }
        validated = AcumaticaSettings.model_validate(settings | changed)
        connected = acumatica(validated, sessions or self.sessions)
        self.opened.append(connected)
        return connected


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    stand_in = AcumaticaStandIn(StandInSettings())
    async with StandInServer(stand_in.app) as served:
        found = Site(stand_in, served.base_url)
        try:
            yield found
        finally:
            for connected in found.opened:
                await connected.aclose()


@pytest.fixture
def erp(site: Site) -> Acumatica:
    return site.connect()


def usd(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def line(
    net: str,
    tax: str = "0",
    *,
    item: str = "MUG-BLUE",
    quantity: str = "1",
    currency: str = "USD",
) -> DocumentLine:
    return DocumentLine(
        kind=DocumentLineKind.ITEM,
        source="line:1",
        item=item,
        description="A thing",
        quantity=Decimal(quantity),
        net=usd(net, currency),
        tax=usd(tax, currency),
        revenue_class="ADJUST",
    )


def charge(
    net: str, tax: str = "0", *, to: str = "FREIGHT", kind: DocumentLineKind | None = None
) -> DocumentLine:
    return DocumentLine(
        kind=kind or DocumentLineKind.CHARGE,
        source="fee:1",
        description="A charge",
        net=usd(net),
        tax=usd(tax),
        revenue_class=to,
    )


_ADDRESS = Address(
    first_name="Ann",
    last_name="Person",
    street_1="1 High St",
    city="Austin",
    state="Texas",
    postcode="78701",
    country="United States",
    country_code="US",
)


def document(key: str = "BC-100", *lines: DocumentLine, **changed: Any) -> SalesDocument:
    lines = lines or (
        line("100.00", "20.00", quantity="3"),
        charge("10.00", "2.00", kind=DocumentLineKind.FREIGHT),
    )
    currency = lines[0].net.currency
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "order_number": "100",
        "customer": "WEBSTORE",
        "on": datetime.now(UTC).date(),
        "lines": lines,
        "tax": Money.total((one.tax for one in lines), currency),
        "total": Money.total((one.gross for one in lines), currency),
        "ship_to": _ADDRESS,
        "email": "ann.person@example.com",
    }
    return SalesDocument(**(fields | changed))


def payment(key: str = "BC-100-P1", **changed: Any) -> PaymentPosting:
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "customer": "WEBSTORE",
        "document": "SO 000001",
        "amount": usd("132.00"),
        "account": "STORECC/10600",
        "method": "Card",
        "on": datetime.now(UTC).date(),
    }
    return PaymentPosting(**(fields | changed))


def payout(credit: str, key: str = "BC-100-B1-13", **changed: Any) -> Payout:
    fields: dict[str, Any] = {
        "key": key,
        "order_id": "100",
        "customer": "WEBSTORE",
        "credit": credit,
        "credit_key": "BC-100-R1",
        "amount": usd("10.00"),
        "account": "STORECC/10600",
        "method": "Card",
        "on": datetime.now(UTC).date(),
    }
    return Payout(**(fields | changed))


def buyer(**changed: Any) -> Customer:
    fields: dict[str, Any] = {
        "id": "42",
        "email": "Ann.Person@example.com",
        "name": "Ann Person",
        "contact": "Ann Person",
        "phone": "555-0100",
        "currency": "USD",
        "billing": _ADDRESS,
        "shipping": _ADDRESS,
    }
    return Customer(**(fields | changed))


@pytest.fixture
def make() -> Any:
    class Make:
        document = staticmethod(document)
        line = staticmethod(line)
        charge = staticmethod(charge)
        payment = staticmethod(payment)
        payout = staticmethod(payout)
        buyer = staticmethod(buyer)
        money = staticmethod(usd)
        address = _ADDRESS

    return Make
