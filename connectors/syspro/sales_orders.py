"""Sales orders by SORTOI, invoiced by SORTIC; our key is the customer's purchase order number."""

import logging
from decimal import Decimal

from connectors.errors import Conflict, OutcomeUnknown, Rejected
from connectors.syspro import order_lines
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import (
    OrderInvoice,
    OrderInvoiceItem,
    OrderInvoiceParameters,
    Parameters,
    rendered,
)
from connectors.syspro.find import Rows, equals
from connectors.syspro.keys import canonical_key
from connectors.syspro.ledger import Detail, Ledger
from connectors.syspro.order_documents import (
    Order,
    OrderHeader,
    OrderParameters,
    SalesOrderParameters,
    SalesOrders,
)
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.site import Site
from connectors.syspro.text import date_text, decimal_of, fits
from domain.document import Posted, SalesDocument
from domain.money import Money
from domain.order import Address

log = logging.getLogger(__name__)


class Orders:
    """Posts documents as sales orders with lines and stock, and finds their invoices."""

    def __init__(
        self,
        settings: SysproSettings,
        client: EnetClient,
        rows: Rows,
        ledger: Ledger,
        site: Site,
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client
        self._rows = rows
        self._ledger = ledger
        self._site = site

    async def find(self, document: SalesDocument) -> Posted | None:
        """Look for the invoices of the order that carries our key; an order alone does not count.

        Raises:
            Conflict: the key belongs to another customer's order or invoice.
        """
        invoices = await self._ledger.invoices_by_reference(document.customer, document.key)
        if not invoices:
            await self._order(document)  # for the conflict it may find
            return None
        currency = invoices[0].value.currency
        details: list[Detail] = []
        for invoice in invoices:
            details += [one for one in await self._ledger.details(invoice) if one.kind == "I"]
        comparable = self._ledger.comparable(invoices[0])
        tax_class = self._profile.sales_order_tax
        tax = sum(
            (one.tax + (one.net if one.product_class == tax_class else 0) for one in details),
            Decimal(0),
        )
        return Posted(
            key=document.key,
            ref=(await self._site.keys()).shown_invoice(invoices[0].number),
            customer=document.customer,
            total=Money.total((invoice.value for invoice in invoices), currency),
            tax=Money(amount=tax, currency=currency) if comparable and details else None,
            lines=len(details) or None,
        )

    async def post(self, document: SalesDocument) -> None:
        """Import the order unless it is there already, then invoice it.

        Raises:
            Rejected: SYSPRO refuses it, or it waits for stock.
            OutcomeUnknown: the order or its invoice may be there.
        """
        if len(document.key) > self._profile.width("reference") or not fits(document.key):
            raise Rejected(f"{document.key} does not fit SYSPRO's customer order number.")
        await self._site.require_accounts(order_lines.revenue_classes(document, self._settings))
        number = await self._order(document) or await self._import(document)
        await self._require_stock(number)
        await self._invoice(document, number)

    async def _order(self, document: SalesDocument) -> str:
        rows = await self._rows.select(
            "SorMaster",
            ("SalesOrder", "Customer", "CancelledFlag"),
            where=(equals("CustomerPoNumber", document.key),),
            order_by=("SalesOrder",),
        )
        live = [row for row in rows if row["CancelledFlag"] != "Y"]
        mine = canonical_key(document.customer)
        ours = [row["SalesOrder"] for row in live if canonical_key(row["Customer"]) == mine]
        if live and not ours:
            raise Conflict(
                f"{document.key} belongs to an order of customer {live[0]['Customer']} in SYSPRO, "
                f"not of {document.customer}."
            )
        return ours[0] if ours else ""

    async def _import(self, document: SalesDocument) -> str:
        parameters = SalesOrderParameters(
            parameters=OrderParameters(
                type_of_order=self._profile.order_type, allocation=self._profile.allocation
            )
        )
        order = Order(
            header=self._header(document), details=order_lines.details(document, self._settings)
        )
        answer = await self._client.post(
            BusinessObject.ORDER_IMPORT,
            rendered(parameters, BusinessObject.ORDER_IMPORT, self._profile),
            rendered(SalesOrders(order=order), BusinessObject.ORDER_IMPORT, self._profile),
        )
        # A clean import may be answered without its order on version 8.
        number = answer.first("Order/SalesOrder") or await self._order(document)
        if not number:
            raise OutcomeUnknown(f"SYSPRO took order {document.key} without naming its number.")
        return number

    def _header(self, document: SalesDocument) -> OrderHeader:
        ship = document.ship_to or Address()
        return OrderHeader(
            key=document.key,
            customer=document.customer,
            ordered_on=date_text(document.on),
            name=ship.name or None,
            street_1=ship.street_1 or None,
            street_2=ship.street_2 or None,
            city=ship.city or None,
            state=ship.state or None,
            country=ship.country or ship.country_code or None,
            postcode=ship.postcode or None,
            email=document.email or None,
            warehouse=self._settings.warehouse,
        )

    async def _require_stock(self, number: str) -> None:
        """Refuse to invoice a part: the rest would be missing from the customer's account."""
        rows = await self._rows.select(
            "SorDetail",
            ("MStockCode", "MBackOrderQty"),
            where=(equals("SalesOrder", self._stored_order(number)),),
            order_by=("SalesOrder", "SalesOrderLine"),
        )
        waiting = [row["MStockCode"] for row in rows if decimal_of(row["MBackOrderQty"])]
        if waiting:
            raise Rejected(
                f"Sales order {_shown(number)} is in SYSPRO, but waits for stock of "
                f"{', '.join(waiting)}.",
                remedy="Release the back order in SYSPRO, then retry: the order is not imported "
                "again.",
            )

    def _stored_order(self, number: str) -> str:
        width = self._profile.width("numeric")
        return number.zfill(width) if number.isdigit() else number

    async def _invoice(self, document: SalesDocument, number: str) -> None:
        parameters = OrderInvoiceParameters(
            parameters=Parameters(
                posting_period=self._profile.posting_period, invoice_date=date_text(document.on)
            )
        )
        invoice = OrderInvoice(item=OrderInvoiceItem(sales_order=number))
        answer = await self._client.post(
            BusinessObject.ORDER_INVOICE,
            rendered(parameters, BusinessObject.ORDER_INVOICE, self._profile),
            rendered(invoice, BusinessObject.ORDER_INVOICE, self._profile),
        )
        if answer.first("Item/Key/GlJournal/GlJournalError").strip("0 "):
            log.warning(
                "SYSPRO invoiced %s, but did not post its journal: %s. Complete the GL "
                "integration.",
                document.key,
                answer.first("Item/Key/GlJournal/GlJournalMessage"),
            )
        if not answer.first("Item/Key/InvoiceNumber"):
            raise OutcomeUnknown(f"SYSPRO took {document.key} without naming its invoice.")


def _shown(number: str) -> str:
    return (number.lstrip("0") or number) if number.isdigit() else number
