"""Reads the receivables back: documents with their distribution, and what moved their balance."""

from collections.abc import Sequence
from decimal import Decimal

from connectors.errors import Conflict
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import Statement, StatementKey, StatementOption, rendered
from connectors.syspro.find import Row, Rows, equals
from connectors.syspro.keys import canonical_key
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.site import Site
from connectors.syspro.text import decimal_of
from domain.money import Money
from domain.record import Record

_DETAIL_KEY = ("TrnYear", "TrnMonth", "Register", "Invoice", "SummaryLine", "DetailLine")
_DETAIL_COLUMNS = (
    *_DETAIL_KEY,
    "DocumentType",
    "ProductClass",
    "NetSalesValue",
    "TaxValue",
)


class Invoice(Record):
    """A row of ArInvoice. `number` is as the table holds it."""

    customer: str
    number: str
    value: Money


class Detail(Record):
    """A row of ArTrnDetail: one distribution line. `kind` is I, C or D; values carry their sign."""

    kind: str
    run: tuple[str, str, str]  # year, month and register: one posting call
    reference: str
    product_class: str
    net: Decimal
    tax: Decimal


class Movement(Record):
    """A credit, debit or payment on an invoice. The sign of `value` is the site's."""

    reference: str
    value: Decimal


class Ledger:
    """Read access to ArInvoice, ArTrnDetail and the customer's statement."""

    def __init__(
        self, settings: SysproSettings, client: EnetClient, rows: Rows, site: Site
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client
        self._rows = rows
        self._site = site

    async def invoice(self, customer: str, number: str) -> Invoice | None:
        """Return the customer's invoice of that number, or None.

        Raises:
            Conflict: only another customer has an invoice of that number.
        """
        stored = (await self._site.keys()).stored_invoice(number)
        found = await self._invoices("Invoice", stored)
        return _ours(found, customer, number)[0] if found else None

    async def invoices_by_reference(self, customer: str, reference: str) -> tuple[Invoice, ...]:
        """Return the customer's invoices that carry the reference, as sales orders make them.

        Raises:
            Conflict: only another customer has such invoices.
        """
        found = await self._invoices(self._profile.reference_column, reference)
        return _ours(found, customer, reference) if found else ()

    async def _invoices(self, column: str, value: str) -> tuple[Invoice, ...]:
        rows = await self._rows.select(
            "ArInvoice",
            ("Customer", "Invoice", "DocumentType", "CurrencyValue", "PostCurrency"),
            where=(equals(column, value), equals("DocumentType", "I")),
            order_by=("Customer", "Invoice", "DocumentType"),
        )
        # Unapplied money stands in the same table under pseudo numbers.
        return tuple(self._invoice(row) for row in rows if not row["Invoice"].startswith("_CR"))

    def _invoice(self, row: Row) -> Invoice:
        currency = self._settings.iso_currency(row["PostCurrency"])
        value = Money(amount=decimal_of(row["CurrencyValue"]), currency=currency)
        return Invoice(customer=row["Customer"], number=row["Invoice"], value=value)

    async def details(self, invoice: Invoice) -> tuple[Detail, ...]:
        """Return the distribution lines of everything that was posted to the invoice's number."""
        reference = self._profile.detail_reference_column
        rows = await self._rows.select(
            "ArTrnDetail",
            (*_DETAIL_COLUMNS, *((reference,) if reference else ())),
            where=(equals("Invoice", invoice.number), equals("Customer", invoice.customer)),
            order_by=_DETAIL_KEY,
        )
        return tuple(
            Detail(
                kind=row["DocumentType"],
                run=(row["TrnYear"], row["TrnMonth"], row["Register"]),
                reference=row[reference] if reference else "",
                product_class=row["ProductClass"],
                net=decimal_of(row["NetSalesValue"]),
                tax=decimal_of(row["TaxValue"]),
            )
            for row in rows
        )

    async def movements(self, customer: str, invoice: Invoice) -> tuple[Movement, ...]:
        """Return the credits, debits and payments on one invoice (ARSQRY, TransDetail)."""
        shown = (await self._site.keys()).shown_customer(customer)
        statement = Statement(key=StatementKey(customer=shown), option=StatementOption())
        answer = await self._client.query(
            BusinessObject.AR_STATEMENT,
            rendered(statement, BusinessObject.AR_STATEMENT, self._profile),
            seconds=self._profile.statement_seconds,
        )
        wanted = canonical_key(invoice.number)
        return tuple(
            Movement(reference=one.first("Reference"), value=decimal_of(one.first("TrnValue")))
            for document in answer.all("InvoiceDetail")
            if canonical_key(document.first("Invoice")) == wanted
            and document.first("DocumentType") == "I"
            for one in document.all("TransDetail")
        )

    async def moved(self, customer: str, number: str, reference: str) -> Money | None:
        """Return the size of what carries the reference on an invoice; None if nothing does.

        Raises:
            Conflict: the invoice belongs to another customer.
        """
        invoice = await self.invoice(customer, number)
        if invoice is None:
            return None
        ours = [
            movement.value
            for movement in await self.movements(customer, invoice)
            if movement.reference == reference
        ]
        if not ours:
            return None
        total = abs(sum(ours, Decimal(0)))
        return Money(amount=total, currency=invoice.value.currency)

    def comparable(self, invoice: Invoice) -> bool:
        """Tell whether the distribution is kept in the invoice's own currency."""
        local = invoice.value.currency == self._settings.local_currency
        return local or self._profile.detail_currency == "document"


def _ours(found: Sequence[Invoice], customer: str, key: str) -> tuple[Invoice, ...]:
    mine = canonical_key(customer)
    ours = tuple(invoice for invoice in found if canonical_key(invoice.customer) == mine)
    if not ours:
        others = ", ".join(sorted({invoice.customer for invoice in found}))
        raise Conflict(
            f"{key} belongs to customer {others} in SYSPRO, not to {customer}.",
            remedy="Find out who used our number; give the connection a prefix of its own.",
        )
    return ours
