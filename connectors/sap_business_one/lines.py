"""How a document becomes lines and additional expenses, and what SAP makes of them. Pure.

A revenue class is a G/L account, or `default` for the account that SAP itself determines; of what
is no item also `expense:CODE`, an additional expense, or `item:CODE`, an item without inventory.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from connectors.sap_business_one.settings import DETERMINED, EXPENSE, ITEM, SapBusinessOneSettings
from domain.document import DocumentKind, DocumentLine, DocumentLineKind, SalesDocument
from domain.hold import Held, Hold, HoldCode
from domain.money import Money, minor_unit

_CARRIER = "carrier"


def expense_code(line: DocumentLine, settings: SapBusinessOneSettings) -> str:
    """Return the additional expense that a line is entered as; empty: it is a line."""
    if line.revenue_class.startswith(EXPENSE):
        return line.revenue_class.removeprefix(EXPENSE).strip()
    if line.kind is DocumentLineKind.FREIGHT and settings.freight_expense is not None:
        return str(settings.freight_expense)
    return ""


def item_code(line: DocumentLine, settings: SapBusinessOneSettings) -> str:
    """Return the item that a line is entered with; empty: there is none."""
    if line.item:
        return line.item
    if line.revenue_class.startswith(ITEM):
        return line.revenue_class.removeprefix(ITEM).strip()
    return settings.charge_item


def account(line: DocumentLine) -> str:
    """Return the G/L account that a line names; empty: SAP determines it."""
    name = line.revenue_class
    return "" if name == DETERMINED or name.startswith((EXPENSE, ITEM)) else name


def unit_price(line: DocumentLine, decimals: int) -> Decimal:
    """Return the price that SAP can hold for the line."""
    if not line.quantity:
        return Decimal(0)
    unit = Decimal(1).scaleb(-decimals)
    return (line.net.amount / line.quantity).quantize(unit, ROUND_HALF_UP)


def price_and_rest(amount: Decimal, pieces: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
    """Divide an amount into a price per piece and what no price can say."""
    price = (amount / pieces).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
    return price, amount - price * pieces


def prepared(
    document: SalesDocument, settings: SapBusinessOneSettings, *, tolerance: Money
) -> SalesDocument:
    """Return the document with SAP's own line values, the difference made a rounding line.

    Raises:
        Held: the difference exceeds the tolerance or has nowhere to go, or a line has no place.
    """
    exact = document.kind is DocumentKind.CREDIT or settings.profile.line_amounts == "line-total"
    lines = [
        _computed(line, settings, exact=exact) for line in _with_expenses_merged(document, settings)
    ]
    currency = document.total.currency
    erp_total = Money.total((line.gross for line in lines), currency)
    difference = document.total - erp_total
    if difference:
        if abs(difference).amount > tolerance.amount:
            raise _differs(document, erp_total, f"more than the {tolerance} that are let pass")
        if not settings.rounding_class:
            raise _differs(document, erp_total, "and no rounding_class is set")
        rounding = DocumentLine(
            kind=DocumentLineKind.ROUNDING,
            source="rounding:erp",
            description="Rounding",
            net=difference,
            tax=Money.zero(currency),
            revenue_class=settings.rounding_class,
        )
        # An expense of the rounding's own code may be there already.
        merged = document.model_copy(update={"lines": (*lines, rounding)})
        lines = _with_expenses_merged(merged, settings)
    if all(expense_code(line, settings) for line in lines if _is_entered(line)):
        lines = [_carrier(document, settings), *lines]
    return document.model_copy(
        update={
            "lines": tuple(lines),
            "tax": Money.total((line.tax for line in lines), currency),
        }
    )


def entered(
    document: SalesDocument, settings: SapBusinessOneSettings
) -> tuple[Sequence[DocumentLine], Sequence[DocumentLine]]:
    """Divide a prepared document into its lines and its additional expenses."""
    kept = [line for line in document.lines if _is_entered(line)]
    return (
        [line for line in kept if not expense_code(line, settings)],
        [line for line in kept if expense_code(line, settings)],
    )


def line_count(document: SalesDocument) -> int:
    """Return how many lines and additional expenses the document has in SAP."""
    return sum(_is_entered(line) for line in document.lines)


def _is_entered(line: DocumentLine) -> bool:
    # A charge over nothing is no line; goods that cost nothing still leave the warehouse.
    goods = line.kind is DocumentLineKind.ITEM
    return goods or line.source == _CARRIER or bool(line.net) or bool(line.tax)


def _with_expenses_merged(
    document: SalesDocument, settings: SapBusinessOneSettings
) -> list[DocumentLine]:
    """Make one line of all that goes to the same additional expense: SAP lists each code once."""
    lines: list[DocumentLine] = []
    place: dict[str, int] = {}
    for line in document.lines:
        _require_place(line, document, settings)
        code = expense_code(line, settings)
        if not code or code not in place:
            place[code] = len(lines)
            lines.append(line)
            continue
        first = lines[place[code]]
        lines[place[code]] = first.model_copy(
            update={"net": first.net + line.net, "tax": first.tax + line.tax}
        )
    return lines


def _require_place(
    line: DocumentLine, document: SalesDocument, settings: SapBusinessOneSettings
) -> None:
    code = expense_code(line, settings)
    what = line.description or line.source
    if line.item and line.revenue_class.startswith((EXPENSE, ITEM)):
        raise _no_place(
            document,
            f"{what} is an item, and is mapped to {line.revenue_class}",
            "Map the item's revenue to a G/L account, or to `default`",
        )
    if code and not code.isdigit():
        raise _no_place(
            document,
            f"{what} is mapped to the additional expense '{code}', which is no number",
            "Map it to expense:NUMBER",
        )
    if not code and not item_code(line, settings) and _is_entered(line):
        raise _no_place(
            document,
            f"{what} has no item, and is mapped to account {account(line) or DETERMINED}",
            "Map it to expense:NUMBER or item:CODE, or set charge_item",
        )


def _computed(line: DocumentLine, settings: SapBusinessOneSettings, *, exact: bool) -> DocumentLine:
    profile = settings.profile
    currency = line.net.currency
    cent = minor_unit(currency)
    net = line.net.amount
    if line.item and not exact:
        net = (line.quantity * unit_price(line, profile.price_decimals)).quantize(
            cent, ROUND_HALF_UP
        )
    tax = line.tax.amount
    if profile.tax_amounts == "computed":
        percent = profile.tax_rate if tax and profile.tax_rate is not None else Decimal(0)
        tax = (net * percent / 100).quantize(cent, ROUND_HALF_UP)
    return line.model_copy(
        update={
            "net": Money(amount=net, currency=currency),
            "tax": Money(amount=tax, currency=currency),
        }
    )


def _carrier(document: SalesDocument, settings: SapBusinessOneSettings) -> DocumentLine:
    """Make the line over nothing without which SAP takes no additional expenses."""
    fallback = settings.rounding_class if settings.rounding_class.startswith(ITEM) else ""
    if not settings.charge_item and not fallback:
        raise _no_place(
            document,
            "it consists of additional expenses only, which SAP Business One takes with no line",
            "Set charge_item to a sales item without inventory",
        )
    zero = Money.zero(document.total.currency)
    return DocumentLine(
        kind=DocumentLineKind.CHARGE,
        source=_CARRIER,
        description=f"Order {document.order_number}",
        net=zero,
        tax=zero,
        revenue_class=DETERMINED if settings.charge_item else fallback,
    )


def _no_place(document: SalesDocument, why: str, remedy: str) -> Held:
    return Held(
        Hold(
            step="document",
            code=HoldCode.UNSUPPORTED,
            reason=f"Order {document.order_number} cannot be entered in SAP Business One: {why}.",
            remedy=f"{remedy}; then retry.",
        )
    )


def _differs(document: SalesDocument, erp_total: Money, why: str) -> Held:
    return Held(
        Hold(
            step="document",
            code=HoldCode.TOTALS_DIFFER,
            reason=f"SAP Business One would make {erp_total} of order {document.order_number}, "
            f"whose total is {document.total}: {why}.",
            remedy="Raise `tolerance`, set `rounding_class`, raise profile.price_decimals to what "
            "the company keeps, or correct profile.tax_rate.",
        )
    )
