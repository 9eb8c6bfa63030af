from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sap_business_one import documents, lines
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.wire import WireDocument, encoded
from domain.document import DocumentKind, DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import Held, HoldCode
from domain.money import Money

TOLERANCE = Money(amount=Decimal("0.05"), currency="USD")


def settings(**changed: Any) -> SapBusinessOneSettings:
    fields: dict[str, Any] = {
        "base_url": "https://b1.example.com:50000", "company_db": "SBO", "username": "till",
        "password": "secret", "tax_code": "CA", "exempt_tax_code": "EX",
    }  # fmt: skip
    return SapBusinessOneSettings(**(fields | changed))


def usd(amount: str | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def line(net: str, tax: str = "0", **changed: Any) -> DocumentLine:
    fields: dict[str, Any] = {
        "kind": DocumentLineKind.ITEM, "source": "line:1", "item": "A", "revenue_class": "default",
        "net": usd(net), "tax": usd(tax),
    }  # fmt: skip
    return DocumentLine(**(fields | changed))


def charge(net: str, revenue_class: str, tax: str = "0", **changed: Any) -> DocumentLine:
    fields = {"kind": DocumentLineKind.CHARGE, "item": "", "revenue_class": revenue_class}
    return line(net, tax, **(fields | changed))


def document(*parts: DocumentLine, **changed: Any) -> SalesDocument:
    fields: dict[str, Any] = {
        "key": "BC-1", "order_id": "1", "order_number": "1", "customer": "W1",
        "on": date(2026, 11, 21), "lines": parts,
        "tax": Money.total((one.tax for one in parts), "USD"),
        "total": Money.total((one.gross for one in parts), "USD"),
    }  # fmt: skip
    return SalesDocument(**(fields | changed))


def prepared(meant: SalesDocument, **changed: Any) -> SalesDocument:
    return lines.prepared(meant, settings(**changed), tolerance=TOLERANCE)


def test_the_stores_tax_stays_with_each_line() -> None:
    done = prepared(document(line("100", "8.25"), charge("5", "expense:1", "0.41")))
    assert done.tax == usd("8.66")
    body = documents.sale(done, settings())
    assert body["DocumentLines"][0]["TaxTotal"] == Decimal("8.25")  # type: ignore[index]
    assert body["DocumentAdditionalExpenses"][0]["TaxSum"] == Decimal("0.41")  # type: ignore[index]


def test_cents_that_no_price_can_say_become_a_rounding_line() -> None:
    done = prepared(document(line("19.99", quantity=Decimal(3))), rounding_class="expense:5")
    assert [one.net for one in done.lines] == [usd("19.98"), usd("0.01")]
    assert done.total == usd("19.99")


def test_a_price_with_more_decimals_needs_no_rounding_line() -> None:
    meant = document(line("19.99", quantity=Decimal(3)))
    assert len(prepared(meant, profile={"price_decimals": 4}).lines) == 1


def test_totals_that_are_sent_as_they_are_need_no_rounding_line() -> None:
    done = prepared(
        document(line("19.99", quantity=Decimal(3))), profile={"line_amounts": "line-total"}
    )
    assert [one.net for one in done.lines] == [usd("19.99")]


def test_a_difference_above_the_tolerance_holds_the_order_with_both_totals() -> None:
    meant = document(line("1000.00", quantity=Decimal(999)))
    with pytest.raises(Held, match=r"999\.00 USD of order 1, whose total is 1000\.00 USD") as held:
        prepared(meant, rounding_class="expense:5")
    assert held.value.hold.code is HoldCode.TOTALS_DIFFER


def test_a_rounding_with_nowhere_to_go_holds_the_order() -> None:
    with pytest.raises(Held, match="no rounding_class is set"):
        prepared(document(line("19.99", quantity=Decimal(3))))


def test_computed_tax_is_what_the_codes_rate_makes_of_each_line() -> None:
    profile = {"tax_amounts": "computed", "tax_rate": "8.25"}
    meant = document(line("9.99", "0.83"), line("5.00"))
    done = prepared(meant, profile=profile, rounding_class="expense:5")
    assert [one.tax for one in done.lines] == [usd("0.82"), usd("0.00"), usd("0")]
    assert (done.total, done.tax) == (meant.total, usd("0.82"))
    body = documents.sale(done, settings(profile=profile))
    assert "TaxTotal" not in body["DocumentLines"][0]  # type: ignore[index]


def test_untaxed_lines_carry_the_exempt_code() -> None:
    body = documents.sale(document(line("9", "1"), line("5")), settings())
    assert [one["TaxCode"] for one in body["DocumentLines"]] == ["CA", "EX"]  # type: ignore[union-attr]


def test_charges_of_one_expense_code_are_one_expense() -> None:
    done = prepared(document(line("10"), charge("5", "expense:1", "1"), charge("2", "expense:1")))
    assert lines.line_count(done) == 2
    assert done.lines[1].gross == usd("8")


def test_shipping_goes_to_the_freight_expense_unless_its_rule_names_another() -> None:
    freight = charge("5", "420010", kind=DocumentLineKind.FREIGHT)
    other = charge("5", "expense:9", kind=DocumentLineKind.FREIGHT)
    assert lines.expense_code(freight, settings(freight_expense=1)) == "1"
    assert lines.expense_code(other, settings(freight_expense=1)) == "9"


def test_a_revenue_class_is_an_account_or_an_item_without_inventory() -> None:
    meant = document(line("10", revenue_class="400010"), charge("5", "item:WRAP"))
    sent: Any = documents.sale(prepared(meant), settings())["DocumentLines"]
    assert (sent[0]["ItemCode"], sent[0]["AccountCode"]) == ("A", "400010")
    assert sent[1]["ItemCode"] == "WRAP"
    assert "AccountCode" not in sent[1]


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (charge("5", "420010"), "has no item"),
        (charge("5", "expense:FREIGHT"), "no number"),
        (line("5", revenue_class="expense:1"), "is an item, and is mapped to expense:1"),
    ],
)
def test_what_has_no_place_in_sap_holds_the_order_and_says_why(
    part: DocumentLine, why: str
) -> None:
    with pytest.raises(Held, match=why) as held:
        prepared(document(line("10"), part))
    assert held.value.hold.code is HoldCode.UNSUPPORTED


def test_expenses_alone_are_carried_by_a_line_over_nothing() -> None:
    meant = document(charge("5", "expense:1"), kind=DocumentKind.CREDIT)
    done = prepared(meant, charge_item="WEB")
    assert lines.line_count(done) == 2
    assert done.total == usd("5")
    with pytest.raises(Held, match="additional expenses only"):
        prepared(meant)


def test_an_order_over_nothing_still_has_its_goods() -> None:
    assert lines.line_count(prepared(document(line("0"), charge("0", "expense:1")))) == 1


INVOICE = WireDocument.model_validate(
    {
        "DocEntry": 371,
        "DocumentStatus": "bost_Open",
        "DocumentLines": [
            {
                "LineNum": 0,
                "ItemCode": "A",
                "Quantity": 3,
                "LineTotal": Decimal("10.00"),
                "LineStatus": "bost_Open",
                "RemainingOpenQuantity": 3,
                "source": "line:1",
            }
        ],
    }
)


def credited(part: DocumentLine, invoice: WireDocument = INVOICE, **profile: Any) -> Any:
    site = settings(profile=profile)
    meant = document(part, kind=DocumentKind.CREDIT)
    done = lines.prepared(meant, site, tolerance=TOLERANCE)
    return documents.credit(done, site, invoice)["DocumentLines"]


def test_pieces_that_come_back_are_credited_on_the_invoices_line_without_moving_goods() -> None:
    [sent] = credited(line("3.33"))
    assert (sent["BaseType"], sent["BaseEntry"], sent["BaseLine"]) == (13, 371, 0)
    assert (sent["Quantity"], sent["UnitPrice"]) == (1, Decimal("3.33"))
    assert sent["WithoutInventoryMovement"] == "tYES"


def test_pieces_that_come_back_go_into_the_warehouse_where_the_settings_say_so() -> None:
    sent = credited(line("10.00", quantity=Decimal(3)), restock=True)
    assert [one["WithoutInventoryMovement"] for one in sent] == ["tNO", "tYES"]
    assert [one["Quantity"] * one["UnitPrice"] for one in sent] == [
        Decimal("9.99"),
        Decimal("0.01"),
    ]


@pytest.mark.parametrize("amount", ["5.00", "3.33", "10.00"])
def test_money_without_pieces_moves_no_goods_whatever_the_amount(amount: str) -> None:
    sent = credited(line(amount, quantity=Decimal(0)), restock=True)
    assert [(one["Quantity"], one["UnitPrice"]) for one in sent] == [(1, Decimal(amount))]
    assert "BaseType" not in sent[0]
    assert sent[0]["WithoutInventoryMovement"] == "tYES"


def test_a_piece_that_comes_back_for_less_than_it_cost_still_comes_back() -> None:
    [sent] = credited(line("2.00"), restock=True)
    assert (sent["Quantity"], sent["UnitPrice"]) == (1, Decimal("2.00"))
    assert sent["WithoutInventoryMovement"] == "tNO"


def test_a_closed_invoice_is_no_base() -> None:
    closed = INVOICE.model_copy(update={"status": "bost_Close"})
    [sent] = credited(line("3.33"), closed)
    assert "BaseType" not in sent
    [forced] = credited(line("3.33"), closed, credit_base="always")
    assert forced["BaseType"] == 13


def test_a_line_that_is_used_up_is_no_base() -> None:
    used_up = INVOICE.lines[0].model_copy(update={"open_quantity": Decimal(0)})
    invoice = INVOICE.model_copy(update={"lines": (used_up,)})
    [sent] = credited(line("3.33"), invoice)
    assert "BaseType" not in sent


def test_foreign_amounts_are_sent_in_the_properties_of_foreign_amounts() -> None:
    ten, two = (Money(amount=Decimal(n), currency="EUR") for n in (10, 2))
    part = line("0").model_copy(update={"net": ten, "tax": two})
    meant = document().model_copy(update={"lines": (part,), "tax": two, "total": part.gross})
    [sent] = documents.sale(meant, settings())["DocumentLines"]  # type: ignore[misc]
    assert sent["NetTaxAmountFC"] == Decimal(2)
    assert sent["Currency"] == "EUR"


def test_numbers_are_written_exactly_and_texts_escaped() -> None:
    body = {"UnitPrice": Decimal("0.10"), "Name": 'O"Hara\u2028', "Lines": [{"Q": 1}], "x": None}
    assert (
        encoded(body) == b'{"UnitPrice":0.10,"Name":"O\\"Hara\\u2028","Lines":[{"Q":1}],"x":null}'
    )


@given(
    nets=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(1, 60), st.integers(0, 10**4)),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_is_not_held_keeps_the_stores_total_and_tax(
    nets: list[tuple[int, int, int]],
) -> None:
    parts = [
        line(str(Decimal(net) / 100), str(Decimal(tax) / 100), quantity=Decimal(quantity))
        for net, quantity, tax in nets
    ]
    meant = document(*parts)
    try:
        done = prepared(meant, rounding_class="expense:5")
    except Held:
        return
    body: Any = documents.sale(done, settings(rounding_class="expense:5"))
    sent = sum(one["Quantity"] * one["UnitPrice"] for one in body["DocumentLines"])
    sent += sum(one["LineTotal"] for one in body["DocumentAdditionalExpenses"])
    assert sent + meant.tax.amount == meant.total.amount
    assert done.tax == meant.tax
