"""The tenant's books: what was sold, paid and credited, and the general ledger it adds up to."""

from dataclasses import replace
from decimal import Decimal

from sandbox.acumatica import company
from sandbox.acumatica.amounts import cents
from sandbox.acumatica.ledger_views import (
    customer_views,
    document_view,
    payment_view,
    signed_amount,
)
from sandbox.acumatica.records import (
    ZERO,
    CustomerView,
    DocumentView,
    Entry,
    Journal,
    PaymentView,
    Record,
)
from sandbox.acumatica.settings import AcumaticaSettings
from sandbox.acumatica.standing import invoice_balance, payment_available, unpaid
from sandbox.acumatica.tables import Tables


class Books(Tables):
    """Everything the tenant has on file, and the views from which it is counted."""

    def __init__(self, settings: AcumaticaSettings) -> None:
        super().__init__(settings)
        self.closed: set[str] = set()
        """Closed financial periods, MM-yyyy."""

    @property
    def orders(self) -> list[DocumentView]:
        """Every sales order, returns and canceled ones included."""
        return [document_view(one) for one in self._filed("SalesOrder")]

    @property
    def invoices(self) -> list[DocumentView]:
        """Every sales invoice, credit and debit memo."""
        return [document_view(one) for one in self._filed("SalesInvoice")]

    @property
    def payments(self) -> list[PaymentView]:
        """Every payment and prepayment."""
        return [one for one in self._money() if one.kind != "Refund"]

    @property
    def refunds(self) -> list[PaymentView]:
        """Every refund."""
        return [one for one in self._money() if one.kind == "Refund"]

    @property
    def customers(self) -> list[CustomerView]:
        """Every customer with what they owe."""
        return customer_views(self)

    def documents(self, external_ref: str) -> list[DocumentView]:
        """The orders and invoices that carry a reference, canceled orders left out."""
        return [
            one
            for one in (*self.orders, *self.invoices)
            if one.external_ref == external_ref and one.status != "Canceled"
        ]

    def payments_of(self, external_ref: str) -> list[PaymentView]:
        """The payments and refunds that carry a reference, voided ones left out."""
        found = (one for one in self._money() if one.external_ref == external_ref)
        return [one for one in found if one.status != "Voided"]

    def order(self, number: str, kind: str = "SO") -> DocumentView | None:
        """The sales order of that number."""
        record = self.find("SalesOrder", kind, number)
        return document_view(record) if record else None

    def post(self, source: tuple[str, str], currency: str, entries: list[Entry]) -> None:
        """Files a batch, in the base currency; raises when it does not balance.

        What a customer owes is converted as a whole; the first of the other entries takes the
        cents that converting each would leave over.
        """
        rate = company.CURRENCIES[currency]
        kept = [one for one in entries if one.value]
        if sum((one.value for one in kept), ZERO):
            raise AssertionError(f"the batch of {source} does not balance: {entries}")
        local = [
            Entry(account=one.account, value=cents(one.value * rate), reference=one.reference)
            for one in kept
        ]
        over = sum((one.value for one in local), ZERO)
        if over:
            spot = next(n for n, one in enumerate(local) if one.account != company.RECEIVABLES)
            local[spot] = replace(local[spot], value=local[spot].value - over)
        number = self.next_number("batch")
        self.journals[number] = Journal(
            number=number, source=source, on=self.today, entries=tuple(local)
        )

    def balances(self) -> dict[str, Decimal]:
        """The balance of every account that has postings, in base currency."""
        totals: dict[str, Decimal] = {}
        for journal in self.journals.values():
            for entry in journal.entries:
                totals[entry.account] = totals.get(entry.account, ZERO) + entry.value
        return dict(sorted(totals.items()))

    def audit(self) -> None:
        """Raises AssertionError unless the books add up."""
        self._audit_journals()
        for record in self._filed("SalesOrder"):
            self._audit_order(record)
        for record in self._filed("SalesInvoice"):
            _same(f"invoice {record.key}", record["Balance"], invoice_balance(self, record))
            if record["Balance"] < 0:
                raise AssertionError(f"invoice {record.key} is overpaid by {-record['Balance']}")
        for record in self._filed("Payment"):
            left = payment_available(self, record)
            _same(f"payment {record.key}", record["AvailableBalance"], left)
            if left < 0:
                raise AssertionError(f"payment {record.key} is used {-left} beyond its amount")

    def _audit_journals(self) -> None:
        control = ZERO
        for journal in self.journals.values():
            if sum((entry.value for entry in journal.entries), ZERO):
                raise AssertionError(f"batch {journal.number} does not balance")
            control += sum(
                (one.value for one in journal.entries if one.account == company.RECEIVABLES), ZERO
            )
        released = (*self._filed("SalesInvoice"), *self._filed("Payment"))
        owed = ZERO
        for record in released:
            if record["_released"]:
                rate = company.CURRENCIES[record["Currency"] or record["CurrencyID"]]
                owed += cents(signed_amount(record) * rate)
        _same("what customers owe and the control account", control, owed)

    def _audit_order(self, record: Record) -> None:
        lines = sum((row["Amount"] for row in record["Details"]), ZERO)
        taxes = sum((row["TaxAmount"] for row in record["TaxDetails"]), ZERO)
        total = lines + taxes + record["Totals"]["Freight"]
        _same(f"the total of order {record.key}", record["OrderTotal"], total)
        left = unpaid(self, record)
        _same(f"the balance of order {record.key}", record["Totals"]["UnpaidBalance"], left)
        if left < 0:
            raise AssertionError(f"order {record.key} is overpaid by {-left}")

    def _money(self) -> list[PaymentView]:
        return [payment_view(self, one) for one in self._filed("Payment")]

    def _filed(self, entity: str) -> list[Record]:
        return list(self.records.get(entity, {}).values())


def _same(what: str, stored: Decimal, computed: Decimal) -> None:
    if stored != computed:
        raise AssertionError(f"{what}: {stored} is not {computed}")
