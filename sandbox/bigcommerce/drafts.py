"""What a shopper or a merchant does, as data. Nothing here computes tax: the stand-in does.

Prices, charges and discounts are tax-exclusive or tax-inclusive as the store's setting says.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

ZERO = Decimal(0)
Money = Annotated[Decimal, Field(ge=0)]


class Draft(BaseModel):
    """Frozen input that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AddressDraft(Draft):
    """A postal address with the v2 order names; `state` is the full name."""

    first_name: str = "Jane"
    last_name: str = "Doe"
    company: str = ""
    street_1: str = "555 East Street"
    street_2: str = ""
    city: str = "Austin"
    state: str = "Texas"
    zip: str = "78108"
    country: str = "United States"
    country_iso2: str = "US"
    phone: str = "5125550100"
    email: str = "jane.doe@example.com"


class CustomerDraft(Draft):
    """A registered customer, recognised by the e-mail address."""

    email: str
    first_name: str
    last_name: str
    company: str = ""
    phone: str = ""
    notes: str = ""
    tax_exempt_category: str = ""
    customer_group_id: int = 0
    store_credit: Money = ZERO
    addresses: tuple[AddressDraft, ...] = ()


class LineDraft(Draft):
    """One order line. `price` is per unit; `discount` and `wrapping` are for the whole line."""

    sku: str
    price: Money
    quantity: int = Field(default=1, ge=0)
    name: str = ""
    tax_rate: Decimal | None = None
    """Percent; None takes the order's rate."""
    type: Literal["physical", "digital", "giftcertificate"] = "physical"
    discount: Money = ZERO
    discount_name: str = "Promotion"
    wrapping: Money = ZERO
    ship_to: int = 0
    """Index into the order's `shipping`."""
    parent: int | None = None
    """Index of the bundle's line, for a component of a bundle."""
    options: tuple[tuple[str, str], ...] = ()


class ShippingDraft(Draft):
    """One ship-to address and what sending things there costs."""

    address: AddressDraft = AddressDraft()
    cost: Money = ZERO
    handling: Money = ZERO
    method: str = "Flat Rate"


class CouponDraft(Draft):
    """A coupon: per item, percent of goods, amount off the total, or free shipping."""

    code: str
    type: Literal["per_item", "percent", "per_total", "free_shipping"] = "per_total"
    amount: Money = ZERO


class FeeDraft(Draft):
    """A custom fee, such as package insurance."""

    name: str
    cost: Money
    tax_rate: Decimal | None = None


class PaymentDraft(Draft):
    """How the part not covered by gift certificate and store credit is paid."""

    do: Literal["pay"] = "pay"
    label: str = "Credit Card"
    gateway: str = "stripe"
    method: str = "credit_card"
    event: Literal["purchase", "authorization", "capture", "pending"] = "purchase"
    status: Literal["ok", "error"] = "ok"
    amount: Money | None = None
    """None pays what is due."""


class StatusChange(Draft):
    """The merchant or the platform moves the order to another status."""

    do: Literal["status"] = "status"
    status_id: int = Field(ge=0, le=14)


class OrderEdit(Draft):
    """The merchant edits the order in the control panel; totals follow."""

    do: Literal["edit"] = "edit"
    quantities: dict[int, int] = Field(default_factory=dict)
    """New quantity by line index."""
    add: tuple[LineDraft, ...] = ()
    discount: Money | None = None
    shipping_cost: Money | None = None
    """New cost of the first shipping address."""


class Cancellation(Draft):
    """The merchant cancels the order."""

    do: Literal["cancel"] = "cancel"


class RefundItemDraft(Draft):
    """One refunded thing: `position` indexes the order's lines, addresses or fees."""

    item_type: Literal["PRODUCT", "GIFT_WRAPPING", "SHIPPING", "HANDLING", "ORDER", "FEE"]
    position: int = 0
    quantity: int = 1
    amount: Money = ZERO


class RefundDraft(Draft):
    """A refund; without items it returns everything not yet refunded."""

    do: Literal["refund"] = "refund"
    items: tuple[RefundItemDraft, ...] = ()
    reason: str = ""
    to_store_credit: bool = False


Afterward = Annotated[
    PaymentDraft | StatusChange | OrderEdit | Cancellation | RefundDraft,
    Field(discriminator="do"),
]


class OrderDraft(Draft):
    """An order as a shopper places it, and what happens to it afterwards."""

    lines: tuple[LineDraft, ...] = Field(min_length=1)
    customer: CustomerDraft | None = None
    """None is a guest."""
    billing: AddressDraft = AddressDraft()
    shipping: tuple[ShippingDraft, ...] = (ShippingDraft(),)
    """Empty for an order that needs no shipping."""
    discount: Money = ZERO
    """Manual discount on the whole order, spread over its lines."""
    coupons: tuple[CouponDraft, ...] = ()
    fees: tuple[FeeDraft, ...] = ()
    tax_rate: Decimal = Decimal("8.25")
    """Percent, for every line, charge and fee that names no other."""
    tax_name: str = "Sales Tax"
    store_credit: Money = ZERO
    """At most this much is paid by store credit."""
    gift_certificate: Money = ZERO
    """At most this much is paid by gift certificate."""
    payment: PaymentDraft | None = PaymentDraft()
    """None leaves the rest unpaid."""
    status_id: int = Field(default=11, ge=0, le=14)
    currency: str | None = None
    """Transaction currency; None is the store's own."""
    exchange_rate: Decimal = Decimal(1)
    """From the store's currency to the transaction currency."""
    channel_id: int = 1
    customer_message: str = ""
    staff_notes: str = ""
    afterwards: tuple[Afterward, ...] = ()

    @model_validator(mode="after")
    def _points_at_its_own_parts(self) -> Self:
        for line in self.lines:
            if self.shipping and not 0 <= line.ship_to < len(self.shipping):
                raise ValueError(f"{line.sku} ships to address {line.ship_to}, which is not there")
            if line.parent is not None and not 0 <= line.parent < len(self.lines):
                raise ValueError(f"{line.sku} is part of line {line.parent}, which is not there")
        return self
