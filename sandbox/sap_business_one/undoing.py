"""Cancels, closes and reopens documents. Posted ones are never deleted: a reversal is posted."""

from sandbox.sap_business_one.books import Books, Source
from sandbox.sap_business_one.documents import check_period, document_number
from sandbox.sap_business_one.effects import close, draw, takes_stock
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.papers import PAPERS
from sandbox.sap_business_one.refusals import rejected

_POSTED = ("Invoices", "CreditNotes", "DeliveryNotes")


def cancel_document(books: Books, source: Source, row: Row) -> Row | None:
    """Cancels an order in place; posts a cancellation document for anything else."""
    if source[0] in _POSTED:
        return create_cancellation(books, source, row)
    _refuse_cancelled(row)
    if row["DocumentStatus"] == "bost_Close":
        raise rejected("Document is closed and cannot be cancelled")
    if any(line["RemainingOpenQuantity"] < line["Quantity"] for line in row["DocumentLines"]):
        raise rejected("Document cannot be cancelled; it has target documents")
    _free(books, row)
    lines = [{**line, "LineStatus": "bost_Close"} for line in row["DocumentLines"]]
    books.put_document(
        source,
        row,
        DocumentLines=lines,
        DocumentStatus="bost_Close",
        Cancelled="tYES",
        CancelStatus="csYes",
        CancelDate=books.today,
    )
    return None


def create_cancellation(books: Books, source: Source, row: Row) -> Row:
    """Posts the document that takes another back and returns it."""
    set_name = source[0]
    paper = PAPERS[set_name]
    _refuse_cancelled(row)
    check_period(books, paper.table, books.today)
    _refuse_used(books, source, row)
    by = (set_name, books.next_number(f"{set_name} entry"))
    day, clock = books.stamp
    lines = [_mirrored(line, source, paper.number, by[1]) for line in row["DocumentLines"]]
    mirror = {
        **row,
        "DocEntry": by[1],
        "DocNum": document_number(books, set_name, row["Series"]),
        "CancelStatus": "csCancellation",
        "DocumentStatus": "bost_Close",
        "DocDate": day,
        "CreationDate": day,
        "DocTime": clock,
        "DataVersion": 0,
        "DocumentLines": lines,
    }
    books.put_document(by, mirror)
    books.reverse(source, by, dated=day)
    _bring_back(books, source, row, by)
    if set_name == "CreditNotes":
        books.undo_allocations(source)
    newest = books.documents[set_name][source[1]]
    books.put_document(
        source, newest, Cancelled="tYES", CancelStatus="csYes", CancelDate=day,
        DocumentStatus="bost_Close",
    )  # fmt: skip
    return books.documents[set_name][by[1]]


def close_document(books: Books, source: Source, row: Row) -> None:
    """Gives up what is still open of an order or a delivery."""
    if source[0] not in ("Orders", "DeliveryNotes"):
        raise rejected("Document of this type cannot be closed")
    if row["DocumentStatus"] == "bost_Close":
        raise rejected("Document is already closed")
    if source[0] == "Orders":
        _free(books, row)
    close(books, source, row)


def reopen_document(books: Books, source: Source, row: Row) -> None:
    """Opens a document that was closed, such as a paid invoice that is to be credited."""
    if row["CancelStatus"] != "csNo":
        raise rejected("Document is already cancelled")
    if row["DocumentStatus"] == "bost_Open":
        raise rejected("Document is already open")
    if not any(line["RemainingOpenQuantity"] > 0 for line in row["DocumentLines"]):
        raise rejected("Document has no open rows and cannot be reopened")
    lines = [
        {**line, "LineStatus": "bost_Open" if line["RemainingOpenQuantity"] > 0 else "bost_Close"}
        for line in row["DocumentLines"]
    ]
    if source[0] == "Orders":
        for line in row["DocumentLines"]:
            if line.get("_stocked"):
                left = line["RemainingOpenQuantity"]
                books.commit(line["ItemCode"], line["WarehouseCode"], left)
    books.put_document(source, row, DocumentLines=lines, DocumentStatus="bost_Open")


def _refuse_cancelled(row: Row) -> None:
    if row["CancelStatus"] != "csNo":
        raise rejected("Document is already cancelled")


def _refuse_used(books: Books, source: Source, row: Row) -> None:
    own = {one.source for one in books.allocations.values() if one.document == source
           and not one.undone}  # fmt: skip
    if own - {source}:
        raise rejected("Document cannot be cancelled; it is paid or reconciled")
    if any(line["RemainingOpenQuantity"] < line["Quantity"] for line in row["DocumentLines"]):
        raise rejected("Document cannot be cancelled; it has target documents")


def _mirrored(line: Row, source: Source, number: int, entry: int) -> Row:
    return {
        **line,
        "DocEntry": entry,
        "BaseType": number,
        "BaseEntry": source[1],
        "BaseLine": line["LineNum"],
        "LineStatus": "bost_Close",
    }


def _bring_back(books: Books, source: Source, row: Row, by: Source) -> None:
    paper = PAPERS[source[0]]
    for line in row["DocumentLines"]:
        sign = takes_stock(paper, line)
        if sign:
            quantity = -sign * line["Quantity"]
            books.move(line["ItemCode"], line["WarehouseCode"], quantity, by)
        if line["_base_source"]:
            draw(books, line["_base_source"], line["BaseLine"], -line["Quantity"])


def _free(books: Books, row: Row) -> None:
    for line in row["DocumentLines"]:
        if line.get("_stocked"):
            left = line["RemainingOpenQuantity"]
            books.commit(line["ItemCode"], line["WarehouseCode"], -left)
