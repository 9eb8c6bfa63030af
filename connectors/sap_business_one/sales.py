"""Posts invoices, the chain that leads to them, debits and credits; finds them by our key."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from connectors.errors import Conflict, OutcomeUnknown, Rejected
from connectors.sap_business_one import documents
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.approval import require_no_draft, require_posted
from connectors.sap_business_one.client import Row, ServiceLayerClient
from connectors.sap_business_one.settings import Numbered, SapBusinessOneSettings
from connectors.sap_business_one.states import States
from connectors.sap_business_one.text import literal
from connectors.sap_business_one.wire import WireDocument
from domain.document import DocumentKind, Posted, SalesDocument
from domain.money import Money

_COLUMNS = (
    "DocEntry",
    "DocNum",
    "CardCode",
    "DocCurrency",
    "DocTotal",
    "DocTotalFc",
    "VatSum",
    "VatSumFc",
    "PaidToDate",
    "PaidToDateFC",
    "DocumentStatus",
    "Cancelled",
    "CancelStatus",
    "DocumentLines",
    "DocumentAdditionalExpenses",
)


class Sales:
    """The marketing documents of one company."""

    def __init__(
        self, settings: SapBusinessOneSettings, client: ServiceLayerClient, states: States
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client
        self._states = states

    async def find(self, document: SalesDocument) -> Posted | None:
        """Look for what stands under the document's key; cancelled documents do not count.

        Should there be two, they are told as one over both, which no proof of posting lets pass.

        Raises:
            Conflict: the key is on another customer's document.
        """
        credit = document.kind is DocumentKind.CREDIT
        found = await self._standing("CreditNotes" if credit else "Invoices", document)
        if not found:
            return None
        currency = self._settings.iso_currency(found[0].currency)
        local = self._settings.is_local(currency)
        zero = Decimal(0)
        total = sum((one.total if local else one.total_foreign for one in found), zero)
        tax = sum((one.tax if local else one.tax_foreign for one in found), zero)
        expenses = [expense for one in found for expense in one.expenses]
        lines = sum(len(one.lines) for one in found)
        lines += sum(bool(expense.total or expense.tax) for expense in expenses)
        return Posted(
            key=document.key,
            ref=" and ".join(one.number or str(one.entry) for one in found),
            customer=document.customer,
            total=Money(amount=total, currency=currency),
            tax=Money(amount=tax, currency=currency),
            # How a credit is divided depends on the invoice as SAP has it.
            lines=None if credit else lines,
        )

    async def post(self, document: SalesDocument) -> None:
        """Post the document; of a chain, whatever of it is not there yet.

        Raises:
            Rejected: SAP refuses it, or it awaits approval.
            OutcomeUnknown: it may have been posted.
        """
        if document.kind is DocumentKind.CREDIT:
            invoice = await self._invoice_for(document)
            body = documents.credit(document, self._settings, invoice)
            await self._create("CreditNotes", Numbered.CREDIT_NOTE, document, body)
        elif document.kind is DocumentKind.DEBIT or self._settings.document == "invoice":
            body = documents.sale(document, self._settings)
            await self._create("Invoices", Numbered.INVOICE, document, body)
        else:
            await self._post_chain(document)

    async def invoice(self, number: str, *, customer: str, key: str) -> WireDocument:
        """Return the customer's invoice of that number, as people see it.

        A number repeats across series; the one whose key ours was made from is meant.

        Raises:
            Rejected: there is no such invoice, or more than one.
        """
        return await self._numbered("Invoices", "invoice", number, customer=customer, key=key)

    async def credit_note(self, number: str, *, customer: str, key: str) -> WireDocument:
        """Return the customer's credit note of that number; `key` is our own of it.

        Raises:
            Rejected: there is no such credit note, or more than one.
        """
        return await self._numbered(
            "CreditNotes", "credit note", number, customer=customer, key=key
        )

    async def _numbered(
        self, entity: str, what: str, number: str, *, customer: str, key: str
    ) -> WireDocument:
        if not (number.isascii() and number.isdigit()):
            raise Rejected(f"{number or 'Nothing'} is no {what} number of SAP Business One.")
        found = await self._documents(
            entity, f"DocNum eq {number} and CardCode eq {literal(customer)}"
        )
        standing = [one for one, _ in found if one.stands]
        if len(standing) > 1:
            ours = [one for one, row in found if one.stands and self._is_ours(row, key)]
            standing = ours or standing
        if len(standing) != 1:
            count = "no" if not standing else "more than one"
            raise Rejected(
                f"Customer {customer} has {count} {what} {number} in SAP Business One.",
                remedy="If it was cancelled there, book what follows by hand and skip it.",
            )
        return standing[0]

    def _is_ours(self, row: Row, key: str) -> bool:
        reference = str(row.get(self._settings.reference_field) or "")
        return bool(reference) and f"{key}-".startswith(f"{reference}-")

    async def _invoice_for(self, document: SalesDocument) -> WireDocument:
        return await self.invoice(document.against, customer=document.customer, key=document.key)

    async def _post_chain(self, document: SalesDocument) -> None:
        """Order, then delivery note, then invoice, each looked for by our key before it is made."""
        order = await self._only("Orders", document)
        if order is None:
            body = documents.sale(document, self._settings)
            order = await self._made("Orders", Numbered.ORDER, document, body)
        delivery = await self._only("DeliveryNotes", document)
        if delivery is None:
            body = documents.copied(order, documents.ORDER, document, self._settings)
            delivery = await self._made("DeliveryNotes", Numbered.DELIVERY_NOTE, document, body)
        body = documents.copied(delivery, documents.DELIVERY_NOTE, document, self._settings)
        await self._create("Invoices", Numbered.INVOICE, document, body)

    async def _made(
        self, entity: str, numbered: Numbered, document: SalesDocument, body: documents.Body
    ) -> WireDocument:
        await self._create(entity, numbered, document, body)
        made = await self._only(entity, document)
        if made is None:
            raise OutcomeUnknown(
                f"SAP Business One took {document.key} into {entity}, where it "
                "cannot be read back yet."
            )
        return made

    async def _create(
        self, entity: str, numbered: Numbered, document: SalesDocument, body: documents.Body
    ) -> None:
        await require_no_draft(
            self._client, self._settings, "Drafts", self._settings.reference_field, document.key
        )
        state = await self._states.code(document.ship_to) if document.ship_to else ""
        head = documents.header(document, self._settings, numbered, state=state)
        answer = await self._client.create(entity, {**head, **body})
        await require_posted(
            self._client,
            self._settings,
            "Drafts",
            self._settings.reference_field,
            document.key,
            answer,
        )

    async def _only(self, entity: str, document: SalesDocument) -> WireDocument | None:
        found = await self._standing(entity, document)
        if len(found) > 1:
            numbers = " and ".join(one.number for one in found)
            raise Conflict(
                f"{document.key} stands twice among SAP Business One's {entity}: {numbers}.",
                remedy="Cancel one of them, then retry.",
            )
        return found[0] if found else None

    async def _standing(self, entity: str, document: SalesDocument) -> Sequence[WireDocument]:
        field = self._settings.reference_field
        found = await self._documents(entity, f"{field} eq {literal(document.key)}")
        standing = [one for one, _ in found if one.stands]
        others = sorted({one.customer for one in standing if one.customer != document.customer})
        if others:
            raise Conflict(
                f"{document.key} belongs to customer {', '.join(others)} in SAP Business One, not "
                f"to {document.customer}.",
                remedy="Find out who used our key; give the connection a prefix of its own.",
            )
        return standing

    async def _documents(self, entity: str, where: str) -> Sequence[tuple[WireDocument, Row]]:
        columns = (*_COLUMNS, self._settings.reference_field)
        rows = await self._client.rows(entity, columns, where=where)
        return [(self._document(row, entity), row) for row in rows]

    def _document(self, row: Row, entity: str) -> WireDocument:
        name = self._profile.line_reference_property
        lines = row.get("DocumentLines")
        if name and isinstance(lines, list):
            told = [
                {**line, "source": line.get(name)}
                for line in cast(list[Mapping[str, object]], lines)
            ]
            row = {**row, "DocumentLines": told}
        return parsed(WireDocument, row, entity)
