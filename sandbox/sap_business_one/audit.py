"""Whether the books add up: journals, documents, open balances, the control account, stock."""

from decimal import Decimal

from sandbox.sap_business_one import company
from sandbox.sap_business_one.books import ZERO, Books, Source
from sandbox.sap_business_one.entity_types import Row


def audit(books: Books) -> None:
    """Raises AssertionError, naming the first thing that does not add up."""
    _journals(books)
    for set_name in ("Orders", "DeliveryNotes", "Invoices", "CreditNotes"):
        for row in books.documents[set_name].values():
            _document((set_name, row["DocEntry"]), row)
    _allocations(books)
    _receivables(books)
    _stock(books)


def _journals(books: Books) -> None:
    totals: dict[str, Decimal] = {}
    for journal in books.journals.values():
        if sum((entry.value for entry in journal.entries), ZERO):
            raise AssertionError(f"journal {journal.number} does not balance")
        for entry in journal.entries:
            totals[entry.account] = totals.get(entry.account, ZERO) + entry.value
    if totals != dict(books.accounts.items()):
        raise AssertionError("the accounts are not the sums of their journals")


def _document(source: Source, row: Row) -> None:
    parts = [*row["DocumentLines"], *row["DocumentAdditionalExpenses"]]
    local = sum((one["LineTotal"] for one in parts), ZERO)
    local += row["VatSum"] + row["RoundingDiffAmount"] - row["TotalDiscount"]
    if local != row["DocTotal"]:
        raise AssertionError(f"{source} comes to {row['DocTotal']}, its parts to {local}")
    if sum((one["_tax"] for one in parts), ZERO) != row["_tax"]:
        raise AssertionError(f"the tax of {source} is not that of its parts")


def _allocations(books: Books) -> None:
    paid: dict[Source, Decimal] = {}
    for one in books.allocations.values():
        if not one.undone:
            paid[one.document] = paid.get(one.document, ZERO) + one.amount
    for set_name in ("Invoices", "CreditNotes"):
        for row in books.documents[set_name].values():
            source = (set_name, row["DocEntry"])
            if row["CancelStatus"] == "csNo" and paid.get(source, ZERO) != row["_paid"]:
                raise AssertionError(f"{source} says {row['_paid']} is paid, not {paid}")
            if not 0 <= row["_paid"] <= row["_total"]:
                raise AssertionError(f"{source} is paid {row['_paid']} of {row['_total']}")


def _receivables(books: Books) -> None:
    owed: dict[str, Decimal] = {}
    for set_name, sign in (("Invoices", 1), ("CreditNotes", -1)):
        for row in books.documents[set_name].values():
            if row["CancelStatus"] == "csNo":
                left = row["DocTotal"] - row["_paid_local"]
                owed[row["CardCode"]] = owed.get(row["CardCode"], ZERO) + sign * left
    for set_name in ("IncomingPayments", "VendorPayments"):
        for row in books.payments[set_name].values():
            if row["Cancelled"] == "tNO":
                code = row["CardCode"]
                owed[code] = owed.get(code, ZERO) - row["_on_account"]
    for code in {*owed, *books.owed}:
        balance = books.owed.get(code) or ZERO
        if balance != owed.get(code, ZERO):
            raise AssertionError(f"{code} owes {balance}, open items say {owed.get(code)}")
    control = books.accounts.get(company.RECEIVABLES) or ZERO
    total = sum(owed.values(), ZERO)
    if control != total:
        raise AssertionError(f"customers owe {total}, the control account says {control}")


def _stock(books: Books) -> None:
    held: dict[tuple[str, str], Decimal] = {}
    for one in books.movements.values():
        place = (one.item, one.warehouse)
        held[place] = held.get(place, ZERO) + one.quantity
    committed: dict[tuple[str, str], Decimal] = {}
    for row in books.documents["Orders"].values():
        for line in row["DocumentLines"] if row["DocumentStatus"] == "bost_Open" else ():
            if line.get("_stocked"):
                place = (line["ItemCode"], line["WarehouseCode"])
                left = line["RemainingOpenQuantity"]
                committed[place] = committed.get(place, ZERO) + left
    for place, level in books.levels.items():
        if level.in_stock != held.get(place, ZERO):
            raise AssertionError(f"{place} holds {level.in_stock}, moves say {held.get(place)}")
        if level.committed != committed.get(place, ZERO):
            raise AssertionError(f"{place} has {level.committed} committed, orders say otherwise")
