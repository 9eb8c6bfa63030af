"""Where each order of the demo stands, read from the journal while it runs."""

from collections.abc import Sequence

from domain.hold import HoldCode
from domain.record import Record
from journal.opening import Journal
from starters.demo.configuration import CONNECTION


class Progress(Record):
    """One order on its way. `seconds` from its placing to its invoice, once that is posted."""

    order_id: str
    document: str = ""
    steps: tuple[str, ...] = ()
    planned: bool = False
    settled: bool = False
    held: str = ""
    waits_for_store: bool = False


async def progress_of(journal: Journal, order_id: str) -> Progress:
    """Read one order's links, hold and trail."""
    resource = f"order:{order_id}"
    links = await journal.links.of(CONNECTION, resource)
    hold = await journal.holds.of(CONNECTION, resource)
    in_agreement = await journal.watermarks.get(CONNECTION, resource)
    document = links.get("document")
    return Progress(
        order_id=order_id,
        document=document.ref if document else "",
        steps=tuple(links),
        planned=bool(links) or hold is not None or in_agreement is not None,
        settled=hold is not None or in_agreement is not None,
        held=hold.hold.reason if hold else "",
        waits_for_store=hold is not None and hold.hold.code is HoldCode.AWAITING_STORE,
    )


async def progress_of_all(journal: Journal, orders: Sequence[str]) -> tuple[Progress, ...]:
    """Read every order, in the order of their placing."""
    return tuple([await progress_of(journal, order_id) for order_id in orders])
