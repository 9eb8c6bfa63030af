"""An order's sums: on which side of the tax its parts make its total, and its parts on that side.

The platform computes one side exactly and estimates the other. `is_tax_inclusive_pricing` is
meant to tell which, but its documentation's own sample order adds up only on the other one, so
the sums decide and the flag only where they do not.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from connectors.bigcommerce.wire import WireCoupon, WireLine, WireOrder, WireShippingAddress
from domain.money import Money
from domain.order import Charge, ChargeKind, Discount, Pricing

_ZERO = Decimal(0)


class OrderParts(NamedTuple):
    """An order as its resources tell it, unrounded."""

    head: WireOrder
    lines: Sequence[WireLine]
    addresses: Sequence[WireShippingAddress] = ()
    coupons: Sequence[WireCoupon] = ()

    @property
    def discounts(self) -> Decimal:
        """Return everything that was taken off, whoever took it off."""
        return self.head.discount_amount + self.head.coupon_discount


class RawCharge(NamedTuple):
    """A charge on one side of the tax, unrounded."""

    kind: ChargeKind
    id: str
    name: str
    amount: Decimal
    tax: Decimal


def counted(parts: OrderParts, side: Pricing) -> Decimal:
    """Return lines + charges + tax on top - discounts on that side, unrounded."""
    total = sum((line.total(side) for line in parts.lines), _ZERO)
    total += sum((charge.amount for charge in raw_charges(parts, side)), _ZERO)
    if side is Pricing.TAX_EXCLUSIVE:
        total += parts.head.total_tax
    return total - parts.discounts


def pricing_of(parts: OrderParts) -> Pricing:
    """Tell on which side the parts make the total: exactly, else when rounded, else as flagged."""
    inclusive = parts.head.is_tax_inclusive_pricing
    flagged = Pricing.TAX_INCLUSIVE if inclusive else Pricing.TAX_EXCLUSIVE
    total = parts.head.total_inc_tax
    sums = {side: counted(parts, side) for side in Pricing}
    exact = [side for side, amount in sums.items() if amount == total]
    if not exact:
        exact = [side for side, amount in sums.items() if _cents(parts, amount - total) == 0]
    return exact[0] if len(exact) == 1 else flagged


def raw_charges(parts: OrderParts, side: Pricing) -> list[RawCharge]:
    """List what the order costs beside its lines; per address where the addresses agree to it."""
    head = parts.head
    charges = [*_shipping(parts, side), *_handling(parts, side)]
    charges.append(
        RawCharge(
            ChargeKind.WRAPPING, "", "Gift wrapping", head.wrapping(side), head.wrapping_cost_tax
        )
    )
    for fee in head.fees:
        name = fee.display_name_customer
        charges.append(RawCharge(ChargeKind.FEE, str(fee.id), name, fee.cost(side), fee.cost_tax))
    return [charge for charge in charges if charge.amount or charge.tax]


def charges_of(parts: OrderParts, side: Pricing) -> tuple[Charge, ...]:
    """Return the charges, rounded."""
    currency = parts.head.currency
    return tuple(
        Charge(
            kind=charge.kind,
            id=charge.id,
            name=charge.name,
            amount=rounded(charge.amount, currency),
            tax=rounded(charge.tax, currency),
        )
        for charge in raw_charges(parts, side)
    )


def discounts_of(parts: OrderParts) -> tuple[Discount, ...]:
    """Return what was taken off the order as a whole, by coupon where the coupons tell all."""
    head, currency = parts.head, parts.head.currency
    found: list[Discount] = []
    if head.discount_amount:
        found.append(
            Discount(name=_discount_name(parts), amount=rounded(head.discount_amount, currency))
        )
    if not head.coupon_discount:
        return tuple(found)
    whole = rounded(head.coupon_discount, currency)
    each = [
        Discount(name=f"Coupon {coupon.code}".strip(), amount=rounded(coupon.discount, currency))
        for coupon in parts.coupons
        if coupon.discount
    ]
    if Money.total((discount.amount for discount in each), currency) == whole:
        return (*found, *each)
    codes = ", ".join(dict.fromkeys(coupon.code for coupon in parts.coupons if coupon.code))
    return (*found, Discount(name=f"Coupon {codes}".strip(), amount=whole))


def line_shares(parts: OrderParts, side: Pricing) -> list[Decimal]:
    """Return each line's share of the discounts, all zero unless they make the discounts exactly.

    They are amounts of the side on which the store prices; a share that contradicts the line's own
    discounted total is of the other side.
    """
    shares = [line.discounted for line in parts.lines]
    nothing = [_ZERO for _ in shares]
    currency = parts.head.currency
    told = Money.total((rounded(share, currency) for share in shares), currency)
    taken = Money.total((discount.amount for discount in discounts_of(parts)), currency)
    if told != taken:
        return nothing
    for line, share in zip(parts.lines, shares, strict=True):
        if not _ZERO <= share <= line.total(side) or not _same_side(line, share, side):
            return nothing
    return shares


def rounded(amount: Decimal, currency: str) -> Money:
    """Round to the currency's minor unit."""
    return Money(amount=amount, currency=currency).rounded()


def _same_side(line: WireLine, share: Decimal, side: Pricing) -> bool:
    discounted = line.discounted_total_inc_tax
    if side is Pricing.TAX_EXCLUSIVE or discounted is None or not share:
        return True
    return discounted == line.total_inc_tax - share


def _cents(parts: OrderParts, difference: Decimal) -> Decimal:
    return rounded(difference, parts.head.currency).amount


def _shipping(parts: OrderParts, side: Pricing) -> list[RawCharge]:
    head, kind = parts.head, ChargeKind.SHIPPING
    each = [
        RawCharge(kind, str(one.id), one.shipping_method, one.cost(side), one.cost_tax)
        for one in parts.addresses
    ]
    whole = RawCharge(kind, "", "Shipping", head.shipping(side), head.shipping_cost_tax)
    return _if_they_make(whole, each)


def _handling(parts: OrderParts, side: Pricing) -> list[RawCharge]:
    head, kind = parts.head, ChargeKind.HANDLING
    each = [
        RawCharge(kind, str(one.id), "Handling", one.handling(side), one.handling_cost_tax)
        for one in parts.addresses
    ]
    whole = RawCharge(kind, "", "Handling", head.handling(side), head.handling_cost_tax)
    return _if_they_make(whole, each)


def _if_they_make(whole: RawCharge, each: list[RawCharge]) -> list[RawCharge]:
    made = sum((charge.amount for charge in each), _ZERO)
    taxed = sum((charge.tax for charge in each), _ZERO)
    return each if (made, taxed) == (whole.amount, whole.tax) else [whole]


def _discount_name(parts: OrderParts) -> str:
    names = (
        discount.name
        for line in parts.lines
        for discount in line.applied_discounts
        if discount.name and not discount.code
    )
    return ", ".join(dict.fromkeys(names)) or "Discount"
