"""BigCommerce's records as they come: lenient, and only as far as the domain needs them.

Card data and what is known of the shopper's computer are not read at all.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from connectors.bigcommerce.fields import (
    Amount,
    Entries,
    Entry,
    Flag,
    Id,
    Moment,
    PerhapsAmount,
    PerhapsMoment,
    Text,
)
from domain.order import Pricing

_ZERO = Decimal(0)


class Wire(BaseModel):
    """A record of theirs. What we do not know or need is dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WireAddress(Wire):
    """A v2 address, billing or shipping."""

    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    street_1: Text = ""
    street_2: Text = ""
    city: Text = ""
    state: Text = ""
    zip: Text = ""
    country: Text = ""
    country_iso2: Text = ""
    phone: Text = ""
    email: Text = ""


class WireShippingAddress(WireAddress):
    """A ship-to address with what sending things there costs."""

    id: int
    cost_ex_tax: Amount = _ZERO
    cost_inc_tax: Amount = _ZERO
    cost_tax: Amount = _ZERO
    handling_cost_ex_tax: Amount = _ZERO
    handling_cost_inc_tax: Amount = _ZERO
    handling_cost_tax: Amount = _ZERO
    shipping_method: Text = ""

    def cost(self, side: Pricing) -> Decimal:
        """Return the shipping cost on that side of the tax."""
        return self.cost_inc_tax if side is Pricing.TAX_INCLUSIVE else self.cost_ex_tax

    def handling(self, side: Pricing) -> Decimal:
        """Return the handling cost on that side of the tax."""
        inclusive = side is Pricing.TAX_INCLUSIVE
        return self.handling_cost_inc_tax if inclusive else self.handling_cost_ex_tax


class WireFee(Wire):
    """A custom fee."""

    id: int
    display_name_customer: Text = ""
    # One of the documentation's examples misspells it.
    cost_ex_tax: Amount = Field(
        default=_ZERO, validation_alias=AliasChoices("cost_ex_tax", "cost_exc_tax")
    )
    cost_inc_tax: Amount = _ZERO
    cost_tax: Amount = _ZERO

    def cost(self, side: Pricing) -> Decimal:
        """Return the fee on that side of the tax."""
        return self.cost_inc_tax if side is Pricing.TAX_INCLUSIVE else self.cost_ex_tax


class WireOrder(Wire):
    """An order's head. Totals that every order has are required: half an answer is no order."""

    id: int
    status_id: int
    status: Text = ""
    custom_status: Text = ""
    customer_id: Id = 0
    channel_id: Id = 0
    date_created: Moment
    date_modified: PerhapsMoment = None
    default_currency_code: Text = ""  # what the shopper pays in
    currency_code: Text = ""  # what the storefront displayed
    is_tax_inclusive_pricing: Flag = False
    total_inc_tax: Amount = Field()
    total_tax: Amount = _ZERO
    shipping_cost_ex_tax: Amount = _ZERO
    shipping_cost_inc_tax: Amount = _ZERO
    shipping_cost_tax: Amount = _ZERO
    handling_cost_ex_tax: Amount = _ZERO
    handling_cost_inc_tax: Amount = _ZERO
    handling_cost_tax: Amount = _ZERO
    wrapping_cost_ex_tax: Amount = _ZERO
    wrapping_cost_inc_tax: Amount = _ZERO
    wrapping_cost_tax: Amount = _ZERO
    discount_amount: Amount = _ZERO
    coupon_discount: Amount = _ZERO
    store_credit_amount: Amount = _ZERO
    gift_certificate_amount: Amount = _ZERO
    payment_method: Text = ""
    billing_address: WireAddress = WireAddress()
    shipping_address_count: Id = 1
    fees: Annotated[tuple[WireFee, ...], Entries] = ()
    external_order_id: Text = ""

    @property
    def currency(self) -> str:
        """Return the transaction currency; older orders have only the displayed one."""
        return (self.default_currency_code or self.currency_code).upper()

    def shipping(self, side: Pricing) -> Decimal:
        """Return all shipping on that side of the tax."""
        inclusive = side is Pricing.TAX_INCLUSIVE
        return self.shipping_cost_inc_tax if inclusive else self.shipping_cost_ex_tax

    def handling(self, side: Pricing) -> Decimal:
        """Return all handling on that side of the tax."""
        inclusive = side is Pricing.TAX_INCLUSIVE
        return self.handling_cost_inc_tax if inclusive else self.handling_cost_ex_tax

    def wrapping(self, side: Pricing) -> Decimal:
        """Return all gift wrapping on that side of the tax."""
        inclusive = side is Pricing.TAX_INCLUSIVE
        return self.wrapping_cost_inc_tax if inclusive else self.wrapping_cost_ex_tax


class WireChangedOrder(Wire):
    """A row of a list of orders, as far as it tells what changed when."""

    id: int
    date_created: PerhapsMoment = None
    date_modified: PerhapsMoment = None


class WireAppliedDiscount(Wire):
    """A discount's share of one line."""

    name: Text = ""
    code: Text = ""
    amount: Amount = _ZERO


class WireLine(Wire):
    """An order line. `id` is the order_product_id that shipments and refunds name."""

    id: int
    sku: Text = ""
    name: Text = ""
    type: Text = "physical"
    quantity: Amount = Field()
    total_ex_tax: Amount = Field()
    total_inc_tax: Amount = Field()
    total_tax: Amount = _ZERO
    wrapping_cost_inc_tax: Amount = _ZERO
    discounted_total_inc_tax: PerhapsAmount = None
    applied_discounts: Annotated[tuple[WireAppliedDiscount, ...], Entries] = ()
    order_address_id: Id = 0
    parent_order_product_id: Id = 0

    def total(self, side: Pricing) -> Decimal:
        """Return the line before discounts, on that side of the tax."""
        return self.total_inc_tax if side is Pricing.TAX_INCLUSIVE else self.total_ex_tax

    @property
    def discounted(self) -> Decimal:
        """Return this line's share of all discounts."""
        return sum((one.amount for one in self.applied_discounts), _ZERO)


class WireCoupon(Wire):
    """A coupon and what it took off."""

    code: Text = ""
    discount: Amount = _ZERO


class WireTransaction(Wire):
    """A movement of money at a payment provider (v3)."""

    id: int
    event: Text = ""
    method: Text = ""
    gateway: Text = ""
    amount: Amount = _ZERO
    currency: Text = ""
    status: Text = ""
    test: Flag = False
    reference_transaction_id: Id = 0
    date_created: PerhapsMoment = None


class WireRefundItem(Wire):
    """What a refund gives back."""

    item_type: Text
    item_id: Id = 0
    quantity: Amount = _ZERO
    requested_amount: PerhapsAmount = None


class WireRefundPayment(Wire):
    """Where refunded money goes; the provider may decline later."""

    id: Id = 0
    provider_id: Text = ""
    offline: Flag = False
    amount: Amount = _ZERO
    is_declined: Flag = False


class WireRefund(Wire):
    """A refund (v3)."""

    id: int
    order_id: Id = 0
    created: Moment
    reason: Text = ""
    total_amount: Amount = _ZERO
    total_tax: Amount = _ZERO
    items: Annotated[tuple[WireRefundItem, ...], Entries] = ()
    payments: Annotated[tuple[WireRefundPayment, ...], Entries] = ()


class WireHook(Wire):
    """A webhook registration."""

    id: int
    scope: Text
    destination: Text
    is_active: Flag = False
    headers: Annotated[dict[str, str], Entry] = {}


class WireBlockReason(Wire):
    """Why deliveries to a domain stopped."""

    failure_description: Text = ""


class WireBlockedDomain(Wire):
    """A domain that gets no webhooks for a while."""

    destination: Text = ""
    time_left: Id = 0
    reasons: Annotated[tuple[WireBlockReason, ...], Entries] = ()


class WireHookAdmin(Wire):
    """How the platform sees our address."""

    blocked_domains: Annotated[tuple[WireBlockedDomain, ...], Entries] = ()


class WireTimezone(Wire):
    """The store's time zone."""

    name: Text = ""


class WireStore(Wire):
    """Facts about the store."""

    name: Text = ""
    currency: Text = ""
    plan_level: Text = ""
    status: Text = ""
    is_price_entered_with_tax: Flag = False
    timezone: Annotated[WireTimezone, Entry] = WireTimezone()


class WireTime(Wire):
    """The platform's clock."""

    time: Moment
