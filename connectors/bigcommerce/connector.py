"""A BigCommerce store: its orders, customers and webhooks as the contract wants them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from connectors.bigcommerce.answers import parsed, parsed_rows
from connectors.bigcommerce.catalog import Catalog, price_batches
from connectors.bigcommerce.changes import Position, as_filter
from connectors.bigcommerce.client import LARGEST_PAGE, BigCommerceClient
from connectors.bigcommerce.customers import Customers
from connectors.bigcommerce.examine import examine
from connectors.bigcommerce.examine_pushes import examine_pushes
from connectors.bigcommerce.hooks import WEBHOOK_SCOPES, Hooks
from connectors.bigcommerce.inventory import Inventory, stock_batches
from connectors.bigcommerce.orders import Orders
from connectors.bigcommerce.quota import Quota
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.bigcommerce.translate import to_customer
from connectors.bigcommerce.wire import (
    WireChangedOrder,
    WireRefund,
    WireStore,
)
from connectors.bigcommerce.wire_customers import WireCustomer
from connectors.contract import (
    Capability,
    Changed,
    ChangedPage,
    Finding,
    WebhookHealth,
)
from connectors.errors import Rejected, Unavailable
from connectors.transport import Transport
from domain.contacts import ContactChange
from domain.customer import Customer
from domain.hold import HoldCode
from domain.order import Order, conservation
from domain.plan import Gate
from domain.price import StorePrice
from domain.stock import StoreItemPage, StoreStock, StoreStockPage, Taken

_CAPABILITIES = frozenset(
    {
        Capability.REPORT_BACK,
        Capability.WEBHOOKS,
        Capability.STOCK_IN,
        Capability.PRICES_IN,
        Capability.CUSTOMERS_IN,
    }
)


def bigcommerce(
    settings: BigCommerceSettings, *, transport: httpx.AsyncBaseTransport | None = None
) -> "BigCommerce":
    """Build a store's connector; nothing is sent yet. `transport` replaces the network."""
    quota = Quota(
        floor_percent=settings.quota_floor_percent,
        longest_wait=timedelta(seconds=settings.longest_wait_seconds),
    )
    stack = Transport(
        system="BigCommerce",
        base_url=settings.api_url,
        headers={
            "X-Auth-Token": settings.access_token.get_secret_value(),
            "Accept": "application/json",
            "User-Agent": "Tillbridge",
        },
        timeouts=settings.timeouts,
        ca_file=settings.ca_file,
        pacer=quota,
        max_concurrent=settings.max_concurrent,
        transport=transport,
    )
    return BigCommerce(settings, BigCommerceClient(settings, stack, quota))


class BigCommerce:
    """One store. Implements `connectors.contract.Store`, which says what each method does."""

    def __init__(self, settings: BigCommerceSettings, client: BigCommerceClient) -> None:
        self._settings = settings
        self._client = client
        self._hooks = Hooks(client)
        self._orders = Orders(client, test_payments=settings.test_payments)
        self._customers = Customers(client)
        self._catalog = Catalog(client)
        self._inventory = Inventory(client)
        self._currency = ""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what this store can do."""
        return _CAPABILITIES

    @property
    def gates(self) -> Mapping[str, Gate]:
        """Return what each status id means, the connection's overrides included."""
        return self._settings.gates

    @property
    def webhook_scopes(self) -> frozenset[str]:
        """Return the scopes that a connection needs."""
        return WEBHOOK_SCOPES

    @property
    def time(self) -> datetime | None:
        """Return what time it is there, as its answers told."""
        return self._client.time

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def examine(
        self, *, needed: Collection[Capability] = (), locations: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Check token, scopes, clock, settings and locations; changes nothing."""
        findings = await examine(self._client, now=lambda: datetime.now(UTC))
        return findings + await examine_pushes(self._client, needed=needed, locations=locations)

    async def order(self, order_id: str) -> Order:
        """Read an order with all its parts.

        The parts are resources of their own. Where they do not make the total, somebody may have
        edited the order between two reads, so it is read once more before that is believed.
        """
        order = await self._orders.read(order_id)
        return order if conservation(order) is None else await self._orders.read(order_id)

    async def customer(self, customer_id: str) -> Customer:
        """Read a customer with their address book; an account is in the store's own currency."""
        customer = await self._customers.read(customer_id)
        return to_customer(customer, currency=await self._store_currency())

    async def update_customer(self, customer_id: str, change: ContactChange) -> None:
        """Change some fields of a customer, one customer a call."""
        await self._customers.update(customer_id, change)

    async def changed_orders(self, since: datetime, *, cursor: str = "") -> ChangedPage:
        """List orders by `date_modified`, then those refunded, which need not have moved it."""
        position = Position.read(cursor, since)
        if position.phase == "refunded":
            return await self._refunded(position)
        operation = "changed orders"
        page = await self._client.v2_page(
            "/v2/orders",
            operation=operation,
            page=position.page,
            params={"min_date_modified": as_filter(position.since), "sort": "date_modified:asc"},
        )
        orders = parsed_rows(WireChangedOrder, page.rows, operation=operation)
        changes = tuple(
            Changed(
                resource_id=str(one.id),
                changed_at=one.date_modified or one.date_created or position.since,
            )
            for one in orders
        )
        following = _following(position, changes, more=page.more, operation=operation)
        if following is None:
            following = Position(phase="refunded", since=since.astimezone(UTC))
        return ChangedPage(changes=changes, next_cursor=following.cursor)

    async def changed_customers(self, since: datetime, *, cursor: str = "") -> ChangedPage:
        """List registered customers by `date_modified`."""
        position = Position.read(cursor, since)
        operation = "changed customers"
        page = await self._client.v3_page(
            "/v3/customers",
            operation=operation,
            params={
                "date_modified:min": as_filter(position.since),
                "sort": "date_modified:asc",
                "page": str(position.page),
                "limit": str(LARGEST_PAGE),
            },
        )
        customers = parsed_rows(WireCustomer, page.rows, operation=operation)
        changes = tuple(
            Changed(resource_id=str(one.id), changed_at=one.date_modified or position.since)
            for one in customers
        )
        following = _following(position, changes, more=page.more, operation=operation)
        return ChangedPage(changes=changes, next_cursor=following.cursor if following else "")

    async def report_posted(self, order_id: str, reference: str) -> None:
        """Write the document's number into `external_order_id`, and only that.

        Any other field of the body could change the order: lines lose their discounts, fees are
        replaced. An equal number is not written again, because every write fires a webhook.
        """
        head = await self._orders.head(order_id)
        if head.external_order_id != reference:
            body = {"external_order_id": reference}
            operation = f"the document number of order {order_id}"
            await self._client.put(f"/v2/orders/{order_id}", body, operation=operation)

    async def webhooks(self) -> WebhookHealth:
        """List our webhooks and whether deliveries to their hosts are stopped."""
        return await self._hooks.health()

    async def create_webhook(
        self, scope: str, destination: str, headers: Mapping[str, str]
    ) -> None:
        """Register a webhook unless it is there; its headers are brought up to date."""
        await self._hooks.create(scope, destination, headers)

    async def activate_webhook(self, webhook_id: str) -> None:
        """Switch a webhook on that the platform has switched off."""
        await self._hooks.activate(webhook_id)

    async def variants(self, *, cursor: str = "") -> StoreItemPage:
        """List every SKU with how its stock is tracked, a page of products at a time."""
        return await self._catalog.variants(cursor)

    async def stock_now(self, items: Sequence[StoreStock]) -> tuple[StoreStock, ...]:
        """Read what these SKUs have at these locations now."""
        return await self._inventory.now(items)

    async def stock_listed(self, locations: Collection[str], *, cursor: str = "") -> StoreStockPage:
        """List what these locations have, 1,000 SKUs at a time."""
        return await self._inventory.listed(locations, cursor)

    def stock_batches(self, items: Sequence[StoreStock]) -> tuple[tuple[StoreStock, ...], ...]:
        """Divide into adjustments of 2,000."""
        return stock_batches(items)

    async def set_stock(self, batch: Sequence[StoreStock]) -> Taken:
        """Set quantities on hand, absolutely; applied a while later."""
        return await self._inventory.set(batch)

    @property
    def stock_settles_seconds(self) -> float:
        """Return after how long a look at the stock can be believed."""
        return self._settings.stock_settles_seconds

    def price_batches(self, prices: Sequence[StorePrice]) -> tuple[tuple[StorePrice, ...], ...]:
        """Divide into 10 products or 50 variants."""
        return price_batches(prices)

    async def set_prices(self, batch: Sequence[StorePrice]) -> Taken:
        """Set the catalogue's prices, which are in the store's own currency."""
        amounts = [a for one in batch for a in (one.price, one.sale_price, one.cost) if a]
        own = await self._store_currency()
        foreign = sorted({amount.currency for amount in amounts} - {own})
        if foreign:
            raise Rejected(
                f"The store's prices are in {own}, those of the ERP in {', '.join(foreign)}.",
                hold=HoldCode.CURRENCY_DIFFERS,
                remedy="Name a price list in the store's currency in push.prices.",
            )
        return await self._catalog.set_prices(batch)

    async def _refunded(self, position: Position) -> ChangedPage:
        operation = "refunds"
        page = await self._client.v3_page(
            "/v3/orders/payment_actions/refunds",
            operation=operation,
            params={
                "created:min": as_filter(position.since),
                "page": str(position.page),
                "limit": str(LARGEST_PAGE),
            },
        )
        refunds = parsed_rows(WireRefund, page.rows, operation=operation)
        # Refunds come by id and are only ever added, so page numbers are safe here.
        following = position.next_page()
        return ChangedPage(
            changes=tuple(
                Changed(resource_id=str(one.order_id), changed_at=one.created) for one in refunds
            ),
            next_cursor=following.cursor if page.more else "",
        )

    async def _store_currency(self) -> str:
        if not self._currency:
            operation = "the store's settings"
            answer = await self._client.get("/v2/store", operation=operation)
            self._currency = parsed(WireStore, answer, operation=operation).currency
        return self._currency


def _following(
    position: Position, changes: tuple[Changed, ...], *, more: bool, operation: str
) -> Position | None:
    if not more or not changes:
        return None
    last = changes[-1]
    if position.last_id == last.resource_id:
        raise Unavailable(f"BigCommerce gave the same page of {operation} twice.")
    times = [change.changed_at for change in changes]
    if times != sorted(times):  # the sort was ignored, so no time says how far we are
        return position.next_page(last_id=last.resource_id)
    return position.after(newest=last.changed_at, last_id=last.resource_id)
