"""Money taken and money given back, from the v3 transactions and refunds of an order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from connectors.bigcommerce.pricing import rounded
from connectors.bigcommerce.wire import (
    WireLine,
    WireOrder,
    WireRefund,
    WireRefundItem,
    WireRefundPayment,
    WireTransaction,
)
from connectors.errors import Rejected
from domain.hold import HoldCode
from domain.money import Money
from domain.order import ChargeKind, Payment, Refund, RefundItem, RefundPayment, Tender

# Other methods are cards and wallets in one form or another.
_TENDERS = {
    "offline": Tender.OFFLINE,
    "custom": Tender.OFFLINE,
    "store_credit": Tender.STORE_CREDIT,
    "gift_certificate": Tender.GIFT_CERTIFICATE,
}
_PROVIDER_TENDERS = {
    "storecredit": Tender.STORE_CREDIT,
    "giftcertificate": Tender.GIFT_CERTIFICATE,
}
_ITEM_KINDS = {
    "PRODUCT": "line",
    "SHIPPING": ChargeKind.SHIPPING.value,
    "HANDLING": ChargeKind.HANDLING.value,
    "GIFT_WRAPPING": ChargeKind.WRAPPING.value,
    "FEE": ChargeKind.FEE.value,
}


def payments_of(
    head: WireOrder, transactions: Sequence[WireTransaction], *, test_payments: bool = False
) -> tuple[Payment, ...]:
    """Return the money that was really taken: purchases and captures that went well.

    Store credit and gift certificates are told by the order and, in some stores and sometimes
    later, by a transaction too. Each becomes one payment under an id of its own, so that it keeps
    that id whenever the transaction appears.

    Raises:
        Rejected: a transaction is in another currency than the order.
    """
    taken = [one for one in transactions if not one.test or test_payments]
    voided = {
        one.reference_transaction_id for one in taken if one.event == "void" and one.status == "ok"
    }
    taken = [
        one
        for one in taken
        if one.event in ("purchase", "capture") and one.status == "ok" and one.id not in voided
    ]
    told_by_order = {
        Tender.STORE_CREDIT: head.store_credit_amount,
        Tender.GIFT_CERTIFICATE: head.gift_certificate_amount,
    }
    payments = [
        _payment(head, one) for one in taken if not told_by_order.get(_tender(one), Decimal(0))
    ]
    for tender, amount in told_by_order.items():
        if amount:
            dates = (one.date_created for one in taken if _tender(one) is tender)
            payments.append(_from_balance(head, tender, amount, dates))
    return tuple(payment for payment in payments if payment.amount)


def refunds_of(
    head: WireOrder, refunds: Iterable[WireRefund], lines: Sequence[WireLine]
) -> tuple[Refund, ...]:
    """Return the refunds that gave anything back; what a provider declined was not given."""
    given = (_refund(head, refund, lines) for refund in refunds)
    return tuple(refund for refund in given if refund.amount)


def _tender(transaction: WireTransaction) -> Tender:
    return _TENDERS.get(transaction.method, Tender.CARD)


def _payment(head: WireOrder, transaction: WireTransaction) -> Payment:
    currency = transaction.currency.upper() or head.currency
    if currency != head.currency:
        raise Rejected(
            f"Order {head.id} is in {head.currency}, but its transaction {transaction.id} is in "
            f"{currency}.",
            hold=HoldCode.CURRENCY_DIFFERS,
            remedy="Book this order by hand, then skip it.",
        )
    return Payment(
        id=str(transaction.id),
        tender=_tender(transaction),
        method=transaction.gateway or transaction.method,
        amount=rounded(transaction.amount, currency),
        taken_at=transaction.date_created or head.date_created,
    )


def _from_balance(
    head: WireOrder, tender: Tender, amount: Decimal, dates: Iterable[datetime | None]
) -> Payment:
    return Payment(
        id=tender.value,
        tender=tender,
        method=tender.value,
        amount=rounded(amount, head.currency),
        taken_at=min((date for date in dates if date is not None), default=head.date_created),
    )


def _refund(head: WireOrder, refund: WireRefund, lines: Sequence[WireLine]) -> Refund:
    amount, tax = refund.total_amount, refund.total_tax
    declined = sum((one.amount for one in refund.payments if one.is_declined), Decimal(0))
    if refund.payments and all(one.is_declined for one in refund.payments):
        amount = tax = Decimal(0)
    elif declined and amount:
        tax = tax * (amount - declined) / amount
        amount -= declined
    return Refund(
        id=str(refund.id),
        amount=rounded(amount, head.currency),
        tax=rounded(tax, head.currency),
        reason=refund.reason,
        items=tuple(_item(head, item, lines) for item in refund.items),
        payments=tuple(
            _given_back(head, one) for one in refund.payments if one.amount and not one.is_declined
        ),
        made_at=refund.created,
    )


def _given_back(head: WireOrder, payment: WireRefundPayment) -> RefundPayment:
    """Name the tender as that of a payment is named, so that one rule serves both."""
    balance = _PROVIDER_TENDERS.get(payment.provider_id)
    tender = balance or (Tender.OFFLINE if payment.offline else Tender.CARD)
    return RefundPayment(
        id=str(payment.id),
        tender=tender,
        method=balance.value if balance else payment.provider_id,
        amount=rounded(payment.amount, head.currency),
    )


def _item(head: WireOrder, item: WireRefundItem, lines: Sequence[WireLine]) -> RefundItem:
    kind = _ITEM_KINDS.get(item.item_type, "order")
    amount = item.requested_amount
    if kind == "line":
        amount = None  # the platform goes by the quantity
    elif kind == ChargeKind.WRAPPING and amount is None:
        wrapped = (line.wrapping_cost_inc_tax for line in lines if line.id == item.item_id)
        amount = next(wrapped, None)
    return RefundItem(
        kind=kind,
        ref="" if kind == "order" else str(item.item_id),
        quantity=item.quantity,
        amount=None if amount is None else Money(amount=amount, currency=head.currency).rounded(),
    )
