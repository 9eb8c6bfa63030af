"""What the books are made of: entity records, applications of money, stock levels, journals."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

Key = tuple[str, ...]
DocumentKey = tuple[str, str]
"""Type and number of an order, an invoice or a payment."""
ZERO = Decimal("0.00")
CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record of an entity. Its values are replaced, never changed in place."""

    entity: str
    key: Key
    values: dict[str, Any]
    created: datetime
    modified: datetime

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    @property
    def id(self) -> str:
        """The NoteID, which is the record's id in every session."""
        return self.values["id"]

    @cached_property
    def stamps(self) -> dict[str, Any]:
        """Identity and times, under every name that an entity may give them."""
        return {
            "NoteID": self.id,
            "LastModified": self.modified,
            "LastModifiedDateTime": self.modified,
            "LastModifiedDate": self.modified,
            "CreatedDate": self.created,
            "CreatedDateTime": self.created,
        }

    @cached_property
    def stamped(self) -> dict[str, Any]:
        """The values that a filter sees."""
        return {**self.values, **self.stamps}


@dataclass(frozen=True, kw_only=True)
class Application:
    """Money or credit (`source`) put against a document (`target`); final once released."""

    source: DocumentKey
    target: DocumentKey
    amount: Decimal
    released: bool
    on: date


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Money (`source`) kept for a sales order (`target`) until the order is invoiced."""

    source: DocumentKey
    target: DocumentKey
    amount: Decimal
    transferred: Decimal = ZERO
    """What has gone on to the order's invoice."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """Stock of an item in a warehouse."""

    item: str
    warehouse: str
    on_hand: Decimal
    modified: datetime


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a GL batch in the base currency; debits are positive."""

    account: str
    value: Decimal
    reference: str


@dataclass(frozen=True, kw_only=True)
class Journal:
    """A released GL batch."""

    number: str
    source: DocumentKey
    on: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class LineView:
    """A line of an order or an invoice as the ledger has it."""

    number: int
    item: str
    warehouse: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """A sales order or a sales invoice as the ledger has it; amounts in its currency."""

    entity: str
    kind: str
    """Order type, or `Invoice`, `Credit Memo`, `Debit Memo`."""
    number: str
    status: str
    customer: str
    customer_order: str
    external_ref: str
    currency: str
    branch: str
    on: date
    lines: tuple[LineView, ...]
    taxes: dict[str, Decimal]
    tax: Decimal
    freight: Decimal
    total: Decimal
    balance: Decimal
    """What is left to pay: of an order its unpaid balance, of an invoice what is open."""
    released: bool

    @property
    def key(self) -> DocumentKey:
        """Type and number."""
        return (self.kind, self.number)


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """A payment, prepayment or refund as the ledger has it."""

    kind: str
    number: str
    status: str
    customer: str
    method: str
    cash_account: str
    amount: Decimal
    currency: str
    payment_ref: str
    external_ref: str
    on: date
    released: bool
    to_orders: dict[DocumentKey, Decimal]
    to_documents: dict[DocumentKey, Decimal]
    available: Decimal

    @property
    def key(self) -> DocumentKey:
        """Type and number."""
        return (self.kind, self.number)


@dataclass(frozen=True, kw_only=True)
class CustomerView:
    """A customer as the ledger has it."""

    code: str
    name: str
    email: str
    phone: str
    postcode: str
    status: str
    currency: str
    balance: Decimal
    """What the customer owes by released documents."""
