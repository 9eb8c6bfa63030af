"""Probe, write, read back, compare: how anything gets into an ERP exactly once."""

from connectors.contract import Erp
from connectors.errors import Conflict, OutcomeUnknown
from domain.document import PaymentPosting, Posted, SalesDocument, mismatch
from domain.hold import Held, Hold, HoldCode
from domain.money import Money


async def post_once(erp: Erp, document: SalesDocument, *, tolerance: Money, step: str) -> Posted:
    """Make sure that the ERP holds the document exactly once, as it was meant.

    Looks for the key first on every attempt, the first included: a worker may have died, or a
    history may have been lost, after the ERP had committed.

    Raises:
        Held: what stands in the ERP under our key is not what was meant.
        OutcomeUnknown: it was sent, and cannot be read back yet.
        Refusal: the ERP will not take it.
    """
    meant = erp.prepared(document, tolerance=tolerance)
    posted = await erp.find_document(meant)
    if posted is None:
        try:
            await erp.post_document(meant)
        except Conflict:
            # The ERP knows the key after all: somebody's earlier attempt has landed meanwhile.
            posted = await erp.find_document(meant)
            if posted is None:
                raise
        else:
            posted = await erp.find_document(meant)
    if posted is None:
        raise OutcomeUnknown(f"{meant.key} was accepted but cannot be read back yet.")
    if difference := mismatch(meant, posted, lines=erp.line_count(meant)):
        raise Held(
            Hold(
                step=step,
                code=HoldCode.POSTING_MISMATCH,
                reason=f"{posted.ref} in the ERP is not what the order says: {difference}.",
                remedy="Compare the two, correct the ledger or the order, then retry or skip.",
            )
        )
    return posted


async def pay_once(erp: Erp, payment: PaymentPosting) -> Posted:
    """Make sure that the ERP holds the payment exactly once. As `post_once`."""
    posted = await erp.find_payment(payment)
    if posted is None:
        await erp.post_payment(payment)
        posted = await erp.find_payment(payment)
    if posted is None:
        raise OutcomeUnknown(f"{payment.key} was accepted but cannot be read back yet.")
    if abs(posted.total.amount) != payment.amount.amount:
        raise Held(
            Hold(
                step=f"payment:{payment.key}",
                code=HoldCode.POSTING_MISMATCH,
                reason=f"Payment {payment.key} stands in the ERP with {posted.total}, "
                f"but the store took {payment.amount}.",
                remedy="Correct the payment in the ledger, then retry or skip.",
            )
        )
    return posted
