"""Sales orders, and credits as orders of a type of their own; our key is ExternalRef."""

from datetime import datetime, time

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import (
    SalesInvoice,
    SalesOrder,
    SalesOrderDetail,
    TaxDetail,
)
from connectors.acumatica.keys import asked_for, fitting, mine, money, same_code, sole
from connectors.acumatica.lines import PricedLine, priced_lines, tax_of
from connectors.acumatica.parties import cut, document_contact, wire_address
from connectors.acumatica.query import Wanted, all_of, equals, starts
from connectors.acumatica.references import Reference
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import given, number, of, text
from connectors.errors import OutcomeUnknown
from domain.document import DocumentKind, Posted, SalesDocument

_KEYS = ("OrderType", "OrderNbr", "Status", "CustomerID")
_LISTED = Wanted(select=(*_KEYS, "ExternalRef"))
_READ = Wanted(
    select=(*_KEYS, "CurrencyID", "OrderTotal", "TaxTotal", "Details/LineNbr"),
    expand=("Details",),
)
_WRITTEN = Wanted(select=("OrderType", "OrderNbr", "Status"))
_WORTH = Wanted(select=(*_KEYS, "ExternalRef", "OrderTotal"))
_INVOICED = Wanted(
    select=(*_KEYS, "Shipments/InvoiceType", "Shipments/InvoiceNbr"), expand=("Shipments",)
)
_INVOICE_LINES = Wanted(
    select=("Type", "ReferenceNbr", "Details/LineNbr", "Details/InventoryID"), expand=("Details",)
)


class SalesOrders:
    """Posts documents as orders, and finds them again."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._settings = settings
        self._client = client

    async def find(self, document: SalesDocument) -> Posted | None:
        """Look for the order that carries our key; cancelled ones count as not there.

        Raises:
            Conflict: the key belongs to another customer's order, or to several.
        """
        kind = self._type(document)
        rows = await self._client.rows(
            SalesOrder,
            _LISTED,
            where=all_of(equals("OrderType", kind), equals("ExternalRef", document.key)),
            top=10,
        )
        void = self._settings.profile.void_statuses
        ours = asked_for(rows, document.key, lambda row: row.external_ref)
        found = sole([row for row in ours if text(row.status) not in void], document.key)
        if found is None:
            return None
        reference = Reference(type=kind, number=text(found.order_nbr))
        mine(document, text(found.customer_id), reference)
        order = await self._client.record(SalesOrder, (reference.type, reference.number), _READ)
        return self._posted(document, order, reference) if order is not None else None

    async def post(self, document: SalesDocument) -> None:
        """Create the order. Raises as `AcumaticaClient.put`."""
        fitting(document.key, self._settings)
        links = await self._links(document)
        await self._keep_from_shipping(document)
        order = self._order(document, links)
        answer = await self._client.put(order, _WRITTEN, mode="upsert")
        if not text(answer.order_nbr):
            raise OutcomeUnknown(f"Acumatica took order {document.key} without naming its number.")

    async def invoices_of(self, reference: Reference) -> tuple[str, ...]:
        """Return the numbers of an order's invoices, once it has been completed."""
        order = await self._client.record(SalesOrder, (reference.type, reference.number), _INVOICED)
        if order is None or text(order.status) != "Completed":
            return ()
        numbers = [text(one.invoice_nbr) for one in order.shipments or ()]
        return tuple(dict.fromkeys(filter(None, numbers)))

    def _type(self, document: SalesDocument) -> str:
        if document.kind is DocumentKind.CREDIT:
            return self._settings.credit_order_type
        return self._settings.order_type

    def _posted(self, document: SalesDocument, order: SalesOrder, reference: Reference) -> Posted:
        currency = text(order.currency_id) or self._settings.local_currency
        customer = text(order.customer_id)
        return Posted(
            key=document.key,
            ref=str(reference),
            customer=document.customer if same_code(customer, document.customer) else customer,
            total=money(number(order.order_total), currency),
            tax=money(number(order.tax_total), currency),
            lines=len(order.details or ()),
        )

    def _order(self, document: SalesDocument, links: dict[str, SalesOrderDetail]) -> SalesOrder:
        settings = self._settings
        ship = document.ship_to if document.kind is DocumentKind.INVOICE else None
        tax = tax_of(document, settings)
        return SalesOrder(
            order_type=of(self._type(document)),
            customer_id=of(document.customer),
            # Unique where the order type forbids duplicates; it starts with the order's own.
            customer_order=of(document.key),
            external_ref=of(document.key),
            date=of(datetime.combine(document.on, time())),
            currency_id=of(document.total.currency),
            description=of(cut(description(document), 255)),
            hold=of(False),
            is_tax_valid=of(True),
            disable_automatic_discount_update=of(True),
            details=tuple(
                _detail(line, links.get(line.item)) for line in priced_lines(document, settings)
            ),
            tax_details=(
                (
                    TaxDetail(
                        tax_id=of(tax.id), taxable_amount=of(tax.taxable), tax_amount=of(tax.amount)
                    ),
                )
                if tax
                else None
            ),
            ship_to_address_override=of(True) if ship else None,
            ship_to_address=wire_address(ship, settings) if ship else None,
            ship_to_contact_override=of(True) if ship else None,
            ship_to_contact=document_contact(ship, document.email) if ship else None,
        )

    async def _keep_from_shipping(self, document: SalesDocument) -> None:
        """Put an open order on hold before the credit that leaves nothing of it.

        Before, so that nothing can come between: a hold too many is lifted in a moment, a parcel
        is not called back.
        """
        profile = self._settings.profile
        if document.kind is not DocumentKind.CREDIT or not profile.hold_credited_orders:
            return
        reference = Reference.parse(document.against, order_type=self._settings.order_type)
        keys = (reference.type, reference.number)
        order = await self._client.record(SalesOrder, keys, _WORTH)
        if order is None or text(order.status) not in profile.open_order_statuses:
            return
        belonging = await self._client.rows(
            SalesOrder, _WORTH, where=starts("ExternalRef", f"{text(order.external_ref)}-")
        )
        left = number(order.order_total) - document.total.amount
        for one in belonging:
            if text(one.status) not in profile.void_statuses:
                credit = text(one.order_type) == self._settings.credit_order_type
                left += -abs(number(one.order_total)) if credit else number(one.order_total)
        if left <= 0:
            held = SalesOrder(
                order_type=of(reference.type), order_nbr=of(reference.number), hold=of(True)
            )
            await self._client.put(held, _WRITTEN, mode="update")

    async def _links(self, document: SalesDocument) -> dict[str, SalesOrderDetail]:
        """Find the invoice lines that a credit's lines belong to, where that is switched on."""
        if document.kind is not DocumentKind.CREDIT or not self._settings.profile.link_credits:
            return {}
        reference = Reference.parse(document.against, order_type=self._settings.order_type)
        links: dict[str, SalesOrderDetail] = {}
        for invoice in await self.invoices_of(reference):
            found = await self._client.record(SalesInvoice, ("Invoice", invoice), _INVOICE_LINES)
            for line in (found.details or ()) if found else ():
                links.setdefault(
                    text(line.inventory_id),
                    SalesOrderDetail(
                        invoice_type=of("Invoice"),
                        invoice_nbr=of(invoice),
                        invoice_line_nbr=line.line_nbr,
                    ),
                )
        return links


def description(document: SalesDocument) -> str:
    """Say for people what a document is."""
    what = {
        DocumentKind.INVOICE: f"Web order {document.order_number}",
        DocumentKind.CREDIT: f"Credit on {document.against}, web order {document.order_number}",
        DocumentKind.DEBIT: f"Addition to {document.against}, web order {document.order_number}",
    }[document.kind]
    return f"{what}: {document.note}" if document.note else what


def _detail(line: PricedLine, link: SalesOrderDetail | None) -> SalesOrderDetail:
    detail = SalesOrderDetail(
        inventory_id=of(line.item),
        line_description=given(cut(line.description, 255)),
        warehouse_id=given(line.warehouse),
        uom=given(line.uom),
        order_qty=of(line.quantity),
        manual_price=of(True),
        unit_price=of(line.price),
        manual_discount=of(True),
        discount_amount=of(line.discount),
    )
    if link is None:
        return detail
    return detail.model_copy(
        update={
            "invoice_type": link.invoice_type,
            "invoice_nbr": link.invoice_nbr,
            "invoice_line_nbr": link.invoice_line_nbr,
        }
    )
