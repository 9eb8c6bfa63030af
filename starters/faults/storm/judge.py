"""Whether what was acknowledged arrived: read in Temporal's own histories, not in our logs."""

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.order import OrderKey
from starters.faults.storm.sender import Told

_AT_ONCE = 16
_LOOK_AGAIN_SECONDS = 0.5
_TOLD = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
)


async def lost(
    client: Client, connection: str, told: Iterable[Told], *, within: float = 60.0
) -> tuple[Told, ...]:
    """Return the webhooks answered 200 after which their order's workflow was told nothing.

    An order is told by its workflow's start or by a signal. What an earlier signal did does not
    count: a look that began before the webhook was sent may have missed what it was about.

    A signal that comes during a workflow task is in the history only when that task ends, at the
    latest by its time-out, so what is missing is looked for again for `within` seconds.
    """
    missing = tuple(each for each in told if each.status == 200)
    give_up_at = monotonic() + within
    while missing:
        heard = await _last_told(client, connection, {each.order_id for each in missing})
        missing = tuple(each for each in missing if heard[each.order_id] < each.sent_at)
        if monotonic() > give_up_at:
            break
        await asyncio.sleep(_LOOK_AGAIN_SECONDS if missing else 0)
    return missing


async def _last_told(client: Client, connection: str, orders: Iterable[str]) -> Mapping[str, float]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def last(order: str) -> tuple[str, float]:
        key = OrderKey(connection=connection, order_id=order)
        async with room:
            return order, await _last_event(client, key.workflow_id)

    return dict(await asyncio.gather(*[last(order) for order in orders]))


async def _last_event(client: Client, workflow_id: str) -> float:
    """Return when the latest run was last told anything, in seconds; 0 if there is none."""
    heard = 0.0
    try:
        async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
            if event.event_type in _TOLD:
                heard = max(heard, event.event_time.ToNanoseconds() / 1e9)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    return heard
