"""What `preview` finds out, and that it leaves no trace."""

import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from activities.connections import Connections
from connectors.contract import Capability, Erp, Store
from connectors.errors import NotFound
from domain.customer import Customer, ErpCustomer
from domain.document import SalesDocument
from domain.hold import HoldCode
from domain.mapping import ErpItem, RuleKind
from domain.money import Money
from domain.order import (
    Address,
    Charge,
    ChargeKind,
    Line,
    Order,
    OrderKey,
    OrderStatus,
    Payment,
    Pricing,
    Refund,
    RefundItem,
    RefundPayment,
    Tender,
)
from domain.plan import Gate, Link
from settings.load import load_settings
from starters.cli.output import Output
from starters.cli.previewing import show_preview
from starters.preview import Preview, preview_order

KEY = OrderKey(connection="main", order_id="117")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


ORDER = Order(
    id="117",
    number="117",
    status=OrderStatus(code="11", label="Awaiting Fulfillment"),
    currency="USD",
    pricing=Pricing.TAX_EXCLUSIVE,
    placed_at=NOW,
    changed_at=NOW,
    billing=Address(first_name="Ada", last_name="Lovelace", email="ada@example.com"),
    lines=(
        Line(
            id="1",
            sku="SKU-1",
            name="Lamp",
            quantity=Decimal(2),
            amount=usd("20.00"),
            discount=usd("0"),
            tax=usd("2.00"),
        ),
    ),
    charges=(Charge(kind=ChargeKind.SHIPPING, amount=usd("5.00"), tax=usd("0")),),
    tax=usd("2.00"),
    total=usd("27.00"),
    payments=(
        Payment(id="9", tender=Tender.CARD, method="Stripe", amount=usd("27.00"), taken_at=NOW),
    ),
)


@dataclass
class OneOrder:
    """A store that has one order."""

    order_now: Order = ORDER
    gates: Mapping[str, Gate] = field(default_factory=lambda: {"11": Gate.EXPORT})
    capabilities: frozenset[Capability] = frozenset({Capability.REPORT_BACK})

    async def order(self, order_id: str) -> Order:
        if order_id != self.order_now.id:
            raise NotFound(f"The store has no order {order_id}.")
        return self.order_now


@dataclass
class Books:
    """An ERP that can be read; every write of it would be an AttributeError."""

    accounts: tuple[ErpCustomer, ...] = ()
    known_items: frozenset[str] = frozenset({"SKU-1"})
    capabilities: frozenset[Capability] = frozenset(
        {Capability.CREATE_CUSTOMERS, Capability.PAYOUTS}
    )

    async def items(self, codes: Collection[str]) -> Mapping[str, ErpItem]:
        return {c: ErpItem(code=c, revenue_class="LAMPS") for c in codes if c in self.known_items}

    async def find_customers(self, customer: Customer) -> tuple[ErpCustomer, ...]:
        return self.accounts

    async def customer(self, code: str) -> ErpCustomer | None:
        return next((account for account in self.accounts if account.code == code), None)

    def standing_customer(self, currency: str) -> str:
        return ""

    def prepared(self, document: SalesDocument, *, tolerance: Money) -> SalesDocument:
        return document


class TwoSystems(Connections):
    """Connections whose store and ERP are given."""

    async def store(self, connection: str) -> Store:
        return cast(Store, self.given_store)

    async def erp(self, connection: str) -> Erp:
        return cast(Erp, self.given_erp)

    given_store: OneOrder
    given_erp: Books


@dataclass
class Previews:
    connections: TwoSystems
    journal: Any
    shop: Any

    async def of(self, order: Order = ORDER, books: Books | None = None) -> Preview:
        self.connections.given_store = OneOrder(order)
        self.connections.given_erp = books or Books()
        return await preview_order(KEY, self.connections, self.journal)

    async def map(self, kind: RuleKind, key: str, value: str) -> None:
        await self.journal.mappings.set("main", kind, key, value, "ann")

    def dump(self) -> list[str]:
        with sqlite3.connect(self.shop.database) as database:
            return list(database.iterdump())


@pytest.fixture
async def previews(shop: Any) -> AsyncIterator[Previews]:
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(shop.journal())
        connections = TwoSystems(load_settings(shop.settings_file), journal, stack)
        yield Previews(connections, journal, shop)


async def test_it_shows_the_whole_document_and_writes_nothing(previews: Previews) -> None:
    await previews.map(RuleKind.PAYMENT_METHOD, "Stripe", "CARD")
    before = previews.dump()

    preview = await previews.of()

    assert previews.dump() == before
    (invoice,) = preview.documents
    assert (invoice.key, invoice.total, invoice.tax) == ("BC-117", usd("27.00"), usd("2.00"))
    classes = [(line.revenue_class, line.net) for line in invoice.lines]
    assert classes == [("LAMPS", usd("20.00")), ("FREIGHT", usd("5.00"))]
    assert [step.key for step in preview.steps] == ["customer", "document", "payment:9", "report"]
    assert preview.payments[0].account == "CARD"
    assert preview.customer.how == "would-be-opened"
    assert preview.holds == ()


async def test_it_names_everything_that_would_hold_the_order_at_once(previews: Previews) -> None:
    twins = (ErpCustomer(code="C1"), ErpCustomer(code="C2"))
    preview = await previews.of(books=Books(accounts=twins, known_items=frozenset()))
    assert [hold.code for hold in preview.holds] == [
        HoldCode.CUSTOMER_AMBIGUOUS,
        HoldCode.MAPPING_MISSING,
        HoldCode.MAPPING_MISSING,
    ]
    assert [hold.mapping_key for hold in preview.holds[1:]] == ["SKU-1", "Stripe"]


async def test_an_account_that_was_found_is_named_and_one_on_hold_would_hold_the_order(
    previews: Previews,
) -> None:
    await previews.map(RuleKind.PAYMENT_METHOD, "*", "CARD")
    preview = await previews.of(books=Books(accounts=(ErpCustomer(code="C1", on_hold=True),)))
    assert (preview.customer.code, preview.customer.how) == ("C1", "found")
    assert [hold.code for hold in preview.holds] == [HoldCode.CUSTOMER_ON_HOLD]


async def test_a_mapped_account_that_does_not_exist_would_hold_the_order(
    previews: Previews,
) -> None:
    await previews.map(RuleKind.PAYMENT_METHOD, "*", "CARD")
    await previews.map(RuleKind.CUSTOMER, "ada@example.com", "GONE")
    preview = await previews.of()
    assert (preview.customer.code, preview.customer.how) == ("GONE", "mapped")
    assert [hold.reason for hold in preview.holds] == ["Customer GONE does not exist in the ERP."]


async def test_an_order_that_does_not_add_up_is_shown_with_the_difference(
    previews: Previews,
) -> None:
    await previews.map(RuleKind.PAYMENT_METHOD, "*", "CARD")
    preview = await previews.of(ORDER.model_copy(update={"total": usd("28.00")}))
    assert HoldCode.NOT_CONSERVED in [hold.code for hold in preview.holds]


async def test_a_refund_of_a_posted_order_is_shown_as_its_credit_and_what_went_back(
    previews: Previews, capsys: pytest.CaptureFixture[str]
) -> None:
    await previews.map(RuleKind.PAYMENT_METHOD, "Stripe", "CARD")
    for step, ref in (("customer", "C1"), ("document", "INV9"), ("payment:9", "P"), ("report", "")):
        link = Link(step=step, ref=ref, fingerprint=ORDER.fingerprint, total=ORDER.total)
        await previews.journal.links.put("main", KEY.resource, link)
    refund = Refund(
        id="3",
        amount=usd("11.00"),
        tax=usd("1.00"),
        items=(RefundItem(kind="line", ref="1", quantity=Decimal(1)),),
        payments=(RefundPayment(id="4", tender=Tender.CARD, method="Stripe", amount=usd("11.00")),),
        made_at=NOW,
    )

    preview = await previews.of(ORDER.model_copy(update={"refunds": (refund,)}))

    (credit,) = preview.documents
    assert (credit.kind, credit.key, credit.against) == ("credit", "BC-117-R3", "INV9")
    assert (credit.total, credit.customer) == (usd("11.00"), "C1")
    (back,) = preview.payouts
    assert (back.step, back.account, back.amount) == ("payout:3:4", "CARD", usd("11.00"))
    show_preview(Output(as_json=False), preview)
    assert "given back" in capsys.readouterr().out


async def test_people_read_the_same_that_programs_do(
    previews: Previews, capsys: pytest.CaptureFixture[str]
) -> None:
    show_preview(Output(as_json=False), await previews.of())
    shown = capsys.readouterr().out
    assert "Invoice BC-117 to a new customer" in shown
    assert "Tax 2.00 USD, total 27.00 USD" in shown
    assert "Would be held at payment:9 (mapping-missing)" in shown
    assert "tillbridge map set payment-method 'Stripe' VALUE" in shown
