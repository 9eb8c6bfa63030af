"""Acumatica as an ERP: the contract's methods, each one call into the room of its idea."""

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from datetime import datetime

import httpx

from connectors.accounts import require_account, standing_account
from connectors.acumatica import lines
from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.customers import CustomerAccounts
from connectors.acumatica.examination import Examination
from connectors.acumatica.invoices import SalesInvoices
from connectors.acumatica.items import Items
from connectors.acumatica.orders import SalesOrders
from connectors.acumatica.payments import Payments
from connectors.acumatica.references import Reference
from connectors.acumatica.refunds import Refunds
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.stock import Stock
from connectors.contract import Capability, Finding
from connectors.sessions import Sessions
from connectors.transport import Transport
from domain.contacts import EVERY_PART, AccountContact, AccountPage, AccountPart
from domain.customer import Customer, ErpCustomer
from domain.document import DocumentKind, PaymentPosting, Payout, Posted, SalesDocument
from domain.mapping import ErpItem
from domain.money import Money
from domain.price import PricePage
from domain.stock import StockPage

_ALWAYS = frozenset(
    {
        Capability.CREATE_CUSTOMERS,
        Capability.UPDATE_CUSTOMERS,
        Capability.PAYMENTS,
        Capability.CREDITS,
        Capability.PAYOUTS,
        Capability.STOCK,
        Capability.CHANGED_STOCK,
        Capability.PRICES,
        Capability.CUSTOMERS,
        Capability.CHANGED_CUSTOMERS,
    }
)


class Acumatica:
    """One tenant of an Acumatica instance. Implements `Erp`; `aclose` when done."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._settings = settings
        self._client = client
        self._items = Items(settings, client)
        self._customers = CustomerAccounts(settings, client)
        self._orders = SalesOrders(settings, client)
        self._invoices = SalesInvoices(settings, client)
        self._stock = Stock(settings, client)
        self._payments = Payments(settings, client, self._orders)
        self._refunds = Refunds(settings, client, self._orders)
        self._examination = Examination(
            settings, client, items=self._items, customers=self._customers
        )
        self._closing = AsyncExitStack()

    def closing(self, transport: Transport) -> "Acumatica":
        """Have `aclose` close this as well, after giving the licence seat back."""
        self._closing.push_async_callback(transport.aclose)
        self._closing.push_async_callback(self._client.close)
        return self

    async def aclose(self) -> None:
        """Log out, unless the settings say otherwise, and close the connections."""
        await self._closing.aclose()

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what the settings allow; edits of goods need an item that is not stocked.

        What is on hand falls with a shipment, not with the order that is posted.
        """
        settings = self._settings
        able = set(_ALWAYS)
        if settings.adjustment_item:
            able.add(Capability.AMENDMENTS)
        if settings.strategy == "sales-order" and settings.stock_quantity == "on-hand":
            able.add(Capability.VALUES_ONLY)
        return frozenset(able)

    @property
    def late_commit_seconds(self) -> float:
        """Return how long after a broken call a posting may still appear."""
        return self._settings.profile.late_commit_seconds

    async def examine(
        self, *, revenue_classes: Collection[str] = (), warehouses: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Check endpoint, log-on, branch, order types, tax, warehouses and items."""
        return await self._examination.run(revenue_classes, warehouses)

    async def renew_session(self) -> None:
        """Renew the OAuth token when it is old enough and no posting is running.

        Raises:
            CredentialsRejected: Acumatica no longer accepts what it is given.
            Unavailable: no answer, or no free licence seat.
        """
        await self._client.renew_if_old()

    async def items(self, codes: Collection[str]) -> Mapping[str, ErpItem]:
        """Return those of the InventoryIDs that exist and may be sold.

        Raises:
            Unavailable: no answer.
        """
        return await self._items.find(codes)

    async def find_customers(self, customer: Customer) -> tuple[ErpCustomer, ...]:
        """Return the accounts that may be this customer's: by e-mail, else name and postcode."""
        return await self._customers.find(customer)

    async def customer(self, code: str) -> ErpCustomer | None:
        """Return the account with that code, or None."""
        return await self._customers.by_code(code)

    def standing_customer(self, currency: str) -> str:
        """Return the account to which every web order in that currency is booked, or empty."""
        settings = self._settings
        return standing_account(settings.customer_strategy, settings.web_customers, currency)

    async def create_customer(self, customer: Customer) -> ErpCustomer:
        """Open an account (AR303000). Raises as the contract says."""
        return await self._customers.create(customer)

    async def update_customer(
        self, code: str, customer: Customer, *, parts: Collection[AccountPart] = EVERY_PART
    ) -> None:
        """Bring name, contact and addresses up to date. Repeating it is harmless."""
        await self._customers.update(code, customer, parts)

    async def customer_contact(self, code: str) -> AccountContact | None:
        """Read how an account is called and reached; None when there is none."""
        return await self._customers.contact(code)

    async def contact_as_kept(self, customer: Customer) -> AccountContact:
        """Return how a customer would be kept here."""
        return self._customers.as_kept(customer)

    async def changed_customers(self, since: datetime | None, *, cursor: str = "") -> AccountPage:
        """List the accounts changed since then, a page at a time."""
        return await self._customers.changed(since, cursor=cursor)

    def prepared(self, document: SalesDocument, *, tolerance: Money) -> SalesDocument:
        """Return the document as Acumatica will compute it.

        Raises:
            Held: it would differ by more than the tolerance, or has tax that no `tax_id` takes.
        """
        return lines.prepared(document, self._settings, tolerance=tolerance)

    def line_count(self, document: SalesDocument) -> int:
        """Return how many lines `find_document` will read back for this document."""
        return lines.line_count(document)

    async def find_document(self, document: SalesDocument) -> Posted | None:
        """Look for the document's key, as the external reference of an order or an invoice.

        Raises:
            Conflict: the key belongs to another customer's document.
        """
        return await self._room(document).find(document)

    async def post_document(self, document: SalesDocument) -> None:
        """Post an invoice, credit or debit; release what was only entered.

        Raises:
            Rejected: Acumatica refuses it; nothing was posted.
            Conflict: the key is taken; look whose it is.
            OutcomeUnknown: it may have been posted.
        """
        await self._require_account_of(document)
        await self._room(document).post(document)

    async def find_payment(self, payment: PaymentPosting) -> Posted | None:
        """Look for the payment's key, as the external reference of a payment."""
        return await self._payments.find(payment)

    async def post_payment(self, payment: PaymentPosting) -> None:
        """Post money against its order or invoice (AR302000). Raises as `post_document`."""
        await self._payments.post(payment)

    async def find_payout(self, payout: Payout) -> Posted | None:
        """Look for the payout's key, as the external reference of a refund."""
        return await self._refunds.find(payout)

    async def post_payout(self, payout: Payout) -> None:
        """Post money given back against its credit (AR302000). Raises as `post_document`."""
        await self._refunds.post(payout)

    async def stock(
        self, warehouses: Collection[str], *, since: datetime | None = None, cursor: str = ""
    ) -> StockPage:
        """List the stock of these warehouses, a page at a time, changed items only if asked."""
        return await self._stock.levels(warehouses, since=since, cursor=cursor)

    async def prices(self, *, price_list: str, currency: str, cursor: str = "") -> PricePage:
        """List default prices and costs, a page at a time. Raises as the contract says."""
        return await self._stock.prices(price_list=price_list, currency=currency, cursor=cursor)

    def _room(self, document: SalesDocument) -> SalesOrders | SalesInvoices:
        """Return where a document belongs: credits and debits beside what they are against."""
        if document.kind is DocumentKind.INVOICE:
            by_invoice = self._settings.strategy == "sales-invoice"
        else:
            against = Reference.parse(document.against, order_type=self._settings.order_type)
            by_invoice = against.is_invoice
        return self._invoices if by_invoice else self._orders

    async def _require_account_of(self, document: SalesDocument) -> None:
        """Refuse what would be booked in another currency than the document's."""
        currency = document.total.currency
        account = await self._customers.by_code(document.customer, currency=currency)
        require_account(
            account,
            document,
            system="Acumatica",
            remedy="Enable currency override for the customer, or map the buyer to an account "
            "in the order's currency; then retry.",
        )


def acumatica(
    settings: AcumaticaSettings,
    sessions: Sessions,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Acumatica:
    """Build the connector; nothing is sent until it is used. `transport` replaces the network."""
    http = Transport(
        system="Acumatica",
        timeouts=settings.timeouts,
        ca_file=settings.ca_file,
        transport=transport,
    )
    return Acumatica(settings, AcumaticaClient(settings, sessions, http)).closing(http)
