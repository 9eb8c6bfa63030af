"""What an order comes to for the ERP: its document, the receipt of it, or why it waits."""

from hashlib import sha256

from connectors.contract import Erp
from domain.document import Posted, Receipt, SalesDocument
from domain.hold import Hold, HoldCode
from domain.mapping import Resolution, Rules, document_for, item_codes
from domain.order import Order
from domain.plan import Policy


async def resolved_document(
    order: Order, *, customer: str, erp: Erp, rules: Rules, policy: Policy
) -> SalesDocument:
    """Resolve an order's invoice with the rules and what the ERP knows of its items."""
    known = Resolution(rules=rules, items={}, placeholder_item=policy.placeholder_item)
    items = await erp.items(item_codes(order, known))
    return document_for(
        order,
        key=f"{policy.key_prefix}{order.id}",
        customer=customer,
        resolution=known.model_copy(update={"items": items}),
    )


def awaiting_store(order: Order) -> Hold:
    """Say why an order is not posted yet that the store has not let go."""
    return Hold(
        step="plan",
        code=HoldCode.AWAITING_STORE,
        reason=f"Order {order.number} is '{order.status.label}' in the store; it is posted once "
        "the store says that it may be.",
    )


def receipt(step: str, posted: Posted) -> Receipt:
    """Make the proof of what the ERP read back."""
    return Receipt(
        step=step,
        key=posted.key,
        ref=posted.ref,
        customer=posted.customer,
        total=posted.total,
        digest=sha256(posted.model_dump_json().encode()).hexdigest(),
    )
