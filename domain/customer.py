"""Customers: as the store knows them, and as the ERP keeps them."""

import hashlib

from pydantic import Field

from domain.order import Address, Order
from domain.record import Record


class CustomerKey(Record):
    """Names one customer of one connection; also the id of its workflow."""

    connection: str
    customer_id: str

    @property
    def workflow_id(self) -> str:
        """Return the one workflow id that may ever write this customer."""
        return f"{self.connection}:customer:{self.customer_id}"


class StoreContact(Record):
    """A registered customer's own fields, as the store keeps them. Personal data."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    address: Address | None = None  # None: their address book is empty

    @property
    def person(self) -> str:
        """Return the person's whole name."""
        return f"{self.first_name} {self.last_name}".strip()


class Customer(Record):
    """Who buys. Registered with an id, or a guest known by e-mail alone. Personal data."""

    id: str = ""  # empty: a guest
    email: str
    name: str  # the company, else the person
    contact: str = ""
    phone: str = ""
    currency: str  # what their account is kept in
    billing: Address
    shipping: Address
    own: StoreContact | None = Field(default=None, exclude=True)
    """What the store keeps of a registered customer; no part of what the ERP is told."""

    @property
    def resource(self) -> str:
        """Return what the journal keeps this customer under; a guest's e-mail is hashed."""
        if self.id:
            return f"customer:{self.id}"
        where = self.billing
        # Without an e-mail only the address tells one guest from another.
        who = self.email.strip() or f"{self.name}|{where.street_1}|{where.postcode}"
        return f"customer:guest-{hashlib.sha256(who.lower().encode()).hexdigest()[:16]}"

    @property
    def fingerprint(self) -> str:
        """Hash everything the ERP would be told; equal means there is nothing to send."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


class ErpCustomer(Record):
    """An account in the ERP, reduced to what matching needs."""

    code: str
    name: str = ""
    email: str = ""
    postcode: str = ""
    currency: str = ""  # ISO code
    on_hold: bool = False


def customer_of(order: Order) -> Customer:
    """Read the buyer off an order: what a guest left, or what a registered customer used."""
    billing = order.billing
    return Customer(
        id=order.customer_id,
        email=order.email,
        name=billing.name,
        contact=f"{billing.first_name} {billing.last_name}".strip(),
        phone=billing.phone,
        currency=order.currency,
        billing=billing,
        shipping=order.shipping[0] if order.shipping else billing,
    )
