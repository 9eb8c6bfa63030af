"""SYSPRO's ledger as every system's can be counted."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.common_ledger import CommonAccount, CommonDocument, CommonLedger, CommonPayment
from sandbox.syspro.books import Books, InvoiceKey
from sandbox.syspro.records import ZERO, JournalKey, SalesLine


@dataclass
class _Document:
    """What was posted to an invoice under one reference: each product class once."""

    invoice: InvoiceKey
    reference: str
    classes: set[str] = field(default_factory=set)
    total: Decimal = ZERO
    tax: Decimal = ZERO


def common_ledger(books: Books) -> CommonLedger:
    """An invoice by value is posted class by class; what has a class again is another document."""
    books.audit()
    return CommonLedger(
        accounts=tuple(
            CommonAccount(code=one.customer, email=one["Email"], name=one["Name"])
            for one in books.customers.values()
        ),
        documents=tuple(
            CommonDocument(
                reference=one.reference,
                number=books.invoices[one.invoice].invoice,
                customer=books.invoices[one.invoice].customer,
                currency=books.invoices[one.invoice].currency,
                total=one.total,
                tax=one.tax,
                balance=books.invoices[one.invoice].balance,
            )
            for one in _documents(books)
        ),
        payments=tuple(
            CommonPayment(
                reference=one.reference,
                customer=one.customer,
                currency=one.currency,
                amount=one.value,
                account=one.bank,
            )
            for one in books.payments.values()
        ),
    )


def _documents(books: Books) -> list[_Document]:
    lines: dict[JournalKey, list[SalesLine]] = defaultdict(list)
    for line in books.sales_lines.values():
        lines[line.journal].append(line)
    found: list[_Document] = []
    for key, movements in books.movements.items():
        begun: dict[str, list[_Document]] = defaultdict(list)
        for movement in movements:
            if movement.kind not in "ICD":
                continue
            posted = lines[movement.journal]
            classes = {line.product_class for line in posted}
            same = begun[movement.reference]
            document = next((one for one in same if not one.classes & classes), None)
            if document is None:
                document = _Document(invoice=key, reference=movement.reference)
                same.append(document)
                found.append(document)
            document.classes |= classes
            document.total += movement.value
            document.tax += sum((line.tax for line in posted), ZERO)
    return found
