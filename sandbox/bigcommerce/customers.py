"""The store's registered customers and their address books."""

import itertools
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sandbox.bigcommerce.courier import Courier
from sandbox.bigcommerce.drafts import AddressDraft, CustomerDraft
from sandbox.bigcommerce.records import Customer, CustomerAddress
from sandbox.bigcommerce.refusals import Refused, not_found


class Customers:
    """Registers, recognises and changes customers."""

    def __init__(self, courier: Courier, now: Callable[[], datetime]) -> None:
        self.by_id: dict[int, Customer] = {}
        self.courier = courier
        self.now = now
        self._customer_ids = itertools.count(1)
        self._book_ids = itertools.count(1)

    def add_customer(self, draft: CustomerDraft) -> int:
        """A shopper registers; returns the id. Raises Refused (422) when the e-mail is taken."""
        if self._by_email(draft.email):
            raise Refused(422, "The email address is already in use.")
        now = self.now()
        customer = Customer(
            id=next(self._customer_ids),
            created=now,
            modified=now,
            **draft.model_dump(exclude={"addresses"}),
        )
        self.by_id[customer.id] = customer
        for address in draft.addresses:
            self.add_address(customer.id, address)
        self.courier.fire("store/customer/created", {"type": "customer", "id": customer.id})
        return customer.id

    def add_address(self, customer_id: int, address: AddressDraft) -> int:
        """Adds to a customer's address book, which fires no customer event; returns the id."""
        if customer_id not in self.by_id:
            raise not_found()
        entry = CustomerAddress(next(self._book_ids), customer_id, address)
        self.by_id[customer_id].addresses.append(entry)
        return entry.id

    def update_customer(self, customer_id: int, **changes: str | int | Decimal) -> None:
        """Changes fields of a customer. Raises Refused (404, 422)."""
        if customer_id not in self.by_id:
            raise not_found()
        customer = self.by_id[customer_id]
        unknown = set(changes) - (set(CustomerDraft.model_fields) - {"addresses"})
        if unknown:
            raise Refused(422, f"Unknown customer fields: {', '.join(sorted(unknown))}")
        for name, value in changes.items():
            setattr(customer, name, value)
        customer.modified = self.now()
        self.courier.fire("store/customer/updated", {"type": "customer", "id": customer.id})

    def recognise(self, draft: CustomerDraft) -> Customer:
        """The customer with the draft's e-mail address, registered if new."""
        return self._by_email(draft.email) or self.by_id[self.add_customer(draft)]

    def _by_email(self, email: str) -> Customer | None:
        wanted = email.lower()
        return next((c for c in self.by_id.values() if c.email.lower() == wanted), None)
