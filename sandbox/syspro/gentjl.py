"""GENTJL: posts a journal by hand; here the posting period is a number with its year."""

from decimal import Decimal
from xml.etree.ElementTree import Element

from sandbox.syspro import refusals
from sandbox.syspro.books import Books
from sandbox.syspro.document import Fields
from sandbox.syspro.posting import Common, error_node, run_items
from sandbox.syspro.records import Entry
from sandbox.syspro.xml import Node, counter

ROOT = "postgljournal"


def post(books: Books, parameters: Element | None, document: Element) -> list[Node]:
    """The children of `postgljournal`."""
    common = Common.read(parameters, books)
    outcomes = run_items(
        books,
        Fields(document, books.settings).children("Item"),
        lambda item: _post_item(books, item),
        all_or_none=common.all_or_none,
        validate_only=common.validate_only,
    )
    nodes: list[Node] = []
    for outcome in outcomes:
        inner = [error_node(outcome.refused)] if outcome.refused else outcome.answer
        nodes.append(("Item", inner))
    refused = sum(1 for outcome in outcomes if outcome.refused)
    status: list[Node] = [
        ("JournalsProcessed", counter(len(outcomes) - refused)),
        ("JournalsInvalid", counter(refused)),
    ]
    return [*nodes, ("StatusOfItems", status)]


def _post_item(books: Books, item: Fields) -> list[Node]:
    dated = item.date("JournalDate", books.today)
    year = int(item.number("PostingYear", decimals=1) or dated.year)
    month = int(item.number("PostingPeriod", decimals=1) or dated.month)
    if not 1 <= month <= 12:
        raise refusals.invalid("PostingPeriod", str(month), "1 to 12")
    if (year, month) in books.closed_gl:
        raise refusals.period_closed("PostingPeriod", str(month), "GL")
    entries = [_entry(books, details) for details in item.children("JournalDetails")]
    total = sum((entry.value for entry in entries), Decimal(0))
    if total or not entries:
        raise refusals.not_allowed("EntryAmount", str(total), "Journal does not balance")
    key = books.journal_key((year, month))
    books.post_journal(
        key,
        "GL",
        entries,
        dated=dated,
        reference=item.text("JournalReference", width=30),
        notation=item.text("Notation", width=100),
    )
    shown: list[Node] = [
        ("GlYear", str(key[0])),
        ("GlPeriod", f"{key[1]:02d}"),
        ("GlJournal", f"{key[2]:8d}"),
    ]
    return [("Transaction", [("Key", shown)])]


def _entry(books: Books, details: Fields) -> Entry:
    code = details.required("LedgerCode", width=35)
    account = books.accounts.get(code)
    if account is None:
        raise refusals.not_on_file("LedgerCode", code, "Ledger code")
    if account.control:
        why = "Control accounts take no journals by hand"
        raise refusals.not_allowed("LedgerCode", code, why)
    if account.on_hold:
        raise refusals.not_allowed("LedgerCode", code, f"Ledger code '{code}' is on hold")
    value = details.number("EntryAmount")
    if value is None:
        raise refusals.mandatory("EntryAmount")
    return Entry(account=code, value=value, reference=details.text("Reference", width=50))
