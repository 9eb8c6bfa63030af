from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit import amendment, cancellation, refund_credit
from domain.document import DocumentKind, DocumentLineKind, SalesDocument
from domain.hold import Held, HoldCode
from domain.mapping import by_revenue_class
from domain.money import Money
from domain.order import Charge, ChargeKind, Order, Refund, RefundItem
from tests.support.orders import a_line, a_refund, an_order, invoice_of, orders

TODAY = date(2026, 3, 9)


def dollars(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def credits_of(order: Order) -> list[SalesDocument]:
    invoice = invoice_of(order)
    return [
        refund_credit(refund, invoice=invoice, key=f"BC-R{refund.id}", against="BC-118")
        for refund in order.refunds
    ]


def cancelled(order: Order) -> SalesDocument:
    return cancellation(order, invoice=invoice_of(order), key="BC-X", against="BC-118", on=TODAY)


def classes(document: SalesDocument) -> dict[str, Money]:
    return {name: net + tax for name, (net, tax) in by_revenue_class(document.lines).items()}


def mixed_order(**facts: object) -> Order:
    """Toys at 20 % and apparel at 5 %, and shipping."""
    shipping = Charge(kind=ChargeKind.SHIPPING, id="3", amount=dollars("6.00"), tax=dollars("1.00"))
    lines = (
        a_line("120.00", id="1", sku="A", quantity=Decimal(2), tax=dollars("20.00")),
        a_line("105.00", id="2", sku="B", tax=dollars("5.00")),
    )
    return an_order(*lines, tax="26.00", charges=(shipping,), **facts)


@given(orders())
def test_a_refund_s_credit_is_its_amount_and_tax_exactly(order: Order) -> None:
    for refund, credit in zip(order.refunds, credits_of(order), strict=True):
        assert (credit.total, credit.tax) == (refund.amount, refund.tax)
        assert Money.total((line.gross for line in credit.lines), order.currency) == refund.amount
        assert (credit.kind, credit.against) == (DocumentKind.CREDIT, "BC-118")
        assert credit.on == refund.made_at.date()


@given(orders())
def test_no_line_of_a_refund_is_negative(order: Order) -> None:
    for credit in credits_of(order):
        assert all(line.net.amount >= 0 and line.tax.amount >= 0 for line in credit.lines)


@given(orders())
def test_refunds_and_cancellation_together_credit_the_whole_invoice(order: Order) -> None:
    credited = Money.total((credit.total for credit in credits_of(order)), order.currency)
    assert credited + cancelled(order).total == order.total


@given(orders(refunds=False))
def test_an_order_cancelled_without_refunds_is_credited_line_by_line(order: Order) -> None:
    credit = cancelled(order)
    assert credit.lines == invoice_of(order).lines
    assert (credit.kind, credit.total, credit.on) == (DocumentKind.CREDIT, order.total, TODAY)


def told_by_quantity(refunds: Iterable[Refund], source: str) -> Decimal:
    items = (item for refund in refunds for item in refund.items if item.kind == "line")
    return sum((item.quantity for item in items if f"line:{item.ref}" == source), Decimal(0))


@given(orders())
def test_each_piece_comes_back_as_often_as_the_store_told_it_by_quantity_and_no_more(
    order: Order,
) -> None:
    sold = {line.source: line.quantity for line in invoice_of(order).lines}
    for refund, credit in zip(order.refunds, credits_of(order), strict=True):
        for line in credit.lines:
            told = told_by_quantity([refund], line.source)
            assert line.quantity == min(told, sold[line.source])


@given(orders())
def test_a_cancellation_brings_back_what_no_refund_brought(order: Order) -> None:
    sold = {line.source: line.quantity for line in invoice_of(order).lines}
    for line in cancelled(order).lines:
        told = told_by_quantity(order.refunds, line.source)
        assert line.quantity == sold[line.source] - min(told, sold[line.source])


@pytest.mark.parametrize(
    ("item", "pieces"),
    [
        (RefundItem(kind="line", ref="1", quantity=Decimal(1)), 1),
        (RefundItem(kind="line", ref="1", quantity=Decimal(1), amount=dollars("10.00")), 1),
        (RefundItem(kind="line", ref="1", amount=dollars("60.00")), 0),
        (RefundItem(kind="order", amount=dollars("60.00")), 0),
    ],
    ids=["a piece", "a piece for less", "a piece's price on the line", "and on the order"],
)
def test_only_what_is_told_by_quantity_comes_back(item: RefundItem, pieces: int) -> None:
    refund = a_refund(amount="60.00", items=(item,))
    (credit,) = credits_of(mixed_order(refunds=(refund,)))
    assert credit.lines[0].source == "line:1"
    assert credit.lines[0].quantity == pieces


def test_a_refunded_line_is_credited_to_its_own_class_and_tax() -> None:
    items = (RefundItem(kind="line", ref="1", quantity=Decimal(1)),)
    order = mixed_order(refunds=(a_refund(amount="60.00", tax="10.00", items=items),))
    (credit,) = credits_of(order)
    assert [(line.source, line.net, line.tax) for line in credit.lines] == [
        ("line:1", dollars("50.00"), dollars("10.00"))
    ]


def test_lines_of_different_rates_are_credited_as_they_were_invoiced() -> None:
    items = (
        RefundItem(kind="line", ref="1", quantity=Decimal(2)),
        RefundItem(kind="line", ref="2", quantity=Decimal(1)),
    )
    order = mixed_order(refunds=(a_refund(amount="225.00", tax="25.00", items=items),))
    (credit,) = credits_of(order)
    assert [(line.net, line.tax) for line in credit.lines] == [
        (dollars("100.00"), dollars("20.00")),
        (dollars("100.00"), dollars("5.00")),
    ]


def test_refunded_shipping_is_credited_to_the_shipping_s_class() -> None:
    items = (RefundItem(kind="shipping", ref="3", amount=dollars("6.00")),)
    order = mixed_order(refunds=(a_refund(amount="6.00", tax="1.00", items=items),))
    (credit,) = credits_of(order)
    assert classes(credit) == {"SHIPPING": dollars("6.00")}


def test_a_refund_of_the_order_as_a_whole_carries_no_tax_and_is_spread_by_value() -> None:
    items = (RefundItem(kind="order", amount=dollars("23.10")),)
    order = mixed_order(refunds=(a_refund(amount="23.10", items=items),))
    (credit,) = credits_of(order)
    assert credit.tax == dollars("0")
    assert [line.net for line in credit.lines] == [
        dollars("12.00"),
        dollars("10.50"),
        dollars("0.60"),
    ]


def test_a_refund_of_a_line_and_of_the_order_credits_each_where_it_belongs() -> None:
    items = (
        RefundItem(kind="shipping", ref="3", amount=dollars("6.00")),
        RefundItem(kind="order", amount=dollars("23.10")),
    )
    order = mixed_order(refunds=(a_refund(amount="29.10", tax="1.00", items=items),))
    (credit,) = credits_of(order)
    assert classes(credit) == {
        "APPAREL": dollars("12.00"),
        "TOYS": dollars("10.50"),
        "SHIPPING": dollars("6.60"),
    }


def test_a_refund_that_names_nothing_is_spread_by_value() -> None:
    (credit,) = credits_of(mixed_order(refunds=(a_refund(amount="23.10"),)))
    assert len(credit.lines) == 3
    assert credit.total == dollars("23.10")


def test_a_refund_of_more_than_was_bought_weighs_no_more_than_the_line() -> None:
    items = (
        RefundItem(kind="line", ref="1", quantity=Decimal(99)),
        RefundItem(kind="line", ref="2", quantity=Decimal(1)),
    )
    order = mixed_order(refunds=(a_refund(amount="225.00", tax="25.00", items=items),))
    assert classes(credits_of(order)[0]) == {"APPAREL": dollars("120.00"), "TOYS": dollars("105")}


def test_a_cancellation_credits_each_class_what_the_refunds_left_of_it() -> None:
    items = (RefundItem(kind="line", ref="1", quantity=Decimal(2)),)
    order = mixed_order(refunds=(a_refund(amount="120.00", tax="20.00", items=items),))
    credit = cancelled(order)
    assert classes(credit) == {"TOYS": dollars("105.00"), "SHIPPING": dollars("6.00")}
    assert credit.tax == dollars("6.00")


def test_a_cancellation_after_a_refund_beyond_its_line_is_never_negative() -> None:
    items = (RefundItem(kind="shipping", ref="3", amount=dollars("100.00")),)
    order = mixed_order(refunds=(a_refund(amount="100.00", tax="1.00", items=items),))
    credit = cancelled(order)
    assert credit.total == dollars("131.00")
    assert credit.tax == dollars("25.00")
    assert all(line.net.amount >= 0 and line.tax.amount >= 0 for line in credit.lines)


@given(orders())
def test_a_cancellation_never_debits_what_was_sold(order: Order) -> None:
    for line in cancelled(order).lines:
        if line.kind is not DocumentLineKind.ROUNDING:
            assert line.net.amount >= 0
            assert line.tax.amount >= 0


# Amendments


def amended(before: SalesDocument, after: SalesDocument) -> SalesDocument | None:
    return amendment(before, after, key="BC-118-A1", against="BC-118", on=TODAY)


@given(orders())
def test_an_order_that_did_not_change_needs_no_amendment(order: Order) -> None:
    assert amended(invoice_of(order), invoice_of(order)) is None


@given(orders(refunds=False), orders(refunds=False), st.booleans())
def test_an_amendment_brings_every_class_to_what_the_order_says_now(
    one: Order, other: Order, shared_lines: bool
) -> None:
    if one.currency != other.currency:
        return
    before, after = invoice_of(one), invoice_of(other)
    if shared_lines:  # the same order with more on it: always sayable when nothing is negative
        after = before.model_copy(
            update={"lines": before.lines + after.lines, "total": before.total + after.total}
        )
    try:
        change = amended(before, after)
    except Held:
        return
    old, new = by_revenue_class(before.lines), by_revenue_class(after.lines)
    zero = Money.zero(one.currency)
    if change is None:
        assert all(old.get(name, (zero, zero)) == sums for name, sums in new.items())
        return
    sign = 1 if change.kind is DocumentKind.DEBIT else -1
    delta = by_revenue_class(change.lines)
    for name in {*old, *new}:
        for side in (0, 1):
            moved = delta.get(name, (zero, zero))[side].amount * sign
            was = old.get(name, (zero, zero))[side].amount
            assert was + moved == new.get(name, (zero, zero))[side].amount
    assert change.total == Money.total((line.gross for line in change.lines), one.currency)
    assert change.total > zero


@pytest.mark.parametrize(
    ("now", "kind", "total"),
    [("12.50", DocumentKind.DEBIT, "2.50"), ("8.00", DocumentKind.CREDIT, "2.00")],
    ids=["grown", "shrunk"],
)
def test_an_edited_order_is_amended_by_the_difference(
    now: str, kind: DocumentKind, total: str
) -> None:
    change = amended(invoice_of(an_order(a_line("10.00"))), invoice_of(an_order(a_line(now))))
    assert change is not None
    assert (change.kind, change.total, change.against) == (kind, dollars(total), "BC-118")
    assert change.lines[0].source == "edit:APPAREL"


@pytest.mark.parametrize(
    "after",
    [
        an_order(a_line("8.00", sku="A"), a_line("12.00", id="2", sku="B")),
        an_order(a_line("10.00", sku="A"), a_line("10.00", id="2", sku="B"), tax="1.00"),
    ],
    ids=["between classes", "between net and tax"],
)
def test_an_edit_that_both_adds_and_takes_away_is_held(after: Order) -> None:
    before = an_order(a_line("10.00", sku="A"), a_line("10.00", id="2", sku="B"))
    with pytest.raises(Held, match="some revenue classes grew and others shrank") as held:
        amended(invoice_of(before), invoice_of(after))
    assert held.value.hold.code is HoldCode.ORDER_EDITED
    assert held.value.hold.remedy
