"""Payments and prepayments (AR302000), released."""

from datetime import datetime, time

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import Payment, PaymentDetail, PaymentOrderDetail
from connectors.acumatica.keys import fitting
from connectors.acumatica.orders import SalesOrders
from connectors.acumatica.parties import cut
from connectors.acumatica.receivables import Receivables, method_and_account
from connectors.acumatica.references import Reference
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import of
from domain.document import PaymentPosting, Posted

_PREPAYMENT, _PAYMENT = "Prepayment", "Payment"


class Payments:
    """Posts money against orders and invoices."""

    def __init__(
        self, settings: AcumaticaSettings, client: AcumaticaClient, orders: SalesOrders
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._receivables = Receivables(settings, client)
        self._orders = orders

    async def find(self, payment: PaymentPosting) -> Posted | None:
        """Look for the released payment that carries our key. Raises as `Receivables.entered`."""
        found = await self._receivables.entered(payment)
        return self._receivables.released(payment, found)

    async def post(self, payment: PaymentPosting) -> None:
        """Enter the payment unless it is there already, then release it.

        Raises as `AcumaticaClient.put` and `invoke`; Rejected also for an account that is no
        payment method with a cash account.
        """
        fitting(payment.key, self._settings)
        entered = await self._receivables.entered(payment)
        if entered is None:
            entered = await self._receivables.enter(await self._payment(payment), payment)
        await self._receivables.release(entered)

    async def _payment(self, payment: PaymentPosting) -> Payment:
        method, cash_account = method_and_account(payment.account)
        against = Reference.parse(payment.document, order_type=self._settings.order_type)
        amount = of(payment.amount.amount)
        invoice = await self._invoice(against)
        applied = PaymentOrderDetail(
            order_type=of(against.type), order_nbr=of(against.number), applied_to_order=amount
        )
        paid = PaymentDetail(
            doc_type=of(self._profile.applied_invoice_type),
            reference_nbr=of(invoice),
            amount_paid=amount,
        )
        return Payment(
            type=of(_PAYMENT if invoice else _PREPAYMENT),
            customer_id=of(payment.customer),
            currency_id=of(payment.amount.currency),
            payment_method=of(method),
            cash_account=of(cash_account),
            payment_amount=amount,
            payment_ref=of(payment.key),
            external_ref=of(payment.key),
            application_date=of(datetime.combine(payment.on, time())),
            description=of(cut(f"Web payment {payment.method}", 255)),
            hold=of(False),
            orders_to_apply=None if invoice else (applied,),
            documents_to_apply=(paid,) if invoice else None,
        )

    async def _invoice(self, against: Reference) -> str:
        """Return the invoice that is owed; empty while it is the order that is paid."""
        if against.is_invoice:
            return against.number
        invoices = await self._orders.invoices_of(against)
        return invoices[0] if len(invoices) == 1 else ""
