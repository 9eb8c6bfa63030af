"""Payments by ARSTPY, found again by their reference: a payment has no unique key of its own."""

import logging

from connectors.errors import OutcomeUnknown, Rejected
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import (
    ArPayment,
    ArPaymentItem,
    ArPaymentParameters,
    ArPayments,
    InvoiceToPay,
    Parameters,
    rendered,
)
from connectors.syspro.ledger import Ledger
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.text import date_text, decimal_text, fits
from domain.document import PaymentPosting, Posted

log = logging.getLogger(__name__)


class Payments:
    """Posts money against invoices."""

    def __init__(self, settings: SysproSettings, client: EnetClient, ledger: Ledger) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client
        self._ledger = ledger

    async def find(self, payment: PaymentPosting) -> Posted | None:
        """Look for the payment's reference among what moved its invoice.

        Raises:
            Conflict: the invoice belongs to another customer.
        """
        total = await self._ledger.moved(payment.customer, payment.document, payment.key)
        if total is None:
            return None
        return Posted(key=payment.key, ref=payment.key, customer=payment.customer, total=total)

    async def post(self, payment: PaymentPosting) -> None:
        """Post the payment. Raises as `Invoices.post`."""
        width = self._profile.width("reference")
        if len(payment.key) > width or not fits(payment.key):
            raise Rejected(
                f"{payment.key} does not fit the {width} characters of a payment's reference."
            )
        value = decimal_text(payment.amount.amount)
        parameters = ArPaymentParameters(
            parameters=Parameters(
                posting_period=self._profile.posting_period,
                auto_correct=self._profile.auto_correct_payment,
            )
        )
        item = ArPayment(
            customer=payment.customer,
            value=value,
            reference=payment.key,
            paid_on=date_text(payment.on),
            notation=f"{self._settings.journal_notation} {payment.method}".strip(),
            bank=payment.account,
            invoice=InvoiceToPay(invoice=payment.document, value=value),
        )
        answer = await self._client.post(
            BusinessObject.AR_PAYMENT,
            rendered(parameters, BusinessObject.AR_PAYMENT, self._profile),
            rendered(
                ArPayments(item=ArPaymentItem(payment=item)),
                BusinessObject.AR_PAYMENT,
                self._profile,
            ),
        )
        journal_problem = answer.first("StatusOfItems/GlJournal/GlJournalError").strip("0 ")
        if journal_problem:
            # The sub-ledger holds the payment; posting it again would double it.
            log.warning(
                "SYSPRO posted payment %s, but not its journal: %s. Complete the GL integration.",
                payment.key,
                answer.first("StatusOfItems/GlJournal/GlJournalMessage") or journal_problem,
            )
        if not answer.first("Item/Payment/Key/Journal"):
            raise OutcomeUnknown(f"SYSPRO took payment {payment.key} without naming its journal.")
