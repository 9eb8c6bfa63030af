"""Probe, write, read back, compare: how anything gets into an ERP exactly once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from connectors.contract import Erp
from connectors.errors import Conflict, OutcomeUnknown
from domain.document import PaymentPosting, Payout, Posted, SalesDocument, mismatch
from domain.hold import Held, Hold, HoldCode
from domain.money import Money

M = TypeVar("M", PaymentPosting, Payout)


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


async def pay_once(erp: Erp, payment: PaymentPosting, *, step: str) -> Posted:
    """Make sure that the ERP holds the payment exactly once. As `post_once`."""
    posted = await _found_or_posted(erp.find_payment, erp.post_payment, payment)
    _require_amount(payment, posted, step=step, what="Payment", did="took")
    return posted


async def pay_back_once(erp: Erp, payout: Payout, *, step: str) -> Posted:
    """Make sure that the ERP holds the payout exactly once. As `post_once`."""
    posted = await _found_or_posted(erp.find_payout, erp.post_payout, payout)
    _require_amount(payout, posted, step=step, what="Payout", did="gave back")
    return posted


async def _found_or_posted(
    find: Callable[[M], Awaitable[Posted | None]], post: Callable[[M], Awaitable[None]], money: M
) -> Posted:
    posted = await find(money)
    if posted is None:
        await post(money)
        posted = await find(money)
    if posted is None:
        raise OutcomeUnknown(f"{money.key} was accepted but cannot be read back yet.")
    return posted


def _require_amount(
    meant: PaymentPosting | Payout, posted: Posted, *, step: str, what: str, did: str
) -> None:
    if abs(posted.total) == meant.amount:
        return
    raise Held(
        Hold(
            step=step,
            code=HoldCode.POSTING_MISMATCH,
            reason=f"{what} {meant.key} stands in the ERP with {posted.total}, "
            f"but the store {did} {meant.amount}.",
            remedy=f"Correct the {what.lower()} in the ledger, then retry or skip.",
        )
    )
