"""Credits and debits against a posted invoice: for a refund, a cancellation, an edit. Pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from domain.document import DocumentKind, DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import Held, Hold, HoldCode
from domain.mapping import by_revenue_class
from domain.money import Money, allocate
from domain.order import Order, Refund, RefundItem


def refund_credit(
    refund: Refund, *, invoice: SalesDocument, key: str, against: str
) -> SalesDocument:
    """Credit a refund to the revenue classes of what was given back, to the cent.

    `invoice` is the order's resolved document; `against` the ERP reference of the posted one.
    """
    weights = [Decimal(0)] * len(invoice.lines)
    for item in refund.items:
        for index, weight in _weights_of(item, invoice):
            weights[index] += weight
    lines = _shared(invoice, weights, total=refund.amount, tax=refund.tax)
    return _against(
        invoice,
        kind=DocumentKind.CREDIT,
        key=key,
        against=against,
        on=refund.made_at.date(),
        lines=lines,
        note=refund.reason,
    )


def cancellation(
    order: Order, *, invoice: SalesDocument, key: str, against: str, on: date
) -> SalesDocument:
    """Credit whatever refunds have left of a cancelled order's invoice."""
    given_back = Money.total((refund.tax for refund in order.refunds), order.currency)
    left, tax = order.total - order.refunded, order.tax - given_back
    if not order.refunds:
        lines = invoice.lines
    else:
        tax = min(max(tax, Money.zero(order.currency)), left)
        lines = _shared(invoice, [Decimal(0)] * len(invoice.lines), total=left, tax=tax)
    return _against(
        invoice,
        kind=DocumentKind.CREDIT,
        key=key,
        against=against,
        on=on,
        lines=lines,
        note="Cancelled in the store",
    )


def amendment(
    before: SalesDocument, after: SalesDocument, *, key: str, against: str, on: date
) -> SalesDocument | None:
    """Bring a posted invoice to what the order says now; None when its amounts are the same.

    Raises:
        Held: some revenue classes grew while others shrank; one document cannot say that.
    """
    old, new = by_revenue_class(before.lines), by_revenue_class(after.lines)
    zero = Money.zero(after.total.currency)
    changes = {
        name: (
            new.get(name, (zero, zero))[0] - old.get(name, (zero, zero))[0],
            new.get(name, (zero, zero))[1] - old.get(name, (zero, zero))[1],
        )
        for name in (*new, *(name for name in old if name not in new))
    }
    parts = [part for change in changes.values() for part in change if part]
    if not parts:
        return None
    grows, shrinks = (any(p > zero for p in parts), any(p < zero for p in parts))
    if grows and shrinks:
        raise Held(
            Hold(
                step="amend",
                code=HoldCode.ORDER_EDITED,
                reason=f"Order {after.order_number} was edited from {before.total} to "
                f"{after.total}: some revenue classes grew and others shrank, which no single "
                "debit or credit can say.",
                remedy="Correct the ledger by hand, then skip this step.",
            )
        )
    lines = tuple(
        DocumentLine(
            kind=DocumentLineKind.CHARGE,
            source=f"edit:{name}",
            description=f"Order {after.order_number} edited",
            net=abs(net),
            tax=abs(tax),
            revenue_class=name,
        )
        for name, (net, tax) in changes.items()
        if net or tax
    )
    return _against(
        after,
        kind=DocumentKind.DEBIT if grows else DocumentKind.CREDIT,
        key=key,
        against=against,
        on=on,
        lines=lines,
        note="Edited in the store",
    )


def _weights_of(item: RefundItem, invoice: SalesDocument) -> list[tuple[int, Decimal]]:
    """Tell which document lines a refunded item weighs on, and how much."""
    weights: list[tuple[int, Decimal]] = []
    for index, line in enumerate(invoice.lines):
        kind, _, ref = line.source.partition(":")
        if kind != item.kind or (ref and item.ref and ref != item.ref):
            continue
        gross = abs(line.gross.amount)
        if item.amount is not None:
            weights.append((index, abs(item.amount.amount)))
        elif line.quantity:
            weights.append((index, gross * min(item.quantity / line.quantity, Decimal(1))))
    return weights


def _shared(
    invoice: SalesDocument, weights: Sequence[Decimal], *, total: Money, tax: Money
) -> tuple[DocumentLine, ...]:
    """Share a gross total and its tax over the invoice's lines; evenly by value without weights."""
    if not any(weights):
        weights = [max(line.gross.amount, Decimal(0)) for line in invoice.lines]
    taxed = [
        weight if line.tax else Decimal(0)
        for weight, line in zip(weights, invoice.lines, strict=True)
    ]
    gross = allocate(total, weights)
    taxes = allocate(tax, taxed if any(taxed) else weights)
    return tuple(
        line.model_copy(update={"net": share - part, "tax": part})
        for line, share, part in zip(invoice.lines, gross, taxes, strict=True)
        if share or part
    )


def _against(
    invoice: SalesDocument,
    *,
    kind: DocumentKind,
    key: str,
    against: str,
    on: date,
    lines: tuple[DocumentLine, ...],
    note: str,
) -> SalesDocument:
    currency = invoice.total.currency
    return invoice.model_copy(
        update={
            "kind": kind,
            "key": key,
            "against": against,
            "on": on,
            "lines": lines,
            "tax": Money.total((line.tax for line in lines), currency),
            "total": Money.total((line.gross for line in lines), currency),
            "note": note,
        }
    )
