"""What is posted: documents and payments with every code resolved, and what came of them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.money import Money
from domain.order import Address
from domain.record import Record


class DocumentKind(StrEnum):
    """What a document does to the customer's account."""

    INVOICE = "invoice"
    CREDIT = "credit"  # reduces the invoice named in `against`
    DEBIT = "debit"  # adds to the invoice named in `against`


class DocumentLineKind(StrEnum):
    """How a line is entered where the ERP tells the kinds apart."""

    ITEM = "item"
    FREIGHT = "freight"
    CHARGE = "charge"
    ROUNDING = "rounding"


class DocumentLine(Record):
    """One line, net of its discount. `revenue_class` is what the ERP derives the account from.

    Of a credit, `quantity` is how many pieces come back; none: it is money alone.
    """

    kind: DocumentLineKind
    source: str  # the store's line or charge it came from, e.g. `line:65`
    item: str = ""  # the ERP's item code; empty for charges
    description: str = ""
    quantity: Decimal = Decimal(1)
    net: Money
    tax: Money
    revenue_class: str
    warehouse: str = ""

    @property
    def gross(self) -> Money:
        """Return net plus tax."""
        return self.net + self.tax


class SalesDocument(Record):
    """An invoice, or a credit or debit against one. Line totals make `total` and `tax` exactly."""

    key: str  # ours, derived from connection, order and step; the ERP holds it as a unique number
    kind: DocumentKind = DocumentKind.INVOICE
    against: str = ""  # the ERP reference of the invoice that a credit or debit belongs to
    order_id: str
    order_number: str
    customer: str  # the ERP's customer code
    on: date
    lines: tuple[DocumentLine, ...]
    tax: Money
    total: Money  # gross, never negative
    ship_to: Address | None = None
    email: str = ""
    note: str = ""


class PaymentPosting(Record):
    """Money taken, to be put against its document on the right clearing account."""

    key: str
    order_id: str
    customer: str
    document: str  # ERP reference of the invoice
    amount: Money
    account: str  # the ERP's bank or clearing account code
    method: str
    on: date


class Payout(Record):
    """Money given back, to be put against the credit that it settles, out of a clearing account."""

    key: str
    order_id: str
    customer: str
    credit: str  # ERP reference of the credit
    credit_key: str  # ours of that credit
    amount: Money
    account: str  # the ERP's bank or clearing account code
    method: str
    on: date


class Posted(Record):
    """What the ERP says it holds under one of our keys, read back after the write."""

    key: str
    ref: str  # the ERP's own reference, e.g. the invoice number
    customer: str
    total: Money
    tax: Money | None = None  # none: the ERP does not tell it for this kind of posting
    lines: int | None = None


class Receipt(Record):
    """Proof of posting: what was meant (by hash) and what the ERP reads back."""

    step: str
    key: str
    ref: str
    customer: str
    total: Money
    digest: str


def mismatch(meant: SalesDocument, posted: Posted, *, lines: int) -> str:
    """Say in words where the read-back differs from what was meant; empty when it agrees.

    `lines` is how many rows the connector announced that this document would make.
    """
    differences: list[str] = []
    if posted.customer != meant.customer:
        differences.append(f"customer {posted.customer} instead of {meant.customer}")
    if posted.total.currency != meant.total.currency:
        differences.append(f"currency {posted.total.currency} instead of {meant.total.currency}")
    elif posted.total.amount != meant.total.amount:
        differences.append(f"total {posted.total} instead of {meant.total}")
    if posted.tax is not None and posted.tax.amount != meant.tax.amount:
        differences.append(f"tax {posted.tax} instead of {meant.tax}")
    if posted.lines is not None and posted.lines != lines:
        differences.append(f"{posted.lines} lines instead of {lines}")
    return ", ".join(differences)
