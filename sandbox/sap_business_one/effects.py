"""What a filed document does: to its base, to stock, to the general ledger, to open balances."""

from decimal import Decimal

from sandbox.sap_business_one import company
from sandbox.sap_business_one.books import ZERO, Allocation, Books, Entry, Source, rounded
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.papers import PAPER_BY_NUMBER, Paper
from sandbox.sap_business_one.refusals import at, invalid


def apply(books: Books, paper: Paper, source: Source) -> None:
    """Carries out what a document that has just been filed means."""
    row = books.documents[source[0]][source[1]]
    _check_stock(books, paper, row)
    for line in row["DocumentLines"]:
        if line["_base_source"]:
            draw(books, line["_base_source"], line["BaseLine"], line["Quantity"])
    for one in row["DocumentAdditionalExpenses"]:
        _close_expense(books, one)
    _move_stock(books, paper, source, row)
    if paper.set_name in ("Invoices", "CreditNotes"):
        _post(books, paper, source, row)
        if paper.set_name == "CreditNotes":
            _reconcile(books, source, row)
        newest = books.documents[source[0]][source[1]]
        if newest["_total"] == newest["_paid"]:
            close(books, source, newest)


def draw(books: Books, source: Source, number: int, quantity: Decimal) -> None:
    """Takes from a base line (or gives back, when negative); its document may close by that."""
    document = books.documents[source[0]][source[1]]
    lines: list[Row] = []
    for line in document["DocumentLines"]:
        if line["LineNum"] == number:
            left = line["RemainingOpenQuantity"] - quantity
            status = "bost_Close" if left <= 0 else "bost_Open"
            line = {**line, "RemainingOpenQuantity": left, "LineStatus": status}
            if source[0] == "Orders" and line.get("_stocked"):
                books.commit(line["ItemCode"], line["WarehouseCode"], -quantity)
        lines.append(line)
    status = document["DocumentStatus"]
    if source[0] in ("Orders", "DeliveryNotes"):
        used_up = all(line["LineStatus"] == "bost_Close" for line in lines)
        status = "bost_Close" if used_up else "bost_Open"
    elif all(line["RemainingOpenQuantity"] <= 0 for line in lines):
        settled = document["_paid"] == document["_total"]
        status = "bost_Close" if settled else status
    books.put_document(source, document, DocumentLines=lines, DocumentStatus=status)


def _close_expense(books: Books, expense: Row) -> None:
    paper = PAPER_BY_NUMBER.get(expense.get("BaseDocType") or 0)
    if paper is None:
        return
    source = (paper.set_name, expense["BaseDocEntry"])
    document = books.documents[source[0]][source[1]]
    number = expense.get("BaseDocLine") or 0
    expenses = [
        {**one, "Status": "bost_Close"} if one["LineNum"] == number else one
        for one in document["DocumentAdditionalExpenses"]
    ]
    books.put_document(source, document, DocumentAdditionalExpenses=expenses)


def close(books: Books, source: Source, row: Row) -> None:
    """Closes a document with all its lines; what was open of it stays on record."""
    lines = [{**line, "LineStatus": "bost_Close"} for line in row["DocumentLines"]]
    books.put_document(source, row, DocumentLines=lines, DocumentStatus="bost_Close")


def takes_stock(paper: Paper, line: Row) -> int:
    """-1 when a line takes stock out, 1 when it brings it back, 0 when it leaves it alone."""
    if not line.get("_stocked"):
        return 0
    if paper.set_name == "CreditNotes":
        return 0 if line["WithoutInventoryMovement"] == "tYES" else 1
    base = PAPER_BY_NUMBER.get(line.get("BaseType") or 0)
    delivered = base is not None and base.set_name == "DeliveryNotes"
    moves = paper.set_name in ("DeliveryNotes", "Invoices") and not delivered
    return -1 if moves else 0


def _check_stock(books: Books, paper: Paper, row: Row) -> None:
    wanted: dict[tuple[str, str], Decimal] = {}
    for index, line in enumerate(row["DocumentLines"]):
        if takes_stock(paper, line) >= 0:
            continue
        item = books.items[line["ItemCode"]]
        if "tYES" in (item["ManageSerialNumbers"], item["ManageBatchNumbers"]):
            text = "Cannot add row without complete selection of batch/serial numbers"
            raise invalid(f"{text}  {at(paper.line_table, 'ItemCode', index)}")
        if not books.settings.block_negative_inventory:
            continue
        place = (line["ItemCode"], line["WarehouseCode"])
        wanted[place] = wanted.get(place, ZERO) + line["Quantity"]
        if books.level(*place).in_stock < wanted[place]:
            text = "Quantity falls into negative inventory"
            raise invalid(f"{text}  {at(paper.line_table, 'ItemCode', index)}")


def _move_stock(books: Books, paper: Paper, source: Source, row: Row) -> None:
    cost = ZERO
    for line in row["DocumentLines"]:
        if paper.set_name == "Orders" and line.get("_stocked"):
            books.commit(line["ItemCode"], line["WarehouseCode"], line["Quantity"])
        sign = takes_stock(paper, line)
        if sign:
            quantity = sign * line["Quantity"]
            books.move(line["ItemCode"], line["WarehouseCode"], quantity, source)
            unit_cost = books.items[line["ItemCode"]]["AvgStdPrice"] or ZERO
            cost += rounded(unit_cost * quantity)
    entries = [Entry(company.STOCK, cost), Entry(company.COST_OF_SALES, -cost)]
    books.post(source, entries, dated=row["DocDate"])


def _post(books: Books, paper: Paper, source: Source, row: Row) -> None:
    sign = -1 if paper.set_name == "CreditNotes" else 1
    entries = [
        Entry(company.RECEIVABLES, sign * row["DocTotal"], row["CardCode"]),
        Entry(company.DISCOUNT, sign * row["TotalDiscount"]),
        Entry(company.TAX, -sign * row["VatSum"]),
        Entry(company.ROUNDING, -sign * row["RoundingDiffAmount"]),
    ]
    for one in [*row["DocumentLines"], *row["DocumentAdditionalExpenses"]]:
        entries.append(Entry(one["_account"], -sign * one["LineTotal"]))
    books.post(source, entries, dated=row["DocDate"])


def _reconcile(books: Books, source: Source, row: Row) -> None:
    """A credit note settles what is still open on the invoices it was copied from."""
    for entry in dict.fromkeys(
        line["BaseEntry"] for line in row["DocumentLines"] if line["_base_source"]
    ):
        credit = books.documents["CreditNotes"][source[1]]
        invoice = books.documents["Invoices"][entry]
        amount = min(invoice["_total"] - invoice["_paid"], credit["_total"] - credit["_paid"])
        if amount <= 0:
            continue
        local = open_local(invoice, amount)
        theirs = open_local(credit, amount)
        books.allocate(Allocation(("Invoices", entry), source, amount, local))
        books.allocate(Allocation(source, source, amount, theirs))
        difference = theirs - local
        if difference:
            # The two were posted at different rates.
            entries = [
                Entry(company.RECEIVABLES, difference, row["CardCode"]),
                Entry(company.EXCHANGE, -difference),
            ]
            books.post(source, entries, dated=row["DocDate"])


def open_local(document: Row, amount: Decimal) -> Decimal:
    """What an amount of a document is in local currency, the last part taking the odd cents."""
    left = document["DocTotal"] - document["_paid_local"]
    if amount == document["_total"] - document["_paid"]:
        return left
    return rounded(amount * document["DocRate"])
