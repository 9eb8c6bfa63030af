from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.bigcommerce.drafts import (
    CouponDraft,
    FeeDraft,
    LineDraft,
    OrderDraft,
    ShippingDraft,
)
from sandbox.bigcommerce.pricing import PricedOrder, price_order

cents = st.integers(0, 50_000).map(lambda n: Decimal(n) / 100)
lines = st.builds(
    LineDraft,
    sku=st.just("MUG-BLUE"),
    price=cents,
    quantity=st.integers(1, 5),
    discount=cents,
    wrapping=cents,
    type=st.sampled_from(["physical", "digital", "giftcertificate"]),
)
coupons = st.builds(
    CouponDraft,
    code=st.just("C"),
    type=st.sampled_from(["per_item", "percent", "per_total", "free_shipping"]),
    amount=cents,
)
drafts = st.builds(
    OrderDraft,
    lines=st.lists(lines, min_size=1, max_size=5).map(tuple),
    shipping=st.lists(st.builds(ShippingDraft, cost=cents, handling=cents), max_size=2).map(tuple),
    discount=cents,
    coupons=st.lists(coupons, max_size=2).map(tuple),
    fees=st.lists(st.builds(FeeDraft, name=st.just("Fee"), cost=cents), max_size=2).map(tuple),
    tax_rate=st.sampled_from([Decimal(0), Decimal("8.25"), Decimal(21)]),
    gift_certificate=cents,
    store_credit=cents,
)


def one_line(price: str, **more: object) -> OrderDraft:
    line = LineDraft(sku="MUG-BLUE", price=Decimal(price))
    return OrderDraft.model_validate({"lines": (line,), "tax_rate": "10", **more})


def fees_of(order: PricedOrder) -> Decimal:
    return sum((fee.cost.inc for fee in order.fees), Decimal(0))


@given(draft=drafts, inclusive=st.booleans())
def test_the_total_is_subtotal_and_charges_less_discounts(
    draft: OrderDraft, inclusive: bool
) -> None:
    order = price_order(draft, currency="USD", inclusive=inclusive)
    charges = order.shipping.inc + order.handling.inc + order.wrapping.inc + fees_of(order)
    discounts = order.discount + order.coupon_discount
    assert order.total.inc == order.subtotal.inc + charges - discounts
    assert order.total.ex == order.total.inc - order.total.tax


@given(draft=drafts, inclusive=st.booleans())
def test_every_discount_lies_on_the_lines_to_the_cent(draft: OrderDraft, inclusive: bool) -> None:
    order = price_order(draft, currency="USD", inclusive=inclusive)
    on_lines = sum((d.amount for line in order.lines for d in line.discounts), Decimal(0))
    assert on_lines == order.discount + order.coupon_discount
    assert all(line.discounted_inc >= 0 for line in order.lines)


@given(draft=drafts, inclusive=st.booleans())
def test_tenders_never_exceed_the_total(draft: OrderDraft, inclusive: bool) -> None:
    order = price_order(draft, currency="USD", inclusive=inclusive)
    assert order.due >= 0


def test_exclusive_prices_are_taxed_on_what_is_left_after_the_discount() -> None:
    order = price_order(
        one_line("100", discount="10", shipping=()), currency="USD", inclusive=False
    )
    assert (order.total.ex, order.total.tax, order.total.inc) == (90, 9, 99)


def test_inclusive_prices_hold_their_tax_and_the_other_side_is_an_estimate() -> None:
    order = price_order(one_line("110", discount="10", shipping=()), currency="USD", inclusive=True)
    assert (order.total.inc, order.total.tax) == (100, Decimal("9.09"))
    assert order.subtotal.ex == 100
    assert order.subtotal.inc - order.subtotal.ex != order.subtotal.tax


def test_a_currency_without_decimals_is_rounded_to_whole_units() -> None:
    order = price_order(one_line("1235", shipping=()), currency="JPY", inclusive=False)
    assert order.total.tax == 124


def test_a_sold_gift_certificate_bears_no_tax() -> None:
    line = LineDraft(sku="GIFT", price=Decimal(50), type="giftcertificate")
    order = price_order(OrderDraft(lines=(line,), shipping=()), currency="USD", inclusive=False)
    assert (order.total.inc, order.total.tax) == (50, 0)


@pytest.mark.parametrize("inclusive", [True, False])
def test_free_shipping_keeps_the_base_cost_and_charges_nothing(inclusive: bool) -> None:
    draft = one_line(
        "10",
        coupons=(CouponDraft(code="SHIP", type="free_shipping"),),
        shipping=(ShippingDraft(cost=Decimal(7)),),
    )
    order = price_order(draft, currency="USD", inclusive=inclusive)
    assert (order.shipping.inc, order.addresses[0].base_shipping) == (0, 7)
