"""What a store and an ERP must do so that customers flow back. Part of their contract."""

from datetime import datetime
from typing import Protocol

from domain.contacts import AccountContact, AccountPage, ContactChange
from domain.customer import Customer


class TakesCustomers(Protocol):
    """A store whose customers can be changed. With `Capability.CUSTOMERS_IN`."""

    async def update_customer(self, customer_id: str, change: ContactChange) -> None:
        """Change some fields of a registered customer. Repeating it is harmless.

        Raises:
            Conflict: the e-mail address is another customer's.
            Rejected: a value does not fit, or the store refuses it, with its words.
            OutcomeUnknown: it may have been applied; repeat it.
        """
        ...


class TellsCustomers(Protocol):
    """An ERP that tells how its accounts are called and reached. With `Capability.CUSTOMERS`."""

    async def customer_contact(self, code: str) -> AccountContact | None:
        """Read one account; None when there is none."""
        ...

    async def contact_as_kept(self, customer: Customer) -> AccountContact:
        """Return how this ERP would keep a customer: cut, in its capitals, with its codes.

        Changes nothing. Compared with `customer_contact` it shows what somebody changed there.
        """
        ...

    async def changed_customers(self, since: datetime | None, *, cursor: str = "") -> AccountPage:
        """List accounts, a page at a time.

        With `Capability.CHANGED_CUSTOMERS` and a `since` only those changed since then, rather too
        many than too few. Otherwise every account is listed.
        """
        ...
