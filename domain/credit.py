"""Credits and debits against a posted invoice: for a refund, a cancellation, an edit. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from domain.document import DocumentKind, DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import Held, Hold, HoldCode
from domain.mapping import by_revenue_class
from domain.money import Money, allocate
from domain.order import Order, Refund, RefundItem

Share = tuple[Money, Money]  # of one line: net and tax


def refund_credit(
    refund: Refund, *, invoice: SalesDocument, key: str, against: str
) -> SalesDocument:
    """Credit a refund to the revenue classes of what was given back, to the cent.

    A line says how many pieces of it come back: those that the store told by quantity. An amount
    given back out of goodwill, however large, brings none.

    `invoice` is the order's resolved document; `against` the ERP reference of the posted one.
    """
    return _against(
        invoice,
        kind=DocumentKind.CREDIT,
        key=key,
        against=against,
        on=refund.made_at.date(),
        lines=_lines(invoice, _given_back(refund, invoice), _come_back((refund,), invoice)),
        note=refund.reason,
    )


def cancellation(
    order: Order, *, invoice: SalesDocument, key: str, against: str, on: date
) -> SalesDocument:
    """Credit whatever refunds have left of a cancelled order's invoice, line by line."""
    lines = invoice.lines
    if any(refund.amount for refund in order.refunds):
        lines = _left_of(order, invoice)
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


def _given_back(refund: Refund, invoice: SalesDocument) -> list[Share]:
    weights = [Decimal(0)] * len(invoice.lines)
    for item in refund.items:
        for index, weight in _weights_of(item, invoice):
            weights[index] += weight
    if not any(weights):
        weights = _values(invoice)
    return _shared(weights, _tax_weights(invoice, weights), total=refund.amount, tax=refund.tax)


def _left_of(order: Order, invoice: SalesDocument) -> tuple[DocumentLine, ...]:
    """Subtract the refunds' credits from the invoice; what came out negative is shared anew."""
    zero = Money.zero(order.currency)
    left = [(line.net, line.tax) for line in invoice.lines]
    for refund in order.refunds:
        credited = _given_back(refund, invoice)
        left = [
            (net - less, tax - less_tax)
            for (net, tax), (less, less_tax) in zip(left, credited, strict=True)
        ]
    overdrawn = any(
        (net < zero <= line.net) or (tax < zero <= line.tax)
        for line, (net, tax) in zip(invoice.lines, left, strict=True)
    )
    if overdrawn:
        total = order.total - order.refunded
        given_back = Money.total((refund.tax for refund in order.refunds), order.currency)
        left = _shared(
            [max((net + tax).amount, Decimal(0)) for net, tax in left],
            [max(tax.amount, Decimal(0)) for _, tax in left],
            total=total,
            tax=min(max(order.tax - given_back, zero), total),
        )
    back = _come_back(order.refunds, invoice)
    kept = [line.quantity - pieces for line, pieces in zip(invoice.lines, back, strict=True)]
    return _lines(invoice, left, kept)


def _come_back(refunds: Iterable[Refund], invoice: SalesDocument) -> list[Decimal]:
    """Count the pieces of each line that these refunds bring back; of charges there are none."""
    told: dict[str, Decimal] = {}
    for item in (item for refund in refunds for item in refund.items):
        if item.kind == "line":
            source = f"line:{item.ref}"
            told[source] = told.get(source, Decimal(0)) + item.quantity
    return [min(told.get(line.source, Decimal(0)), line.quantity) for line in invoice.lines]


def _weights_of(item: RefundItem, invoice: SalesDocument) -> list[tuple[int, Decimal]]:
    """Tell which document lines a refunded item weighs on, and how much."""
    if item.kind == "order":
        return _weights_of_all(item, invoice)
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


def _weights_of_all(item: RefundItem, invoice: SalesDocument) -> list[tuple[int, Decimal]]:
    """Spread what is given back of the order as a whole over its lines by value."""
    if item.amount is None:
        return []
    shares = allocate(abs(item.amount), _values(invoice))
    return [(index, share.amount) for index, share in enumerate(shares)]


def _values(invoice: SalesDocument) -> list[Decimal]:
    return [max(line.gross.amount, Decimal(0)) for line in invoice.lines]


def _tax_weights(invoice: SalesDocument, weights: Sequence[Decimal]) -> list[Decimal]:
    """Weigh the tax by what each line's own rate makes of its weight."""
    return [
        weight * abs(line.tax.amount) / abs(line.gross.amount) if line.gross else Decimal(0)
        for weight, line in zip(weights, invoice.lines, strict=True)
    ]


def _shared(
    weights: Sequence[Decimal], tax_weights: Sequence[Decimal], *, total: Money, tax: Money
) -> list[Share]:
    """Share a gross total, and the tax within it, to the cent."""
    gross = allocate(total, weights)
    by_gross = [share.amount for share in gross]
    taxes = allocate(tax, tax_weights if any(tax_weights) else by_gross)
    if any(part > share for part, share in zip(taxes, gross, strict=True)):
        taxes = allocate(tax, by_gross)  # a line cannot give back more tax than money
    return [(share - part, part) for share, part in zip(gross, taxes, strict=True)]


def _lines(
    invoice: SalesDocument, shares: Sequence[Share], pieces: Sequence[Decimal]
) -> tuple[DocumentLine, ...]:
    return tuple(
        line.model_copy(update={"net": net, "tax": tax, "quantity": quantity})
        for line, (net, tax), quantity in zip(invoice.lines, shares, pieces, strict=True)
        if net or tax
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
