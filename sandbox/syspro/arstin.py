"""ARSTIN: posts AR invoices, credit notes and debit notes; one value and one product class each."""

from dataclasses import replace
from decimal import Decimal
from xml.etree.ElementTree import Element

from sandbox.syspro import company, refusals
from sandbox.syspro.books import CENT, Books
from sandbox.syspro.document import Fields
from sandbox.syspro.posting import Common, error_node, run_items
from sandbox.syspro.records import ZERO, Customer, Period
from sandbox.syspro.sales import Line, Sale, post_sale
from sandbox.syspro.xml import Node, counter

ROOT = "postarinvoices"


def post(books: Books, parameters: Element | None, document: Element) -> list[Node]:
    """The children of `postarinvoices`."""
    common = Common.read(parameters, books)
    items = Fields(document, books.settings).children("Item")
    register = books.next_number("register")
    outcomes = run_items(
        books,
        items,
        lambda item: _post_item(books, common, item, register),
        all_or_none=common.all_or_none,
        validate_only=common.validate_only,
    )
    nodes: list[Node] = []
    for number, outcome in enumerate(outcomes, 1):
        children = [error_node(outcome.refused)] if outcome.refused else outcome.answer
        nodes.append(("Item", [*children, ("ItemNumber", f"{number:06d}")]))
    refused = sum(1 for outcome in outcomes if outcome.refused)
    status: list[Node] = [
        ("ItemsValidated", counter(len(outcomes) - refused)),
        ("InvalidItems", counter(refused)),
    ]
    return [*nodes, ("StatusOfItems", status)]


def find_customer(books: Books, shown: str, *, field: str = "Customer") -> Customer:
    """The customer of that code; raises when there is none."""
    found = books.customers.get(books.customer_key(shown))
    if found is None:
        raise refusals.not_on_file(field, shown, "Customer")
    return found


def _post_item(books: Books, common: Common, item: Fields, register: int) -> list[Node]:
    kind = item.choice("TransactionType", "ICD")
    shown = item.required("Customer", width=15)
    customer = find_customer(books, shown)
    if customer.on_hold and kind != "C":
        raise refusals.on_hold("Customer", shown)
    period = common.period(books)
    number, document_type = _number(books, item, customer, kind)
    sale = _sale(books, common, item, customer, register, period)
    sale = replace(sale, kind=kind, invoice=number, document_type=document_type)
    _check_balance(books, customer, sale)
    post_sale(books, customer, sale)
    return [
        ("Customer", books.shown_customer(customer.customer)),
        ("Invoice", number),
        ("DocumentType", document_type),
        ("TransactionType", kind),
    ]


def _number(books: Books, item: Fields, customer: Customer, kind: str) -> tuple[str, str]:
    """The invoice number and document type that the item is posted to."""
    generate = item.yes("GenerateInvoiceNumber")
    existing = item.yes("PostToExistingInvoice")
    given = item.text("Invoice", width=20)
    if existing:
        if kind == "I" or generate:
            why = "Post to existing invoice is only allowed for credit and debit notes by number"
            raise refusals.not_allowed("PostToExistingInvoice", "Y", why)
        number = books.invoice_key(item.required("Invoice", width=20))
        if (customer.customer, number, "I") not in books.invoices:
            raise refusals.not_on_file("Invoice", given, "Invoice")
        return number, "I"
    if generate:
        # A given number is ignored without a word.
        return _generated(books), kind
    number = books.invoice_key(item.required("Invoice", width=20))
    if books.settings.invoice_key_type == "N" and not number.isdigit():
        raise refusals.not_numeric("Invoice", given)
    if books.number_taken(number, kind):
        raise refusals.already_exists("Invoice", given, "Invoice")
    return number, kind


def _generated(books: Books) -> str:
    settings = books.settings
    if settings.invoice_key_type != "N" and settings.invoice_numbering == "company":
        why = "Invoice number cannot be generated when the invoice key is alphanumeric"
        raise refusals.not_allowed("GenerateInvoiceNumber", "Y", why)
    return next_invoice_number(books)


def next_invoice_number(books: Books) -> str:
    """SYSPRO's own counter; numbers somebody posted by hand are skipped."""
    while True:
        number = f"{books.next_number('invoice', 100001):015d}"
        if not any(books.number_taken(number, kind) for kind in "ICD"):
            return number


def _sale(
    books: Books, common: Common, item: Fields, customer: Customer, register: int, period: Period
) -> Sale:
    branch = item.text("Branch", width=10, default=customer["Branch"])
    area = item.text("GeographicArea", width=10, default=customer["Area"])
    terms = item.text("InvoiceTerms", width=2, default=customer["TermsCode"])
    salesperson = item.text("Salesperson", width=20, default=customer["Salesperson"])
    check_code("Branch", branch, company.BRANCHES, "Branch")
    if area:
        check_code("GeographicArea", area, company.AREAS, "Geographic area")
    check_code("InvoiceTerms", terms, company.TERMS, "Invoice terms")
    check_code("Salesperson", salesperson, company.SALESPERSONS, "Salesperson")
    product_class = item.required("ProductClass", width=20)
    check_code("ProductClass", product_class, books.product_classes, "Product class")
    gross, tax = _value(books, common, item, customer)
    sign = -1 if item.text("TransactionType") == "C" else 1
    cost = item.number("CostValue") or ZERO
    return Sale(
        kind="",
        invoice="",
        document_type="",
        dated=item.date("InvoiceDate", books.today),
        period=period,
        register=register,
        reference=item.text("Reference", width=30),
        branch=branch,
        area=area,
        salesperson=salesperson,
        terms=terms,
        lines=(
            Line(
                product_class=product_class,
                net=sign * (gross - tax),
                tax=sign * tax,
                cost=sign * cost,
            ),
        ),
        source="AR",
        rate=_rate(item, customer, books),
    )


def check_code(field: str, value: str, known: dict[str, str], what: str) -> None:
    """Raises unless the code is on file."""
    if value not in known:
        raise refusals.not_on_file(field, value, what)


def _value(
    books: Books, common: Common, item: Fields, customer: Customer
) -> tuple[Decimal, Decimal]:
    """Gross value and the tax in it, both without a sign."""
    value = item.number("InvoiceValue")
    if value is None:
        raise refusals.mandatory("InvoiceValue")
    if value < 0:
        why = "Invoice value may not be negative"
        raise refusals.not_allowed("InvoiceValue", str(value), why)
    if not value:
        common.warn("InvoiceValue", str(value), "Document value is zero")
    tax = item.number("TaxValue") or ZERO
    if common.fields.yes("AutomaticTaxCalculation"):
        tax = _calculated_tax(books, item, value)
    if customer["TaxStatus"] == "E":
        tax = ZERO
    if not books.settings.value_includes_tax:
        return value + tax, tax
    if tax < 0 or tax > value:
        why = "Tax value must lie between zero and the invoice value"
        raise refusals.not_allowed("TaxValue", str(tax), why)
    return value, tax


def _calculated_tax(books: Books, item: Fields, value: Decimal) -> Decimal:
    code = item.text("TaxCode", width=3, default="E")
    if code not in company.TAX_CODES:
        raise refusals.not_on_file("TaxCode", code, "Tax code")
    rate = company.TAX_CODES[code]
    base = 100 + rate if books.settings.value_includes_tax else Decimal(100)
    return (value * rate / base).quantize(CENT)


def _rate(item: Fields, customer: Customer, books: Books) -> Decimal | None:
    if customer["Currency"] == books.settings.local_currency:
        return None
    rate = item.number("ExchangeRate", decimals=6)
    if rate is not None and rate <= 0:
        raise refusals.not_allowed("ExchangeRate", str(rate), "Exchange rate must be above zero")
    return rate


def _check_balance(books: Books, customer: Customer, sale: Sale) -> None:
    if sale.kind != "C" or books.settings.credit_beyond_balance == "allow":
        return
    existing = books.invoices.get((customer.customer, sale.invoice, "I"))
    if existing is not None and sale.document_type == "I" and existing.balance < -sale.gross:
        why = f"Credit note exceeds the invoice balance {existing.balance}"
        raise refusals.not_allowed("InvoiceValue", str(-sale.gross), why)
