"""The books of the company: every record, the numbering, the periods, and the GL they add up to."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from sandbox.syspro import company
from sandbox.syspro.records import (
    Customer,
    Entry,
    Invoice,
    InvoiceMovement,
    Journal,
    JournalKey,
    OrderLine,
    Payment,
    Period,
    SalesLine,
    SalesOrder,
    StockItem,
    StockLevel,
    StockMove,
)
from sandbox.syspro.settings import SysproSettings
from sandbox.syspro.undo import Table, UndoLog

InvoiceKey = tuple[str, str, str]
NUMERIC_KEY_WIDTH = 15
CENT = Decimal("0.01")


class Books:
    """Everything the company has on file. Writes inside `undo.trial()` can be taken back."""

    def __init__(self, settings: SysproSettings, product_classes: tuple[str, ...] = ()) -> None:
        self.settings = settings
        self.undo = UndoLog()
        self.product_classes = company.product_classes(product_classes)
        self.accounts = company.accounts(self.product_classes)
        self.interfaces = company.interfaces(self.product_classes)
        self.customers: Table[str, Customer] = Table(self.undo)
        self.items: Table[str, StockItem] = Table(self.undo)
        self.prices: Table[tuple[str, str], Decimal] = Table(self.undo)
        """Selling prices by stock code and price code, beside the list price (code A)."""
        self.levels: Table[tuple[str, str], StockLevel] = Table(self.undo)
        self.invoices: Table[InvoiceKey, Invoice] = Table(self.undo)
        self.movements: Table[InvoiceKey, tuple[InvoiceMovement, ...]] = Table(self.undo)
        self.sales_lines: Table[int, SalesLine] = Table(self.undo)
        self.payments: Table[int, Payment] = Table(self.undo)
        self.journals: Table[JournalKey, Journal] = Table(self.undo)
        self.orders: Table[str, SalesOrder] = Table(self.undo)
        self.order_lines: Table[str, tuple[OrderLine, ...]] = Table(self.undo)
        self.stock_moves: Table[int, StockMove] = Table(self.undo)
        self.counters: Table[str, int] = Table(self.undo)
        self.closed: set[str] = set()
        """Closed AR periods by their code: C, P or B."""
        self.closed_gl: set[Period] = set()
        self._by_number: Table[tuple[str, str], str] = Table(self.undo)

    @property
    def today(self) -> date:
        """The site's business date."""
        return self.settings.today or datetime.now(UTC).date()

    def period(self, code: str) -> Period:
        """Year and month that C, P or B stand for today."""
        months = self.today.year * 12 + self.today.month - 1 - "CPB".index(code)
        return months // 12, months % 12 + 1

    def next_number(self, name: str, first: int = 1) -> int:
        """The next of a run of numbers."""
        number = self.counters.get(name, first - 1) + 1
        self.counters[name] = number
        return number

    def customer_key(self, shown: str) -> str:
        """The stored form of a customer code."""
        if self.settings.customer_key_type == "N":
            return shown.zfill(NUMERIC_KEY_WIDTH) if shown.isdigit() else shown
        return shown

    def shown_customer(self, key: str) -> str:
        """The form of a customer code that screens and business objects show."""
        if self.settings.customer_key_type == "N" and key.isdigit():
            return key.lstrip("0").zfill(self.settings.customer_presentation_length)
        return key

    def invoice_key(self, shown: str) -> str:
        """The stored form of an invoice number."""
        if self.settings.invoice_key_type == "N" and shown.isdigit():
            return shown.zfill(NUMERIC_KEY_WIDTH)
        return shown

    def number_taken(self, invoice: str, document_type: str) -> bool:
        """Whether any customer has a document of that type and number."""
        return (invoice, document_type) in self._by_number

    def customer_reference_used(self, customer: str, reference: str) -> bool:
        """Whether a live sales order of the customer carries that purchase order number."""
        return any(
            order.customer == customer and order.reference == reference and not order.cancelled
            for order in self.orders.values()
        )

    def put_line(self, line: OrderLine) -> None:
        """Adds a line to its order or replaces it by its newer state."""
        others = [
            old for old in self.order_lines.get(line.sales_order, ()) if old.line != line.line
        ]
        ordered = sorted([*others, line], key=lambda one: one.line)
        self.order_lines[line.sales_order] = tuple(ordered)

    def interface(self, branch: str, product_class: str, area: str) -> company.SalesInterface:
        """The interface row that a sale falls under, the most exact one first.

        SYSPRO's own order of matching blank rows is not documented. Sales that no row covers go
        to a suspense account.
        """
        rows = {(row.branch, row.product_class, row.area): row for row in self.interfaces}
        for key in (
            (branch, product_class, area),
            (branch, product_class, ""),
            ("", product_class, ""),
            (branch, "", ""),
        ):
            if key in rows:
                return rows[key]
        return company.SalesInterface("", "", "", company.SUSPENSE_REVENUE)

    def journal_key(self, period: Period) -> JournalKey:
        """The key of the next journal in a period."""
        return (*period, self.next_number(f"journal {period}"))

    def post_journal(
        self,
        key: JournalKey,
        source: str,
        entries: list[Entry],
        *,
        dated: date,
        reference: str,
        notation: str = "",
        posted: bool = True,
    ) -> Journal:
        """Files a journal without its empty entries. Raises when it does not balance."""
        kept = tuple(entry for entry in entries if entry.value)
        if sum((entry.value for entry in kept), Decimal(0)):
            raise AssertionError(f"journal {key} of {source} does not balance: {kept}")
        unknown = {entry.account for entry in kept} - self.accounts.keys()
        if unknown:
            raise AssertionError(f"journal {key} of {source} uses unknown accounts {unknown}")
        journal = Journal(
            key=key,
            source=source,
            dated=dated,
            posted_on=self.today,
            reference=reference,
            notation=notation,
            entries=kept,
            posted=posted,
        )
        self.journals[key] = journal
        return journal

    def apply(self, invoice: Invoice, movement: InvoiceMovement) -> None:
        """Files an invoice together with the movement that made or changed it.

        Raises when the invoice's balance is not the sum of its movements.
        """
        key = (invoice.customer, invoice.invoice, invoice.document_type)
        movements = (*self.movements.get(key, ()), movement)
        if sum((one.value for one in movements), Decimal(0)) != invoice.balance:
            raise AssertionError(f"invoice {key} has balance {invoice.balance}, not {movements}")
        self.movements[key] = movements
        self.invoices[key] = invoice
        if not invoice.invoice.startswith("_CR"):
            self._by_number[(invoice.invoice, invoice.document_type)] = invoice.customer

    def balances(self) -> dict[str, Decimal]:
        """The balance of every account that has postings, in local currency."""
        totals: dict[str, Decimal] = {}
        for journal in self.journals.values():
            for entry in journal.entries if journal.posted else ():
                totals[entry.account] = totals.get(entry.account, Decimal(0)) + entry.value
        return dict(sorted(totals.items()))

    def audit(self) -> None:
        """Raises AssertionError unless the whole ledger adds up."""
        for key, journal in self.journals.items():
            if sum((entry.value for entry in journal.entries), Decimal(0)):
                raise AssertionError(f"journal {key} does not balance")
        for key, invoice in self.invoices.items():
            if sum((one.value for one in self.movements[key]), Decimal(0)) != invoice.balance:
                raise AssertionError(f"invoice {key} does not equal its movements")
        owed = sum((m.local_value for ms in self.movements.values() for m in ms), Decimal(0))
        control = sum(
            (
                entry.value
                for journal in self.journals.values()
                for entry in journal.entries
                if entry.account == company.DEBTORS
            ),
            Decimal(0),
        )
        if owed != control:
            raise AssertionError(f"customers owe {owed}, the control account says {control}")


def local(value: Decimal, rate: Decimal) -> Decimal:
    """A foreign value in local currency, to the cent."""
    return (value * rate).quantize(CENT, rounding=ROUND_HALF_UP)
