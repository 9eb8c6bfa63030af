"""How a document becomes the lines of a sales order, and what SYSPRO makes of them. Pure."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from connectors.syspro.order_documents import ChargeLine, FreightLine, OrderDetails, StockLine
from connectors.syspro.settings import SysproSettings
from connectors.syspro.text import decimal_text
from domain.document import DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import Held, Hold, HoldCode
from domain.money import Money, minor_unit

_PRICE_UNIT = Decimal("0.00001")  # SorDetail.MPrice holds five decimals


def unit_price(line: DocumentLine) -> Decimal:
    """Return the price that SYSPRO can hold for the line."""
    if not line.quantity:
        return Decimal(0)
    return (line.net.amount / line.quantity).quantize(_PRICE_UNIT, ROUND_HALF_UP)


def computed(line: DocumentLine) -> Money:
    """Return what SYSPRO makes of an item line: quantity times price, to the cent."""
    currency = line.net.currency
    value = (line.quantity * unit_price(line)).quantize(minor_unit(currency), ROUND_HALF_UP)
    return Money(amount=value, currency=currency)


def prepared(
    document: SalesDocument, settings: SysproSettings, *, tolerance: Money
) -> SalesDocument:
    """Return the document with SYSPRO's own line values, the difference made a rounding line.

    Raises:
        Held: the difference exceeds the tolerance, or there is nowhere to book it or the tax.
    """
    if document.tax and not settings.profile.sales_order_tax:
        raise _held(document, document.total - document.tax, "it would add no sales tax")
    lines = tuple(
        line.model_copy(update={"net": computed(line)})
        if line.kind is DocumentLineKind.ITEM
        else line
        for line in document.lines
    )
    currency = document.total.currency
    erp_total = Money.total((line.net for line in lines), currency) + document.tax
    difference = document.total - erp_total
    if not difference:
        return document.model_copy(update={"lines": lines})
    if abs(difference).amount > tolerance.amount:
        raise _held(document, erp_total, f"more than the {tolerance} that may be booked by itself")
    if not settings.rounding_class:
        raise _held(document, erp_total, "and no rounding_class is set")
    rounding = DocumentLine(
        kind=DocumentLineKind.ROUNDING,
        source="rounding:erp",
        description="Rounding",
        net=difference,
        tax=Money.zero(currency),
        revenue_class=settings.rounding_class,
    )
    return document.model_copy(update={"lines": (*lines, rounding)})


def details(document: SalesDocument, settings: SysproSettings) -> OrderDetails:
    """Write the lines: goods, then freight, then charges with the tax as the last of them."""
    goods, freight, charges = _sorted(document)
    tax_code = settings.profile.sales_order_tax_code or None
    stock_lines = [
        StockLine(
            number=f"{number:04d}",
            item=line.item,
            warehouse=line.warehouse or settings.warehouse,
            quantity=decimal_text(line.quantity, 6),
            price=decimal_text(unit_price(line), 5),
            product_class=line.revenue_class,
            tax_code=tax_code,
        )
        for number, line in enumerate(goods, 1)
    ]
    freight_lines = [
        FreightLine(number=f"{number:04d}", value=decimal_text(line.net.amount), tax_code=tax_code)
        for number, line in enumerate(freight, len(goods) + 1)
    ]
    billed = [(line.net, line.revenue_class, line.description) for line in charges]
    if document.tax:
        billed.append((document.tax, settings.profile.sales_order_tax, "Sales tax"))
    charge_lines = [
        ChargeLine(
            number=f"{number:04d}",
            value=decimal_text(value.amount),
            product_class=revenue_class,
            description=description or revenue_class,
            tax_code=tax_code,
        )
        for number, (value, revenue_class, description) in enumerate(
            billed, len(goods) + len(freight) + 1
        )
    ]
    return OrderDetails(stock=stock_lines, freight=freight_lines, charges=charge_lines)


def line_count(document: SalesDocument) -> int:
    """Return how many lines the order, and so its invoice, has."""
    return sum(len(part) for part in _sorted(document)) + bool(document.tax)


def revenue_classes(document: SalesDocument, settings: SysproSettings) -> frozenset[str]:
    """Return the product classes that must have a sales account."""
    goods, _, charges = _sorted(document)
    classes = {line.revenue_class for line in (*goods, *charges)}
    return frozenset(classes | ({settings.profile.sales_order_tax} if document.tax else set()))


def _sorted(
    document: SalesDocument,
) -> tuple[Sequence[DocumentLine], Sequence[DocumentLine], Sequence[DocumentLine]]:
    goods = [line for line in document.lines if line.kind is DocumentLineKind.ITEM]
    freight = [line for line in document.lines if line.kind is DocumentLineKind.FREIGHT]
    others = (DocumentLineKind.CHARGE, DocumentLineKind.ROUNDING)
    charges = [line for line in document.lines if line.kind in others]
    # A charge over nothing is no line; goods that cost nothing still leave the warehouse.
    return goods, [line for line in freight if line.net], [line for line in charges if line.net]


def _held(document: SalesDocument, erp_total: Money, why: str) -> Held:
    return Held(
        Hold(
            step="document",
            code=HoldCode.TOTALS_DIFFER,
            reason=f"SYSPRO would make {erp_total} of order {document.order_number}, whose total "
            f"is {document.total}: {why}.",
            remedy="Raise `tolerance`, set `rounding_class` or `profile.sales_order_tax`, or use "
            'strategy = "ar-invoice", which takes the store\'s values as they are.',
        )
    )
