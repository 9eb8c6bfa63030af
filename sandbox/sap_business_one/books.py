"""The books of the company: every record, the numbering, and the general ledger they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.sap_business_one import company
from sandbox.sap_business_one.entity_types import EntityType, Row
from sandbox.sap_business_one.regions import states
from sandbox.sap_business_one.settings import SapSettings
from sandbox.sap_business_one.tables import Table, UndoLog

CENT = Decimal("0.01")
ZERO = Decimal(0)
DOCUMENT_SETS = ("Orders", "DeliveryNotes", "Invoices", "CreditNotes", "Drafts")
PAYMENT_SETS = ("IncomingPayments", "VendorPayments", "PaymentDrafts")
Source = tuple[str, int]
"""Which record something belongs to: its set and DocEntry."""


@dataclass(frozen=True)
class Entry:
    """One line of a journal in local currency; debits are positive."""

    account: str
    value: Decimal
    partner: str = ""


@dataclass(frozen=True)
class Journal:
    """A journal entry and the record that made it."""

    number: int
    source: Source
    dated: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Level:
    """What lies in a warehouse of an item."""

    in_stock: Decimal = ZERO
    committed: Decimal = ZERO
    ordered: Decimal = ZERO


@dataclass(frozen=True)
class Movement:
    """One change of what lies in a warehouse; receipts are positive."""

    item: str
    warehouse: str
    quantity: Decimal
    source: Source


@dataclass(frozen=True)
class Allocation:
    """Money or a credit put against an invoice, or money against a credit note."""

    document: Source
    source: Source
    amount: Decimal
    """In the document's currency."""
    local: Decimal
    undone: bool = False


class Books:
    """Everything the company has on file. Writes inside `undo.trial()` are taken back on errors."""

    def __init__(self, settings: SapSettings) -> None:
        self.settings = settings
        self.undo = UndoLog()
        reference = f"U_{settings.user_field}"
        by = (reference, "NumAtCard", "CardCode")
        self.documents: dict[str, Table[int, Row]] = {
            name: Table(self.undo, indexed=by) for name in DOCUMENT_SETS
        }
        paid_by = (reference, "TransferReference", "CounterReference", "CardCode")
        self.payments: dict[str, Table[int, Row]] = {
            name: Table(self.undo, indexed=paid_by) for name in PAYMENT_SETS
        }
        self.partners: Table[str, Row] = Table(self.undo, indexed=("EmailAddress",))
        self.items: Table[str, Row] = Table(self.undo)
        self.levels: Table[tuple[str, str], Level] = Table(self.undo)
        self.movements: Table[int, Movement] = Table(self.undo)
        self.allocations: Table[int, Allocation] = Table(self.undo)
        self.journals: Table[int, Journal] = Table(self.undo)
        self.counters: Table[str, int] = Table(self.undo)
        self.accounts: Table[str, Decimal] = Table(self.undo)
        self.owed: Table[str, Decimal] = Table(self.undo)
        self.user_fields: Table[tuple[str, int], Row] = Table(self.undo)
        self.queries: Table[str, Row] = Table(self.undo)
        self.lists: dict[str, dict[Any, Row]] = {
            "Warehouses": company.warehouses(),
            "ChartOfAccounts": company.accounts(),
            "AdditionalExpenses": company.expenses(),
            "PriceLists": company.price_lists(settings.local_currency),
            "Currencies": company.currencies(),
            "Branches": company.branches(),
            "BusinessPlaces": company.business_places(),
            "States": states(),
            "SalesTaxCodes": company.tax_codes(),
            "VatGroups": company.vat_groups(),
        }
        self.item_views: dict[str, tuple[Row, dict[str, Level], Row]] = {}
        """Items as they were last shown, with the record and the levels that made them so."""
        self.rates: dict[str, Decimal] = dict(company.RATES)
        self.closed: set[tuple[int, int]] = set()
        """Closed posting periods by year and month."""

    @property
    def now(self) -> datetime:
        """The server's clock, which is local and says so nowhere."""
        shift = timedelta(hours=self.settings.server_hours_from_utc)
        return (datetime.now(UTC) + shift).replace(microsecond=0)

    @property
    def today(self) -> date:
        """The company's date."""
        return self.settings.today or self.now.date()

    @property
    def stamp(self) -> tuple[date, time]:
        """Date and time as a record keeps them."""
        return self.today, self.now.time().replace(tzinfo=None)

    def next_number(self, name: str, first: int = 1) -> int:
        """The next of a run of numbers."""
        last = self.counters.get(name)
        number = first if last is None else last + 1
        self.counters[name] = number
        return number

    def decimals(self, currency: str) -> Decimal:
        """The smallest unit of a currency."""
        return Decimal(1).scaleb(-company.CURRENCIES.get(currency, 2))

    def rate(self, currency: str) -> Decimal | None:
        """Local currency for one unit of another; None when today has no rate."""
        if currency == self.settings.local_currency:
            return Decimal(1)
        return self.rates.get(currency)

    def document(self, source: Source) -> Row | None:
        """The document of a set and DocEntry."""
        return self.documents[source[0]].get(source[1])

    def put_document(self, source: Source, row: Row, **changed: Any) -> Row:
        """Files a document's newer state: its version and time move."""
        day, clock = self.stamp
        newer = {**row, **changed, "UpdateDate": day, "UpdateTime": clock}
        newer["DataVersion"] = (row.get("DataVersion") or 0) + 1
        self.documents[source[0]][source[1]] = newer
        return newer

    def post(self, source: Source, entries: list[Entry], *, dated: date) -> None:
        """Files a journal without its empty lines. Raises when it does not balance."""
        kept = tuple(entry for entry in entries if entry.value)
        if sum((entry.value for entry in kept), ZERO):
            raise AssertionError(f"the journal of {source} does not balance: {kept}")
        if not kept:
            return
        number = self.next_number("journal")
        self.journals[number] = Journal(number, source, dated, kept)
        for entry in kept:
            self.accounts[entry.account] = (self.accounts.get(entry.account) or ZERO) + entry.value
            if entry.partner:
                self.owed[entry.partner] = (self.owed.get(entry.partner) or ZERO) + entry.value

    def reverse(self, source: Source, by: Source, *, dated: date) -> None:
        """Posts the opposite of everything that a record posted."""
        entries = [
            replace(entry, value=-entry.value)
            for journal in list(self.journals.values())
            if journal.source == source
            for entry in journal.entries
        ]
        self.post(by, entries, dated=dated)

    def level(self, item: str, warehouse: str) -> Level:
        """What lies there; nothing when the item was never there."""
        return self.levels.get((item, warehouse)) or Level()

    def move(self, item: str, warehouse: str, quantity: Decimal, source: Source) -> None:
        """Brings stock in, or takes it out when negative."""
        level = self.level(item, warehouse)
        self.levels[(item, warehouse)] = replace(level, in_stock=level.in_stock + quantity)
        number = self.next_number("movement")
        self.movements[number] = Movement(item, warehouse, quantity, source)

    def commit(self, item: str, warehouse: str, quantity: Decimal) -> None:
        """Reserves stock for an order, or frees it when negative."""
        level = self.level(item, warehouse)
        self.levels[(item, warehouse)] = replace(level, committed=level.committed + quantity)

    def allocate(self, allocation: Allocation) -> None:
        """Puts money or a credit against a document, which closes when nothing is left open."""
        self.allocations[self.next_number("allocation")] = allocation
        self._pay(allocation.document, allocation.amount, allocation.local)

    def undo_allocations(self, source: Source) -> None:
        """Takes back what a payment or a credit note was put against."""
        for number, one in list(self.allocations.items()):
            if one.source == source and not one.undone:
                self.allocations[number] = replace(one, undone=True)
                self._pay(one.document, -one.amount, -one.local)

    def _pay(self, source: Source, amount: Decimal, local: Decimal) -> None:
        row = self.documents[source[0]][source[1]]
        paid = row["_paid"] + amount
        changed: Row = {"_paid": paid, "_paid_local": row["_paid_local"] + local}
        changed["PaidToDate"] = changed["_paid_local"]
        if row["DocCurrency"] != self.settings.local_currency:
            changed["PaidToDateFC"] = paid
        settled = paid == row["_total"]
        changed["DocumentStatus"] = "bost_Close" if settled else "bost_Open"
        lines = [
            {**line, "LineStatus": _line_status(line, settled=settled)}
            for line in row["DocumentLines"]
        ]
        self.put_document(source, row, **changed, DocumentLines=lines)

    def field_width(self, kind: EntityType, name: str, set_name: str = "") -> int | None:
        """The width of a user field on a type; None where the company has none of that name."""
        wanted = tables_of(kind.name, set_name)
        for (table, _), row in self.user_fields.items():
            if table in wanted and f"U_{row['Name']}" == name:
                return row["Size"] or 254
        return None

    def field_names(self, kind: EntityType, set_name: str = "") -> frozenset[str]:
        """The user fields of a type, as bodies and filters name them."""
        wanted = tables_of(kind.name, set_name)
        return frozenset(
            f"U_{row['Name']}" for (table, _), row in self.user_fields.items() if table in wanted
        )


_TABLES: Mapping[str, tuple[str, ...]] = {
    # One definition covers every marketing document, whichever of their tables it names.
    "Document": ("OINV", "ORDR", "ODLN", "ORIN"),
    "DocumentLine": ("INV1", "RDR1", "DLN1", "RIN1"),
    "DocumentAdditionalExpense": (),
    "AddressExtension": (),
    "Payment": ("ORCT", "OVPM"),
    "BusinessPartner": ("OCRD",),
    "BPAddress": ("CRD1",),
    "ContactEmployee": ("OCPR",),
    "Item": ("OITM",),
}
_PAYMENT_TABLE = {
    "IncomingPayments": ("ORCT",),
    "VendorPayments": ("OVPM",),
    "PaymentDrafts": ("ORCT", "OVPM"),
}


def tables_of(kind: str, set_name: str = "") -> tuple[str, ...]:
    """The tables whose user fields a type shows."""
    if kind == "Payment" and set_name:
        return _PAYMENT_TABLE[set_name]
    return _TABLES.get(kind, ())


def _line_status(line: Row, *, settled: bool) -> str:
    used_up = line["RemainingOpenQuantity"] <= 0
    return "bost_Close" if settled or used_up else "bost_Open"


def rounded(value: Decimal, unit: Decimal = CENT) -> Decimal:
    """To the smallest unit, half up."""
    return value.quantize(unit, rounding=ROUND_HALF_UP)
