"""Money given back: refunds (AR302000) of a credit memo, or of the order that is to become one."""

from datetime import datetime, time

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import (
    Payment,
    PaymentDetail,
    SalesInvoice,
    SalesOrder,
    SalesOrderPayment,
)
from connectors.acumatica.keys import fitting, money
from connectors.acumatica.orders import SalesOrders
from connectors.acumatica.parties import cut
from connectors.acumatica.query import Wanted
from connectors.acumatica.receivables import Receivables, method_and_account
from connectors.acumatica.references import CREDIT_MEMO, Reference
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import number, of, text
from connectors.errors import OutcomeUnknown, Rejected
from domain.document import Payout, Posted

_ORDER = Wanted(select=("OrderType", "OrderNbr", "Status"))
_BALANCE = Wanted(select=("Type", "ReferenceNbr", "Status", "Balance"))


class Refunds:
    """Posts money given back against what credits it."""

    def __init__(
        self, settings: AcumaticaSettings, client: AcumaticaClient, orders: SalesOrders
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._client = client
        self._receivables = Receivables(settings, client)
        self._orders = orders

    async def find(self, payout: Payout) -> Posted | None:
        """Look for the released refund that carries our key. Raises as `Receivables.entered`."""
        found = await self._receivables.entered(payout)
        return self._receivables.released(payout, found, or_entered=self._left_entered(payout))

    async def post(self, payout: Payout) -> None:
        """Enter the refund unless it is there already, then release it.

        Raises as `AcumaticaClient.put` and `invoke`; Rejected also for a credit memo that has less
        open.
        """
        fitting(payout.key, self._settings)
        entered = await self._receivables.entered(payout) or await self._enter(payout)
        if not self._left_entered(payout):
            await self._receivables.release(entered)

    async def _enter(self, payout: Payout) -> Payment:
        credit = self._credit(payout)
        memo = credit.number if credit.is_credit_memo else await self._memo_of(credit)
        if memo:
            await self._require_open(memo, payout)
            return await self._receivables.enter(self._of_memo(memo, payout), payout)
        await self._client.put(self._on_order(credit, payout), _ORDER, mode="update")
        entered = await self._receivables.entered(payout)
        if entered is None:
            raise OutcomeUnknown(f"{credit} took refund {payout.key}, which cannot be read yet.")
        return entered

    async def _memo_of(self, credit: Reference) -> str:
        """Return the memo of a credit order that was invoiced meanwhile; empty while it was not."""
        memos = await self._orders.invoices_of(credit)
        return memos[0] if len(memos) == 1 else ""

    async def _require_open(self, memo: str, payout: Payout) -> None:
        """Refuse what came off an unpaid invoice, or was paid out by hand."""
        found = await self._client.record(SalesInvoice, (CREDIT_MEMO, memo), _BALANCE)
        if found is None or text(found.status) not in self._profile.released_statuses:
            return  # Acumatica says in its own words what is wrong with it
        left = money(number(found.balance), payout.amount.currency)
        if left < payout.amount:
            raise Rejected(
                f"{payout.amount} went back to the customer, but of credit memo {memo} only {left} "
                "is open in Acumatica.",
                remedy="It came off an unpaid invoice, or was paid out by hand: book what is "
                "missing, then skip this.",
            )

    def _of_memo(self, memo: str, payout: Payout) -> Payment:
        method, cash_account = method_and_account(payout.account)
        amount = of(payout.amount.amount)
        applied = PaymentDetail(
            doc_type=of(self._profile.applied_credit_type),
            reference_nbr=of(memo),
            amount_paid=amount,
        )
        return Payment(
            type=of(self._profile.refund_type),
            customer_id=of(payout.customer),
            currency_id=of(payout.amount.currency),
            payment_method=of(method),
            cash_account=of(cash_account),
            payment_amount=amount,
            payment_ref=of(payout.key),
            external_ref=of(payout.key),
            application_date=of(datetime.combine(payout.on, time())),
            description=of(_said(payout)),
            hold=of(False),
            documents_to_apply=(applied,),
        )

    def _on_order(self, credit: Reference, payout: Payout) -> SalesOrder:
        method, cash_account = method_and_account(payout.account)
        amount = of(payout.amount.amount)
        entered = SalesOrderPayment(
            doc_type=of(self._profile.refund_type),
            refund=of(True),
            payment_method=of(method),
            cash_account=of(cash_account),
            payment_amount=amount,
            applied_to_order=amount,
            payment_ref=of(payout.key),
            external_ref=of(payout.key),
            application_date=of(datetime.combine(payout.on, time())),
            description=of(_said(payout)),
            hold=of(False),
        )
        return SalesOrder(
            order_type=of(credit.type), order_nbr=of(credit.number), payments=(entered,)
        )

    def _left_entered(self, payout: Payout) -> bool:
        """Tell whether a refund waits for its credit memo before it is released."""
        return not self._profile.release_order_refunds and not self._credit(payout).is_credit_memo

    def _credit(self, payout: Payout) -> Reference:
        return Reference.parse(payout.credit, order_type=self._settings.credit_order_type)


def _said(payout: Payout) -> str:
    return cut(f"Web refund {payout.method}", 255)
