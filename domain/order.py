"""A store's order as it is now: what was sold, charged, taken off, taxed, paid and given back."""

import hashlib
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.money import Money, minor_unit
from domain.record import Record


class OrderKey(Record):
    """Names one order of one connection; also the id of its workflow."""

    connection: str
    order_id: str

    @property
    def workflow_id(self) -> str:
        """Return the one workflow id that may ever write this order."""
        return f"{self.connection}:order:{self.order_id}"

    @property
    def resource(self) -> str:
        """Return what the journal keeps this order under."""
        return f"order:{self.order_id}"

    @classmethod
    def parse(cls, workflow_id: str) -> "OrderKey":
        """Read a key back from `{connection}:order:{id}`; ValueError when it is not one."""
        connection, kind, order_id = workflow_id.split(":", 2)
        if kind != "order":
            raise ValueError(f"{workflow_id} does not name an order")
        return cls(connection=connection, order_id=order_id)


class Pricing(StrEnum):
    """On which side of the tax the store's amounts are exact."""

    TAX_INCLUSIVE = "tax-inclusive"
    TAX_EXCLUSIVE = "tax-exclusive"


class LineKind(StrEnum):
    """What kind of thing a line sells."""

    GOODS = "goods"
    DIGITAL = "digital"
    GIFT_CERTIFICATE = "gift-certificate"  # a liability, never revenue


class ChargeKind(StrEnum):
    """What an order costs beside its lines."""

    SHIPPING = "shipping"
    HANDLING = "handling"
    WRAPPING = "wrapping"
    FEE = "fee"
    ROUNDING = "rounding"  # sub-cent remainders of the store's own arithmetic; may be negative


class Tender(StrEnum):
    """How a payment was made."""

    CARD = "card"
    OFFLINE = "offline"
    STORE_CREDIT = "store-credit"
    GIFT_CERTIFICATE = "gift-certificate"


class Line(Record):
    """One line. `amount` and `discount` are on the order's pricing side; `tax` is its estimate."""

    id: str
    sku: str
    name: str
    kind: LineKind = LineKind.GOODS
    quantity: Decimal
    amount: Money  # before discounts
    discount: Money  # this line's share, as far as the store tells
    tax: Money  # the store's figure; a weight when the order's tax is shared out
    address_id: str = ""
    parent_id: str = ""  # set on the children of a bundle, which often cost nothing


class Charge(Record):
    """Shipping, handling, wrapping, a fee or a rounding remainder, on the order's pricing side."""

    kind: ChargeKind
    id: str = ""  # e.g. the address or fee it belongs to
    name: str = ""
    amount: Money
    tax: Money


class Discount(Record):
    """What was taken off the order as a whole: a coupon, a manual or an automatic discount."""

    name: str
    amount: Money  # positive


class Payment(Record):
    """Money that was taken. `id` is the store's transaction id, stable for ever."""

    id: str
    tender: Tender
    method: str  # the store's own name for it; the key of the clearing-account mapping
    amount: Money
    taken_at: datetime


class RefundItem(Record):
    """What a refund gives back: a line, a charge, or part of the order as a whole."""

    kind: str  # "line", a ChargeKind, or "order"
    ref: str = ""  # the line's, address's or fee's id
    quantity: Decimal = Decimal(0)
    amount: Money | None = None  # none: the store only tells the quantity


class RefundPayment(Record):
    """Money of a refund that went back to the shopper. `id` is the store's, stable for ever."""

    id: str
    tender: Tender
    method: str  # as a payment's; it may be another than the one that was taken by
    amount: Money


class Refund(Record):
    """Money promised back. `id` is the store's refund id, stable for ever."""

    id: str
    amount: Money  # gross
    tax: Money  # the tax within it; zero for an order-level refund
    reason: str = ""
    items: tuple[RefundItem, ...] = ()
    payments: tuple[RefundPayment, ...] = ()  # how it went back; what was declined did not
    made_at: datetime


class Address(Record):
    """Where something is billed or sent. Personal data: never in a payload or a log."""

    id: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    street_1: str = ""
    street_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    country_code: str = ""
    phone: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        """Return the company, or the person's name where there is none."""
        return self.company or f"{self.first_name} {self.last_name}".strip()


class OrderStatus(Record):
    """The store's status: a stable code and the label that people see."""

    code: str
    label: str


class Order(Record):
    """An order as the store tells it now. Amounts are rounded to the currency's minor unit."""

    id: str
    number: str  # what people call it
    status: OrderStatus
    currency: str
    pricing: Pricing
    placed_at: datetime
    changed_at: datetime
    payment_method: str = ""
    customer_id: str = ""  # empty: a guest
    billing: Address
    shipping: tuple[Address, ...] = ()
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    discounts: tuple[Discount, ...] = ()
    tax: Money  # the whole tax, contained or on top
    total: Money  # what the shopper owes, tax included
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    channel: str = ""
    reported_reference: str = ""  # the ERP document the store already shows, if any

    @property
    def email(self) -> str:
        """Return the address the shopper left, guest or registered."""
        return self.billing.email

    @property
    def refunded(self) -> Money:
        """Return everything given back so far."""
        return Money.total((refund.amount for refund in self.refunds), self.currency)

    @property
    def as_of(self) -> datetime:
        """Return the time of the newest thing that this order tells of."""
        return max([self.changed_at, *(refund.made_at for refund in self.refunds)])

    @property
    def counted(self) -> Money:
        """Return lines + charges + tax on top - discounts: what the total ought to be."""
        parts = [line.amount for line in self.lines] + [charge.amount for charge in self.charges]
        counted = Money.total(parts, self.currency)
        counted = counted - Money.total((d.amount for d in self.discounts), self.currency)
        return counted + self.tax if self.pricing is Pricing.TAX_EXCLUSIVE else counted

    @property
    def fingerprint(self) -> str:
        """Hash what the ledger depends on; names, status, payments and refunds do not count."""
        parts = [self.currency, self.pricing, f"{self.tax}", f"{self.total}"]
        parts += sorted(
            f"{line.id}|{line.sku}|{line.quantity.normalize():f}|{line.amount}"
            for line in self.lines
        )
        parts += sorted(f"{c.kind}|{c.id}|{c.amount}" for c in self.charges)
        parts.append(f"{Money.total((d.amount for d in self.discounts), self.currency)}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class NotConserved(Record):
    """An order whose parts do not make its total."""

    counted: Money
    total: Money

    @property
    def difference(self) -> Money:
        """Return by how much the parts exceed the total."""
        return self.counted - self.total


def conservation(order: Order) -> NotConserved | None:
    """Check the rule `lines + charges + tax - discounts = total`, exactly; None when it holds.

    Raises:
        CurrencyMismatch: the parts and the total are not in one currency.
    """
    broken = NotConserved(counted=order.counted, total=order.total)
    return broken if broken.difference else None


def rounding_within(order: Order) -> Money:
    """Return the most that rounding each part to minor units can have moved the sum."""
    parts = len(order.lines) + len(order.charges) + len(order.discounts) + 1
    return Money(amount=minor_unit(order.currency) * parts / 2, currency=order.currency)
