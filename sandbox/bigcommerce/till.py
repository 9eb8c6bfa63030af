"""Where money moves: tenders at checkout, later payments, and money given back."""

import itertools
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sandbox.bigcommerce.courier import Courier
from sandbox.bigcommerce.drafts import ZERO, PaymentDraft
from sandbox.bigcommerce.records import Customer, Order, RefundPayment, Transaction

_PAYMENT_STATUS = {
    "purchase": "captured",
    "capture": "captured",
    "authorization": "authorized",
    "pending": "pending",
}


class Till:
    """Writes an order's transactions and its payment status."""

    def __init__(self, courier: Courier, now: Callable[[], datetime]) -> None:
        self.courier = courier
        self.now = now
        self._transaction_ids = itertools.count(176_342_001)

    def take_tenders(self, order: Order, customer: Customer | None) -> None:
        """Takes gift certificate and store credit, and closes an order with nothing due."""
        if order.prices.gift_certificate:
            tender = PaymentDraft(
                label="Gift Certificate", gateway="giftcertificate", method="gift_certificate"
            )
            self._transact(order, tender, order.prices.gift_certificate)
        if order.prices.store_credit:
            tender = PaymentDraft(
                label="Store Credit", gateway="storecredit", method="store_credit"
            )
            self._transact(order, tender, order.prices.store_credit)
            if customer:
                customer.store_credit = max(ZERO, customer.store_credit - order.prices.store_credit)
        if order.prices.due <= 0:
            order.payment_status = "captured" if order.transactions else "paid"
            order.payment_label = order.payment_label or "Free"

    def pay(self, order: Order, payment: PaymentDraft) -> int | None:
        """Takes a payment; returns the transaction's id, None when no provider knows of it."""
        order.payment_label, order.payment_gateway = payment.label, payment.gateway
        if payment.status == "error":
            order.payment_status = "declined"
        else:
            order.payment_status = _PAYMENT_STATUS[payment.event]
        if payment.method == "offline":
            # Cash and bank transfer leave no trace at a payment provider.
            order.payment_status = "pending" if payment.event == "pending" else "paid"
            if payment.event == "pending":
                return None
        amount = order.prices.due if payment.amount is None else payment.amount
        return self._transact(order, payment, amount)

    def _transact(self, order: Order, payment: PaymentDraft, amount: Decimal) -> int:
        order.payment_label = order.payment_label or payment.label
        order.payment_gateway = order.payment_gateway or payment.gateway
        parent = next((t.id for t in order.transactions if t.event == "authorization"), None)
        made = Transaction(
            id=next(self._transaction_ids),
            order_id=order.id,
            event=payment.event,
            method=payment.method,
            gateway=payment.gateway,
            amount=amount,
            currency=order.currency,
            status=payment.status,
            created=self.now(),
            reference=parent if payment.event == "capture" else None,
        )
        self._add_transaction(order, made)
        return made.id

    def _add_transaction(self, order: Order, transaction: Transaction) -> None:
        order.transactions.append(transaction)
        self.courier.fire(
            "store/order/transaction/created",
            {
                "type": "transaction",
                "order_id": str(order.id),
                "transaction_id": str(transaction.id),
                "transaction_status": "complete" if transaction.status == "ok" else "failed",
                "transaction_type": transaction.event,
            },
        )

    def give_back(
        self,
        order: Order,
        customer: Customer | None,
        payment: RefundPayment,
    ) -> None:
        """Returns money; only an online provider records a transaction."""
        if payment.provider_id == "storecredit" and customer:
            customer.store_credit += payment.amount
        if payment.offline:
            return
        paid = next((t for t in order.transactions if t.gateway == payment.provider_id), None)
        self._add_transaction(
            order,
            Transaction(
                id=next(self._transaction_ids),
                order_id=order.id,
                event="refund",
                method=paid.method if paid else "custom",
                gateway=payment.provider_id,
                amount=payment.amount,
                currency=order.currency,
                status="ok",
                created=self.now(),
                reference=paid.id if paid else None,
            ),
        )
