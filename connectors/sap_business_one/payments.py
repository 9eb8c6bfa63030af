"""Incoming payments: money received by transfer, put against an invoice; found by our key."""

from decimal import Decimal

from connectors.errors import Conflict
from connectors.sap_business_one import documents
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.approval import require_no_draft, require_posted
from connectors.sap_business_one.client import ServiceLayerClient
from connectors.sap_business_one.sales import Sales
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.text import literal
from connectors.sap_business_one.wire import WirePayment
from domain.document import PaymentPosting, Posted
from domain.money import Money

_COLUMNS = ("DocEntry", "DocNum", "CardCode", "DocCurrency", "TransferSum", "Cancelled")


class Payments:
    """Posts money against invoices."""

    def __init__(
        self, settings: SapBusinessOneSettings, client: ServiceLayerClient, sales: Sales
    ) -> None:
        self._settings = settings
        self._field = settings.payment_reference_field
        self._client = client
        self._sales = sales

    async def find(self, payment: PaymentPosting) -> Posted | None:
        """Look for the payment's key; cancelled payments do not count.

        Raises:
            Conflict: the key is on another customer's payment.
        """
        rows = await self._client.rows(
            "IncomingPayments",
            _COLUMNS,
            where=f"{self._field} eq {literal(payment.key)} and Cancelled eq 'tNO'",
        )
        found = [parsed(WirePayment, row, "IncomingPayments") for row in rows]
        standing = [one for one in found if not one.cancelled]
        if not standing:
            return None
        others = sorted({one.customer for one in standing if one.customer != payment.customer})
        if others:
            raise Conflict(
                f"{payment.key} is a payment of customer {', '.join(others)} in SAP Business One, "
                f"not of {payment.customer}."
            )
        currency = self._settings.iso_currency(standing[0].currency)
        total = sum((one.transferred for one in standing), Decimal(0))
        return Posted(
            key=payment.key,
            ref=" and ".join(one.number or str(one.entry) for one in standing),
            customer=payment.customer,
            total=Money(amount=total, currency=currency),
        )

    async def post(self, payment: PaymentPosting) -> None:
        """Post the payment. Raises as `Sales.post`."""
        invoice = await self._sales.invoice(
            payment.document, customer=payment.customer, key=payment.key
        )
        args = (self._client, self._settings, "PaymentDrafts", self._field, payment.key)
        await require_no_draft(*args)
        body = documents.payment(payment, self._settings, invoice_entry=invoice.entry)
        await require_posted(*args, await self._client.create("IncomingPayments", body))
