"""Payments and prepayments (AR302000), released, and found again by ExternalRef."""

from datetime import datetime, time

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import Payment, PaymentDetail, PaymentOrderDetail
from connectors.acumatica.keys import asked_for, fitting, money, same_code, sole
from connectors.acumatica.orders import SalesOrders
from connectors.acumatica.parties import cut
from connectors.acumatica.query import Wanted, equals
from connectors.acumatica.references import Reference
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import number, of, text
from connectors.errors import Conflict, OutcomeUnknown, Rejected
from domain.document import PaymentPosting, Posted

# Few, as this entity fails on some field names; its nested parts come one record at a time.
_LISTED = Wanted(
    select=(
        "Type",
        "ReferenceNbr",
        "Status",
        "CustomerID",
        "CurrencyID",
        "PaymentAmount",
        "ExternalRef",
    )
)
_PREPAYMENT, _PAYMENT = "Prepayment", "Payment"


class Payments:
    """Posts money against orders and invoices."""

    def __init__(
        self, settings: AcumaticaSettings, client: AcumaticaClient, orders: SalesOrders
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client
        self._orders = orders

    async def find(self, payment: PaymentPosting) -> Posted | None:
        """Look for the released payment that carries our key; void ones count as not there.

        Raises:
            Conflict: the key belongs to another customer's payment, or to several.
        """
        found = await self._entered(payment)
        if found is None or text(found.status) not in self._profile.released_statuses:
            return None
        currency = text(found.currency_id) or payment.amount.currency
        return Posted(
            key=payment.key,
            ref=str(Reference(type=text(found.type), number=text(found.reference_nbr))),
            customer=payment.customer,
            total=money(number(found.payment_amount), currency),
        )

    async def post(self, payment: PaymentPosting) -> None:
        """Enter the payment unless it is there already, then release it.

        Raises as `AcumaticaClient.put` and `invoke`; Rejected also for an account that is no
        payment method with a cash account.
        """
        fitting(payment.key, self._settings)
        entered = await self._entered(payment)
        if entered is None:
            wanted = await self._payment(payment)
            entered = await self._client.put(wanted, _LISTED, mode="upsert")
        if not text(entered.reference_nbr):
            raise OutcomeUnknown(f"Acumatica took payment {payment.key} without naming its number.")
        if text(entered.status) not in self._profile.released_statuses:
            keys = Payment(
                type=of(text(entered.type)), reference_nbr=of(text(entered.reference_nbr))
            )
            await self._client.invoke("ReleasePayment", keys)

    async def _entered(self, payment: PaymentPosting) -> Payment | None:
        rows = await self._client.rows(
            Payment, _LISTED, where=equals("ExternalRef", payment.key), top=10
        )
        void = self._profile.void_statuses
        ours = asked_for(rows, payment.key, lambda row: row.external_ref)
        found = sole([row for row in ours if text(row.status) not in void], payment.key)
        if found is not None and not same_code(text(found.customer_id), payment.customer):
            raise Conflict(
                f"{payment.key} belongs to a payment of customer {text(found.customer_id)} in "
                f"Acumatica, not of {payment.customer}."
            )
        return found

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


def method_and_account(account: str) -> tuple[str, str]:
    """Split what a payment clears through: `METHOD/CASHACCOUNT`.

    Raises:
        Rejected: it is not written like that.
    """
    method, _, cash_account = (part.strip() for part in account.partition("/"))
    if not method or not cash_account:
        raise Rejected(
            f"'{account}' names no payment method with its cash account.",
            remedy="Map the store's method to METHOD/CASHACCOUNT, e.g. STORECC/10600: tillbridge "
            "map set payment-method KEY METHOD/CASHACCOUNT",
        )
    return method, cash_account
