"""From BigCommerce's records to the domain's. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from connectors.bigcommerce.payments import payments_of, refunds_of
from connectors.bigcommerce.pricing import (
    OrderParts,
    charges_of,
    counted,
    discounts_of,
    line_shares,
    pricing_of,
    rounded,
)
from connectors.bigcommerce.wire import (
    WireAddress,
    WireLine,
    WireOrder,
    WireRefund,
    WireShippingAddress,
    WireTransaction,
)
from connectors.bigcommerce.wire_customers import WireCustomer, WireCustomerAddress
from connectors.errors import Rejected
from domain.customer import Customer, StoreContact
from domain.hold import HoldCode
from domain.money import Money
from domain.order import (
    Address,
    Charge,
    ChargeKind,
    Line,
    LineKind,
    Order,
    OrderStatus,
    Pricing,
)

_LINE_KINDS = {"digital": LineKind.DIGITAL, "giftcertificate": LineKind.GIFT_CERTIFICATE}


def to_order(
    parts: OrderParts,
    *,
    transactions: Sequence[WireTransaction] = (),
    refunds: Sequence[WireRefund] = (),
    test_payments: bool = False,
) -> Order:
    """Put an order's resources together.

    Amounts are rounded to the currency's minor unit. Where the store's own figures make its total
    but their roundings do not, the remainder becomes a rounding charge, so that the order
    conserves; where they do not make it at all, nothing is added and the order will be held.

    Raises:
        Rejected: the order names no currency, or a payment is in another one.
    """
    head = parts.head
    if len(head.currency) != 3:
        raise Rejected(f"Order {head.id} names no currency.", hold=HoldCode.CURRENCY_DIFFERS)
    side = pricing_of(parts)
    order = Order(
        id=str(head.id),
        number=str(head.id),
        status=OrderStatus(code=str(head.status_id), label=head.custom_status or head.status),
        currency=head.currency,
        pricing=side,
        placed_at=head.date_created,
        changed_at=head.date_modified or head.date_created,
        payment_method=head.payment_method,
        customer_id=str(head.customer_id) if head.customer_id else "",
        billing=_address(head.billing_address),
        shipping=tuple(_ship_to(address) for address in parts.addresses),
        lines=_lines(parts, side),
        charges=charges_of(parts, side),
        discounts=discounts_of(parts),
        tax=rounded(head.total_tax, head.currency),
        total=rounded(head.total_inc_tax, head.currency),
        payments=payments_of(head, transactions, test_payments=test_payments),
        refunds=refunds_of(head, refunds, parts.lines),
        channel=str(head.channel_id) if head.channel_id else "",
        reported_reference=head.external_order_id,
    )
    return _conserving(order, counted(parts, side))


def to_customer(customer: WireCustomer, *, currency: str) -> Customer:
    """Return a registered customer; the oldest entry of their address book stands for all."""
    book = sorted(customer.addresses, key=lambda entry: entry.id)
    address = _book_entry(customer, book[0] if book else WireCustomerAddress())
    contact = f"{customer.first_name} {customer.last_name}".strip()
    return Customer(
        id=str(customer.id),
        email=customer.email,
        name=customer.company or contact or customer.email,
        contact=contact,
        phone=customer.phone or address.phone,
        currency=currency,
        billing=address,
        shipping=address,
        own=StoreContact(
            first_name=customer.first_name,
            last_name=customer.last_name,
            company=customer.company,
            email=customer.email,
            phone=customer.phone,
            address=address if book else None,
        ),
    )


def _conserving(order: Order, unrounded: Decimal) -> Order:
    remainder = order.total - order.counted
    if not remainder or rounded(unrounded, order.currency) != order.total:
        return order
    charge = Charge(
        kind=ChargeKind.ROUNDING,
        id="rounding",
        name="Rounding",
        amount=remainder,
        tax=Money.zero(order.currency),
    )
    return order.model_copy(update={"charges": (*order.charges, charge)})


def _lines(parts: OrderParts, side: Pricing) -> tuple[Line, ...]:
    shares = line_shares(parts, side)
    return tuple(
        _line(parts.head, line, side, share)
        for line, share in zip(parts.lines, shares, strict=True)
    )


def _line(head: WireOrder, line: WireLine, side: Pricing, discount: Decimal) -> Line:
    return Line(
        id=str(line.id),
        sku=line.sku,
        name=line.name,
        kind=_LINE_KINDS.get(line.type, LineKind.GOODS),
        quantity=line.quantity,
        amount=rounded(line.total(side), head.currency),
        discount=rounded(discount, head.currency),
        tax=rounded(line.total_tax, head.currency),
        address_id=str(line.order_address_id) if line.order_address_id else "",
        parent_id=str(line.parent_order_product_id) if line.parent_order_product_id else "",
    )


def _address(address: WireAddress, *, address_id: str = "") -> Address:
    return Address(
        id=address_id,
        first_name=address.first_name,
        last_name=address.last_name,
        company=address.company,
        street_1=address.street_1,
        street_2=address.street_2,
        city=address.city,
        state=address.state,
        postcode=address.zip,
        country=address.country,
        country_code=address.country_iso2,
        phone=address.phone,
        email=address.email,
    )


def _ship_to(address: WireShippingAddress) -> Address:
    return _address(address, address_id=str(address.id))


def _book_entry(customer: WireCustomer, entry: WireCustomerAddress) -> Address:
    return Address(
        id=str(entry.id) if entry.id else "",
        first_name=entry.first_name or customer.first_name,
        last_name=entry.last_name or customer.last_name,
        company=entry.company or customer.company,
        street_1=entry.address1,
        street_2=entry.address2,
        city=entry.city,
        state=entry.state_or_province,
        postcode=entry.postal_code,
        country=entry.country,
        country_code=entry.country_code,
        phone=entry.phone or customer.phone,
        email=customer.email,
    )
