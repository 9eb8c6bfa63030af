"""What the stand-in remembers: orders, customers, transactions and refunds."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sandbox.bigcommerce.drafts import ZERO, AddressDraft, OrderDraft
from sandbox.bigcommerce.pricing import PricedOrder


@dataclass
class CustomerAddress:
    """One entry of a customer's address book."""

    id: int
    customer_id: int
    address: AddressDraft


@dataclass
class Customer:
    """A registered customer."""

    id: int
    email: str
    first_name: str
    last_name: str
    company: str
    phone: str
    notes: str
    tax_exempt_category: str
    customer_group_id: int
    store_credit: Decimal
    created: datetime
    modified: datetime
    addresses: list[CustomerAddress] = field(default_factory=list)


@dataclass
class Transaction:
    """A movement of money at a payment provider."""

    id: int
    order_id: int
    event: str
    method: str
    gateway: str
    amount: Decimal
    currency: str
    status: str
    created: datetime
    reference: int | None = None


@dataclass(frozen=True)
class RefundItem:
    """One refunded thing, by the id that the protocol uses for its type."""

    item_type: str
    item_id: int
    quantity: int
    amount: Decimal
    tax: Decimal
    reason: str = ""
    adjustments: tuple[tuple[Decimal, str], ...] = ()


@dataclass(frozen=True)
class RefundPayment:
    """Where refunded money goes."""

    provider_id: str
    amount: Decimal
    offline: bool


@dataclass
class Refund:
    """A refund of an order."""

    id: int
    order_id: int
    created: datetime
    reason: str
    total: Decimal
    tax: Decimal
    overridden: bool
    items: tuple[RefundItem, ...]
    payments: tuple[tuple[int, RefundPayment], ...]


@dataclass
class Order:
    """An order: what was asked for, what it costs, and the ids of its parts by position."""

    id: int
    draft: OrderDraft
    prices: PricedOrder
    customer_id: int
    currency: str
    inclusive: bool
    cart_id: str
    created: datetime
    modified: datetime
    status_id: int
    line_ids: list[int]
    address_ids: list[int]
    fee_ids: list[int]
    staff_notes: str = ""
    external_order_id: str | None = None
    is_deleted: bool = False
    payment_label: str = ""
    payment_gateway: str = ""
    payment_status: str = ""
    transactions: list[Transaction] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def settled(self) -> list[Transaction]:
        """The transactions by which money has come in."""
        return [
            one
            for one in self.transactions
            if one.event in ("purchase", "capture") and one.status == "ok"
        ]

    @property
    def paid(self) -> Decimal:
        """Settled money that has come in, before refunds."""
        return sum((one.amount for one in self.settled), ZERO)

    @property
    def refunded(self) -> Decimal:
        """Money given back so far."""
        return sum((refund.total for refund in self.refunds), ZERO)

    def quantity_refunded(self, line_id: int) -> int:
        """How many units of a line have been refunded."""
        return sum(
            item.quantity
            for refund in self.refunds
            for item in refund.items
            if item.item_type == "PRODUCT" and item.item_id == line_id
        )
