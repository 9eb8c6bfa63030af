"""Money on the form AR302000, in or out: entered, released, found again by ExternalRef."""

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import Payment
from connectors.acumatica.keys import asked_for, money, same_code, sole
from connectors.acumatica.query import Wanted, equals
from connectors.acumatica.references import Reference
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import number, of, text
from connectors.errors import Conflict, OutcomeUnknown, Rejected
from domain.document import PaymentPosting, Payout, Posted

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


class Receivables:
    """The records of the form, whichever way the money went."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._profile = settings.profile
        self._client = client

    async def entered(self, posting: PaymentPosting | Payout) -> Payment | None:
        """Look for the record that carries our key, released or not; void ones are not there.

        Raises:
            Conflict: the key belongs to another customer's payment, or to several.
        """
        rows = await self._client.rows(
            Payment, _LISTED, where=equals("ExternalRef", posting.key), top=10
        )
        void = self._profile.void_statuses
        ours = asked_for(rows, posting.key, lambda row: row.external_ref)
        found = sole([row for row in ours if text(row.status) not in void], posting.key)
        if found is not None and not same_code(text(found.customer_id), posting.customer):
            raise Conflict(
                f"{posting.key} belongs to a payment of customer {text(found.customer_id)} in "
                f"Acumatica, not of {posting.customer}."
            )
        return found

    async def enter(self, record: Payment, posting: PaymentPosting | Payout) -> Payment:
        """Enter a new record. Raises as `AcumaticaClient.put`."""
        entered = await self._client.put(record, _LISTED, mode="upsert")
        if not text(entered.reference_nbr):
            raise OutcomeUnknown(f"Acumatica took payment {posting.key} without naming its number.")
        return entered

    async def release(self, entered: Payment) -> None:
        """Release a record that is not yet. Raises as `AcumaticaClient.invoke`."""
        if text(entered.status) in self._profile.released_statuses:
            return
        keys = Payment(type=of(text(entered.type)), reference_nbr=of(text(entered.reference_nbr)))
        await self._client.invoke("ReleasePayment", keys)

    def released(
        self, posting: PaymentPosting | Payout, found: Payment | None, *, or_entered: bool = False
    ) -> Posted | None:
        """Tell what is released under our key; `or_entered`: or only entered."""
        if found is None:
            return None
        if not or_entered and text(found.status) not in self._profile.released_statuses:
            return None
        currency = text(found.currency_id) or posting.amount.currency
        return Posted(
            key=posting.key,
            ref=str(Reference(type=text(found.type), number=text(found.reference_nbr))),
            customer=posting.customer,
            total=money(number(found.payment_amount), currency),
        )


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
