"""Totals of an order as the platform computes them: pure functions from a draft to its prices.

Which side is exact follows the store's setting: tax-exclusive prices make `ex` exact and tax is
added to what is left after discounts; tax-inclusive prices make `inc` exact and tax is taken out
of what is left after discounts, with `ex` an estimate of four decimals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from sandbox.bigcommerce.drafts import ZERO, CouponDraft, FeeDraft, LineDraft, OrderDraft

_HUNDRED = Decimal(100)
_FOUR_PLACES = Decimal("0.0001")
_DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3}


@dataclass(frozen=True)
class Amount:
    """An amount without tax, with tax, and its tax."""

    ex: Decimal = ZERO
    inc: Decimal = ZERO
    tax: Decimal = ZERO

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.ex + other.ex, self.inc + other.inc, self.tax + other.tax)


@dataclass(frozen=True)
class Discount:
    """A discount's share of one line."""

    id: str
    name: str
    code: str | None
    amount: Decimal
    target: str


@dataclass(frozen=True)
class PricedLine:
    """A line with its prices; `total` is before discounts, except for its tax."""

    draft: LineDraft
    rate: Decimal
    unit: Amount
    total: Amount
    wrapping: Amount
    discounts: tuple[Discount, ...]

    @property
    def discounted_inc(self) -> Decimal:
        """What the shopper pays for the line, tax included."""
        return self.total.inc - sum((discount.amount for discount in self.discounts), ZERO)


@dataclass(frozen=True)
class PricedAddress:
    """What one ship-to address costs."""

    shipping: Amount
    handling: Amount
    base_shipping: Decimal


@dataclass(frozen=True)
class PricedFee:
    """A custom fee with its tax."""

    draft: FeeDraft
    rate: Decimal
    cost: Amount


@dataclass(frozen=True)
class PricedCoupon:
    """A coupon and what it took off."""

    draft: CouponDraft
    discount: Decimal


@dataclass(frozen=True)
class PricedOrder:
    """Everything an order's figures are read from."""

    lines: tuple[PricedLine, ...]
    addresses: tuple[PricedAddress, ...]
    fees: tuple[PricedFee, ...]
    coupons: tuple[PricedCoupon, ...]
    discount: Decimal
    coupon_discount: Decimal
    subtotal: Amount
    shipping: Amount
    handling: Amount
    wrapping: Amount
    total: Amount
    gift_certificate: Decimal
    store_credit: Decimal

    @property
    def due(self) -> Decimal:
        """What is left for the payment gateway after gift certificate and store credit."""
        return self.total.inc - self.gift_certificate - self.store_credit


def decimals_of(currency: str) -> int:
    """Decimal places of a currency (ISO 4217)."""
    return _DECIMALS.get(currency, 2)


def price_order(draft: OrderDraft, *, currency: str, inclusive: bool) -> PricedOrder:
    """Prices a draft; `inclusive` is the store's `is_price_entered_with_tax`."""
    terms = Terms(Decimal(1).scaleb(-decimals_of(currency)), inclusive, draft.tax_rate)
    discounts, coupons, manual = _discounts(draft, terms)
    lines = tuple(
        _line(line, applied, terms) for line, applied in zip(draft.lines, discounts, strict=True)
    )
    addresses = _addresses(draft, terms)
    fees = tuple(
        PricedFee(fee, terms.rate_for(fee.tax_rate), terms.charge(fee.cost, fee.tax_rate))
        for fee in draft.fees
    )
    subtotal = sum((line.total for line in lines), Amount())
    wrapping = sum((line.wrapping for line in lines), Amount())
    shipping = sum((address.shipping for address in addresses), Amount())
    handling = sum((address.handling for address in addresses), Amount())
    charged = subtotal + shipping + handling + wrapping + sum((f.cost for f in fees), Amount())
    coupon_discount = sum((coupon.discount for coupon in coupons), ZERO)
    total = charged.inc - manual - coupon_discount
    certificate = min(draft.gift_certificate, total)
    return PricedOrder(
        lines=lines,
        addresses=addresses,
        fees=fees,
        coupons=coupons,
        discount=manual,
        coupon_discount=coupon_discount,
        subtotal=subtotal,
        shipping=shipping,
        handling=handling,
        wrapping=wrapping,
        # bigcommerce card 4.2: total_ex = total_inc - total_tax, in both pricing modes.
        total=Amount(total - charged.tax, total, charged.tax),
        gift_certificate=certificate,
        store_credit=min(draft.store_credit, total - certificate),
    )


@dataclass(frozen=True)
class Terms:
    """How this order rounds and taxes."""

    quantum: Decimal
    inclusive: bool
    order_rate: Decimal

    def rate_for(self, own: Decimal | None) -> Decimal:
        """The rate in percent that applies."""
        return self.order_rate if own is None else own

    def round(self, value: Decimal) -> Decimal:
        """Rounds half up to the currency's decimals."""
        return value.quantize(self.quantum, ROUND_HALF_UP)

    def tax(self, value: Decimal, rate: Decimal) -> Decimal:
        """The tax on, or within, a value entered under the store's pricing mode."""
        base = _HUNDRED + rate if self.inclusive else _HUNDRED
        return self.round(value * rate / base)

    def charge(self, value: Decimal, own_rate: Decimal | None = None) -> Amount:
        """A charge that no discount touches."""
        tax = self.tax(value, self.rate_for(own_rate))
        return (
            Amount(value - tax, value, tax) if self.inclusive else Amount(value, value + tax, tax)
        )

    def goods(self, value: Decimal, rate: Decimal, *, discount: Decimal) -> Amount:
        """Goods before discount, with the tax on what is left after it."""
        tax = self.tax(value - discount, rate)
        if not self.inclusive:
            return Amount(value, value + tax, tax)
        without = (value * _HUNDRED / (_HUNDRED + rate)).quantize(_FOUR_PLACES, ROUND_HALF_UP)
        return Amount(without, value, tax)


def spread(amount: Decimal, weights: Sequence[Decimal], quantum: Decimal) -> list[Decimal]:
    """Splits an amount by weight so that the parts, each rounded, add up to it exactly."""
    whole = sum(weights, ZERO)
    if whole == 0:
        return [ZERO for _ in weights]
    parts: list[Decimal] = []
    given = seen = ZERO
    for weight in weights:
        seen += weight
        upto = (amount * seen / whole).quantize(quantum, ROUND_HALF_UP)
        parts.append(upto - given)
        given = upto
    return parts


def _addresses(draft: OrderDraft, terms: Terms) -> tuple[PricedAddress, ...]:
    free = any(coupon.type == "free_shipping" for coupon in draft.coupons)
    return tuple(
        PricedAddress(
            shipping=terms.charge(ZERO if free else address.cost),
            handling=terms.charge(address.handling),
            base_shipping=address.cost,
        )
        for address in draft.shipping
    )


def _line(line: LineDraft, discounts: tuple[Discount, ...], terms: Terms) -> PricedLine:
    # A gift certificate is money in another form: it is taxed when it is spent.
    rate = ZERO if line.type == "giftcertificate" else terms.rate_for(line.tax_rate)
    taken = sum((discount.amount for discount in discounts), ZERO)
    return PricedLine(
        draft=line,
        rate=rate,
        unit=terms.goods(line.price, rate, discount=ZERO),
        total=terms.goods(line.price * line.quantity, rate, discount=taken),
        wrapping=terms.charge(line.wrapping, rate),
        discounts=discounts,
    )


def _discounts(
    draft: OrderDraft, terms: Terms
) -> tuple[list[tuple[Discount, ...]], tuple[PricedCoupon, ...], Decimal]:
    """Each line's discounts, each coupon's effect, and the sum of all other discounts."""
    applied: list[list[Discount]] = []
    left: list[Decimal] = []
    for line in draft.lines:
        value = line.price * line.quantity
        own = min(line.discount, value)
        name = line.discount_name
        applied.append([Discount("promotion", name, None, own, "product")] if own else [])
        left.append(ZERO if line.type == "giftcertificate" else value - own)
    promoted = sum((d.amount for discounts in applied for d in discounts), ZERO)

    def take(shares: Sequence[Decimal], template: Discount) -> Decimal:
        for position, share in enumerate(shares):
            if share:
                left[position] -= share
                applied[position].append(replace(template, amount=share))
        return sum(shares, ZERO)

    manual = Discount("manual-discount", "Manual Discount", None, ZERO, "order")
    shares = spread(min(draft.discount, sum(left, ZERO)), left, terms.quantum)
    ordered = take(shares, manual)
    coupons: list[PricedCoupon] = []
    for coupon in draft.coupons:
        template = Discount("coupon", f"Coupon {coupon.code}", coupon.code, ZERO, "order")
        shares = _coupon_shares(coupon, draft, left, terms)
        coupons.append(PricedCoupon(coupon, take(shares, template)))
    return [tuple(discounts) for discounts in applied], tuple(coupons), promoted + ordered


def _coupon_shares(
    coupon: CouponDraft, draft: OrderDraft, left: Sequence[Decimal], terms: Terms
) -> list[Decimal]:
    if coupon.type == "free_shipping":
        return [ZERO for _ in left]
    if coupon.type == "percent":
        return [terms.round(value * min(coupon.amount, _HUNDRED) / _HUNDRED) for value in left]
    if coupon.type == "per_item":
        items = zip(draft.lines, left, strict=True)
        return [min(coupon.amount * line.quantity, value) for line, value in items]
    return spread(min(coupon.amount, sum(left, ZERO)), left, terms.quantum)
