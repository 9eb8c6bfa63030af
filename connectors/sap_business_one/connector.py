"""SAP Business One as an ERP: the contract's methods, each one call into the room of its idea."""

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from datetime import datetime

import httpx

from connectors.accounts import require_account, standing_account
from connectors.contract import Capability, Finding
from connectors.errors import Rejected
from connectors.sap_business_one import lines
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.client import ServiceLayerClient
from connectors.sap_business_one.examination import Examination
from connectors.sap_business_one.partners import Partners
from connectors.sap_business_one.payments import Payments
from connectors.sap_business_one.sales import Sales
from connectors.sap_business_one.settings import DETERMINED, SapBusinessOneSettings
from connectors.sap_business_one.states import States
from connectors.sap_business_one.stock import Stock
from connectors.sap_business_one.text import any_of
from connectors.sap_business_one.wire import WireItem
from connectors.sessions import Sessions
from connectors.transport import Transport
from domain.contacts import EVERY_PART, AccountContact, AccountPage, AccountPart
from domain.customer import Customer, ErpCustomer
from domain.document import PaymentPosting, Payout, Posted, SalesDocument
from domain.hold import HoldCode
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
        Capability.PRICES,
        Capability.CUSTOMERS,
        Capability.CHANGED_CUSTOMERS,
    }
)
# The server closes an idle connection after 5 s; a posting written onto it would be in doubt.
_KEEPALIVE_SECONDS = 3


class SapBusinessOne:
    """One SAP Business One company. Implements `Erp`; `aclose` when done."""

    def __init__(self, settings: SapBusinessOneSettings, client: ServiceLayerClient) -> None:
        self._settings = settings
        self._client = client
        states = States(settings, client)
        self._partners = Partners(settings, client, states)
        self._sales = Sales(settings, client, states)
        self._payments = Payments(settings, client, self._sales)
        self._stock = Stock(settings, client)
        self._examination = Examination(
            settings, client, partners=self._partners, stock=self._stock
        )
        self._closing = AsyncExitStack()

    def closing(self, transport: Transport) -> "SapBusinessOne":
        """Have `aclose` close this as well, after logging out."""
        self._closing.push_async_callback(transport.aclose)
        self._closing.push_async_callback(self._client.close)
        return self

    async def aclose(self) -> None:
        """Log out where the settings say so, and close the connections."""
        await self._closing.aclose()

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what the settings allow; what changed of the stock SAP cannot tell.

        An amendment has a G/L account, but no item: it needs the one that stands in.
        """
        amends = self._settings.document == "invoice" and bool(self._settings.charge_item)
        return _ALWAYS | ({Capability.AMENDMENTS} if amends else frozenset[Capability]())

    @property
    def late_commit_seconds(self) -> float:
        """Return how long after a broken call a posting may still appear."""
        return self._settings.profile.late_commit_seconds

    async def examine(
        self, *, revenue_classes: Collection[str] = (), warehouses: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Check log-in, company, our field, and every code of settings and rules."""
        return await self._examination.run(revenue_classes, warehouses)

    async def renew_session(self) -> None:
        """Keep the session alive by using it; one that has ended is renewed.

        Raises:
            CredentialsRejected: SAP refuses the log-in.
            Unavailable: no answer.
        """
        await self._client.keep_alive()

    async def items(self, codes: Collection[str]) -> Mapping[str, ErpItem]:
        """Return those of the item codes that exist; their account is SAP's to determine.

        Raises:
            Unavailable: no answer.
        """
        wanted = sorted({code for code in codes if code})
        size = self._settings.profile.find_chunk
        found: dict[str, ErpItem] = {}
        for start in range(0, len(wanted), size):
            rows = await self._client.rows(
                "Items",
                ("ItemCode", "ItemName"),
                where=any_of("ItemCode", wanted[start : start + size]),
                key="ItemCode",
            )
            for row in rows:
                item = parsed(WireItem, row, "Items")
                found[item.code] = ErpItem(
                    code=item.code, description=item.name, revenue_class=DETERMINED
                )
        return found

    async def find_customers(self, customer: Customer) -> tuple[ErpCustomer, ...]:
        """Return the partners that may be this customer's: by e-mail, else name and postcode."""
        return await self._partners.find(customer)

    async def customer(self, code: str) -> ErpCustomer | None:
        """Return the partner with that code, or None."""
        partner = await self._partners.by_code(code)
        if partner is None:
            return None
        return self._partners.account(partner, self._settings.local_currency)

    def standing_customer(self, currency: str) -> str:
        """Return the partner to which every web order in that currency is booked, or empty."""
        settings = self._settings
        return standing_account(settings.customer_strategy, settings.web_customers, currency)

    async def create_customer(self, customer: Customer) -> ErpCustomer:
        """Open a business partner. Raises as the contract says."""
        return await self._partners.create(customer)

    async def update_customer(
        self, code: str, customer: Customer, *, parts: Collection[AccountPart] = EVERY_PART
    ) -> None:
        """Bring name, contact and addresses up to date. Repeating it is harmless."""
        await self._partners.update(code, customer, parts)

    async def customer_contact(self, code: str) -> AccountContact | None:
        """Read how an account is called and reached; None when there is none."""
        return await self._partners.contact(code)

    async def contact_as_kept(self, customer: Customer) -> AccountContact:
        """Return how a customer would be kept here."""
        return await self._partners.as_kept(customer)

    async def changed_customers(self, since: datetime | None, *, cursor: str = "") -> AccountPage:
        """List the customers changed since then, to the day, a page at a time."""
        return await self._partners.changed(since, cursor=cursor)

    def prepared(self, document: SalesDocument, *, tolerance: Money) -> SalesDocument:
        """Return the document as SAP will compute it, expenses summed by their code.

        Raises:
            Held: SAP would differ by more than the tolerance, or a line has no place there.
        """
        return lines.prepared(document, self._settings, tolerance=tolerance)

    def line_count(self, document: SalesDocument) -> int:
        """Return how many lines and expenses `find_document` will read back."""
        return lines.line_count(document)

    async def find_document(self, document: SalesDocument) -> Posted | None:
        """Look for the document's key among the invoices or credit notes.

        Raises:
            Conflict: the key belongs to another customer's document.
        """
        return await self._sales.find(document)

    async def post_document(self, document: SalesDocument) -> None:
        """Post an invoice (and what leads to it), a credit or a debit.

        Raises:
            Rejected: SAP refuses it, or it awaits approval; nothing was posted.
            OutcomeUnknown: it may have been posted.
        """
        await self._require_account_of(document)
        await self._sales.post(document)

    async def find_payment(self, payment: PaymentPosting) -> Posted | None:
        """Look for the payment's key among the incoming payments."""
        return await self._payments.find(payment)

    async def post_payment(self, payment: PaymentPosting) -> None:
        """Post money against its invoice. Raises as `post_document`."""
        await self._payments.post(payment)

    async def find_payout(self, payout: Payout) -> Posted | None:
        """Look for the payout's key among the outgoing payments."""
        return await self._payments.find(payout)

    async def post_payout(self, payout: Payout) -> None:
        """Post money given back against its credit note. Raises as `post_document`."""
        await self._payments.post_payout(payout)

    async def stock(
        self, warehouses: Collection[str], *, since: datetime | None = None, cursor: str = ""
    ) -> StockPage:
        """List the stock of these warehouses whole; SAP does not mark what changed."""
        del since
        return await self._stock.levels(warehouses, cursor=cursor)

    async def prices(self, *, price_list: str, currency: str, cursor: str = "") -> PricePage:
        """List the prices of a list, and the average cost in the company's currency."""
        return await self._stock.prices(price_list=price_list, currency=currency, cursor=cursor)

    async def _require_account_of(self, document: SalesDocument) -> None:
        """Refuse what SAP would refuse in worse words, or book in another currency."""
        partner = await self._partners.by_code(document.customer)
        currency = document.total.currency
        account = self._partners.account(partner, currency) if partner is not None else None
        if account is not None and account.on_hold:
            raise Rejected(
                f"Customer {account.code} is inactive (frozen) in SAP Business One.",
                hold=HoldCode.CUSTOMER_ON_HOLD,
                remedy="Activate the business partner in SAP Business One, then retry.",
            )
        require_account(
            account,
            document,
            system="SAP Business One",
            remedy="Map the buyer to a customer in the order's currency; then retry.",
        )


def sap_business_one(
    settings: SapBusinessOneSettings,
    sessions: Sessions,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> SapBusinessOne:
    """Build the connector; nothing is sent until it is used. `transport` replaces the network."""
    stack = Transport(
        system="SAP Business One",
        timeouts=settings.timeouts,
        ca_file=settings.ca_file,
        max_concurrent=settings.max_in_flight,
        keepalive_seconds=_KEEPALIVE_SECONDS,
        transport=transport,
    )
    return SapBusinessOne(settings, ServiceLayerClient(settings, sessions, stack)).closing(stack)
