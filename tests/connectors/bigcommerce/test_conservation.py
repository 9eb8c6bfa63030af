"""Whatever the platform can compute, its orders conserve."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bigcommerce.pricing import OrderParts
from connectors.bigcommerce.translate import to_order
from connectors.bigcommerce.wire import WireCoupon, WireLine, WireOrder, WireShippingAddress
from domain.order import Line, Order, conservation
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.bigcommerce.drafts import (
    CouponDraft,
    FeeDraft,
    LineDraft,
    OrderDraft,
    ShippingDraft,
)
from sandbox.bigcommerce.lines_v2 import lines_v2
from sandbox.bigcommerce.wire_v2 import addresses_v2, coupons_v2, order_v2


def amounts(most: int, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, most, places=places, allow_nan=False, allow_infinity=False)


rates = st.sampled_from([Decimal(0), Decimal("8.25"), Decimal(19), Decimal("20"), Decimal("5.5")])
lines = st.builds(
    LineDraft,
    sku=st.sampled_from(["MUG-BLUE", "KETTLE-1L", ""]),
    price=amounts(200) | amounts(20, 4),
    quantity=st.integers(0, 7),
    tax_rate=st.none() | rates,
    type=st.sampled_from(["physical", "digital", "giftcertificate"]),
    discount=amounts(5),
    wrapping=st.just(Decimal(0)) | amounts(9),
)
drafts = st.builds(
    OrderDraft,
    lines=st.lists(lines, min_size=1, max_size=6).map(tuple),
    shipping=st.lists(
        st.builds(ShippingDraft, cost=amounts(30), handling=amounts(9)), min_size=1, max_size=2
    ).map(tuple),
    discount=st.just(Decimal(0)) | amounts(20),
    coupons=st.lists(
        st.builds(
            CouponDraft,
            code=st.sampled_from(["TEN", "SPRING"]),
            type=st.sampled_from(["per_item", "percent", "per_total", "free_shipping"]),
            amount=amounts(15),
        ),
        max_size=2,
    ).map(tuple),
    fees=st.lists(
        st.builds(FeeDraft, name=st.just("Insurance"), cost=amounts(9), tax_rate=rates), max_size=2
    ).map(tuple),
    tax_rate=rates,
    currency=st.sampled_from([None, "EUR", "JPY", "KWD"]),
)


def as_sent(body: Any) -> Any:
    return json.loads(json.dumps(body), parse_float=Decimal)


def translated(draft: OrderDraft, *, inclusive: bool) -> tuple[Order, Decimal]:
    store = BigCommerceStandIn(StoreSettings(prices_include_tax=inclusive))
    placed = store.order(store.place_order(draft))
    head = as_sent(order_v2(placed, store.settings, frozenset({"fees"})))
    parts = OrderParts(
        WireOrder.model_validate(head),
        [WireLine.model_validate(one) for one in as_sent(lines_v2(placed))],
        [
            WireShippingAddress.model_validate(one)
            for one in as_sent(addresses_v2(placed, store.settings))
        ],
        [WireCoupon.model_validate(one) for one in as_sent(coupons_v2(placed))],
    )
    return to_order(parts), placed.prices.total.inc


@settings(max_examples=150)
@given(drafts, st.booleans())
def test_every_order_conserves_at_the_stores_own_total(draft: OrderDraft, inclusive: bool) -> None:
    order, total = translated(draft, inclusive=inclusive)
    assert conservation(order) is None
    assert abs(order.total.amount - total) < 1
    assert order.total == order.total.rounded()


@settings(max_examples=100)
@given(drafts, st.booleans())
def test_shares_of_discounts_never_exceed_their_lines_or_the_discounts(
    draft: OrderDraft, inclusive: bool
) -> None:
    order, _ = translated(draft, inclusive=inclusive)

    def share(line: Line) -> Decimal:
        return line.discount.amount

    assert all(0 <= share(line) <= line.amount.amount for line in order.lines)
    taken = sum((discount.amount.amount for discount in order.discounts), Decimal(0))
    assert sum(map(share, order.lines), Decimal(0)) in (taken, Decimal(0))
