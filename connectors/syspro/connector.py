"""SYSPRO as an ERP: the contract's methods, each one call into the room of its idea."""

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from datetime import datetime

import httpx

from connectors.accounts import require_account, standing_account
from connectors.contract import Capability, Finding
from connectors.errors import Unsupported
from connectors.sessions import Sessions
from connectors.syspro import order_lines
from connectors.syspro.client import EnetClient
from connectors.syspro.customers import CustomerAccounts
from connectors.syspro.examination import Examination
from connectors.syspro.find import ComfndRows, PreferredRows, equals
from connectors.syspro.invoices import Invoices
from connectors.syspro.ledger import Ledger
from connectors.syspro.odata import ODataClient
from connectors.syspro.payments import Payments
from connectors.syspro.prices import Prices
from connectors.syspro.sales_orders import Orders
from connectors.syspro.settings import SysproSettings
from connectors.syspro.site import Site
from connectors.syspro.stock import Stock
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
        Capability.STOCK,
        Capability.PRICES,
        Capability.CUSTOMERS,
    }
)


class Syspro:
    """One SYSPRO company. Implements `Erp`; `aclose` when done."""

    def __init__(
        self, settings: SysproSettings, client: EnetClient, odata: ODataClient | None
    ) -> None:
        self._settings = settings
        self._client = client
        comfnd = ComfndRows(client, settings.profile)
        self._rows = PreferredRows(odata, comfnd)
        self._site = Site(settings, client)
        ledger = Ledger(settings, client, self._rows, self._site)
        self._customers = CustomerAccounts(settings, client, self._rows, self._site)
        self._invoices = Invoices(settings, client, ledger, self._site)
        self._orders = Orders(settings, client, self._rows, ledger, self._site)
        self._payments = Payments(settings, client, ledger)
        self._stock = Stock(settings, self._rows)
        self._prices = Prices(settings, self._rows)
        self._examination = Examination(
            settings,
            client,
            site=self._site,
            invoices=self._invoices,
            stock=self._stock,
            comfnd=comfnd,
            odata=odata,
        )
        self._closing = AsyncExitStack()

    def closing(self, *transports: Transport) -> "Syspro":
        """Have `aclose` close these as well, after logging off."""
        for transport in transports:
            self._closing.push_async_callback(transport.aclose)
        self._closing.push_async_callback(self._client.close)
        return self

    async def aclose(self) -> None:
        """Log off where the settings say so, and close the connections."""
        await self._closing.aclose()

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what the strategy can do; a sales order that was invoiced is not amended."""
        if self._settings.strategy == "ar-invoice":
            return _ALWAYS | {Capability.AMENDMENTS, Capability.VALUES_ONLY}
        return _ALWAYS

    @property
    def late_commit_seconds(self) -> float:
        """Return how long after a broken call a posting may still appear."""
        return self._settings.profile.late_commit_seconds

    async def examine(
        self, *, revenue_classes: Collection[str] = (), warehouses: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Check log-on, licences, keys, accounts, warehouses and OData; changes nothing."""
        return await self._examination.run(revenue_classes, warehouses)

    async def renew_session(self) -> None:
        """Log on anew when the session is old enough and no posting is running.

        Raises:
            CredentialsRejected: SYSPRO refuses the log-on.
            Unavailable: no answer, or no free licence seat.
        """
        await self._client.renew_if_old()

    async def items(self, codes: Collection[str]) -> Mapping[str, ErpItem]:
        """Return those of the stock codes that exist (InvMaster), with their product class.

        Raises:
            Unavailable: no answer.
        """
        wanted = sorted({code for code in codes if code})
        size = self._settings.profile.find_chunk
        found: dict[str, ErpItem] = {}
        for start in range(0, len(wanted), size):
            rows = await self._rows.select(
                "InvMaster",
                ("StockCode", "Description", "ProductClass"),
                where=(equals("StockCode", *wanted[start : start + size]),),
                order_by=("StockCode",),
            )
            for row in rows:
                found[row["StockCode"]] = ErpItem(
                    code=row["StockCode"],
                    description=row["Description"],
                    revenue_class=row["ProductClass"],
                )
        return found

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
        """Open an account (ARSSCS). Raises as the contract says."""
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
        """List every account (ArCustomer), a page at a time; which of them changed is not told."""
        del since
        return await self._customers.contacts(cursor=cursor)

    def prepared(self, document: SalesDocument, *, tolerance: Money) -> SalesDocument:
        """Return the document as SYSPRO will compute it; values are taken as they are.

        Raises:
            Held: a sales order would differ by more than the tolerance.
        """
        if not self._by_order(document):
            return document
        return order_lines.prepared(document, self._settings, tolerance=tolerance)

    def line_count(self, document: SalesDocument) -> int:
        """Return how many lines `find_document` will read back for this document."""
        if self._by_order(document):
            return order_lines.line_count(document)
        return len(self._invoices.shares(document))

    async def find_document(self, document: SalesDocument) -> Posted | None:
        """Look for the document's key: as invoice number, order number or reference.

        Raises:
            Conflict: the key belongs to another customer's document.
        """
        if self._by_order(document):
            return await self._orders.find(document)
        return await self._invoices.find(document)

    async def post_document(self, document: SalesDocument) -> None:
        """Post an invoice, credit or debit; finish a sales order that was only imported.

        Raises:
            Rejected: SYSPRO refuses it; nothing was posted.
            Conflict: the key is taken; look whose it is.
            OutcomeUnknown: it may have been posted.
        """
        await self._require_account_of(document)
        if self._by_order(document):
            await self._orders.post(document)
        else:
            await self._invoices.post(document)

    async def find_payment(self, payment: PaymentPosting) -> Posted | None:
        """Look for the payment's reference on its invoice (ARSQRY)."""
        return await self._payments.find(payment)

    async def post_payment(self, payment: PaymentPosting) -> None:
        """Post money against its invoice (ARSTPY). Raises as `post_document`."""
        await self._payments.post(payment)

    async def find_payout(self, payout: Payout) -> Posted | None:
        """Refuse: no business object that pays a customer out is confirmed."""
        raise _no_payouts(payout)

    async def post_payout(self, payout: Payout) -> None:
        """Refuse, as `find_payout`."""
        raise _no_payouts(payout)

    async def stock(
        self, warehouses: Collection[str], *, since: datetime | None = None, cursor: str = ""
    ) -> StockPage:
        """List the stock of these warehouses; SYSPRO does not tell what changed since when."""
        del since
        return await self._stock.page(warehouses, cursor=cursor)

    async def prices(self, *, price_list: str, currency: str, cursor: str = "") -> PricePage:
        """List the prices of a price code, with the unit cost in the usual warehouse."""
        return await self._prices.page(price_list=price_list, currency=currency, cursor=cursor)

    def _by_order(self, document: SalesDocument) -> bool:
        # Credits are values on either way.
        return self._settings.strategy == "sales-order" and document.kind is DocumentKind.INVOICE

    async def _require_account_of(self, document: SalesDocument) -> None:
        """Refuse what would be booked in another currency than the document's."""
        require_account(
            await self._customers.by_code(document.customer),
            document,
            system="SYSPRO",
            remedy="Map the buyer to an account in the order's currency; then retry.",
        )


def _no_payouts(payout: Payout) -> Unsupported:
    return Unsupported(
        f"Money given back, such as {payout.amount} of {payout.key}, cannot be posted in SYSPRO.",
        remedy="Book it against the clearing account by hand, then skip this step.",
    )


def syspro(
    settings: SysproSettings,
    sessions: Sessions,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Syspro:
    """Build the connector; nothing is sent until it is used. `transport` replaces the network."""
    enet = Transport(
        system="SYSPRO",
        timeouts=settings.timeouts,
        ca_file=settings.ca_file,
        transport=transport,
    )
    client = EnetClient(settings, sessions, enet)
    if settings.odata_url is None:
        return Syspro(settings, client, None).closing(enet)
    pages = Transport(
        system="SYSPRO OData",
        timeouts=settings.timeouts,
        ca_file=settings.ca_file,
        transport=transport,
    )
    return Syspro(settings, client, ODataClient(settings, pages)).closing(enet, pages)
