from decimal import Decimal
from typing import Any

import httpx
import pytest


def prepayment(**changed: Any) -> dict[str, Any]:
    return {
        "DocType": "Prepayment",
        "PaymentMethod": "STORECC",
        "CashAccount": "10600",
        "PaymentAmount": 26.85,
        "AppliedToOrder": 26.85,
        "PaymentRef": "txn-1",
        "ExternalRef": "BC-100-P1",
        "Hold": False,
    } | changed


async def test_an_order_is_entered_with_its_payment_in_one_request(site: Any) -> None:
    shown = await site.ordered(Payments=[prepayment()])
    (entered,) = site.stand_in.books.documents("BC-100")
    (money,) = site.stand_in.books.payments_of("BC-100-P1")
    assert (shown["OrderTotal"], shown["TaxTotal"], shown["Status"]) == (26.85, 2.05, "Open")
    assert (entered.total, entered.tax, entered.balance) == (Decimal("26.85"), Decimal("2.05"), 0)
    assert money.to_orders == {("SO", "000001"): Decimal("26.85")}
    assert (money.method, money.cash_account, money.released) == ("STORECC", "10600", False)


async def test_an_order_that_does_not_say_otherwise_stays_on_hold(site: Any) -> None:
    assert (await site.ordered(Hold=None))["Status"] == "On Hold"
    shown = await site.entered("SalesOrder", {"OrderNbr": "000001", "Hold": False}, select="Status")
    assert shown["Status"] == "Open"


@pytest.mark.parametrize(
    ("changed", "path", "text"),
    [
        ({"CustomerID": "NOBODY"}, ("CustomerID",), "'NOBODY' cannot be found"),
        ({"CustomerID": None}, ("CustomerID",), "cannot be empty"),
        ({"OrderType": "EO"}, ("OrderType",), "'EO' cannot be found"),
        ({"Branch": "MOON"}, ("Branch",), "'MOON' cannot be found"),
        ({"CurrencyID": "EUR"}, ("CurrencyID",), "not allowed"),
        ({"Details": [{"InventoryID": "NOPE"}]}, ("Details", 0, "InventoryID"), "'NOPE' cannot"),
        (
            {"Details": [{"InventoryID": "MUG-BLUE", "OrderQty": -1}]},
            ("Details", 0, "OrderQty"),
            "greater than or equal to 0",
        ),
        (
            {"Details": [{"InventoryID": "MUG-BLUE", "UOM": "BOX"}]},
            ("Details", 0, "UOM"),
            "'BOX' cannot be found",
        ),
        (
            {"Details": [{"InventoryID": "MUG-BLUE", "WarehouseID": "MARS"}]},
            ("Details", 0, "WarehouseID"),
            "'MARS' cannot be found",
        ),
        (
            {"TaxDetails": [{"TaxID": "NOTAX", "TaxAmount": 1}]},
            ("TaxDetails", 0, "TaxID"),
            "'NOTAX' cannot be found",
        ),
        (
            {"Payments": [prepayment(PaymentMethod="BARTER")]},
            ("Payments", 0, "PaymentMethod"),
            "'BARTER' cannot be found",
        ),
        (
            {"Payments": [prepayment(CashAccount="10200")]},
            ("Payments", 0, "CashAccount"),
            "'10200' cannot be found",
        ),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
async def test_a_refusal_stands_beside_the_value_and_nothing_is_entered(
    site: Any, changed: dict[str, Any], path: tuple[str | int, ...], text: str
) -> None:
    from_conftest = {
        "CustomerID": "WEBSTORE",
        "CustomerOrder": "100",
        "ExternalRef": "BC-100",
        "Hold": False,
        "IsTaxValid": True,
        "Details": [{"InventoryID": "MUG-BLUE", "OrderQty": 1}],
    }
    told = await site.refused("SalesOrder", from_conftest | changed)
    assert told["error"]
    assert told["OrderNbr"] == {"value": "<NEW>"}
    node: Any = told
    for step in path:
        node = node[step]
    assert text in node["error"]
    assert site.stand_in.books.orders == []
    assert site.stand_in.books.payments == []


async def test_one_answer_names_every_wrong_line(site: Any) -> None:
    lines = [{"InventoryID": "NOPE"}, {"InventoryID": "MUG-BLUE"}, {"InventoryID": "NADA"}]
    told = await site.refused("SalesOrder", {"CustomerID": "WEBSTORE", "Details": lines})
    assert ["error" in row["InventoryID"] for row in told["Details"]] == [True, False, True]


async def test_the_same_customer_order_is_refused_where_duplicates_are_forbidden(
    site: Any,
) -> None:
    await site.ordered()
    told = await site.refused(
        "SalesOrder", {"CustomerID": "WEBSTORE", "CustomerOrder": "100", "Details": []}
    )
    assert "already been used in the sales order SO 000001" in told["CustomerOrder"]["error"]
    site.settings.forbid_duplicates = set()
    assert (await site.ordered())["OrderNbr"] == "000002"


async def test_a_canceled_order_frees_its_number(site: Any) -> None:
    await site.ordered()
    done = await site.act("SalesOrder", "CancelSalesOrder", {"OrderNbr": "000001"})
    assert done.status_code == 204
    await site.ordered()
    assert [one.status for one in site.stand_in.books.orders] == ["Canceled", "Open"]
    assert len(site.stand_in.books.documents("BC-100")) == 1


async def test_the_unit_price_is_rounded_before_it_is_multiplied(site: Any) -> None:
    line = {"InventoryID": "MUG-BLUE", "OrderQty": 3, "ManualPrice": True, "UnitPrice": 3.333}
    assert (await site.ordered(Details=[line], TaxDetails=[]))["OrderTotal"] == 9.99
    site.settings.price_decimals = 4
    again = await site.ordered(CustomerOrder="101", Details=[line], TaxDetails=[])
    assert again["OrderTotal"] == 10.00


async def test_a_manual_discount_takes_the_cents_that_no_price_can_say(site: Any) -> None:
    line = {"InventoryID": "MUG-BLUE", "OrderQty": 3, "ManualPrice": True, "UnitPrice": 3.34}
    line |= {"ManualDiscount": True, "DiscountAmount": 0.02}
    assert (await site.ordered(Details=[line], TaxDetails=[]))["OrderTotal"] == 10.00


async def test_without_a_manual_price_the_price_is_the_items(site: Any) -> None:
    line = {"InventoryID": "MUG-BLUE", "OrderQty": 1, "UnitPrice": 1}
    assert (await site.ordered(Details=[line], TaxDetails=[]))["OrderTotal"] == 12.40


async def test_a_promotion_of_the_erp_applies_unless_it_is_switched_off(site: Any) -> None:
    site.settings.promotion_percent = 10
    line = {"InventoryID": "MUG-BLUE", "OrderQty": 1, "ManualPrice": True, "UnitPrice": 10}
    changed = {"Details": [line], "TaxDetails": []}
    assert (await site.ordered(**changed))["OrderTotal"] == 9.00
    off = await site.ordered(CustomerOrder="101", DisableAutomaticDiscountUpdate=True, **changed)
    assert off["OrderTotal"] == 10.00


async def test_freight_counts_where_its_price_is_overridden(site: Any) -> None:
    shipping = {"FreightPrice": 4.50, "OverrideFreightPrice": True}
    assert (await site.ordered(ShippingSettings=shipping))["OrderTotal"] == 31.35
    ignored = await site.ordered(CustomerOrder="101", ShippingSettings={"FreightPrice": 4.50})
    assert ignored["OrderTotal"] == 26.85


async def test_tax_that_is_not_declared_valid_is_worked_out_anew(site: Any) -> None:
    assert (await site.ordered(IsTaxValid=False))["TaxTotal"] == 0


async def test_an_internal_zone_takes_only_its_own_taxes_as_sent(site: Any) -> None:
    zone = {"FinancialSettings": {"OverrideTaxZone": True, "CustomerTaxZone": "DOMESTIC"}}
    assert (await site.ordered(**zone))["TaxTotal"] == 1.80
    own = {"TaxDetails": [{"TaxID": "SALESTAX", "TaxAmount": 1.79}]}
    assert (await site.ordered(CustomerOrder="101", **zone, **own))["TaxTotal"] == 1.79


async def test_changing_a_line_without_its_tax_loses_the_tax(site: Any) -> None:
    await site.ordered()
    changed = {"OrderNbr": "000001", "Details": [{"LineNbr": 1, "OrderQty": 1}]}
    shown = await site.entered("SalesOrder", changed, select="OrderTotal,TaxTotal")
    assert (shown["OrderTotal"], shown["TaxTotal"]) == (12.40, 0)


async def test_lines_are_changed_added_and_deleted(site: Any) -> None:
    await site.ordered()
    shown = (await site.get("SalesOrder/SO/000001", expand="Details")).json()
    lines = [
        {"id": shown["Details"][0]["id"], "delete": True},
        {"InventoryID": "GRINDER", "OrderQty": 1},
        {"InventoryID": "FREIGHT", "OrderQty": 1, "ManualPrice": True, "UnitPrice": 5},
    ]
    await site.entered("SalesOrder", {"OrderNbr": "000001", "Details": lines})
    (order,) = site.stand_in.books.orders
    assert [(one.item, one.amount) for one in order.lines] == [
        ("GRINDER", Decimal("64.00")),
        ("FREIGHT", Decimal("5.00")),
    ]
    assert order.lines[1].warehouse == ""


async def test_a_payment_cannot_be_applied_beyond_the_order(site: Any) -> None:
    body = {"CustomerID": "WEBSTORE", "Details": [{"InventoryID": "MUG-BLUE"}]}
    told = await site.refused("SalesOrder", body | {"Payments": [prepayment()]})
    assert "exceeds the order total" in str(told)
    assert site.stand_in.books.payments == []


async def test_an_existing_payment_is_applied_to_an_order(site: Any) -> None:
    await site.paid(Type="Prepayment")
    await site.ordered()
    row = {"DocType": "Prepayment", "ReferenceNbr": "000001", "AppliedToOrder": 20}
    await site.entered("SalesOrder", {"OrderNbr": "000001", "Payments": [row]})
    assert site.stand_in.books.order("000001").balance == Decimal("6.85")
    await site.entered("SalesOrder", {"OrderNbr": "000001", "Payments": [row | {"delete": True}]})
    assert site.stand_in.books.payments[0].available == Decimal("26.85")


async def test_canceling_an_order_lets_go_of_its_money(site: Any) -> None:
    await site.ordered(Payments=[prepayment()])
    await site.act("SalesOrder", "CancelSalesOrder", {"OrderNbr": "000001"})
    assert site.stand_in.books.payments[0].available == Decimal("26.85")


async def test_a_finished_order_takes_no_change(site: Any) -> None:
    await site.ordered()
    site.stand_in.fulfil("000001")
    told = await site.refused("SalesOrder", {"OrderNbr": "000001", "Description": "Late"})
    assert told["error"] == "The document is Completed and cannot be changed."


@pytest.mark.parametrize("status", ["Inactive", "On Hold"])
async def test_a_blocked_customer_takes_no_order(site: Any, status: str) -> None:
    site.stand_in.deactivate_customer("WEBSTORE", status)
    told = await site.refused("SalesOrder", {"CustomerID": "WEBSTORE"})
    assert told["CustomerID"]["error"] == f"The customer status is '{status}'."
    site.stand_in.activate_customer("WEBSTORE")
    await site.ordered()


async def test_an_order_beyond_the_credit_limit_waits_on_credit_hold(site: Any) -> None:
    site.stand_in.set_credit_limit("WEBSTORE", Decimal(20))
    assert (await site.ordered())["Status"] == "Credit Hold"
    done = await site.act("SalesOrder", "ReleaseFromCreditHoldSalesOrder", {"OrderNbr": "000001"})
    assert done.status_code == 204
    assert site.stand_in.books.orders[0].status == "Open"


async def test_a_prepaid_order_needs_no_credit(site: Any) -> None:
    site.stand_in.set_credit_limit("WEBSTORE", Decimal(20))
    assert (await site.ordered(Payments=[prepayment()]))["Status"] == "Open"


async def test_an_inactive_item_is_not_sold(site: Any) -> None:
    site.stand_in.deactivate_item("MUG-BLUE")
    line = {"InventoryID": "MUG-BLUE"}
    told = await site.refused("SalesOrder", {"CustomerID": "WEBSTORE", "Details": [line]})
    assert "Inactive" in told["Details"][0]["InventoryID"]["error"]


async def test_a_lost_answer_leaves_an_order_that_can_be_found(site: Any) -> None:
    await site.http.post(
        "/_sandbox/faults", json={"kind": "drop_after", "method": "PUT", "path": "SalesOrder"}
    )
    with pytest.raises(httpx.TransportError):
        await site.ordered()
    found = await site.get("SalesOrder", filter="ExternalRef eq 'BC-100'", select="OrderNbr")
    assert [row["OrderNbr"]["value"] for row in found.json()] == ["000001"]


async def test_an_order_in_another_currency_is_paid_in_it(site: Any) -> None:
    changed = {"CustomerID": "WEBSTOREEU", "CurrencyID": "EUR"}
    dollars = await site.put("SalesOrder", {
        **changed, "Details": [{"InventoryID": "MUG-BLUE"}], "Payments": [prepayment()]
    })  # fmt: skip
    assert dollars.status_code == 422
    assert await site.ordered(**changed, Payments=[prepayment(CashAccount="10610")])
    assert site.stand_in.books.payments[0].currency == "EUR"
