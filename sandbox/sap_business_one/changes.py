"""Changes documents on file: texts of any, and the lines of an order that is still open."""

from decimal import Decimal

from sandbox.sap_business_one.books import Books, Source
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.lines import resolve
from sandbox.sap_business_one.papers import PAPERS, Desk
from sandbox.sap_business_one.refusals import Refused, rejected
from sandbox.sap_business_one.totals import add_up, expense_of

_FREE = frozenset(
    {
        "NumAtCard", "Reference1", "Reference2", "Comments", "TrackingNumber", "JournalMemo",
        "TransportationCode", "AttachmentEntry", "DocDueDate", "SalesPersonCode", "Project",
        "PaymentReference", "Indicator", "DocumentsOwner", "OpeningRemarks", "ClosingRemarks",
    }
)  # fmt: skip
_OF_AN_OPEN_ORDER = frozenset(
    {
        "ShipToCode", "PayToCode", "Address", "Address2", "AddressExtension", "TaxDate",
        "DiscountPercent", "TotalDiscount", "ContactPersonCode", "PaymentGroupCode", "Confirmed",
        "Rounding", "RoundingDiffAmount", "DocumentLines", "DocumentAdditionalExpenses",
        "PartialSupply", "PaymentMethod", "CardName",
    }
)  # fmt: skip
_LINE_FREE = frozenset({"LineNum", "FreeText", "ProjectCode", "CostingCode"})
_REPRICES = frozenset({"Quantity", "UnitPrice", "Price", "DiscountPercent", "ItemCode"})


def change_document(books: Books, source: Source, row: Row, body: Row, *, replace: bool) -> None:
    """Merges a body into a document; collections merge by line number unless replaced."""
    order = source[0] == "Orders" and row["DocumentStatus"] == "bost_Open"
    allowed = _FREE | _OF_AN_OPEN_ORDER if order else _FREE
    texts = {name: value for name, value in body.items() if name != "DocumentLines"}
    for name, value in texts.items():
        if name.startswith("U_") or name in allowed or value == row.get(name):
            continue
        raise _not_updatable(source, name)
    given = body.get("DocumentLines")
    if not order:
        lines = _annotated(source, row, given or [])
        books.put_document(source, row, **texts, DocumentLines=lines)
        return
    parts = ("DocumentAdditionalExpenses", "AddressExtension")
    newer = {**row, **{name: v for name, v in texts.items() if name not in parts}}
    if "AddressExtension" in texts:
        newer["AddressExtension"] = {
            **(row["AddressExtension"] or {}),
            **(texts["AddressExtension"] or {}),
        }
    _rewrite(books, source, newer, body, replace=replace)


def _not_updatable(source: Source, name: str) -> Refused:
    # Number and text are B1's own for a field that the document's state protects.
    return Refused(400, -1029, f"Field cannot be updated (ODBC -1029)  [{source[0]}.{name}]")


def _annotated(source: Source, row: Row, given: list[Row]) -> list[Row]:
    lines = {line["LineNum"]: line for line in row["DocumentLines"]}
    for one in given:
        number = one.get("LineNum")
        if number not in lines:
            raise _not_updatable(source, "DocumentLines")
        for name, value in one.items():
            free = name in _LINE_FREE or name.startswith("U_")
            if not free and value != lines[number].get(name):
                raise _not_updatable(source, f"DocumentLines.{name}")
        lines[number] = {**lines[number], **one}
    return list(lines.values())


def _rewrite(books: Books, source: Source, row: Row, body: Row, *, replace: bool) -> None:
    """Computes an order anew from what was once given for it and what is given now."""
    desk = Desk(
        books,
        PAPERS[source[0]],
        books.partners[row["CardCode"]],
        row["DocCurrency"],
        row["DocRate"],
        row["DocType"] == "dDocument_Service",
    )
    before = {line["LineNum"]: line for line in row["DocumentLines"]}
    given = _merged(before, body.get("DocumentLines"), replace=replace)
    lines = [_line(desk, number, one, before.get(number)) for number, one in given.items()]
    if not lines:
        raise rejected("Document must contain at least one row")
    for number in before.keys() - given.keys():
        if _drawn(before[number]):
            raise rejected("Row has a target document and cannot be removed")
    expenses = _expenses(desk, row, body.get("DocumentAdditionalExpenses"), replace=replace)
    for line, sign in [*((one, -1) for one in before.values()), *((one, 1) for one in lines)]:
        if line.get("_stocked"):
            quantity = sign * line["RemainingOpenQuantity"]
            books.commit(line["ItemCode"], line["WarehouseCode"], quantity)
    books.put_document(source, row | add_up(desk, row, lines, expenses))


def _merged(before: dict[int, Row], given: list[Row] | None, *, replace: bool) -> dict[int, Row]:
    kept = {} if replace and given is not None else {n: one["_given"] for n, one in before.items()}
    following = max(before, default=-1) + 1
    for one in given or []:
        number = one.get("LineNum")
        if number is None or number not in before:
            number, following = following, following + 1
        old = kept.get(number) or (before[number]["_given"] if number in before else {})
        if one.keys() & _REPRICES:
            amounts = ("LineTotal", "RowTotalFC", "TaxTotal", "NetTaxAmount", "NetTaxAmountFC")
            old = {name: value for name, value in old.items() if name not in amounts}
        kept[number] = {**old, **one}
    return kept


def _line(desk: Desk, number: int, given: Row, before: Row | None) -> Row:
    line = resolve(desk, number, given)
    if before is None:
        return line
    left = line["Quantity"] - _drawn(before)
    if left < 0:
        raise rejected("Quantity is less than what has been delivered or invoiced")
    line["RemainingOpenQuantity"] = left
    line["LineStatus"] = "bost_Open" if left > 0 else "bost_Close"
    return {**line, "DocEntry": before["DocEntry"]}


def _drawn(line: Row) -> Decimal:
    return line["Quantity"] - line["RemainingOpenQuantity"]


def _expenses(desk: Desk, row: Row, given: list[Row] | None, *, replace: bool) -> list[Row]:
    kept = {one["LineNum"]: one["_given"] for one in row["DocumentAdditionalExpenses"]}
    if given is not None and replace:
        kept = {}
    for one in given or []:
        number = one.get("LineNum")
        if number is None or number not in kept:
            number = max(kept, default=-1) + 1
        kept[number] = {**kept.get(number, {}), **one}
    return [expense_of(desk, number, one) for number, one in kept.items()]
