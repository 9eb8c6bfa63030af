"""The kinds of sync that the matrix breaks: what came before, and what is synced under fault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain.customer import CustomerKey
from domain.order import OrderKey
from sandbox.assortment import ASSORTMENT
from sandbox.bigcommerce import BigCommerceStandIn
from sandbox.bigcommerce.drafts import (
    AddressDraft,
    CustomerDraft,
    LineDraft,
    OrderDraft,
    OrderEdit,
    RefundDraft,
    RefundItemDraft,
    ShippingDraft,
)

Key = OrderKey | CustomerKey
Deed = Callable[[BigCommerceStandIn, str], Key]
"""Does something in the store and returns what is to be synced then; takes the connection."""


@dataclass(frozen=True)
class Scenario:
    """One kind of sync. `before` is synced undisturbed; `deed` is what the faults are aimed at."""

    name: str
    deed: Deed
    before: Deed | None = None
    erp: Mapping[str, object] = field(default_factory=dict[str, object])


_ANN = CustomerDraft(
    email="ann.lee@example.com",
    first_name="Ann",
    last_name="Lee",
    addresses=(AddressDraft(first_name="Ann", last_name="Lee", email="ann.lee@example.com"),),
)


def _order(store: BigCommerceStandIn, connection: str) -> OrderKey:
    first, second = ASSORTMENT[:2]
    draft = OrderDraft(
        lines=(
            LineDraft(sku=first.sku, price=first.price, quantity=3),
            LineDraft(sku=second.sku, price=second.price),
        ),
        shipping=(ShippingDraft(cost=Decimal("9.95")),),
    )
    return OrderKey(connection=connection, order_id=str(store.place_order(draft)))


def _the_order(store: BigCommerceStandIn, connection: str) -> OrderKey:
    (order_id,) = store.orders
    return OrderKey(connection=connection, order_id=str(order_id))


def _refunded(store: BigCommerceStandIn, connection: str) -> OrderKey:
    key = _the_order(store, connection)
    one = RefundItemDraft(item_type="PRODUCT", position=0, quantity=1)
    store.refund(int(key.order_id), RefundDraft(items=(one,)))
    return key


def _edited(store: BigCommerceStandIn, connection: str) -> OrderKey:
    key = _the_order(store, connection)
    store.edit_order(int(key.order_id), OrderEdit(quantities={0: 4}))
    return key


def _cancelled(store: BigCommerceStandIn, connection: str) -> OrderKey:
    key = _the_order(store, connection)
    store.cancel(int(key.order_id))
    return key


def _registered(store: BigCommerceStandIn, connection: str) -> CustomerKey:
    return CustomerKey(connection=connection, customer_id=str(store.add_customer(_ANN)))


def _moved(store: BigCommerceStandIn, connection: str) -> CustomerKey:
    (customer_id,) = store.customers
    store.update_customer(customer_id, phone="+1 512 555 0199")
    return CustomerKey(connection=connection, customer_id=str(customer_id))


SCENARIOS = (
    Scenario("order with payment", _order),
    Scenario("order with refund", _refunded, before=_order),
    Scenario("edited order", _edited, before=_order),
    Scenario("cancelled order", _cancelled, before=_order),
    Scenario("new customer", _registered),
    Scenario("customer update", _moved, before=_registered),
)
