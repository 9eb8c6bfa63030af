"""How a document becomes lines with quantities and prices, and what Acumatica makes of it. Pure."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from connectors.acumatica.settings import AcumaticaSettings
from domain.document import DocumentKind, DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import Held, Hold, HoldCode
from domain.money import Money, minor_unit
from domain.record import Record


class PricedLine(Record):
    """A line as it is sent. Acumatica computes quantity x price, rounded, less the discount."""

    item: str
    description: str
    quantity: Decimal
    price: Decimal
    discount: Decimal
    warehouse: str = ""
    uom: str = ""


class Tax(Record):
    """The one tax of a document, as the store gives it."""

    id: str
    taxable: Decimal
    amount: Decimal


def priced_lines(document: SalesDocument, settings: AcumaticaSettings) -> tuple[PricedLine, ...]:
    """Price the lines; what comes to nothing is no line, unless goods leave the warehouse."""
    return tuple(_priced(line, document.kind, settings) for line in _sent(document))


def line_count(document: SalesDocument) -> int:
    """Return how many lines the document has in Acumatica."""
    return len(_sent(document))


def tax_of(document: SalesDocument, settings: AcumaticaSettings) -> Tax | None:
    """Return the document's tax; None where no tax is named, and so none is due."""
    if not settings.tax_id:
        return None
    taxed = [line.net.amount for line in document.lines if line.tax]
    return Tax(id=settings.tax_id, taxable=sum(taxed, Decimal(0)), amount=document.tax.amount)


def prepared(
    document: SalesDocument, settings: AcumaticaSettings, *, tolerance: Money
) -> SalesDocument:
    """Return the document with Acumatica's own line values, the difference made a rounding line.

    Raises:
        Held: the difference exceeds the tolerance, or there is nowhere to book it or the tax.
    """
    if document.tax and not settings.tax_id:
        raise _held(document, document.total - document.tax, "no `tax_id` says where its tax goes")
    lines = tuple(
        line.model_copy(update={"net": _computed(line, document.kind, settings)})
        for line in document.lines
    )
    currency = document.total.currency
    total = Money.total((line.net for line in lines), currency) + document.tax
    difference = document.total - total
    if not difference:
        return document.model_copy(update={"lines": lines})
    if abs(difference).amount > tolerance.amount:
        raise _held(document, total, f"more than the {tolerance} that may be booked by itself")
    if not settings.rounding_item:
        raise _held(document, total, "and no `rounding_item` is set")
    rounding = DocumentLine(
        kind=DocumentLineKind.ROUNDING,
        source="rounding:erp",
        description="Rounding",
        net=difference,
        tax=Money.zero(currency),
        revenue_class=settings.rounding_item,
    )
    return document.model_copy(update={"lines": (*lines, rounding)})


def _sent(document: SalesDocument) -> tuple[DocumentLine, ...]:
    sent = tuple(line for line in document.lines if line.kind is DocumentLineKind.ITEM or line.net)
    return sent or document.lines[:1]


def _priced(line: DocumentLine, kind: DocumentKind, settings: AcumaticaSettings) -> PricedLine:
    is_item = line.kind is DocumentLineKind.ITEM
    # Credits and debits are values: what came back is received and counted by hand.
    in_pieces = is_item and kind is DocumentKind.INVOICE and line.quantity > 0
    quantity = line.quantity if in_pieces else Decimal(1)
    price, discount = _price(line.net, quantity, settings)
    return PricedLine(
        item=line.item if is_item else line.revenue_class,
        description=line.description,
        quantity=quantity,
        price=price,
        discount=discount,
        warehouse=(line.warehouse or settings.default_warehouse) if is_item else "",
        uom=settings.uom if is_item else "",
    )


def _price(net: Money, quantity: Decimal, settings: AcumaticaSettings) -> tuple[Decimal, Decimal]:
    """Return unit price and line discount; a price in cents times three is rarely the sum."""
    cent = minor_unit(net.currency)
    step = Decimal(1).scaleb(-settings.profile.price_decimals)
    if quantity == 1:
        return net.amount, Decimal(0)
    if not settings.profile.line_discounts:
        return (net.amount / quantity).quantize(step, ROUND_HALF_UP), Decimal(0)
    # Rounded up, so that what is too much can be said as a discount.
    price = (net.amount / quantity).quantize(step, ROUND_CEILING)
    extended = (price * quantity).quantize(cent, ROUND_HALF_UP)
    return price, extended - net.amount


def _computed(line: DocumentLine, kind: DocumentKind, settings: AcumaticaSettings) -> Money:
    sent = _priced(line, kind, settings)
    cent = minor_unit(line.net.currency)
    extended = (sent.quantity * sent.price).quantize(cent, ROUND_HALF_UP)
    return Money(amount=extended - sent.discount, currency=line.net.currency)


def _held(document: SalesDocument, total: Money, why: str) -> Held:
    return Held(
        Hold(
            step="document",
            code=HoldCode.TOTALS_DIFFER,
            reason=f"Acumatica would make {total} of order {document.order_number}, whose total "
            f"is {document.total}: {why}.",
            remedy="Set `tax_id` or `rounding_item` in the connection's erp settings, raise "
            "`tolerance`, or leave `profile.line_discounts` on.",
        )
    )
