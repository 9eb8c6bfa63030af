"""The stand-in itself: the tenant's state, the protocols in front of it, and the knobs."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import Any

from fastapi import FastAPI

from sandbox.acumatica import company, shapes_masters
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context
from sandbox.acumatica.contacts import changed_contact, contact_of
from sandbox.acumatica.counted import common_ledger
from sandbox.acumatica.customers import Contacts, Customers
from sandbox.acumatica.endpoint import Endpoint
from sandbox.acumatica.forms import Form
from sandbox.acumatica.gate import Gate
from sandbox.acumatica.identity import Identity
from sandbox.acumatica.invoices import SalesInvoices
from sandbox.acumatica.invoicing import invoice_order, release_invoice
from sandbox.acumatica.masters import (
    NonStockItems,
    PaymentMethods,
    StockItems,
    Taxes,
    TaxZones,
    Warehouses,
)
from sandbox.acumatica.orders import SalesOrders
from sandbox.acumatica.payments import Payments
from sandbox.acumatica.push import CUSTOMERS, PRICES, STOCK, PushNotifications
from sandbox.acumatica.records import ZERO, Record
from sandbox.acumatica.routes import add_routes
from sandbox.acumatica.seeds import add_customer, add_stock_item, seed_company, seed_items
from sandbox.acumatica.sessions import Sessions
from sandbox.acumatica.settings import AcumaticaSettings
from sandbox.acumatica.stock import move_stock, taken
from sandbox.assortment import Product
from sandbox.common_contacts import CommonContact
from sandbox.common_ledger import CommonLedger
from sandbox.faults import Faults


class AcumaticaStandIn:
    """One Acumatica tenant with its books, sessions and faults.

    `app` is the ASGI application. Looking: `books` (`orders`, `invoices`, `payments`, `refunds`,
    `customers`, `documents(external_ref)`, `payments_of(external_ref)`, `balances()`), `audit()`.
    Acting: `expire_token()`, `expire_session()`, `take_seat()`/`free_seat()`,
    `deactivate_customer()`, `close_period()`, `fulfil()`, `set_stock()`, `set_price()` and the
    others below. Every form decides without awaiting, so that requests never interleave in it.
    """

    def __init__(self, settings: AcumaticaSettings | None = None) -> None:
        self.settings = settings or AcumaticaSettings()
        self.books = Books(self.settings)
        self.sessions = Sessions(self.settings)
        self.identity = Identity(self.settings)
        self.gate = Gate(self.settings, self.sessions, self.identity)
        self.push = PushNotifications(self.settings)
        self.endpoint = Endpoint(self.books, self._forms(), _SHAPES)
        self.faults = Faults(self._routes())
        self.app = self.faults
        seed_company(self.books)
        seed_items(self.books)
        self.add_customer("WEBSTORE", name="Web store", email="web@example.com")
        self.add_customer("WEBSTOREEU", name="Web store Europe", currency="EUR")

    def common_ledger(self) -> CommonLedger:
        """The ledger as every system's can be counted; raises AssertionError if it is off."""
        return common_ledger(self.books)

    def audit(self) -> None:
        """Raises AssertionError unless the books add up."""
        self.books.audit()

    def expire_token(self) -> None:
        """Our access tokens die of old age; refresh tokens stay good."""
        self.identity.expire_tokens()

    def expire_refresh_token(self) -> None:
        """Our tokens die altogether: somebody has to authorise us anew."""
        self.identity.expire_tokens()
        self.identity.expire_refresh_tokens()

    def revoke_access(self) -> None:
        """An administrator takes our access away; sessions keep their seats."""
        self.identity.revoke()

    def expire_session(self) -> None:
        """Our sessions end, as after a restart of the instance; a cookie then means nothing."""
        self.sessions.close_all()

    def take_seat(self, seats: int | None = None) -> None:
        """Others take so many licence seats; by default every one that is or becomes free."""
        self.sessions.occupy(seats)

    def free_seat(self) -> None:
        """The others sign out."""
        self.sessions.vacate()

    def decline_next(self, count: int = 1) -> None:
        """The next requests are declined with 429 and a text that is no JSON."""
        self.gate.decline_next(count)

    def close_period(self, period: str) -> None:
        """Closes a financial period, MM-yyyy."""
        self.books.closed.add(period)

    def open_period(self, period: str) -> None:
        """Opens a period again."""
        self.books.closed.discard(period)

    def deactivate_customer(self, code: str, status: str = "Inactive") -> None:
        """Sets a customer's status: Inactive, On Hold or Credit Hold. KeyError: unknown."""
        self._change("Customer", code, Status=status)

    def activate_customer(self, code: str) -> None:
        """Makes a customer active again."""
        self._change("Customer", code, Status="Active")

    def set_credit_limit(self, code: str, limit: Decimal) -> None:
        """Sets a customer's credit limit; nought is none."""
        self._change("Customer", code, CreditLimit=limit)

    def deactivate_item(self, code: str, status: str = "Inactive") -> None:
        """Sets an item's status, such as Inactive, No Sales or (again) Active."""
        self._change("StockItem" if self.books.find("StockItem", code) else "NonStockItem", code,
                     ItemStatus=status)  # fmt: skip

    def add_customer(
        self,
        code: str,
        *,
        name: str,
        currency: str = "USD",
        email: str = "",
        credit_limit: Decimal = ZERO,
    ) -> None:
        """Files a customer without asking the form."""
        add_customer(
            self.books, code, name=name, currency=currency, email=email, credit_limit=credit_limit
        )

    def change_customer(self, code: str, **values: Any) -> None:
        """A person changes plain fields of a customer, or `Email`; a notification tells of it."""
        record = self._record("Customer", code)
        if "Email" in values:
            values["MainContact"] = {**record["MainContact"], "Email": values["Email"]}
        self.books.change(record, **values)
        row = {"CustomerID": record["CustomerID"], "CustomerName": record["CustomerName"]}
        self.push.fire(CUSTOMERS, inserted=[row], deleted=[row])

    def contact_of(self, code: str) -> CommonContact:
        """Whom a customer's account is for. Raises KeyError for an unknown one."""
        return contact_of(self._record("Customer", code))

    def change_contact(self, code: str, **changes: str) -> None:
        """A person changes a customer's name or main contact."""
        self.change_customer(code, **changed_contact(self._record("Customer", code), changes))

    def add_item(
        self,
        code: str,
        *,
        name: str,
        price: Decimal,
        stock: int = 0,
        cost: Decimal | None = None,
        valuation: str = "Average",
    ) -> None:
        """Files a stock item, with all its stock in the default warehouse."""
        product = Product(code, name, Decimal(price), "GOODS", stock, ZERO)
        add_stock_item(self.books, product, cost=cost, valuation=valuation)

    def set_stock(self, code: str, *, on_hand: int, warehouse: str = "MAIN") -> None:
        """Counts what lies in a warehouse; the item itself does not change."""
        item = self._record("StockItem", code)["InventoryID"]
        if warehouse not in company.WAREHOUSES:
            raise KeyError(warehouse)
        level = self.books.levels.get((item, warehouse))
        moved = Decimal(on_hand) - (level.on_hand if level else ZERO)
        with self._telling_of_stock({item}):
            move_stock(self.books, item, warehouse, moved)

    def set_price(self, code: str, price: Decimal, *, cost: Decimal | None = None) -> None:
        """Sets an item's default price and, where given, every cost that it keeps."""
        entity = "StockItem" if self.books.find("StockItem", code) else "NonStockItem"
        item = self._record(entity, code)
        changed: dict[str, Any] = {"DefaultPrice": price, "CurySpecificPrice": price}
        if cost is not None:
            names = ("AverageCost", "CurrentStdCost", "LastCost")
            changed |= {name: cost for name in names if item[name] is not None}
        self.books.change(item, **changed)
        row = {"InventoryID": item["InventoryID"]}
        self.push.fire(
            PRICES,
            inserted=[{**row, "DefaultPrice": price}],
            deleted=[{**row, "DefaultPrice": item["DefaultPrice"]}],
        )

    def available(self, code: str) -> Decimal:
        """What is available of an item in all warehouses."""
        by_orders = taken(self.books)
        return sum(
            (
                one.on_hand - by_orders[(one.item, one.warehouse)]
                for one in self.books.levels_of(code)
            ),
            ZERO,
        )

    def available_in(self, warehouse: str) -> dict[str, Decimal]:
        """What is available of each item in a warehouse."""
        by_orders = taken(self.books)
        return {
            one.item: one.on_hand - by_orders[(one.item, warehouse)]
            for one in self.books.levels.values()
            if one.warehouse == warehouse
        }

    def fulfil(self, number: str, kind: str = "SO") -> str:
        """People ship an open order, invoice it and release the invoice: returns its number."""
        order = self._record("SalesOrder", kind, number)
        if order["Status"] != "Open":
            raise ValueError(f"order {kind} {number} is {order['Status']}")
        shipped = {row["InventoryID"] for row in order["Details"] if row.get("WarehouseID")}
        with self._telling_of_stock(shipped), self.books.trial():
            shipment = self.books.next_number("shipment")
            for row in order["Details"]:
                if row.get("WarehouseID"):
                    move_stock(self.books, row["InventoryID"], row["WarehouseID"], -row["OrderQty"])
            context = Context(order["Branch"], "warehouse", self.books.today)
            invoice = invoice_order(self.books, order, context, shipment=shipment)
            release_invoice(self.books, invoice)
        return invoice["ReferenceNbr"]

    @contextmanager
    def _telling_of_stock(self, items: Collection[str]) -> Iterator[None]:
        """One data transaction; what of it changed what is available is told in one notice."""
        before = {item: self.available(item) for item in sorted(items)}
        yield
        after = {item: self.available(item) for item in before}
        # Key values come padded differently in the two arrays.
        self.push.fire(
            STOCK,
            inserted=[{"InventoryID": k, "QtyAvailable": v} for k, v in after.items()],
            deleted=[{"InventoryID": k.ljust(30), "QtyAvailable": v} for k, v in before.items()],
        )

    def _record(self, entity: str, *key: str) -> Record:
        record = self.books.find(entity, *key)
        if record is None:
            raise KeyError(key)
        return record

    def _change(self, entity: str, code: str, **values: Any) -> None:
        self.books.change(self._record(entity, code), **values)

    def _forms(self) -> dict[str, Form]:
        kinds = (
            *(SalesOrders, SalesInvoices, Payments, Customers, Contacts, StockItems),
            *(NonStockItems, Warehouses, PaymentMethods, Taxes, TaxZones),
        )
        return {kind.shape.name: kind(self.books) for kind in kinds}

    def _routes(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            await self.push.start()
            try:
                yield
            finally:
                await self.push.stop()

        app = FastAPI(
            title="Acumatica stand-in",
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            lifespan=lifespan,
            telemetry={"tracing": False},
        )
        add_routes(app, self)
        return app


_SHAPES = (
    shapes_masters.COMPANIES,
    shapes_masters.STORAGE_DETAILS,
    shapes_masters.QUANTITY_AVAILABLE,
    shapes_masters.SUMMARY,
    shapes_masters.SALES_PRICES,
)
