"""From an order and the mapping rules to a document with every code resolved. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from domain.document import DocumentKind, DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import MappingMissing
from domain.money import Money, allocate
from domain.order import (
    Charge,
    ChargeKind,
    Line,
    LineKind,
    Order,
    Payment,
    Pricing,
    RefundPayment,
)
from domain.record import Record


class RuleKind(StrEnum):
    """The kinds of mapping rule: what the key names and what the value is."""

    ITEM = "item"  # SKU -> ERP item code
    REVENUE = "revenue"  # SKU, `gift-certificate` or a charge kind -> revenue class
    PAYMENT_METHOD = (
        "payment-method"  # the store's method, a tender, or one:CUR -> clearing account
    )
    CUSTOMER = "customer"  # store customer id, or guest-HASH -> ERP customer code
    WAREHOUSE = "warehouse"  # SKU or `*` -> ERP warehouse
    LOCATION = "location"  # ERP warehouse -> location of the store whose stock it is


EVERYTHING_ELSE = "*"


class Rules(Record):
    """A connection's mapping rules: kind -> key -> value; the key `*` is everything else."""

    table: Mapping[RuleKind, Mapping[str, str]] = {}

    def find(self, kind: RuleKind, *keys: str) -> str | None:
        """Return the value of the first key that has a rule, else that of `*`, else None."""
        rules = self.table.get(kind, {})
        return next((rules[key] for key in (*keys, EVERYTHING_ELSE) if key in rules), None)


def item_of(sku: str, rules: Rules) -> str:
    """Return the ERP item that a SKU is, by its own rule alone; without one it is called alike."""
    return rules.table.get(RuleKind.ITEM, {}).get(sku) or sku


class ErpItem(Record):
    """An item that exists in the ERP."""

    code: str
    description: str = ""
    revenue_class: str = ""


class Resolution(Record):
    """What resolving needs beside the order: rules, the ERP's items by code, defaults."""

    rules: Rules
    items: Mapping[str, ErpItem]
    placeholder_item: str = ""


def item_codes(order: Order, resolution: Resolution) -> frozenset[str]:
    """List the ERP item codes that must exist for this order; what is not mapped keeps its SKU."""
    codes = {
        resolution.rules.find(RuleKind.ITEM, line.sku) or line.sku
        for line in order.lines
        if line.kind is not LineKind.GIFT_CERTIFICATE
    }
    return frozenset(code for code in (*codes, resolution.placeholder_item) if code)


def document_for(order: Order, *, key: str, customer: str, resolution: Resolution) -> SalesDocument:
    """Resolve every code of the order's invoice.

    Discounts are shared over what they reduce and the tax over what bears it, to the cent, so that
    the lines make the order's total and tax exactly.

    Raises:
        MappingMissing: a SKU, a revenue class or a warehouse has no rule.
    """
    lines = [_resolved_line(line, resolution) for line in order.lines]
    lines += [_resolved_charge(charge, resolution) for charge in order.charges]
    amounts = _after_discounts(order)
    taxes = _share_tax(order, amounts)
    contained = order.pricing is Pricing.TAX_INCLUSIVE
    settled = tuple(
        line.model_copy(update={"net": amount - tax if contained else amount, "tax": tax})
        for line, amount, tax in zip(lines, amounts, taxes, strict=True)
    )
    return SalesDocument(
        key=key,
        order_id=order.id,
        order_number=order.number,
        customer=customer,
        on=order.placed_at.date(),
        lines=settled,
        tax=order.tax,
        total=order.total,
        ship_to=order.shipping[0] if order.shipping else order.billing,
        email=order.email,
    )


def clearing_account(order: Order, payment: Payment, rules: Rules) -> str:
    """Find the ERP account that a payment clears through: by the store's method, then by tender.

    Where an account is kept in one currency, a rule for `method:EUR` goes before that of `method`.

    Raises:
        MappingMissing: neither has a rule.
    """
    return _account(order, payment, rules, step=f"payment:{payment.id}", was="paid")


def payout_account(order: Order, payment: RefundPayment, rules: Rules, *, step: str) -> str:
    """Find the ERP account that money was given back out of, by the rules for payments.

    Raises:
        MappingMissing: neither its method nor its tender has a rule.
    """
    return _account(order, payment, rules, step=step, was="paid back")


def _account(
    order: Order, payment: Payment | RefundPayment, rules: Rules, *, step: str, was: str
) -> str:
    named = (payment.method, payment.tender)
    in_currency = [f"{name}:{order.currency}" for name in named]
    keys = [key for pair in zip(in_currency, named, strict=True) for key in pair]
    account = rules.find(RuleKind.PAYMENT_METHOD, *keys)
    if account is None:
        raise MappingMissing(
            RuleKind.PAYMENT_METHOD,
            payment.method or payment.tender,
            step=step,
            reason=f"Order {order.number} was {was} by '{payment.method or payment.tender}', which "
            "is not mapped to a clearing account.",
        )
    return account


def _resolved_line(line: Line, resolution: Resolution) -> DocumentLine:
    certificate = line.kind is LineKind.GIFT_CERTIFICATE
    item = None if certificate else _item(line, resolution)
    source = f"line:{line.id}"
    code = item.code if item else ""
    fallback = item.revenue_class if item else ""
    return DocumentLine(
        kind=DocumentLineKind.CHARGE if certificate else DocumentLineKind.ITEM,
        source=source,
        item=code,
        description=line.name,
        quantity=line.quantity,
        net=line.amount,
        tax=line.tax,
        revenue_class=_revenue_class(
            (LineKind.GIFT_CERTIFICATE,) if certificate else (line.sku, code), fallback, resolution
        ),
        warehouse="" if certificate else _warehouse(line, resolution),
    )


def _item(line: Line, resolution: Resolution) -> ErpItem:
    mapped = resolution.rules.find(RuleKind.ITEM, line.sku)
    for code in (mapped or line.sku, resolution.placeholder_item):
        if code and code in resolution.items:
            return resolution.items[code]
    if mapped:
        reason = f"SKU {line.sku} is mapped to {mapped}, which does not exist in the ERP."
    else:
        reason = f"SKU {line.sku or '(none)'} ({line.name}) is unknown in the ERP."
    raise MappingMissing(RuleKind.ITEM, line.sku, step="document", reason=reason)


def _warehouse(line: Line, resolution: Resolution) -> str:
    return resolution.rules.find(RuleKind.WAREHOUSE, line.sku) or ""


_CHARGE_LINES = {
    ChargeKind.SHIPPING: DocumentLineKind.FREIGHT,
    ChargeKind.ROUNDING: DocumentLineKind.ROUNDING,
}


def _resolved_charge(charge: Charge, resolution: Resolution) -> DocumentLine:
    return DocumentLine(
        kind=_CHARGE_LINES.get(charge.kind, DocumentLineKind.CHARGE),
        source=f"{charge.kind}:{charge.id}",
        description=charge.name or charge.kind.value.capitalize(),
        net=charge.amount,
        tax=charge.tax,
        revenue_class=_revenue_class((charge.kind,), "", resolution),
    )


def _revenue_class(keys: Sequence[str], fallback: str, resolution: Resolution) -> str:
    rules = resolution.rules.table.get(RuleKind.REVENUE, {})
    found = next((rules[key] for key in keys if key in rules), None)
    found = found or fallback or rules.get(EVERYTHING_ELSE)
    if not found:
        named = next(filter(None, keys), "")  # a line without a SKU is named by its item
        raise MappingMissing(
            RuleKind.REVENUE,
            named,
            step="document",
            reason=f"Nothing says which revenue class '{named}' belongs to.",
        )
    return found


def _after_discounts(order: Order) -> list[Money]:
    """Take the order's discounts off its lines first as the store tells, then in proportion.

    Goods go before charges: a discount that exceeds the goods can only have reduced the shipping.
    Gift certificates come last: what is owed to their holder is not less for a coupon.
    """
    amounts = [line.amount for line in order.lines] + [charge.amount for charge in order.charges]
    left = Money.total((discount.amount for discount in order.discounts), order.currency)
    told = Money.total((line.discount for line in order.lines), order.currency)
    if told and told <= left:
        for index, line in enumerate(order.lines):
            given = min(line.discount, line.amount)
            amounts[index] = amounts[index] - given
            left = left - given
    goods = [i for i, line in enumerate(order.lines) if line.kind is not LineKind.GIFT_CERTIFICATE]
    charges = range(len(order.lines), len(amounts))
    for span in (goods, [*goods, *charges], range(len(amounts))):
        weights = [max(amounts[index].amount, Decimal(0)) for index in span]
        room = Money(amount=sum(weights, Decimal(0)), currency=order.currency)
        taken = min(left, room)
        if taken:
            for index, share in zip(span, allocate(taken, weights), strict=True):
                amounts[index] = amounts[index] - share
            left = left - taken
    if left and amounts:  # more was taken off than there was, e.g. off the tax on top
        amounts[0] = amounts[0] - left
    return amounts


def _share_tax(order: Order, amounts: Sequence[Money]) -> tuple[Money, ...]:
    """Share the order's tax by the store's figures per line, or by amount where they do not fit.

    Figures from before a discount may be more than what is left of the line that contains them.
    """
    told = tuple(part.tax for part in (*order.lines, *order.charges))
    if Money.total(told, order.currency) == order.tax and _fits(order, amounts, told):
        return told
    by_tax = [max(tax.amount, Decimal(0)) for tax in told]
    if any(by_tax) and _fits(order, amounts, shares := allocate(order.tax, by_tax)):
        return shares
    by_amount = [max(amount.amount, Decimal(0)) for amount in amounts]
    return allocate(order.tax, by_amount) if amounts else ()


def _fits(order: Order, amounts: Sequence[Money], taxes: Sequence[Money]) -> bool:
    """Tell whether every amount that contains its tax is at least as large as that."""
    if order.pricing is Pricing.TAX_EXCLUSIVE:
        return True
    zero = Money.zero(order.currency)
    return all(tax <= max(amount, zero) for amount, tax in zip(amounts, taxes, strict=True))


def by_revenue_class(lines: Iterable[DocumentLine]) -> dict[str, tuple[Money, Money]]:
    """Sum net and tax per revenue class, in order of first appearance."""
    sums: dict[str, tuple[Money, Money]] = {}
    for line in lines:
        net, tax = sums.get(
            line.revenue_class, (Money.zero(line.net.currency), Money.zero(line.net.currency))
        )
        sums[line.revenue_class] = (net + line.net, tax + line.tax)
    return sums


def opposite(kind: DocumentKind) -> DocumentKind:
    """Return what undoes a document of this kind."""
    return DocumentKind.CREDIT if kind is not DocumentKind.CREDIT else DocumentKind.DEBIT
