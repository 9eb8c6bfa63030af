"""The stand-in itself: the company's state, the two protocols in front of it, and the knobs."""

from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response

from sandbox.assortment import ASSORTMENT
from sandbox.common_contacts import CommonContact, under
from sandbox.common_ledger import CommonLedger
from sandbox.faults import Faults
from sandbox.syspro import company, control, odata
from sandbox.syspro.arsscs import DEFAULTS, WIDTHS
from sandbox.syspro.books import CENT, Books
from sandbox.syspro.counted import common_ledger
from sandbox.syspro.enet import Enet
from sandbox.syspro.records import (
    Customer,
    Invoice,
    Journal,
    Payment,
    SalesOrder,
    StockItem,
    StockLevel,
)
from sandbox.syspro.sessions import Sessions
from sandbox.syspro.settings import SysproSettings

REST_PATH = "/SYSPROWCFService/Rest"
ODATA_PATH = "/SYSPRO8Odata/SYSPROOData"
_SERVER = {"Server": "Microsoft-HTTPAPI/2.0", "Content-Type": "application/octet-stream"}
_QUANTITY = Decimal("0.000001")
_CONTACT = {
    "name": "Name",
    "contact": "Contact",
    "email": "Email",
    "phone": "Telephone",
    "street": "SoldToAddr1",
    "city": "SoldToAddr3",
    "state": "SoldToAddr4",
    "country": "SoldToAddr5",
    "postcode": "SoldPostalCode",
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class SysproStandIn:
    """One SYSPRO company with its books, sessions and faults.

    `app` is the ASGI application. Every answer of the ledger is decided without awaiting, so that
    requests never interleave inside a posting.
    """

    def __init__(self, settings: SysproSettings | None = None) -> None:
        self.settings = settings or SysproSettings()
        classes = {product.product_class for product in ASSORTMENT}
        self.books = Books(self.settings, tuple(sorted(classes)))
        self.sessions = Sessions(self.settings)
        self._enet = Enet(self.books, self.sessions)
        self.faults = Faults(self._routes())
        self.app = self.faults
        self._seed()

    def _seed(self) -> None:
        web, euro = self.settings.web_customer, self.settings.web_customer_eur
        self.add_customer(web, name="Web store", email="web@example.com")
        self.add_customer(euro, name="Web store Europe", currency="EUR", branch="20")
        if self.settings.customer_key_type == "N":
            self.books.counters["customer"] = max(int(web), int(euro))
        for product in ASSORTMENT:
            self.add_item(
                product.sku,
                name=product.name,
                price=product.price,
                product_class=product.product_class,
                stock=product.stock,
            )

    @property
    def logons(self) -> int:
        """How often a logon succeeded."""
        return self.sessions.logons

    @property
    def invoices(self) -> list[Invoice]:
        """Every document in ArInvoice, credit notes and unapplied money included."""
        return list(self.books.invoices.values())

    @property
    def customers(self) -> list[Customer]:
        """Every customer."""
        return list(self.books.customers.values())

    @property
    def payments(self) -> list[Payment]:
        """Every payment."""
        return list(self.books.payments.values())

    @property
    def orders(self) -> list[SalesOrder]:
        """Every sales order."""
        return list(self.books.orders.values())

    @property
    def journals(self) -> list[Journal]:
        """Every GL journal."""
        return list(self.books.journals.values())

    @property
    def balances(self) -> dict[str, Decimal]:
        """Account balances in local currency; debits are positive."""
        return self.books.balances()

    def invoice(self, number: str, *, document_type: str = "I") -> Invoice | None:
        """The document of that number, whoever's it is."""
        key = self.books.invoice_key(number)
        found = (i for i in self.invoices if (i.invoice, i.document_type) == (key, document_type))
        return next(found, None)

    def common_ledger(self) -> CommonLedger:
        """The ledger as every system's can be counted; raises AssertionError if it is off."""
        return common_ledger(self.books)

    def audit(self) -> None:
        """Raises AssertionError unless the ledger adds up."""
        self.books.audit()

    def close_period(self, code: str = "C") -> None:
        """Closes the current (C), previous (P) or the one before (B) for AR postings."""
        self.books.period(code)
        self.books.closed.add(code)

    def open_period(self, code: str = "C") -> None:
        """Opens a period again."""
        self.books.closed.discard(code)

    def hold_customer(self, code: str) -> None:
        """Puts a customer on hold; raises KeyError for an unknown one."""
        self._change(code, CustomerOnHold="Y")

    def release_customer(self, code: str) -> None:
        """Takes a customer off hold."""
        self._change(code, CustomerOnHold="N")

    def steal_session(self) -> None:
        """A person logs on with our operator: our token dies."""
        self.sessions.steal()

    def expire_session(self) -> None:
        """Our token dies of old age."""
        self.sessions.expire()

    def occupy_seats(self, seats: int) -> None:
        """Other operators take that many licence seats."""
        self.sessions.occupy(seats)

    def vacate_seats(self) -> None:
        """The other operators log off."""
        self.sessions.vacate()

    def add_customer(
        self, code: str, *, name: str, currency: str = "USD", branch: str = "10", email: str = ""
    ) -> None:
        """Files a customer without asking ARSSCS."""
        columns = dict.fromkeys(WIDTHS, "") | DEFAULTS
        columns |= {"Name": name, "ShortName": name[:20], "Currency": currency, "Branch": branch}
        columns |= {"Salesperson": "100", "TermsCode": "0", "Area": "N", "Email": email}
        key = self.books.customer_key(code)
        self.books.customers[key] = Customer(customer=key, columns=columns, added=self.books.today)

    def contact_of(self, code: str) -> CommonContact:
        """Whom a customer's account is for. Raises KeyError for an unknown one."""
        row = self.books.customers[self.books.customer_key(code)]
        return CommonContact(**{name: row[column] for name, column in _CONTACT.items()})

    def change_contact(self, code: str, **changes: str) -> None:
        """A person changes a customer; nothing in the table tells when."""
        self._change(code, **under(_CONTACT, changes))

    def add_item(
        self,
        stock_code: str,
        *,
        name: str,
        price: Decimal,
        product_class: str = "GOODS",
        stock: int = 0,
    ) -> None:
        """Files a stock item, with all its stock in the default warehouse."""
        if product_class not in self.books.product_classes:
            raise ValueError(f"product class {product_class} does not exist")
        cost = (Decimal(price) * 2 / 5).quantize(CENT)
        self.books.items[stock_code] = StockItem(
            stock_code=stock_code,
            description=name.encode("cp1252", errors="replace").decode("cp1252"),
            price=Decimal(price),
            product_class=product_class,
            unit_cost=cost,
        )
        for warehouse in company.WAREHOUSES:
            held = stock if warehouse == self.settings.default_warehouse else 0
            self.set_stock(stock_code, on_hand=held, warehouse=warehouse)

    def set_stock(self, stock_code: str, *, on_hand: int, warehouse: str = "FG") -> None:
        """Sets what lies in a warehouse; allocations stay."""
        if stock_code not in self.books.items:
            raise KeyError(stock_code)
        key = (stock_code, warehouse)
        quantity = Decimal(on_hand).quantize(_QUANTITY)
        level = self.books.levels.get(key)
        self.books.levels[key] = (
            replace(level, on_hand=quantity)
            if level
            else StockLevel(stock_code=stock_code, warehouse=warehouse, on_hand=quantity)
        )

    def available_in(self, warehouse: str) -> dict[str, Decimal]:
        """What may still be sold of each item in a warehouse."""
        levels = self.books.levels.values()
        return {one.stock_code: one.available for one in levels if one.warehouse == warehouse}

    def set_price(self, stock_code: str, price: Decimal, *, price_code: str = "A") -> None:
        """Sets a selling price; raises KeyError for an unknown item."""
        item = self.books.items[stock_code]
        if price_code == "A":
            self.books.items[stock_code] = replace(item, price=Decimal(price))
        else:
            self.books.prices[stock_code, price_code] = Decimal(price)

    def _change(self, code: str, **columns: str) -> None:
        key = self.books.customer_key(code)
        customer = self.books.customers[key]
        self.books.customers[key] = replace(customer, columns={**customer.columns, **columns})

    def _routes(self) -> FastAPI:
        app = FastAPI(
            title="SYSPRO stand-in",
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            telemetry={"tracing": False},
        )

        @app.api_route("/_sandbox/{name}", methods=["GET", "POST"])
        async def control_api(request: Request) -> Response:
            return await control.serve(self, request)

        @app.api_route("/{path:path}", methods=_METHODS)
        async def outside(path: str, request: Request) -> Response:
            lowered = f"/{path}".lower()
            if lowered.startswith(f"{REST_PATH.lower()}/"):
                return await self._rest(lowered[len(REST_PATH) :], request)
            if lowered.startswith(odata.PATH):
                return odata.serve(self.books, request)
            return Response("Not Found", 404)

        return app

    async def _rest(self, path: str, request: Request) -> Response:
        raw_query = request.scope["query_string"]
        # http.sys refuses long request lines before the service sees them.
        if len(request.scope["raw_path"]) + len(raw_query) + 1 > self.settings.max_url_chars:
            return Response("<h1>Request URL Too Long</h1>", 414, media_type="text/html")
        if path == "/transaction/postld" and self.settings.post_ld:
            if request.method != "POST":
                return Response("Method not allowed.", 405)
            return Response(self._enet.post_large(await request.body()), headers=_SERVER)
        if not self._enet.knows(path):
            return Response("Endpoint not found.", 404)
        if request.method != "GET":
            return Response("Method not allowed.", 405)
        pairs = parse_qsl(raw_query.decode("latin-1"), keep_blank_values=True)
        return Response(self._enet.call(path, dict(pairs)), headers=_SERVER)
