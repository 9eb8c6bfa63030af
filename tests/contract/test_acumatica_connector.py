"""Every Acumatica request of ours, and an answer to it, against the vendor's OpenAPI document."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.acumatica.connector import Acumatica, acumatica
from connectors.acumatica.settings import AcumaticaSettings
from connectors.errors import OutcomeUnknown
from connectors.sessions import Session
from domain.contacts import AccountPart
from domain.customer import Customer
from domain.document import (
    DocumentKind,
    DocumentLine,
    DocumentLineKind,
    PaymentPosting,
    Payout,
    SalesDocument,
)
from domain.money import Money
from domain.order import Address
from tests.connectors.acumatica.vendor import SPEC, Document, Vendor

pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason=f"no Acumatica schema at {SPEC}")


class Kept:
    def __init__(self) -> None:
        self.session: Session | None = None

    async def current(self) -> Session | None:
        return self.session

    async def renew(self, stale: Session | None, logon: Any) -> Session:
        self.session = Session(token=await logon(), version=1, renewed_at=datetime.now(UTC))
        return self.session

    async def end(self, session: Session) -> bool:
        return True

    def exclusive(self) -> Any:
        return nullcontext()


@pytest.fixture(scope="module")
def document() -> Document:
    return Document()


@pytest.fixture
def vendor(document: Document) -> Vendor:
    return Vendor(document)


def _connect(vendor: Vendor, **changed: Any) -> Acumatica:
    settings = {
        "base_url": "https://erp.example.com",
        "tenant": "Till",
        "branch": "X1",
        "auth": {
            "client_id": "app@Till",
            "client_secret": "s",
            "username": "u",
            "password": "p",
        },
        "tax_id": "X1",
        "default_warehouse": "X1",
        "uom": "EA",
        "customer_class": "WEB",
        "adjustment_item": "ADJUST",
    }
    validated = AcumaticaSettings.model_validate(settings | changed)
    return acumatica(validated, Kept(), transport=httpx.MockTransport(vendor))


def _usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


_ADDRESS = Address(
    first_name="Ann",
    last_name="O'Hara",
    street_1="1 High St",
    city="Austin",
    postcode="78701",
    country_code="US",
)
_BUYER = Customer(
    id="7", email="ann.o'hara@example.com", name="Ann O'Hara", currency="USD",
    billing=_ADDRESS, shipping=_ADDRESS,
)  # fmt: skip


def _meant(kind: DocumentKind = DocumentKind.INVOICE, against: str = "") -> SalesDocument:
    lines = (
        DocumentLine(
            kind=DocumentLineKind.ITEM,
            source="line:1",
            item="X1",
            description="A thing",
            quantity=Decimal(3),
            net=_usd("10.00"),
            tax=_usd("1.00"),
            revenue_class="ADJUST",
        ),
        DocumentLine(
            kind=DocumentLineKind.FREIGHT,
            source="shipping:1",
            net=_usd("5.00"),
            tax=_usd("0"),
            revenue_class="FREIGHT",
        ),
    )
    return SalesDocument(
        key="BC-1",
        kind=kind,
        against=against,
        order_id="1",
        order_number="1",
        customer="X1",
        on=date(2026, 11, 21),
        lines=lines,
        tax=_usd("1.00"),
        total=_usd("16.00"),
        ship_to=_ADDRESS,
        email="ann@example.com",
    )


_DOCUMENTS = [
    pytest.param("sales-order", _meant(), id="order"),
    pytest.param("sales-order", _meant(DocumentKind.CREDIT, "SO X1"), id="credit-on-order"),
    pytest.param("sales-order", _meant(DocumentKind.DEBIT, "SO X1"), id="debit-on-order"),
    pytest.param("sales-invoice", _meant(), id="invoice"),
    pytest.param("sales-invoice", _meant(DocumentKind.CREDIT, "Invoice X1"), id="credit-memo"),
    pytest.param("sales-invoice", _meant(DocumentKind.DEBIT, "Invoice X1"), id="debit-on-invoice"),
]


@pytest.mark.parametrize(("strategy", "meant"), _DOCUMENTS)
@pytest.mark.parametrize("linked", [False, True], ids=["values", "linked"])
async def test_a_document_is_looked_for_written_and_read_in_the_schemas_names(
    vendor: Vendor, strategy: str, meant: SalesDocument, linked: bool
) -> None:
    erp = _connect(vendor, strategy=strategy, profile={"link_credits": linked})
    assert await erp.find_document(meant) is not None
    vendor.nothing_there = True
    await erp.post_document(meant)
    entity = "SalesOrder" if strategy == "sales-order" else "SalesInvoice"
    assert f"PUT /{entity}" in vendor.asked


@pytest.mark.parametrize("against", ["SO X1", "Invoice X1"])
async def test_a_payment_is_looked_for_written_and_released_in_the_schemas_names(
    vendor: Vendor, against: str
) -> None:
    erp = _connect(vendor, profile={"released_statuses": ["Closed"]})
    payment = PaymentPosting(
        key="BC-1",
        order_id="1",
        customer="X1",
        document=against,
        amount=_usd("16.00"),
        account="STORECC/10600",
        method="Card",
        on=date(2026, 11, 21),
    )
    assert await erp.find_payment(payment) is None
    vendor.nothing_there = True
    await erp.post_payment(payment)
    assert "PUT /Payment" in vendor.asked
    assert "POST /Payment/ReleasePayment" in vendor.asked


def _payout(credit: str) -> Payout:
    return Payout(
        key="BC-1",
        order_id="1",
        customer="X1",
        credit=credit,
        credit_key="BC-1-R1",
        amount=_usd("1.50"),
        account="STORECC/10600",
        method="Card",
        on=date(2026, 11, 21),
    )


async def test_a_refund_of_a_memo_is_written_and_released_in_the_schemas_names(
    vendor: Vendor,
) -> None:
    erp = _connect(vendor, profile={"released_statuses": ["Closed"]})
    payout = _payout("Credit Memo X1")
    assert await erp.find_payout(payout) is None
    vendor.nothing_there = True
    await erp.post_payout(payout)
    assert "PUT /Payment" in vendor.asked
    assert "POST /Payment/ReleasePayment" in vendor.asked


async def test_a_refund_of_a_credit_order_is_written_in_the_schemas_names(vendor: Vendor) -> None:
    erp = _connect(vendor)
    vendor.nothing_there = True
    with pytest.raises(OutcomeUnknown, match="cannot be read yet"):  # nothing ever is, here
        await erp.post_payout(_payout("CM X1"))
    assert "PUT /SalesOrder" in vendor.asked


async def test_an_invoice_is_released_by_an_action_of_the_schema(vendor: Vendor) -> None:
    erp = _connect(vendor, strategy="sales-invoice", profile={"released_statuses": ["Closed"]})
    await erp.post_document(_meant())
    assert "POST /SalesInvoice/ReleaseSalesInvoice" in vendor.asked


async def test_customers_are_found_opened_and_changed_in_the_schemas_names(vendor: Vendor) -> None:
    erp = _connect(vendor, customer_prefix="W")
    [found] = await erp.find_customers(_BUYER)
    assert found.code == "X1"
    assert await erp.customer("X1") is not None
    await erp.create_customer(_BUYER)
    await erp.update_customer("X1", _BUYER)
    assert vendor.asked.count("PUT /Customer") == 2


async def test_customers_flow_back_in_the_schemas_names(vendor: Vendor) -> None:
    erp = _connect(vendor)
    there = await erp.customer_contact("X1")
    assert there is not None
    assert there.code == "X1"
    page = await erp.changed_customers(datetime(2026, 1, 1, tzinfo=UTC))
    assert page.accounts == (there,)
    for part in AccountPart:
        await erp.update_customer("X1", _BUYER, parts={part})
    assert vendor.asked == ["GET /Customer"] * 2 + ["PUT /Customer"] * len(AccountPart)


async def test_items_are_looked_for_in_the_schemas_names(vendor: Vendor) -> None:
    assert set(await _connect(vendor).items(["X1", "O'RING"])) == {"X1"}


async def test_the_connection_test_asks_in_the_schemas_names_and_reads_every_answer(
    vendor: Vendor,
) -> None:
    web = {"customer_strategy": "single", "web_customers": {"USD": "X1"}}
    findings = await _connect(vendor, **web).examine(revenue_classes=["X1"], warehouses=["X1"])
    missing = [one for one in findings if not one.ok]
    assert [one.check for one in missing] == ["Charge item ADJUST"]  # the only one not named X1
    assert len(findings) == 13


async def test_stock_is_read_by_inquiry_and_in_the_schemas_names(vendor: Vendor) -> None:
    page = await _connect(vendor).stock(["MAIN", "EAST"])
    assert [(one.item, one.warehouse) for one in page.levels] == [("X1", "EAST"), ("X1", "MAIN")]
    assert vendor.asked == ["PUT /StorageDetailsInquiry"] * 2


async def test_prices_are_read_in_the_schemas_names(vendor: Vendor) -> None:
    page = await _connect(vendor).prices(price_list="", currency="USD")
    [price] = page.prices
    assert price.cost == _usd("1.5")
