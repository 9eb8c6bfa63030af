from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.acumatica import lines
from connectors.acumatica.settings import AcumaticaSettings
from domain.document import DocumentKind, DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import Held, HoldCode
from domain.money import Money

CENT = Decimal("0.01")


def settings(**changed: Any) -> AcumaticaSettings:
    auth = {"kind": "cookie", "username": "u", "password": "p"}
    named = {"base_url": "https://erp.example.com", "tenant": "T", "auth": auth, "tax_id": "TAX"}
    return AcumaticaSettings.model_validate(named | changed)


def as_acumatica_computes(line: lines.PricedLine) -> Decimal:
    extended = (line.quantity * line.price).quantize(CENT, ROUND_HALF_UP)
    return extended - line.discount


amounts = st.decimals(min_value=Decimal("-9999"), max_value=Decimal("99999"), places=2)
quantities = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("500"), places=2)


@given(net=amounts, quantity=quantities)
def test_a_line_discount_says_the_cents_that_no_price_can(net: Decimal, quantity: Decimal) -> None:
    money = Money(amount=net, currency="USD")
    line = DocumentLine(
        kind=DocumentLineKind.ITEM,
        source="line:1",
        item="A",
        quantity=quantity,
        net=money,
        tax=Money.zero("USD"),
        revenue_class="A",
    )
    meant = SalesDocument(
        key="BC-1",
        order_id="1",
        order_number="1",
        customer="C",
        on="2026-11-21",  # type: ignore[arg-type]
        lines=(line,),
        tax=Money.zero("USD"),
        total=money,
    )
    [sent] = lines.priced_lines(meant, settings())
    assert as_acumatica_computes(sent) == net
    assert sent.discount >= 0
    assert lines.prepared(meant, settings(), tolerance=Money.zero("USD")) == meant


def test_a_third_of_ten_is_priced_up_and_discounted(make: Any) -> None:
    [sent] = lines.priced_lines(make.document("B", make.line("10.00", quantity="3")), settings())
    assert (sent.quantity, sent.price, sent.discount) == (3, Decimal("3.34"), Decimal("0.02"))


def test_without_line_discounts_the_cents_are_a_line_of_their_own(make: Any) -> None:
    without = settings(profile={"line_discounts": False}, rounding_item="ROUNDING")
    meant = make.document("B", make.line("10.00", "2.00", quantity="3"))
    got = lines.prepared(meant, without, tolerance=make.money("0.05"))
    assert [(one.revenue_class, one.net.amount) for one in got.lines] == [
        ("ADJUST", Decimal("9.99")),
        ("ROUNDING", Decimal("0.01")),
    ]
    assert got.total == meant.total
    assert lines.line_count(got) == 2


def test_finer_prices_need_no_rounding(make: Any) -> None:
    finer = settings(profile={"line_discounts": False, "price_decimals": 4})
    meant = make.document("B", make.line("10.00", quantity="3"))
    assert lines.prepared(meant, finer, tolerance=make.money("0")) == meant


def test_a_difference_above_the_tolerance_is_held_with_both_totals(make: Any) -> None:
    meant = make.document("B", make.line("10.00", quantity="3"))
    without = settings(rounding_item="ROUNDING", profile={"line_discounts": False})
    with pytest.raises(Held, match=r"9\.99 USD of order 100, whose total is 10\.00 USD") as held:
        lines.prepared(meant, without, tolerance=make.money("0"))
    assert held.value.hold.code is HoldCode.TOTALS_DIFFER


def test_a_difference_without_a_rounding_item_is_held(make: Any) -> None:
    meant = make.document("B", make.line("10.00", quantity="3"))
    with pytest.raises(Held, match="no `rounding_item` is set"):
        lines.prepared(
            meant, settings(profile={"line_discounts": False}), tolerance=make.money("1")
        )


def test_tax_without_a_tax_id_is_held(make: Any) -> None:
    with pytest.raises(Held, match="no `tax_id` says where its tax goes"):
        lines.prepared(make.document(), settings(tax_id=""), tolerance=make.money("1"))


def test_the_taxable_amount_is_that_of_the_lines_that_bear_tax(make: Any) -> None:
    meant = make.document("B", make.line("10.00", "2.00"), make.charge("5.00"))
    tax = lines.tax_of(meant, settings())
    assert tax == lines.Tax(id="TAX", taxable=Decimal("10.00"), amount=Decimal("2.00"))


def test_a_charge_over_nothing_is_no_line_but_goods_for_nothing_are(make: Any) -> None:
    meant = make.document("B", make.line("0.00"), make.charge("0.00"))
    assert [one.item for one in lines.priced_lines(meant, settings())] == ["MUG-BLUE"]
    assert lines.line_count(meant) == 1


def test_a_charge_is_the_non_stock_item_that_its_class_names(make: Any) -> None:
    [_, sent] = lines.priced_lines(make.document(), settings(default_warehouse="MAIN", uom="EA"))
    assert (sent.item, sent.warehouse, sent.uom) == ("FREIGHT", "", "")


def test_goods_come_from_the_lines_warehouse_or_the_default_one(make: Any) -> None:
    meant = make.document("B", make.line("1.00"))
    east = meant.lines[0].model_copy(update={"warehouse": "EAST"})
    both = meant.model_copy(update={"lines": (*meant.lines, east)})
    sent = lines.priced_lines(both, settings(default_warehouse="MAIN", uom="EA"))
    assert [(one.warehouse, one.uom) for one in sent] == [("MAIN", "EA"), ("EAST", "EA")]


@pytest.mark.parametrize("kind", [DocumentKind.CREDIT, DocumentKind.DEBIT])
def test_credits_and_debits_are_values_not_pieces(make: Any, kind: DocumentKind) -> None:
    meant = make.document("B", make.line("10.00", quantity="3"), kind=kind, against="SO 1")
    [sent] = lines.priced_lines(meant, settings())
    assert (sent.quantity, sent.price, sent.discount) == (1, Decimal("10.00"), 0)
