"""The store itself: its state, and what shoppers and the merchant do to it."""

import asyncio
import hashlib
import itertools
from datetime import datetime
from decimal import Decimal

from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.courier import Courier
from sandbox.bigcommerce.customers import Customers
from sandbox.bigcommerce.drafts import (
    AddressDraft,
    Afterward,
    Cancellation,
    CustomerDraft,
    OrderDraft,
    OrderEdit,
    PaymentDraft,
    RefundDraft,
    StatusChange,
)
from sandbox.bigcommerce.pricing import price_order
from sandbox.bigcommerce.records import Customer, Order, Refund
from sandbox.bigcommerce.refunds import asked_by, payment_for, quote, settle
from sandbox.bigcommerce.refusals import Refused, not_found
from sandbox.bigcommerce.settings import Clock, StoreSettings
from sandbox.bigcommerce.till import Till


class Store:
    """One store's orders, customers and refunds. Ids depend only on the order of the calls."""

    def __init__(self, settings: StoreSettings, courier: Courier, clock: Clock) -> None:
        self.settings = settings
        self.courier = courier
        self.orders: dict[int, Order] = {}
        self._clock = clock
        self.directory = Customers(courier, self.now)
        self.till = Till(courier, self.now)
        self.catalogue = Catalogue(settings, courier.fire)
        self._order_ids = itertools.count(100)
        self._line_ids = itertools.count(1)
        self._address_ids = itertools.count(1)
        self._fee_ids = itertools.count(1)
        self._refund_ids = itertools.count(1)
        self._refund_payment_ids = itertools.count(1)
        self._refunding: set[int] = set()

    @property
    def customers(self) -> dict[int, Customer]:
        """Every registered customer by id."""
        return self.directory.by_id

    def add_customer(self, draft: CustomerDraft) -> int:
        """A shopper registers; returns the id. Raises Refused (422) when the e-mail is taken."""
        return self.directory.add_customer(draft)

    def add_address(self, customer_id: int, address: AddressDraft) -> int:
        """Adds to a customer's address book; returns the entry's id. Raises Refused (404)."""
        return self.directory.add_address(customer_id, address)

    def update_customer(self, customer_id: int, **changes: str | int | Decimal) -> None:
        """Changes fields of a customer. Raises Refused (404, 422)."""
        self.directory.update_customer(customer_id, **changes)

    def now(self) -> datetime:
        """The store's time, to the second as the v2 API shows it."""
        return self._clock().replace(microsecond=0)

    def order(self, order_id: int) -> Order:
        """The order of that id. Raises Refused (404)."""
        if order_id not in self.orders:
            raise not_found()
        return self.orders[order_id]

    @property
    def refunds(self) -> list[Refund]:
        """Every refund, id ascending."""
        found = (refund for order in self.orders.values() for refund in order.refunds)
        return sorted(found, key=lambda refund: refund.id)

    def place_order(self, draft: OrderDraft) -> int:
        """A shopper checks out; returns the order's id."""
        customer = self.directory.recognise(draft.customer) if draft.customer else None
        currency = draft.currency or self.settings.currency
        inclusive = self.settings.prices_include_tax
        order_id = next(self._order_ids)
        now = self.now()
        order = Order(
            id=order_id,
            draft=draft,
            prices=price_order(draft, currency=currency, inclusive=inclusive),
            customer_id=customer.id if customer else 0,
            currency=currency,
            inclusive=inclusive,
            cart_id=_cart_id(order_id),
            created=now,
            modified=now,
            status_id=draft.status_id,
            line_ids=[next(self._line_ids) for _ in draft.lines],
            address_ids=[next(self._address_ids) for _ in draft.shipping],
            fee_ids=[next(self._fee_ids) for _ in draft.fees],
            staff_notes=draft.staff_notes,
        )
        self.orders[order_id] = order
        self._order_event("created", order)
        for line in draft.lines if draft.status_id else ():
            # An incomplete order takes no stock (setting `order_placed`, the default).
            self.catalogue.sell(line.sku, line.quantity)
        self.till.take_tenders(order, customer)
        if draft.payment is not None and order.prices.due > 0:
            self.till.pay(order, draft.payment)
        if draft.status_id:
            self._status_event(order, 0)
        return order_id

    def set_status(self, order_id: int, status_id: int) -> None:
        """Moves an order to another status; saying the same again changes nothing."""
        order = self.order(order_id)
        previous = order.status_id
        if previous != status_id:
            order.status_id = status_id
            order.modified = self.now()
            self._status_event(order, previous)
            self._order_event("updated", order)

    def pay(self, order_id: int, payment: PaymentDraft | None = None) -> int | None:
        """A payment arrives; returns the transaction's id, None for an offline method."""
        order = self.order(order_id)
        transaction = self.till.pay(order, payment or PaymentDraft())
        self.touch(order)
        return transaction

    def edit_order(self, order_id: int, edit: OrderEdit) -> None:
        """The merchant edits an order; every total is computed again."""
        order = self.order(order_id)
        if any(not 0 <= position < len(order.draft.lines) for position in edit.quantities):
            raise Refused(422, "No such line.")
        lines = [
            line.model_copy(update={"quantity": edit.quantities.get(position, line.quantity)})
            for position, line in enumerate(order.draft.lines)
        ]
        update: dict[str, object] = {"lines": (*lines, *edit.add)}
        if edit.discount is not None:
            update["discount"] = edit.discount
        if edit.shipping_cost is not None and order.draft.shipping:
            first = order.draft.shipping[0].model_copy(update={"cost": edit.shipping_cost})
            update["shipping"] = (first, *order.draft.shipping[1:])
        order.draft = order.draft.model_copy(update=update)
        order.prices = price_order(order.draft, currency=order.currency, inclusive=order.inclusive)
        order.line_ids += [next(self._line_ids) for _ in edit.add]
        self.touch(order)

    def cancel(self, order_id: int) -> None:
        """The merchant cancels an order (status 5)."""
        self.set_status(order_id, 5)

    def refund(self, order_id: int, draft: RefundDraft | None = None) -> int:
        """The merchant refunds an order; returns the refund's id. Raises Refused (422)."""
        order = self.order(order_id)
        draft = draft or RefundDraft()
        quoted = quote(order, asked_by(order, draft))
        wanted = "storecredit" if draft.to_store_credit else None
        settled = settle(order, quoted, payment_for(quoted, wanted), draft.reason)
        return self._book_refund(order, settled).id

    async def refund_by_api(self, order: Order, refund: Refund) -> Refund:
        """Books a refund that the API asked for; one at a time per order, else Refused (422)."""
        if order.id in self._refunding:
            raise Refused(422, "Another refund of this order is being processed.")
        self._refunding.add(order.id)
        try:
            await asyncio.sleep(self.settings.refund_seconds)
            return self._book_refund(order, refund)
        finally:
            self._refunding.discard(order.id)

    def act(self, order_id: int, action: Afterward) -> int | None:
        """Performs one action on an order; returns the id it made, if any."""
        match action:
            case PaymentDraft():
                return self.pay(order_id, action)
            case StatusChange():
                self.set_status(order_id, action.status_id)
            case OrderEdit():
                self.edit_order(order_id, action)
            case Cancellation():
                self.cancel(order_id)
            case RefundDraft():
                return self.refund(order_id, action)
        return None

    def touch(self, order: Order) -> None:
        """Marks an order as changed and says so."""
        order.modified = self.now()
        self._order_event("updated", order)

    def _book_refund(self, order: Order, refund: Refund) -> Refund:
        refund.id = next(self._refund_ids)
        refund.created = self.now()
        refund.payments = tuple(
            (next(self._refund_payment_ids), payment) for _, payment in refund.payments
        )
        order.refunds.append(refund)
        customer = self.customers.get(order.customer_id)
        for _, payment in refund.payments:
            self.till.give_back(order, customer, payment)
        self.courier.fire(
            "store/order/refund/created",
            {"type": "order", "id": order.id, "refund": {"refund_id": refund.id}},
        )
        whole = order.refunded >= order.prices.total.inc
        order.payment_status = "refunded" if whole else "partially refunded"
        previous, order.status_id = order.status_id, 4 if whole else 14
        if previous != order.status_id:
            self._status_event(order, previous)
        if self.settings.refunds_touch_orders:
            order.modified = self.now()
        self._order_event("updated", order)
        return refund

    def _order_event(self, name: str, order: Order) -> None:
        self.courier.fire(f"store/order/{name}", {"type": "order", "id": order.id})

    def _status_event(self, order: Order, previous: int) -> None:
        moved = {"previous_status_id": previous, "new_status_id": order.status_id}
        self.courier.fire(
            "store/order/statusUpdated", {"type": "order", "id": order.id, "status": moved}
        )


def _cart_id(order_id: int) -> str:
    digest = hashlib.sha1(f"cart {order_id}".encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
