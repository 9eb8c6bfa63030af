"""What a store and an ERP must be able to do. Domain records in, domain records out."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from connectors.flow_back import TakesStock, TellsStock
from connectors.flow_back_customers import TakesCustomers, TellsCustomers
from domain.contacts import EVERY_PART, AccountPart
from domain.customer import Customer, ErpCustomer
from domain.document import PaymentPosting, Payout, Posted, SalesDocument
from domain.mapping import ErpItem
from domain.money import Money
from domain.order import Order
from domain.plan import Gate
from domain.record import Record


class Capability(StrEnum):
    """What a connector may lack. Workflows ask for the capability, never for the system's name."""

    CREATE_CUSTOMERS = "create-customers"
    UPDATE_CUSTOMERS = "update-customers"
    PAYMENTS = "payments"
    CREDITS = "credits"
    PAYOUTS = "payouts"  # books money given back against the credit that it settles
    AMENDMENTS = "amendments"
    REPORT_BACK = "report-back"
    WEBHOOKS = "webhooks"
    STOCK = "stock"  # an ERP that tells what lies in its warehouses
    CHANGED_STOCK = "changed-stock"  # ... and what of it changed since a time
    VALUES_ONLY = "values-only"  # an ERP whose documents, as configured, take nothing out of stock
    PRICES = "prices"  # an ERP that tells its price lists
    STOCK_IN = "stock-in"  # a store whose stock can be set
    PRICES_IN = "prices-in"  # a store whose prices can be set
    CUSTOMERS = "customers"  # an ERP that tells how its accounts are called and reached
    CHANGED_CUSTOMERS = "changed-customers"  # ... and which of them changed since a time
    CUSTOMERS_IN = "customers-in"  # a store whose customers can be changed


class Finding(Record):
    """One line of a connection test: what was checked, whether it is well, what to do if not."""

    check: str
    ok: bool
    detail: str = ""
    remedy: str = ""


class Changed(Record):
    """Something in the store that changed, and when."""

    resource_id: str
    changed_at: datetime


class ChangedPage(Record):
    """One page of changes, oldest first. `next_cursor` is empty on the last page."""

    changes: tuple[Changed, ...]
    next_cursor: str = ""
    seen_until: datetime | None = None  # where there is more to tell than the changes' own times


class Webhook(Record):
    """A webhook as the store has it now."""

    id: str
    scope: str
    destination: str
    active: bool


class WebhookHealth(Record):
    """All our webhooks, and whether the store refuses to deliver to our address at the moment."""

    hooks: tuple[Webhook, ...]
    blocked_reason: str = ""


class Store(TakesStock, TakesCustomers, Protocol):
    """Where orders come from."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what this store, as configured, can do."""
        ...

    @property
    def gates(self) -> Mapping[str, Gate]:
        """Return what each of the store's status codes means unless the connection overrides it."""
        ...

    @property
    def webhook_scopes(self) -> frozenset[str]:
        """Return the scopes that a connection needs."""
        ...

    @property
    def time(self) -> datetime | None:
        """Return what time it is there, as its answers told; None before the first."""
        ...

    async def examine(
        self, *, needed: Collection[Capability] = (), locations: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Check credentials, permissions, clock and settings; changes nothing.

        Of `needed` also the permissions that not every connection needs (`STOCK_IN`, `PRICES_IN`);
        of `locations`, as rules name them, whether each is there.
        """
        ...

    async def order(self, order_id: str) -> Order:
        """Read an order whole, as it is now.

        Raises:
            NotFound: the store knows no such order (also just after a webhook, for a moment).
        """
        ...

    async def customer(self, customer_id: str) -> Customer:
        """Read a registered customer as they are now.

        Raises:
            NotFound: the store knows no such customer.
        """
        ...

    async def changed_orders(self, since: datetime, *, cursor: str = "") -> ChangedPage:
        """List orders changed (or refunded) since then, a page at a time."""
        ...

    async def changed_customers(self, since: datetime, *, cursor: str = "") -> ChangedPage:
        """List registered customers changed since then, a page at a time."""
        ...

    async def report_posted(self, order_id: str, reference: str) -> None:
        """Write the ERP document's number onto the store's order. Repeating it is harmless."""
        ...

    async def webhooks(self) -> WebhookHealth:
        """List our webhooks and how the store sees our address."""
        ...

    async def create_webhook(
        self, scope: str, destination: str, headers: Mapping[str, str]
    ) -> None:
        """Register a webhook; an equal one that exists already is left alone."""
        ...

    async def activate_webhook(self, webhook_id: str) -> None:
        """Switch a webhook on again that the store has switched off."""
        ...


class Erp(TellsStock, TellsCustomers, Protocol):
    """Where the books are. Every write carries a key of ours and is preceded by a look for it."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what this ERP, as configured, can do."""
        ...

    async def examine(
        self, *, revenue_classes: Collection[str] = (), warehouses: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Check log-on, licences, settings and the accounts behind the classes; changes nothing.

        Of `warehouses`, as rules name them, also whether each is there.
        """
        ...

    async def renew_session(self) -> None:
        """Renew the shared session if it is old enough and nobody is using it."""
        ...

    async def items(self, codes: Collection[str]) -> Mapping[str, ErpItem]:
        """Return those of the item codes that exist."""
        ...

    async def find_customers(self, customer: Customer) -> tuple[ErpCustomer, ...]:
        """Return the accounts that may be this customer's: by e-mail, else by name and postcode.

        Only accounts kept in the customer's currency. Several are returned only when the ERP
        cannot tell them apart.
        """
        ...

    async def customer(self, code: str) -> ErpCustomer | None:
        """Return the account with that code, or None."""
        ...

    def standing_customer(self, currency: str) -> str:
        """Return the account to which every web order is booked; empty: one account each.

        Raises:
            Rejected: every order is to go to one, but there is none in that currency.
        """
        ...

    async def create_customer(self, customer: Customer) -> ErpCustomer:
        """Open an account. Not repeatable: look with `find_customers` first.

        Raises:
            Rejected: the ERP refuses it, with its words.
            OutcomeUnknown: it may have been opened; look again.
        """
        ...

    async def update_customer(
        self, code: str, customer: Customer, *, parts: Collection[AccountPart] = EVERY_PART
    ) -> None:
        """Bring name, contact and addresses up to date. Repeating it is harmless.

        Only the parts named are written; whatever else the account has stays as it is.
        """
        ...

    def prepared(self, document: SalesDocument, *, tolerance: Money) -> SalesDocument:
        """Return the document as this ERP will compute it, its own rounding made a line.

        Raises:
            Held: the ERP would differ by more than the tolerance; both totals are named.
        """
        ...

    def line_count(self, document: SalesDocument) -> int:
        """Return how many lines `find_document` will read back for this document."""
        ...

    async def find_document(self, document: SalesDocument) -> Posted | None:
        """Look for the document's key in the ERP; None when it is certainly not there (yet).

        Raises:
            Conflict: the key belongs to somebody else's document.
        """
        ...

    async def post_document(self, document: SalesDocument) -> None:
        """Post an invoice, credit or debit. The caller has looked for its key and reads it back.

        Raises:
            Rejected: the ERP refuses it; nothing was posted.
            OutcomeUnknown: it may have been posted; look for the key before trying again.
        """
        ...

    async def find_payment(self, payment: PaymentPosting) -> Posted | None:
        """Look for the payment's key against its document."""
        ...

    async def post_payment(self, payment: PaymentPosting) -> None:
        """Post money against its document. As `post_document`."""
        ...

    async def find_payout(self, payout: Payout) -> Posted | None:
        """Look for the payout's key among the money that went out."""
        ...

    async def post_payout(self, payout: Payout) -> None:
        """Post money given back against its credit. As `post_document`.

        Raises:
            Rejected: the credit has less open, e.g. because it came off an unpaid invoice.
            Unsupported: this ERP lacks the capability.
        """
        ...

    @property
    def late_commit_seconds(self) -> float:
        """Return how long after a broken call a commit may still appear."""
        ...
