"""Every request of the SAP Business One connector names what the official metadata knows."""

import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import httpx
import pytest

from connectors.exact_json import decode_json
from connectors.sap_business_one.connector import SapBusinessOne, sap_business_one
from connectors.sap_business_one.settings import SapBusinessOneSettings
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

_ROOT = Path(__file__).parents[2]
_SPECS = Path(os.environ.get("TILLBRIDGE_SPECS", str(_ROOT.parent / "shared" / "specs")))
_FOLDER = _SPECS / "sap-business-one"
_NOT_PROPERTIES = {"eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "null"}

pytestmark = pytest.mark.skipif(
    not _FOLDER.is_dir(), reason=f"no official SAP Business One metadata in {_FOLDER}"
)


class Metadata:
    """What one protocol's $metadata says there is."""

    def __init__(self, protocol: str) -> None:
        tree = ElementTree.parse(_FOLDER / f"service-layer-{protocol}.core.edmx")
        self.sets: dict[str, str] = {}
        self.types: dict[str, dict[str, str]] = {}
        self.enums: dict[str, set[str]] = {}
        self.operations: dict[str, tuple[str, dict[str, str]]] = {}
        for node in tree.iter():
            kind, name = _tag(node), node.get("Name", "")
            if kind == "EntitySet":
                self.sets[name] = _bare(node.get("EntityType", ""))
            elif kind in ("EntityType", "ComplexType"):
                self.types[name] = {
                    one.get("Name", ""): _bare(one.get("Type", ""))
                    for one in node
                    if _tag(one) == "Property"
                }
            elif kind == "EnumType":
                self.enums[name] = {one.get("Name", "") for one in node}
            elif kind in ("Function", "Action", "FunctionImport"):
                method = "GET" if kind == "Function" else "POST"
                parameters = {
                    one.get("Name", ""): _bare(one.get("Type", ""))
                    for one in node
                    if _tag(one) == "Parameter"
                }
                if name not in self.operations or parameters:
                    self.operations[name] = (method, parameters)

    def check(self, request: httpx.Request) -> None:
        """Raise AssertionError unless everything that the request names exists."""
        parts = urlsplit(str(request.url))
        head = parts.path.split("/b1s/", 1)[1].split("/", 1)[1]
        name = re.sub(r"\(.*\)$", "", unquote(head))
        body = decode_json(request.content) if request.content else None
        if name in self.operations:
            method, parameters = self.operations[name]
            assert request.method == method, f"{name} by {request.method}"
            self._check_body(body or {}, parameters, name)
            return
        assert name in self.sets, f"there is no {name}"
        properties = self.types[self.sets[name]]
        query = parse_qs(parts.query)
        assert set(query) <= {"$select", "$filter", "$orderby", "$top"}
        named = ",".join(query.get("$select", []) + query.get("$orderby", []))
        for one in filter(None, named.split(",")):
            assert _exists(one, properties), f"{name} has no {one}"
        for condition in query.get("$filter", []):
            without_values = re.sub(r"'(?:[^']|'')*'", "", condition)
            for one in re.findall(r"[A-Za-z_]\w*", without_values):
                assert one in _NOT_PROPERTIES or _exists(one, properties), f"{name} has no {one}"
        if body is not None:
            self._check_body(body, properties, name)

    def _check_body(self, body: Any, properties: dict[str, str], where: str) -> None:
        for name, value in body.items():
            assert _exists(name, properties), f"{where} has no {name}"
            if not name.startswith("U_"):
                self._check_value(value, properties[name], f"{where}/{name}")

    def _check_value(self, value: Any, declared: str, where: str) -> None:
        collection = re.fullmatch(r"Collection\((.*)\)", declared)
        if collection:
            for one in value:
                self._check_value(one, _bare(collection[1]), where)
        elif declared in self.enums:
            assert value in self.enums[declared], f"{where} cannot be {value}"
        elif declared in self.types:
            self._check_body(value, self.types[declared], where)
        elif declared == "String":
            # The metadata calls the log-in's language a text; SAP's own samples send a number.
            assert isinstance(value, str) or where == "Login/Language", where
        elif declared in ("Int32", "Double"):
            assert isinstance(value, int | Decimal), where
        else:
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", value), f"{where}: {declared} as {value}"


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _bare(name: str) -> str:
    return name.replace("SAPB1.", "").replace("Edm.", "")


def _exists(name: str, properties: dict[str, str]) -> bool:
    return name in properties or name.startswith("U_")


class Company:
    """Answers every question with something of the right kind, and checks it first."""

    def __init__(self, metadata: Metadata, protocol: str) -> None:
        self.metadata = metadata
        self.protocol = protocol
        self.asked: set[str] = set()
        self.created: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.metadata.check(request)
        head = unquote(str(request.url).split(f"/b1s/{self.protocol}/", 1)[1].partition("?")[0])
        name = head.partition("(")[0]
        self.asked.add(f"{request.method} {name}")
        if name == "Login":
            cookie = {"Set-Cookie": "B1SESSION=8f2a;HttpOnly;"}
            return httpx.Response(200, json={"SessionId": "8f2a"}, headers=cookie)
        if request.method == "PATCH":
            return httpx.Response(204)
        if request.method == "POST" and name in self.metadata.sets:
            self.created.append(name)
            return httpx.Response(201, json=self._record(name))
        if "(" in head or name not in self.metadata.sets:
            return httpx.Response(200, json=self._record(name), headers={"ETag": 'W/"1"'})
        rows = [self._record(name)] if self._has_rows(name, request) else []
        return httpx.Response(200, json={"value": rows})

    def _has_rows(self, name: str, request: httpx.Request) -> bool:
        asked_by_number = "DocNum%20eq" in str(request.url)
        made = name in self.created
        return made or asked_by_number or name in ("BusinessPartners", "Items", "UserFieldsMD")

    def _record(self, name: str) -> dict[str, Any]:
        line = {"LineNum": 0, "ItemCode": "A", "Quantity": 1, "LineTotal": 100, "FreeText": "l:1"}
        return {
            "DocEntry": 7, "DocNum": 7, "DocTotal": 432, "DocTotalFc": 432, "CardCode": "W1",
            "CardName": "Ann", "Currency": "##", "ItemCode": "A", "DocumentLines": [line],
            "PriceListNo": 1, "FieldID": 1, "Code": "TX",
        }  # fmt: skip


class Kept:
    """One session, in memory."""

    def __init__(self) -> None:
        self.session: Session | None = None

    async def current(self) -> Session | None:
        return self.session

    async def renew(self, stale: Session | None, logon: Any) -> Session:
        token = await logon()
        self.session = Session(token=token, version=1, renewed_at=datetime.now(UTC))
        return self.session

    async def end(self, session: Session) -> bool:
        self.session = None
        return True

    def exclusive(self) -> Any:
        import contextlib

        return contextlib.nullcontext()


def _money(amount: str, currency: str) -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def _document(kind: DocumentKind, currency: str, **changed: Any) -> SalesDocument:
    net, tax = _money("100", currency), _money("8", currency)
    line = {"net": net, "tax": tax, "quantity": Decimal(1)}
    lines = (
        DocumentLine(
            kind=DocumentLineKind.ITEM, source="l:1", item="A", revenue_class="4000", **line
        ),
        DocumentLine(kind=DocumentLineKind.FREIGHT, source="s:1", revenue_class="x", **line),
        DocumentLine(kind=DocumentLineKind.CHARGE, source="f:1", revenue_class="4100", **line),
        DocumentLine(kind=DocumentLineKind.CHARGE, source="w:1", revenue_class="item:W", **line),
    )
    fields: dict[str, Any] = {
        "key": "BC-1", "kind": kind, "against": "7", "order_id": "1", "order_number": "1",
        "customer": "W1", "on": date(2026, 11, 21), "lines": lines, "note": "A note",
        "tax": _money("32", currency), "total": _money("432", currency),
        "ship_to": _ADDRESS, "email": "ann@example.com",
    }  # fmt: skip
    return SalesDocument(**(fields | changed))


_ADDRESS = Address(
    first_name="Ann",
    last_name="O'Hara",
    street_1="1 High St",
    street_2="Flat 2",
    city="Austin",
    state="Texas",
    postcode="78701",
    country_code="US",
)


def _connect(company: Company, **changed: Any) -> SapBusinessOne:
    fields: dict[str, Any] = {
        "base_url": "https://b1.example.com:50000", "protocol": company.protocol,
        "company_db": "SBO", "username": "till", "password": "secret", "tax_code": "CA",
        "exempt_tax_code": "EX", "default_warehouse": "01", "charge_item": "WEBCHARGE",
        "freight_expense": 1, "branch": 1, "sales_employee": 2, "customer_group": 100,
        "price_list": 1, "rounding_class": "expense:2", "web_customers": {"USD": "W1"},
        "series": {"invoice": 4, "order": 5, "delivery-note": 6, "credit-note": 7, "payment": 8,
                   "payout": 9},
    }  # fmt: skip
    settings = SapBusinessOneSettings(**(fields | changed))
    return sap_business_one(settings, Kept(), transport=httpx.MockTransport(company.answer))


@pytest.fixture(params=["v2", "v1"])
def company(request: pytest.FixtureRequest) -> Company:
    return Company(Metadata(request.param), request.param)


@pytest.mark.parametrize("currency", ["USD", "EUR"])
@pytest.mark.parametrize("tax_field", ["TaxCode", "VatGroup"])
@pytest.mark.parametrize("line_amounts", ["unit-price", "line-total"])
@pytest.mark.parametrize("document", ["invoice", "order-delivery-invoice"])
async def test_every_posting_names_existing_sets_properties_and_values(
    company: Company, currency: str, tax_field: str, line_amounts: str, document: str
) -> None:
    erp = _connect(
        company,
        tax_field=tax_field,
        document=document,
        profile={"line_amounts": line_amounts, "restock": True},
    )
    for kind in DocumentKind:
        meant = erp.prepared(_document(kind, currency), tolerance=_money("0.05", currency))
        company.created = []
        await erp.find_document(meant)
        await erp.post_document(meant)
        await erp.find_document(meant)
    payment = PaymentPosting(
        key="BC-1-P1",
        order_id="1",
        customer="W1",
        document="7",
        amount=_money("432", currency),
        account="161010",
        method="Card",
        on=date(2026, 11, 21),
    )
    company.created = []
    await erp.post_payment(payment)
    await erp.find_payment(payment)
    payout = Payout(
        key="BC-1-B1-2",
        order_id="1",
        customer="W1",
        credit="7",
        credit_key="BC-1",
        amount=_money("432", currency),
        account="161010",
        method="Card",
        on=date(2026, 11, 21),
    )
    await erp.post_payout(payout)
    await erp.find_payout(payout)
    await erp.aclose()
    made = {"POST Invoices", "POST CreditNotes", "POST IncomingPayments", "POST VendorPayments"}
    if document != "invoice":
        made |= {"POST Orders", "POST DeliveryNotes"}
    assert made <= company.asked


async def test_every_question_names_existing_sets_properties_and_operations(
    company: Company,
) -> None:
    erp = _connect(company)
    classes = ["4000", "expense:1", "item:W", "default"]
    findings = await erp.examine(revenue_classes=classes, warehouses=["02"])
    assert len(findings) > 15
    await erp.items(["A", "B'C"])
    buyer = Customer(
        id="5",
        email="Ann@Example.com",
        name="Ann O'Hara",
        contact="Ann",
        phone="555",
        currency="USD",
        billing=_ADDRESS,
        shipping=_ADDRESS,
    )
    await erp.find_customers(buyer)
    await erp.customer("W1")
    await erp.create_customer(buyer)
    await erp.update_customer("W1", buyer)
    await erp.customer_contact("W1")
    await erp.contact_as_kept(buyer)
    await erp.changed_customers(datetime(2026, 1, 1, tzinfo=UTC))
    for part in AccountPart:
        await erp.update_customer("W1", buyer, parts={part})
    await erp.stock(["01"])
    await erp.prices(price_list="", currency="USD")
    await erp.aclose()
    assert "POST BusinessPartners" in company.asked
    assert "PATCH BusinessPartners" in company.asked


async def test_the_session_is_ended_by_an_existing_operation(company: Company) -> None:
    erp = _connect(company, logout_on_close=True)
    await erp.customer("W1")
    await erp.aclose()
    assert "POST Logout" in company.asked
