"""What the books hold: keys in stored form, money in the customer's currency unless said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Period = tuple[int, int]
JournalKey = tuple[int, int, int]
ZERO = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A row of ArCustomer; `columns` holds the text columns by their SQL names."""

    customer: str
    columns: Mapping[str, str]
    added: date

    def __getitem__(self, column: str) -> str:
        return self.columns.get(column, "")

    @property
    def on_hold(self) -> bool:
        """Held by flag or by the manual credit status 9."""
        return self["CustomerOnHold"] == "Y" or self["CreditStatus"] == "9"


@dataclass(frozen=True, kw_only=True)
class StockItem:
    """A row of InvMaster."""

    stock_code: str
    description: str
    price: Decimal
    product_class: str
    unit_cost: Decimal
    tax_code: str = "E"


@dataclass(frozen=True, kw_only=True)
class StockLevel:
    """A row of InvWarehouse."""

    stock_code: str
    warehouse: str
    on_hand: Decimal
    allocated: Decimal = ZERO
    back_ordered: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """What the next order can be allocated from; may be negative."""
        return self.on_hand - self.allocated


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """A row of ArInvoice: an invoice, a credit note of its own, or unapplied money."""

    customer: str
    invoice: str
    document_type: str
    reference: str
    invoice_date: date
    period: Period
    currency: str
    rate: Decimal
    value: Decimal
    balance: Decimal
    tax: Decimal
    branch: str
    area: str
    salesperson: str
    terms: str
    sales_order: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceMovement:
    """One thing that made or changed the balance of an invoice; signed by its effect."""

    customer: str
    invoice: str
    document_type: str
    kind: str
    """I, C or D as posted by ARSTIN or SORTIC; P for a payment."""
    reference: str
    value: Decimal
    local_value: Decimal
    discount: Decimal
    dated: date
    journal: JournalKey


@dataclass(frozen=True, kw_only=True)
class SalesLine:
    """A row of ArTrnDetail."""

    period: Period
    register: int
    invoice: str
    summary_line: int
    detail_line: int
    invoice_date: date
    customer: str
    document_type: str
    branch: str
    area: str
    product_class: str
    reference: str
    net: Decimal
    tax: Decimal
    cost: Decimal
    gl_code: str
    tax_account: str
    journal: JournalKey
    stock_code: str = ""
    warehouse: str = ""
    sales_order: str = ""
    quantity: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A cash receipt; it has no unique key of its own."""

    number: int
    customer: str
    value: Decimal
    currency: str
    reference: str
    paid: date
    bank: str
    notation: str
    journal: JournalKey


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a GL journal in local currency; debits are positive."""

    account: str
    value: Decimal
    reference: str


@dataclass(frozen=True, kw_only=True)
class Journal:
    """A GL journal; an unposted one waits for somebody after a failed integration."""

    key: JournalKey
    source: str
    dated: date
    posted_on: date
    reference: str
    notation: str
    entries: tuple[Entry, ...]
    posted: bool = True


@dataclass(frozen=True, kw_only=True)
class StockMove:
    """One relief of stock by an invoiced order."""

    stock_code: str
    warehouse: str
    quantity: Decimal
    reference: str


@dataclass(frozen=True, kw_only=True)
class SalesOrder:
    """A row of SorMaster; `columns` holds the text columns nothing else needs."""

    sales_order: str
    status: str
    customer: str
    reference: str
    ordered: date
    entered: date
    currency: str
    branch: str
    warehouse: str
    terms: str
    columns: Mapping[str, str]
    cancelled: bool = False
    last_invoice: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """A row of SorDetail. Type 1 stock, 4 freight, 5 miscellaneous charge, 6 comment."""

    sales_order: str
    line: int
    line_type: str
    stock_code: str = ""
    description: str = ""
    warehouse: str = ""
    ordered: Decimal = ZERO
    shipping: Decimal = ZERO
    back_ordered: Decimal = ZERO
    price: Decimal = ZERO
    uom: str = "EA"
    product_class: str = ""
    tax_code: str = ""
    charge: Decimal = ZERO
    charge_cost: Decimal = ZERO
    comment: str = ""
    invoiced: bool = False
