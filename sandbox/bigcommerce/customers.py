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
        self.writes: list[int] = []
        """How many rows each write of the API had."""
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

    def entry(self, entry_id: object) -> CustomerAddress | None:
        """The entry of that id in whoever's address book."""
        entries = (one for customer in self.by_id.values() for one in customer.addresses)
        return next((one for one in entries if one.id == entry_id), None)

    def new_address(self, customer_id: int, address: AddressDraft) -> CustomerAddress | None:
        """Adds to an address book by the API; None when an equal entry is there already."""
        book = self.by_id[customer_id].addresses
        if any(one.address == address for one in book):
            return None
        self.add_address(customer_id, address)
        self._address_event("created", book[-1])
        return book[-1]

    def change_address(self, entry_id: int, changes: dict[str, str]) -> CustomerAddress | None:
        """Changes an entry by the API; None, and nothing, when it would become another one's."""
        entry = self.entry(entry_id)
        if entry is None:
            raise not_found()
        newer = entry.address.model_copy(update=changes)
        book = self.by_id[entry.customer_id].addresses
        if any(one.address == newer for one in book if one is not entry):
            return None
        if "country_iso2" in changes and changes["country_iso2"] != entry.address.country_iso2:
            newer = newer.model_copy(update={"country": changes["country_iso2"]})
        entry.address = newer
        self._address_event("updated", entry)
        return entry

    def check_email(self, customer_id: int, email: str | None) -> None:
        """Raises Refused (422) when another customer has the e-mail address."""
        other = self._by_email(email) if email else None
        if other is not None and other.id != customer_id:
            where = ".customer_update.email"
            why = f"The email address {email} is already in use."
            raise Refused(422, why, errors={where: why})

    def delete_customer(self, customer_id: int) -> None:
        """The merchant deletes a customer. Raises Refused (404)."""
        if self.by_id.pop(customer_id, None) is None:
            raise not_found()
        self.courier.fire("store/customer/deleted", {"type": "customer", "id": customer_id})

    def _address_event(self, name: str, entry: CustomerAddress) -> None:
        told = {"type": "customer", "id": entry.id, "address": {"customer_id": entry.customer_id}}
        self.courier.fire(f"store/customer/address/{name}", told)

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
