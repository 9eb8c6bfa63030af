"""ARSTPY: posts customer payments against invoices, or leaves them unapplied when asked."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from sandbox.syspro import company, refusals
from sandbox.syspro.arstin import find_customer
from sandbox.syspro.books import Books, local
from sandbox.syspro.document import Fields
from sandbox.syspro.posting import Common, error_node, run_items
from sandbox.syspro.records import (
    ZERO,
    Customer,
    Entry,
    Invoice,
    InvoiceMovement,
    JournalKey,
    Payment,
    Period,
)
from sandbox.syspro.xml import Node, counter

ROOT = "postarpayment"
_FAR_DATE = date(2080, 12, 31)
_DEFAULT_BANK = "FB"


@dataclass(frozen=True)
class _Share:
    """What one invoice gets of a payment; `gross` includes the discount."""

    invoice: Invoice
    gross: Decimal
    discount: Decimal
    reference: str | None


@dataclass(frozen=True)
class _Receipt:
    """A payment that has been checked; `unapplied` belongs to no invoice."""

    customer: Customer
    value: Decimal
    shares: tuple[_Share, ...]
    unapplied: Decimal
    unapplied_reference: str
    charge: Decimal
    paid: date
    reference: str
    bank: company.Bank
    notation: str
    period: Period


def post(books: Books, parameters: Element | None, document: Element) -> list[Node]:
    """The children of `postarpayment`."""
    common = Common.read(parameters, books)
    correct = common.fields.choice("AutoCorrectPaymentValue", "NYU", default="N")
    outcomes = run_items(
        books,
        Fields(document, books.settings).children("Item"),
        lambda item: _post_item(books, common, item, correct),
        all_or_none=common.all_or_none,
        validate_only=common.validate_only,
    )
    nodes: list[Node] = []
    for number, outcome in enumerate(outcomes, 1):
        inner = [error_node(outcome.refused)] if outcome.refused else outcome.answer
        nodes.append(("Item", [("Payment", inner), ("ItemNumber", f"{number:06d}")]))
    refused = sum(1 for outcome in outcomes if outcome.refused)
    posted = any(outcome.answer for outcome in outcomes)
    status: list[Node] = [
        ("GlJournal", _gl_journal(books) if posted else []),
        ("ItemsProcessed", counter(len(outcomes) - refused)),
        ("ItemsInvalid", counter(refused)),
    ]
    return [*nodes, ("StatusOfItems", status)]


def _gl_journal(books: Books) -> list[Node]:
    problem = books.settings.gl_journal_error
    if problem:
        # The payment stands; only its way into the general ledger failed.
        return [("GlJournalError", "1"), ("GlJournalMessage", problem)]
    year, month, number = next(reversed(books.journals))
    return [
        ("GlYear", str(year)),
        ("GlPeriod", f"{month:02d}"),
        ("GlJournal", f"{number:8d}"),
        ("GlJournalError", ""),
        ("GlJournalMessage", ""),
    ]


def _post_item(books: Books, common: Common, item: Fields, correct: str) -> list[Node]:
    receipt = _read(books, common, item.child("Payment"), correct)
    year, month, number = _file(books, receipt)
    key: list[Node] = [
        ("TrnYear", str(year)),
        ("TrnMonth", f"{month:02d}"),
        ("Journal", f"{number:8d}"),
    ]
    return [("Key", key), ("Customer", books.shown_customer(receipt.customer.customer))]


def _read(books: Books, common: Common, payment: Fields, correct: str) -> _Receipt:
    customer = find_customer(books, payment.required("Customer", width=15))
    notation = payment.required("JournalNotation", width=100)
    bank = _bank(payment)
    given = payment.number("PaymentValue")
    shares = _shares(books, payment, customer, surplus_allowed=correct == "U")
    asked = payment.child("UnappliedPayment")
    unapplied = asked.number("GrossPaymentValue") or ZERO
    distributed = sum((share.gross - share.discount for share in shares), unapplied)
    value = distributed if given is None or correct == "Y" else given
    if value != distributed:
        if correct != "U" or (value - distributed) * (1 if value >= 0 else -1) < 0:
            why = f"Payment value {value} does not equal the distributed value {distributed}"
            raise refusals.not_allowed("PaymentValue", str(value), why)
        unapplied += value - distributed
    if not value:
        why = "Payment value may not be zero"
        raise refusals.not_allowed("PaymentValue", str(value), why)
    return _Receipt(
        customer=customer,
        value=value,
        shares=shares,
        unapplied=unapplied,
        unapplied_reference=asked.text("CustomerPurchaseOrder", width=30) or "Unapplied cash",
        charge=payment.number("BankChargeValue") or ZERO,
        paid=payment.date("PaymentDate", books.today),
        reference=payment.text("Reference", width=30),
        bank=bank,
        notation=notation,
        period=common.period(books),
    )


def _bank(payment: Fields) -> company.Bank:
    code = payment.text("Bank", width=15, default=_DEFAULT_BANK)
    payment.choice("PaymentType", "CSO", default="C")
    for bank in company.BANKS:
        if bank.code == code:
            return bank
    raise refusals.not_on_file("Bank", code, "Bank")


def _shares(
    books: Books, payment: Fields, customer: Customer, *, surplus_allowed: bool
) -> tuple[_Share, ...]:
    shares: list[_Share] = []
    taken: dict[tuple[str, str], Decimal] = {}
    for to_pay in payment.children("InvoiceToPay"):
        document_type = to_pay.choice("TransactionType", "ICD", default="I")
        shown = to_pay.required("Invoice", width=20)
        key = (books.invoice_key(shown), document_type)
        invoice = books.invoices.get((customer.customer, *key))
        if invoice is None:
            raise refusals.not_on_file("Invoice", shown, "Invoice")
        outstanding = invoice.balance - taken.get(key, ZERO)
        gross = to_pay.number("GrossPaymentValue")
        gross = outstanding if gross is None else gross
        # Credit notes are owed to the customer: they are paid with negative values.
        if gross * outstanding < 0 or abs(gross) > abs(outstanding):
            if not surplus_allowed or gross * outstanding < 0:
                why = f"Payment {gross} exceeds the outstanding value {outstanding} of the invoice"
                raise refusals.not_allowed("GrossPaymentValue", str(gross), why)
            gross = outstanding
        taken[key] = taken.get(key, ZERO) + gross
        reference = to_pay.text("CustomerPurchaseOrder", width=30) or None
        discount = to_pay.number("DiscountValue") or ZERO
        shares.append(_Share(invoice, gross, discount, reference))
    return tuple(shares)


def _file(books: Books, receipt: _Receipt) -> JournalKey:
    customer = receipt.customer
    rate = company.RATES[customer["Currency"]]
    key = books.journal_key(receipt.period)
    owed = ZERO
    for share in receipt.shares:
        owed += _pay(books, receipt, share, key)
    if receipt.unapplied:
        owed += _leave_unapplied(books, receipt, rate, key)
    discount = sum((share.discount for share in receipt.shares), ZERO)
    cash, given, charge = (local(v, rate) for v in (receipt.value, discount, receipt.charge))
    accounts = (
        (receipt.bank.account, cash - charge),
        (company.BANK_CHARGES, charge),
        (company.DISCOUNT, given),
        (company.DEBTORS, -owed),
        (company.EXCHANGE, owed - cash - given),
    )
    books.post_journal(
        key,
        "AR",
        [Entry(account=account, value=v, reference=receipt.reference) for account, v in accounts],
        dated=receipt.paid,
        reference=receipt.reference,
        notation=receipt.notation,
        posted=not books.settings.gl_journal_error,
    )
    number = books.next_number("payment")
    books.payments[number] = Payment(
        number=number,
        customer=customer.customer,
        value=receipt.value,
        currency=customer["Currency"],
        reference=receipt.reference,
        paid=receipt.paid,
        bank=receipt.bank.code,
        notation=receipt.notation,
        journal=key,
    )
    return key


def _pay(books: Books, receipt: _Receipt, share: _Share, key: JournalKey) -> Decimal:
    # Read again: an earlier share of the same payment may have changed it.
    paid = share.invoice
    invoice = books.invoices[(paid.customer, paid.invoice, paid.document_type)]
    changed = replace(invoice, balance=invoice.balance - share.gross)
    if share.reference is not None:
        changed = replace(changed, reference=share.reference)
    return _move(books, receipt, changed, share.gross, share.discount, key)


def _leave_unapplied(books: Books, receipt: _Receipt, rate: Decimal, key: JournalKey) -> Decimal:
    customer = receipt.customer
    number = books.next_number(f"unapplied {customer.customer}")
    pseudo = Invoice(
        customer=customer.customer,
        invoice=f"_CRD{number:02d}",
        document_type="I",
        reference=receipt.unapplied_reference,
        invoice_date=_FAR_DATE,
        period=receipt.period,
        currency=customer["Currency"],
        rate=rate,
        value=-receipt.unapplied,
        balance=-receipt.unapplied,
        tax=ZERO,
        branch=customer["Branch"],
        area=customer["Area"],
        salesperson=customer["Salesperson"],
        terms=customer["TermsCode"],
    )
    return _move(books, receipt, pseudo, receipt.unapplied, ZERO, key)


def _move(
    books: Books,
    receipt: _Receipt,
    invoice: Invoice,
    gross: Decimal,
    discount: Decimal,
    key: JournalKey,
) -> Decimal:
    """Files the movement and returns its local value as the control account sees it."""
    value = local(gross, invoice.rate)
    movement = InvoiceMovement(
        customer=invoice.customer,
        invoice=invoice.invoice,
        document_type=invoice.document_type,
        kind="P",
        reference=receipt.reference,
        value=-gross,
        local_value=-value,
        discount=discount,
        dated=receipt.paid,
        journal=key,
    )
    books.apply(invoice, movement)
    return value
