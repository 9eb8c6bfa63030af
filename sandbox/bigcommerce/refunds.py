"""What a refund comes to, where the money may go, and when it is refused. Pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.bigcommerce.drafts import ZERO, RefundDraft
from sandbox.bigcommerce.pricing import Amount, Terms, decimals_of
from sandbox.bigcommerce.records import Order, Refund, RefundItem, RefundPayment
from sandbox.bigcommerce.refusals import Refused

_TENDERS = ("giftcertificate", "storecredit")


@dataclass(frozen=True)
class Asked:
    """One thing to refund, before its amount is known."""

    item_type: str
    item_id: int
    quantity: int = 0
    amount: Decimal = ZERO
    reason: str = ""
    adjustments: tuple[tuple[Decimal, str], ...] = ()


@dataclass(frozen=True)
class Quote:
    """What a refund comes to; `methods` are alternatives, each a whole list of payments."""

    items: tuple[RefundItem, ...]
    total: Decimal
    tax: Decimal
    adjustment: Decimal
    methods: tuple[tuple[RefundPayment, ...], ...]
    overridden: bool = False


def asked_by(order: Order, draft: RefundDraft) -> tuple[Asked, ...]:
    """The draft with the protocol's ids; without items, everything not yet refunded."""
    if not draft.items:
        return _everything_left(order)
    ids = {
        "PRODUCT": order.line_ids,
        "GIFT_WRAPPING": order.line_ids,
        "SHIPPING": order.address_ids,
        "HANDLING": order.address_ids,
        "FEE": order.fee_ids,
    }
    asked: list[Asked] = []
    for item in draft.items:
        known = ids.get(item.item_type, [order.id])
        position = 0 if item.item_type == "ORDER" else item.position
        if not 0 <= position < len(known):
            raise Refused(422, f"There is no {item.item_type} at position {position}.")
        asked.append(Asked(item.item_type, known[position], item.quantity, item.amount))
    return tuple(asked)


def quote(
    order: Order,
    asked: Sequence[Asked],
    *,
    override: tuple[Decimal, Decimal] | None = None,
    tax_adjustment: Decimal | None = None,
) -> Quote:
    """Prices a refund. Raises Refused (422) when it is not possible."""
    if order.paid <= 0 and order.payment_status != "paid":
        raise Refused(422, "The payment of this order is not settled.")
    items = tuple(_priced(order, one) for one in asked)
    adjustment = sum((amount for item in items for amount, _ in item.adjustments), ZERO)
    total = sum((item.amount for item in items), ZERO) + adjustment
    tax = sum((item.tax for item in items), ZERO)
    if tax_adjustment is not None:
        total = tax = tax_adjustment
    if override is not None:
        total, tax = override
    if total < 0 or total > order.prices.total.inc - order.refunded:
        raise Refused(422, "The refund exceeds what is left of the order.")
    methods = _methods(order, total)
    return Quote(items, total, tax, adjustment, methods, override is not None)


def payment_for(quoted: Quote, provider: str | None) -> tuple[RefundPayment, ...]:
    """The alternative that pays to `provider`; None takes the first. Raises Refused (422)."""
    for method in quoted.methods:
        if provider is None or [payment.provider_id for payment in method] == [provider]:
            return method
    raise Refused(422, "Unable to provide store credit for a guest customer.")


def settle(order: Order, quoted: Quote, payments: Sequence[RefundPayment], reason: str) -> Refund:
    """The refund to book. Raises Refused (422) unless `payments` is one whole alternative."""
    offered = [[(p.provider_id, p.amount) for p in method] for method in quoted.methods]
    chosen = [(payment.provider_id, payment.amount) for payment in payments]
    if chosen not in offered:
        guest = order.customer_id == 0 and any(name == "storecredit" for name, _ in chosen)
        if guest:
            raise Refused(422, "Unable to provide store credit for a guest customer.")
        raise Refused(422, "The payments do not match a refund method of the quote.")
    method = quoted.methods[offered.index(chosen)]
    return Refund(
        id=0,
        order_id=order.id,
        created=order.modified,
        reason=reason,
        total=quoted.total,
        tax=quoted.tax,
        overridden=quoted.overridden,
        items=quoted.items,
        payments=tuple((0, payment) for payment in method),
    )


def _everything_left(order: Order) -> tuple[Asked, ...]:
    left = order.prices.total.inc - order.refunded
    by_items = {i.item_type for refund in order.refunds for i in refund.items} <= {"PRODUCT"}
    if not by_items or any(not refund.items for refund in order.refunds):
        return (Asked("ORDER", order.id, amount=left),)
    asked: list[Asked] = []
    for line_id, line in zip(order.line_ids, order.prices.lines, strict=True):
        quantity = line.draft.quantity - order.quantity_refunded(line_id)
        if quantity:
            asked.append(Asked("PRODUCT", line_id, quantity))
        if line.wrapping.inc:
            asked.append(Asked("GIFT_WRAPPING", line_id, 1))
    for address_id, address in zip(order.address_ids, order.prices.addresses, strict=True):
        if address.shipping.inc:
            asked.append(Asked("SHIPPING", address_id, amount=address.shipping.inc))
        if address.handling.inc:
            asked.append(Asked("HANDLING", address_id, amount=address.handling.inc))
    for fee_id, fee in zip(order.fee_ids, order.prices.fees, strict=True):
        asked.append(Asked("FEE", fee_id, amount=fee.cost.inc))
    return tuple(asked)


def _priced(order: Order, asked: Asked) -> RefundItem:
    if asked.item_type == "PRODUCT":
        amount, tax = _product(order, asked)
    elif asked.item_type == "ORDER":
        # Order-level refunds are tax exempt (card, section 4.5).
        amount, tax = asked.amount, ZERO
    elif asked.item_type == "TAX":
        amount, tax = asked.amount, asked.amount
    else:
        amount, tax = _charge(order, asked)
    return RefundItem(
        item_type=asked.item_type,
        item_id=asked.item_id,
        quantity=max(asked.quantity, 1),
        amount=amount,
        tax=tax,
        reason=asked.reason,
        adjustments=asked.adjustments,
    )


def _product(order: Order, asked: Asked) -> tuple[Decimal, Decimal]:
    if asked.item_id not in order.line_ids:
        raise Refused(422, f"Order product {asked.item_id} is not part of this order.")
    line = order.prices.lines[order.line_ids.index(asked.item_id)]
    before = order.quantity_refunded(asked.item_id)
    if asked.quantity < 1 or before + asked.quantity > line.draft.quantity:
        raise Refused(422, "The quantity exceeds what is left of the order product.")
    terms = _terms(order)

    def share(whole: Decimal) -> Decimal:
        # From cumulated parts, so that refunding unit by unit ends at the line's own amount.
        upto = terms.round(whole * (before + asked.quantity) / line.draft.quantity)
        return upto - terms.round(whole * before / line.draft.quantity)

    return share(line.discounted_inc), share(line.total.tax)


def _charge(order: Order, asked: Asked) -> tuple[Decimal, Decimal]:
    prices = order.prices
    charges: dict[str, tuple[list[int], list[Amount]]] = {
        "GIFT_WRAPPING": (order.line_ids, [line.wrapping for line in prices.lines]),
        "SHIPPING": (order.address_ids, [address.shipping for address in prices.addresses]),
        "HANDLING": (order.address_ids, [address.handling for address in prices.addresses]),
        "FEE": (order.fee_ids, [fee.cost for fee in prices.fees]),
    }
    if asked.item_type not in charges:
        raise Refused(422, f"Unknown item type {asked.item_type}.")
    ids, amounts = charges[asked.item_type]
    if asked.item_id not in ids:
        raise Refused(422, f"{asked.item_type} {asked.item_id} is not part of this order.")
    cost = amounts[ids.index(asked.item_id)]
    amount = cost.inc if asked.item_type == "GIFT_WRAPPING" else asked.amount
    before = sum(
        (
            item.amount
            for refund in order.refunds
            for item in refund.items
            if (item.item_type, item.item_id) == (asked.item_type, asked.item_id)
        ),
        ZERO,
    )
    if amount <= 0 or before + amount > cost.inc:
        raise Refused(422, f"The amount exceeds what is left of {asked.item_type}.")
    terms = _terms(order)
    upto = terms.round(cost.tax * (before + amount) / cost.inc)
    return amount, upto - terms.round(cost.tax * before / cost.inc)


def _methods(order: Order, total: Decimal) -> tuple[tuple[RefundPayment, ...], ...]:
    gateway = order.payment_gateway
    at_gateway = sum(
        (
            one.amount if one.event in ("purchase", "capture") else -one.amount
            for one in order.transactions
            if one.gateway == gateway
            and one.status == "ok"
            and one.method != "offline"
            and one.event in ("purchase", "capture", "refund")
        ),
        ZERO,
    )
    online = min(total, at_gateway) if gateway not in _TENDERS else ZERO
    elsewhere = "storecredit" if order.customer_id else "custom"
    methods: list[tuple[RefundPayment, ...]] = []
    if online > 0:
        first = RefundPayment(gateway, online, offline=False)
        rest = RefundPayment(elsewhere, total - online, offline=True)
        methods.append((first, rest) if total > online else (first,))
    if order.customer_id:
        methods.append((RefundPayment("storecredit", total, offline=True),))
    methods.append((RefundPayment("custom", total, offline=True),))
    return tuple(methods)


def _terms(order: Order) -> Terms:
    quantum = Decimal(1).scaleb(-decimals_of(order.currency))
    return Terms(quantum, order.inclusive, order.draft.tax_rate)
