"""Incoming and outgoing payments: transfers against an invoice or a credit note, by our key."""

from decimal import Decimal

from connectors.errors import Conflict, Rejected
from connectors.sap_business_one import documents
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.approval import require_no_draft, require_posted
from connectors.sap_business_one.client import ServiceLayerClient
from connectors.sap_business_one.sales import Sales
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.text import literal
from connectors.sap_business_one.wire import WireDocument, WirePayment
from domain.document import PaymentPosting, Payout, Posted
from domain.money import Money

_COLUMNS = ("DocEntry", "DocNum", "CardCode", "DocCurrency", "TransferSum", "Cancelled")
_INCOMING, _OUTGOING = "IncomingPayments", "VendorPayments"


class Payments:
    """Posts money against invoices, and money given back against credit notes."""

    def __init__(
        self, settings: SapBusinessOneSettings, client: ServiceLayerClient, sales: Sales
    ) -> None:
        self._settings = settings
        self._field = settings.payment_reference_field
        self._client = client
        self._sales = sales

    async def find(self, money: PaymentPosting | Payout) -> Posted | None:
        """Look for the key of a payment or a payout; cancelled ones do not count.

        Raises:
            Conflict: the key is on another customer's payment.
        """
        entity = _OUTGOING if isinstance(money, Payout) else _INCOMING
        rows = await self._client.rows(
            entity,
            _COLUMNS,
            where=f"{self._field} eq {literal(money.key)} and Cancelled eq 'tNO'",
        )
        found = [parsed(WirePayment, row, entity) for row in rows]
        standing = [one for one in found if not one.cancelled]
        if not standing:
            return None
        others = sorted({one.customer for one in standing if one.customer != money.customer})
        if others:
            raise Conflict(
                f"{money.key} is a payment of customer {', '.join(others)} in SAP Business One, "
                f"not of {money.customer}."
            )
        currency = self._settings.iso_currency(standing[0].currency)
        total = sum((one.transferred for one in standing), Decimal(0))
        return Posted(
            key=money.key,
            ref=" and ".join(one.number or str(one.entry) for one in standing),
            customer=money.customer,
            total=Money(amount=total, currency=currency),
        )

    async def post(self, payment: PaymentPosting) -> None:
        """Post money that came in. Raises as `Sales.post`."""
        invoice = await self._sales.invoice(
            payment.document, customer=payment.customer, key=payment.key
        )
        body = documents.payment(payment, self._settings, invoice_entry=invoice.entry)
        await self._create(_INCOMING, payment.key, body)

    async def post_payout(self, payout: Payout) -> None:
        """Post money that went back to the customer. Raises as `Sales.post`.

        Raises:
            Rejected: the credit note has less open, or there is none.
        """
        credit = await self._sales.credit_note(
            payout.credit, customer=payout.customer, key=payout.credit_key
        )
        self._require_open(credit, payout)
        body = documents.payout(payout, self._settings, credit_entry=credit.entry)
        await self._create(_OUTGOING, payout.key, body)

    def _require_open(self, credit: WireDocument, payout: Payout) -> None:
        """Refuse what came off an unpaid invoice, or was paid out by hand."""
        local = self._settings.is_local(payout.amount.currency)
        left = credit.total - credit.paid if local else credit.total_foreign - credit.paid_foreign
        if left < payout.amount.amount:
            currency = payout.amount.currency
            raise Rejected(
                f"{payout.amount} went back to the customer, but of credit note {payout.credit} "
                f"only {Money(amount=left, currency=currency)} is open in SAP Business One.",
                remedy="It came off an unpaid invoice, or was paid out by hand: book what is "
                "missing, then skip this.",
            )

    async def _create(self, entity: str, key: str, body: documents.Body) -> None:
        args = (self._client, self._settings, "PaymentDrafts", self._field, key)
        await require_no_draft(*args)
        await require_posted(*args, await self._client.create(entity, body))
