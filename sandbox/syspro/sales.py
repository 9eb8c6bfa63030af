"""Posts a sale or its reversal: the invoice, its distribution rows, and the GL journal."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sandbox.syspro import company
from sandbox.syspro.books import Books, local
from sandbox.syspro.records import (
    ZERO,
    Customer,
    Entry,
    Invoice,
    InvoiceMovement,
    JournalKey,
    Period,
    SalesLine,
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One amount of one product class; signed, negative for credits."""

    product_class: str
    net: Decimal
    tax: Decimal = ZERO
    cost: Decimal = ZERO
    relieves_stock: bool = False
    stock_code: str = ""
    warehouse: str = ""
    quantity: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Sale:
    """What is posted to one document; the lines carry the sign of the kind."""

    kind: str
    invoice: str
    document_type: str
    dated: date
    period: Period
    register: int
    reference: str
    branch: str
    area: str
    salesperson: str
    terms: str
    lines: tuple[Line, ...]
    source: str
    sales_order: str = ""
    rate: Decimal | None = None

    @property
    def gross(self) -> Decimal:
        """The effect on the customer's balance."""
        return sum((line.net + line.tax for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        """The tax in it."""
        return sum((line.tax for line in self.lines), ZERO)


def post_sale(books: Books, customer: Customer, sale: Sale) -> JournalKey:
    """Files everything a sale leaves behind and returns the key of its journal."""
    currency = customer["Currency"] or books.settings.local_currency
    existing = books.invoices.get((customer.customer, sale.invoice, sale.document_type))
    rate = existing.rate if existing else (sale.rate or company.RATES[currency])
    key = books.journal_key(sale.period)
    books.post_journal(
        key,
        sale.source,
        _entries(books, sale, rate),
        dated=sale.dated,
        reference=sale.invoice,
        notation=sale.reference,
        posted=not books.settings.gl_journal_error,
    )
    for line in sale.lines:
        _file_line(books, customer, sale, line, key)
    books.apply(
        _changed(existing, sale) if existing else _opened(customer, sale, currency, rate),
        InvoiceMovement(
            customer=customer.customer,
            invoice=sale.invoice,
            document_type=sale.document_type,
            kind=sale.kind,
            reference=sale.reference,
            value=sale.gross,
            local_value=local(sale.gross, rate),
            discount=ZERO,
            dated=sale.dated,
            journal=key,
        ),
    )
    return key


def _opened(customer: Customer, sale: Sale, currency: str, rate: Decimal) -> Invoice:
    return Invoice(
        customer=customer.customer,
        invoice=sale.invoice,
        document_type=sale.document_type,
        reference=sale.reference,
        invoice_date=sale.dated,
        period=sale.period,
        currency=currency,
        rate=rate,
        value=sale.gross,
        balance=sale.gross,
        tax=sale.tax,
        branch=sale.branch,
        area=sale.area,
        salesperson=sale.salesperson,
        terms=sale.terms,
        sales_order=sale.sales_order,
    )


def _changed(invoice: Invoice, sale: Sale) -> Invoice:
    # Debit notes raise what was invoiced; credit notes only lower what is still owed.
    raised = sale.kind == "D"
    return replace(
        invoice,
        value=invoice.value + (sale.gross if raised else ZERO),
        tax=invoice.tax + (sale.tax if raised else ZERO),
        balance=invoice.balance + sale.gross,
    )


def _entries(books: Books, sale: Sale, rate: Decimal) -> list[Entry]:
    debtors = local(sale.gross, rate)
    tax = local(sale.tax, rate)
    entries = [
        Entry(account=company.DEBTORS, value=debtors, reference=sale.invoice),
        Entry(account=company.TAX, value=-tax, reference=sale.invoice),
    ]
    left = debtors - tax
    for number, line in enumerate(sale.lines, 1):
        # The last line takes the cents that converting each line would lose.
        share = left if number == len(sale.lines) else local(line.net, rate)
        left -= share
        row = books.interface(sale.branch, line.product_class, sale.area)
        entries.append(Entry(account=row.sales_account, value=-share, reference=sale.invoice))
        if line.relieves_stock:
            cost, code = line.cost, line.stock_code
            entries.append(Entry(account=row.cost_account, value=cost, reference=code))
            entries.append(Entry(account=company.STOCK, value=-cost, reference=code))
    return entries


def _file_line(
    books: Books, customer: Customer, sale: Sale, line: Line, journal: JournalKey
) -> None:
    number = books.next_number(f"line {sale.register} {sale.invoice}")
    row = books.interface(sale.branch, line.product_class, sale.area)
    books.sales_lines[books.next_number("sales line")] = SalesLine(
        period=sale.period,
        register=sale.register,
        invoice=sale.invoice,
        summary_line=number,
        detail_line=1,
        invoice_date=sale.dated,
        customer=customer.customer,
        document_type=sale.kind,
        branch=sale.branch,
        area=sale.area,
        product_class=line.product_class,
        reference=sale.reference,
        net=line.net,
        tax=line.tax,
        cost=line.cost,
        gl_code=row.sales_account,
        tax_account=company.TAX,
        journal=journal,
        stock_code=line.stock_code,
        warehouse=line.warehouse,
        sales_order=sale.sales_order,
        quantity=line.quantity,
    )
