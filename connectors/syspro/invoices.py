"""AR invoices, credits and debits by ARSTIN: values per revenue class, under our own number."""

from collections.abc import Sequence
from decimal import Decimal

from connectors.errors import OutcomeUnknown, Rejected
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import (
    ArInvoiceItem,
    ArInvoiceParameters,
    ArInvoices,
    Parameters,
    rendered,
)
from connectors.syspro.keys import canonical_key
from connectors.syspro.ledger import Detail, Invoice, Ledger
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.site import Site
from connectors.syspro.text import date_text, decimal_text, fits
from connectors.syspro.xml import Node
from domain.document import DocumentKind, Posted, SalesDocument
from domain.mapping import by_revenue_class
from domain.money import Money
from domain.record import Record


class Share(Record):
    """What one document puts under one product class. `tax` is within `gross`."""

    product_class: str
    gross: Money
    tax: Money


class Invoices:
    """Posts documents of values, and finds them again by our key."""

    def __init__(
        self, settings: SysproSettings, client: EnetClient, ledger: Ledger, site: Site
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client
        self._ledger = ledger
        self._site = site

    def shares(self, document: SalesDocument) -> tuple[Share, ...]:
        """Split a document by product class, as it is posted: one item each, positive ones first.

        Classes that come to nothing are left out, unless there is nothing else.
        """
        sums = by_revenue_class(document.lines)
        shares = [Share(product_class=c, gross=n + t, tax=t) for c, (n, t) in sums.items()]
        if self._profile.class_split == "single":
            largest = max(shares, key=lambda share: share.gross.amount)
            whole = {"gross": document.total, "tax": document.tax}
            return (largest.model_copy(update=whole),)
        filled = [share for share in shares if share.gross]
        filled.sort(key=lambda share: share.gross.amount < 0)
        return tuple(filled or shares[:1])

    async def post(self, document: SalesDocument) -> None:
        """Post an invoice under its own number, or a credit or debit against one.

        Raises:
            Rejected: SYSPRO refuses it, or the key does not fit; nothing was posted.
            Conflict: the number is taken; look whose it is.
            OutcomeUnknown: it may have been posted.
        """
        number = document.against or document.key
        await self._check_number(document, number)
        shares = self.shares(document)
        await self._site.require_accounts({share.product_class for share in shares})
        answer = await self._send(document, number, shares)
        posted = [item.first("Invoice") for item in answer.all("Item")]
        wanted = canonical_key(number)
        if len(posted) != len(shares) or any(canonical_key(one) != wanted for one in posted):
            raise OutcomeUnknown(f"SYSPRO took {document.key} without naming its number.")

    async def validate(self, document: SalesDocument) -> None:
        """Have SYSPRO check an invoice without posting it. Raises as `post`."""
        shares = self.shares(document)
        await self._send(document, document.key, shares, validate_only=True)

    async def find(self, document: SalesDocument) -> Posted | None:
        """Look for the document's key: as a number, or as a reference on the invoice.

        Raises:
            Conflict: the number belongs to another customer.
        """
        if document.kind is not DocumentKind.INVOICE:
            return await self._find_against(document)
        invoice = await self._ledger.invoice(document.customer, document.key)
        if invoice is None:
            return None
        details = await self._ledger.details(invoice)
        own = self._own(details, document.key)
        comparable = self._ledger.comparable(invoice)
        tax = sum((detail.tax for detail in own), Decimal(0))
        currency = invoice.value.currency
        return Posted(
            key=document.key,
            ref=document.key,
            customer=document.customer,
            total=await self._original_value(document, invoice, details, own),
            tax=Money(amount=tax, currency=currency) if comparable and own else None,
            lines=len(own) if own else None,
        )

    async def _find_against(self, document: SalesDocument) -> Posted | None:
        reference = document.key
        if not self._profile.detail_reference_column:
            total = await self._ledger.moved(document.customer, document.against, reference)
            return self._posted(document, total) if total is not None else None
        invoice = await self._ledger.invoice(document.customer, document.against)
        details = await self._ledger.details(invoice) if invoice else ()
        own = [detail for detail in details if detail.reference == reference]
        if invoice is None or not own:
            return None
        if not self._ledger.comparable(invoice):
            total = await self._ledger.moved(document.customer, document.against, reference)
            return self._posted(document, total or Money.zero(invoice.value.currency), len(own))
        total = Money(amount=abs(_gross(own)), currency=invoice.value.currency)
        return self._posted(document, total, len(own))

    def _posted(self, document: SalesDocument, total: Money, lines: int | None = None) -> Posted:
        return Posted(
            key=document.key,
            ref=document.key,
            customer=document.customer,
            total=total,
            lines=lines,
        )

    def _own(self, details: Sequence[Detail], key: str) -> tuple[Detail, ...]:
        """Pick the lines of the invoice itself out of everything under its number."""
        if self._profile.detail_reference_column:
            return tuple(detail for detail in details if detail.reference == key)
        first = next((detail.run for detail in details if detail.kind == "I"), None)
        return tuple(detail for detail in details if detail.run == first)

    async def _original_value(
        self,
        document: SalesDocument,
        invoice: Invoice,
        details: Sequence[Detail],
        own: Sequence[Detail],
    ) -> Money:
        """Return what was invoiced at first, before later credits and debits."""
        raised = self._profile.debits_raise_invoice_value
        later = [detail for detail in details if detail not in own]
        missing = "C" if raised else "CD"  # kinds that CurrencyValue does not contain
        adjust = [detail for detail in own if detail.kind in missing]
        undo = [detail for detail in later if detail.kind == "D" and raised]
        if not adjust and not undo:
            return invoice.value
        if self._ledger.comparable(invoice):
            change = _gross(adjust) - _gross(undo)
        else:
            movements = await self._ledger.movements(document.customer, invoice)
            ours = [one.value for one in movements if one.reference == document.key]
            change = sum((value for value in ours if value < 0), Decimal(0))
        return invoice.value + Money(amount=change, currency=invoice.value.currency)

    async def _check_number(self, document: SalesDocument, number: str) -> None:
        keys = await self._site.keys()
        width = self._profile.width("numeric" if keys.invoice_numeric else "invoice")
        if len(document.key) > self._profile.width("reference") or len(number) > width:
            raise Rejected(
                f"{number} is longer than the {width} characters of a SYSPRO invoice number.",
                remedy="Give the connection a shorter key prefix.",
            )
        if not fits(document.key):
            raise Rejected(f"{document.key} holds characters that SYSPRO does not keep.")
        own_range = self._profile.invoice_numbering == "own-numeric-range"
        ours = document.kind is DocumentKind.INVOICE and not own_range
        if keys.invoice_numeric and (ours or not number.isdigit()):
            raise Rejected(
                f"SYSPRO numbers invoices with digits only here; {number} cannot be ours.",
                remedy="Make the AR invoice key alphanumeric, set profile.invoice_numbering to a "
                "range of our own, or use the sales-order strategy.",
            )

    async def _send(
        self,
        document: SalesDocument,
        number: str,
        shares: Sequence[Share],
        *,
        validate_only: bool = False,
    ) -> Node:
        zero = not any(share.gross for share in shares)
        parameters = ArInvoiceParameters(
            parameters=Parameters(
                posting_period=self._profile.posting_period,
                # SYSPRO warns about nothing else that we could mean on purpose.
                ignore_warnings=(
                    "Y" if zero and self._profile.zero_documents_ignore_warnings else "N"
                ),
                validate_only="Y" if validate_only else "N",
            )
        )
        items = [
            self._item(document, number, share, first=index == 0)
            for index, share in enumerate(shares)
        ]
        return await self._client.post(
            BusinessObject.AR_INVOICE,
            rendered(parameters, BusinessObject.AR_INVOICE, self._profile),
            rendered(ArInvoices(items=items), BusinessObject.AR_INVOICE, self._profile),
        )

    def _item(
        self, document: SalesDocument, number: str, share: Share, *, first: bool
    ) -> ArInvoiceItem:
        settings = self._settings
        # Values are never negative; the type says which way they go.
        reduces = (document.kind is DocumentKind.CREDIT) != (share.gross.amount < 0)
        opens = first and document.kind is DocumentKind.INVOICE
        gross, tax = abs(share.gross).amount, share.tax.amount
        tax = -tax if share.gross.amount < 0 else tax
        value = gross if self._profile.invoice_value_includes_tax else gross - tax
        return ArInvoiceItem(
            transaction_type="I" if opens else "C" if reduces else "D",
            customer=document.customer,
            to_existing="N" if opens else "Y",
            invoice=number,
            invoice_date=date_text(document.on),
            reference=document.key,
            value=decimal_text(value),
            tax=decimal_text(tax),
            product_class=share.product_class,
            terms=settings.terms or None,
            area=settings.area or None,
            salesperson=settings.salesperson or None,
            branch=settings.branch or None,
        )


def _gross(details: Sequence[Detail]) -> Decimal:
    return sum((detail.net + detail.tax for detail in details), Decimal(0))
