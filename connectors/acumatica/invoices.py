"""Invoices and credit memos without an order (SO303000), released; our key is ExternalRef."""

from datetime import datetime, time

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import (
    SalesInvoice,
    SalesInvoiceDetail,
    SalesInvoiceTaxDetail,
)
from connectors.acumatica.keys import asked_for, fitting, mine, money, same_code, sole
from connectors.acumatica.lines import PricedLine, priced_lines, tax_of
from connectors.acumatica.orders import description
from connectors.acumatica.parties import cut, document_contact, wire_address
from connectors.acumatica.query import Wanted, all_of, equals
from connectors.acumatica.references import CREDIT_MEMO, INVOICE, Reference
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import given, number, of, text
from connectors.errors import OutcomeUnknown
from domain.document import DocumentKind, Posted, SalesDocument

_KEYS = ("Type", "ReferenceNbr", "Status", "CustomerID")
_LISTED = Wanted(select=(*_KEYS, "ExternalRef"))
_READ = Wanted(
    select=(*_KEYS, "Currency", "Amount", "TaxTotal", "Details/LineNbr"), expand=("Details",)
)
_LINES = Wanted(
    select=("Type", "ReferenceNbr", "Details/LineNbr", "Details/InventoryID"), expand=("Details",)
)


class SalesInvoices:
    """Posts documents as released invoices and memos, and finds them again."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client

    async def find(self, document: SalesDocument) -> Posted | None:
        """Look for the released document that carries our key; one that is not does not count.

        Raises:
            Conflict: the key belongs to another customer's document, or to several.
        """
        found = await self._entered(document)
        if found is None or text(found.status) not in self._profile.released_statuses:
            return None
        reference = Reference(type=_type(document), number=text(found.reference_nbr))
        invoice = await self._client.record(SalesInvoice, (reference.type, reference.number), _READ)
        if invoice is None:
            return None
        currency = text(invoice.currency) or self._settings.local_currency
        customer = text(invoice.customer_id)
        return Posted(
            key=document.key,
            ref=str(reference),
            customer=document.customer if same_code(customer, document.customer) else customer,
            total=money(number(invoice.amount), currency),
            tax=money(number(invoice.tax_total), currency),
            lines=len(invoice.details or ()),
        )

    async def post(self, document: SalesDocument) -> None:
        """Enter the document unless it is there already, then release it.

        Raises as `AcumaticaClient.put` and `invoke`.
        """
        fitting(document.key, self._settings)
        entered = await self._entered(document)
        if entered is None:
            invoice = self._invoice(document, await self._links(document))
            entered = await self._client.put(invoice, _LISTED, mode="upsert")
        reference_nbr = text(entered.reference_nbr)
        if not reference_nbr:
            raise OutcomeUnknown(f"Acumatica took {document.key} without naming its number.")
        if text(entered.status) not in self._profile.released_statuses:
            keys = SalesInvoice(type=of(_type(document)), reference_nbr=of(reference_nbr))
            await self._client.invoke("ReleaseSalesInvoice", keys)

    async def _entered(self, document: SalesDocument) -> SalesInvoice | None:
        kind = _type(document)
        rows = await self._client.rows(
            SalesInvoice,
            _LISTED,
            where=all_of(equals("Type", kind), equals("ExternalRef", document.key)),
            top=10,
        )
        void = self._profile.void_statuses
        ours = asked_for(rows, document.key, lambda row: row.external_ref)
        found = sole([row for row in ours if text(row.status) not in void], document.key)
        if found is not None:
            reference = Reference(type=kind, number=text(found.reference_nbr))
            mine(document, text(found.customer_id), reference)
        return found

    def _invoice(
        self, document: SalesDocument, links: dict[str, SalesInvoiceDetail]
    ) -> SalesInvoice:
        settings = self._settings
        ship = document.ship_to if document.kind is DocumentKind.INVOICE else None
        tax = tax_of(document, settings)
        return SalesInvoice(
            type=of(_type(document)),
            customer_id=of(document.customer),
            customer_order=of(document.key),
            external_ref=of(document.key),
            date=of(datetime.combine(document.on, time())),
            currency=of(document.total.currency),
            description=of(cut(description(document), 255)),
            hold=of(False),
            is_tax_valid=of(True),
            details=tuple(
                _detail(line, links.get(line.item)) for line in priced_lines(document, settings)
            ),
            tax_details=(
                (
                    SalesInvoiceTaxDetail(
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

    async def _links(self, document: SalesDocument) -> dict[str, SalesInvoiceDetail]:
        """Find the lines that a credit's lines belong to, where that is switched on."""
        if document.kind is not DocumentKind.CREDIT or not self._profile.link_credits:
            return {}
        against = Reference.parse(document.against, order_type=self._settings.order_type)
        found = await self._client.record(SalesInvoice, (INVOICE, against.number), _LINES)
        links: dict[str, SalesInvoiceDetail] = {}
        for line in (found.details or ()) if found else ():
            links.setdefault(
                text(line.inventory_id),
                SalesInvoiceDetail(
                    orig_inv_type=of(INVOICE),
                    orig_inv_nbr=of(against.number),
                    orig_inv_line_nbr=line.line_nbr,
                ),
            )
        return links


def _type(document: SalesDocument) -> str:
    return CREDIT_MEMO if document.kind is DocumentKind.CREDIT else INVOICE


def _detail(line: PricedLine, link: SalesInvoiceDetail | None) -> SalesInvoiceDetail:
    detail = SalesInvoiceDetail(
        inventory_id=of(line.item),
        transaction_descr=given(cut(line.description, 255)),
        warehouse_id=given(line.warehouse),
        uom=given(line.uom),
        qty=of(line.quantity),
        manual_price=of(True),
        unit_price=of(line.price),
        manual_discount=of(True),
        discount_amount=of(line.discount),
    )
    if link is None:
        return detail
    return detail.model_copy(
        update={
            "orig_inv_type": link.orig_inv_type,
            "orig_inv_nbr": link.orig_inv_nbr,
            "orig_inv_line_nbr": link.orig_inv_line_nbr,
        }
    )
