"""The one way to start a push: there is never more than one of a kind for a connection."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.common import Priority

from activities.push_records import Flow, PushKey
from domain.record import Record

_WORKFLOWS = {Flow.STOCK: "StockPush", Flow.PRICES: "PricePush"}
# Orders come first, with 1.
_PRIORITIES = {Flow.STOCK: 3, Flow.PRICES: 4}


class PushWish(Record):
    """What somebody wants pushed. `full`: everything looked at anew, not only what changed."""

    key: PushKey
    full: bool = False


async def start_push(client: Client, wish: PushWish, *, queue: str) -> WorkflowHandle[Any, Any]:
    """Start a push, or join the one under way; a full one follows one that is not.

    Atomic: two at the same time are one.
    """
    return await _start(client, wish, queue=queue, signal="wanted", told=[wish.full])


async def hint_push(client: Client, key: PushKey, *, queue: str) -> WorkflowHandle[Any, Any]:
    """Start a push because something changed; one that may have read before is followed by another.

    As atomic as `start_push`, and as harmless to repeat.
    """
    return await _start(client, PushWish(key=key), queue=queue, signal="changed", told=[])


async def _start(
    client: Client, wish: PushWish, *, queue: str, signal: str, told: Sequence[object]
) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow(
        _WORKFLOWS[wish.key.flow],
        wish,
        id=wish.key.workflow_id,
        task_queue=queue,
        start_signal=signal,
        start_signal_args=told,
        priority=Priority(
            priority_key=_PRIORITIES[wish.key.flow], fairness_key=wish.key.connection[:64]
        ),
        rpc_timeout=timedelta(seconds=10),
    )
