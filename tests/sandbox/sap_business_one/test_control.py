"""The stand-in's own API, its access table, and the faults around it."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.sap_business_one import access
from sandbox.sap_business_one.books import Entry


async def test_the_ledger_is_audited_and_told(site: Any) -> None:
    await site.invoice(U_C2_ExtRef="bc:1")
    await site.pay(1, 12.40, U_C2_ExtRef="bc:1:p")
    told = (await site.http.get("/_sandbox/ledger")).json()
    assert told["invoices"][0]["reference"] == "bc:1"
    assert told["invoices"][0]["total"] == "12.40"
    assert told["payments"][0]["accounts"] == [["161010", "12.4"]]
    assert told["totals"]["invoices"] == 1
    assert Decimal(told["totals"]["debits"]) == -Decimal(told["totals"]["credits"])


async def test_knobs_are_turned_over_http(site: Any) -> None:
    answer = await site.http.post("/_sandbox/set-stock", json={"sku": "APRON", "on_hand": 3})
    assert answer.status_code == 204
    items = {one["sku"]: one for one in (await site.http.get("/_sandbox/items")).json()}
    assert Decimal(items["APRON"]["stock"]["01"]["in_stock"]) == 3
    assert (await site.http.post("/_sandbox/set-stock", json={"sku": "NO"})).status_code == 422
    unknown = await site.http.post("/_sandbox/nonsense", json={})
    assert unknown.status_code == 404
    assert "freeze-partner" in unknown.json()["knobs"]


async def test_an_answer_can_be_lost_after_the_posting(site: Any, make_document: Any) -> None:
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="Invoices"))
    with pytest.raises(httpx.TransportError):
        await site.send("POST", "Invoices", make_document(U_C2_ExtRef="k"))
    page = await site.get("Invoices?$filter=U_C2_ExtRef%20eq%20'k'&$select=DocEntry")
    assert len(page["value"]) == 1


async def test_the_audit_names_what_does_not_add_up(site: Any) -> None:
    books = site.stand_in.books
    owed, banked = Entry("140000", Decimal(1)), Entry("161010", Decimal(-1))
    books.post(("x", 1), [owed, banked], dated=books.today)
    with pytest.raises(AssertionError, match="control account"):
        site.stand_in.audit()
    books.reverse(("x", 1), ("x", 2), dated=books.today)


def test_a_connection_s_table_names_what_the_company_has(site: Any) -> None:
    table = access.erp_access(site.settings, "http://127.0.0.1:1")
    books = site.stand_in.books
    assert table["type"] == "sap-business-one"
    assert table["tax_code"] in books.lists["SalesTaxCodes"]
    assert table["default_warehouse"] in books.lists["Warehouses"]
    assert table["charge_item"] in books.items
    assert set(access.MAPPINGS["payment-method"].values()) <= set(books.lists["ChartOfAccounts"])
    for target in access.MAPPINGS["revenue"].values():
        kind, _, code = target.partition(":")
        assert code in books.items if kind == "item" else int(code) in books.lists[
            "AdditionalExpenses"
        ]  # fmt: skip
    for code in (access.GUEST, access.GUEST_EUR):
        assert code in books.partners
