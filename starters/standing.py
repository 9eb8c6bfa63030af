"""Where an order stands: asked of its workflow while that runs, else read from the journal."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.bookkeeping import WAITING
from domain.order import OrderKey
from domain.plan import posted_state
from domain.record import Record
from journal.opening import Journal
from journal.trail import TrailEntry
from workflows.order import OrderOutcome, OrderProgress, OrderSync

_ASK = timedelta(seconds=3)
_LOOK_EVERY_SECONDS = 0.3
# What a query ends in when no worker is there to answer it; the client cancels at its own limit.
_NO_ANSWER = (
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,
)
SETTLED = "settled"
HELD = "held"
UNATTENDED = "waiting for a worker"
STAGES = ("syncing", "waiting", "posted", "ignored", "cancelled", "skipped")


class OrderStanding(Record):
    """Where one order stands. `running` tells whether its workflow still is at it."""

    order_id: str
    stage: str  # planning, held, settled, posted, waiting, ignored, unknown, ...
    document: str = ""
    total: str = ""
    held_at: str = ""
    code: str = ""
    reason: str = ""
    remedy: str = ""
    running: bool = False
    waiting_since: datetime | None = None  # for an answer, with `reason` from the first failure
    tries: int = 0  # of the step at hand
    next_try: datetime | None = None


class PendingStep(Record):
    """The step that a workflow is at, as Temporal knows it."""

    tries: int
    next_try: datetime | None = None


async def standing(client: Client, journal: Journal, key: OrderKey) -> OrderStanding:
    """Tell where an order stands, whether or not its workflow still runs."""
    handle = client.get_workflow_handle_for(OrderSync.run, key.workflow_id)
    progress = await _progress(handle)
    remembered = await remembered_standing(journal, key)
    if progress is None:
        if await _status(handle) is WorkflowExecutionStatus.RUNNING and remembered.stage != HELD:
            return remembered.model_copy(update={"stage": UNATTENDED, "running": True})
        return remembered
    found = remembered.model_copy(
        update={
            "stage": progress.stage,
            "document": progress.document or remembered.document,
            "held_at": progress.held_at,
            "code": progress.code,
            "reason": progress.reason,
            "remedy": progress.remedy,
            "running": True,
        }
    )
    pending = _pending(await handle.describe())
    if progress.stage == HELD or pending is None or pending.tries < 2:
        return found
    last = await _last_entry(journal, key)
    if last is None or last.outcome != WAITING:
        return found
    return found.model_copy(
        update={
            "stage": WAITING,
            "held_at": last.step,
            "reason": last.message,
            "waiting_since": last.at,
            "tries": pending.tries,
            "next_try": pending.next_try,
        }
    )


async def remembered_standing(journal: Journal, key: OrderKey) -> OrderStanding:
    """Tell where an order stands by the journal alone."""
    links = await journal.links.of(key.connection, key.resource)
    held = await journal.holds.of(key.connection, key.resource)
    document, state = links.get("document"), posted_state(links)
    if held is not None:
        return OrderStanding(
            order_id=key.order_id,
            stage=HELD,
            document=document.ref if document else "",
            held_at=held.hold.step,
            code=held.hold.code,
            reason=held.hold.reason,
            remedy=held.hold.remedy,
        )
    if document is None:
        looked_at = await journal.watermarks.get(key.connection, key.resource)
        stage = "ignored" if looked_at is not None else "unknown"
        return OrderStanding(order_id=key.order_id, stage=stage)
    return OrderStanding(
        order_id=key.order_id,
        stage="skipped" if document.skipped else "posted",
        document=document.ref,
        total=str(state.total) if state and state.total else "",
    )


async def stage_before(client: Client, key: OrderKey) -> str:
    """Return the stage of an order's running workflow; empty when none runs."""
    handle = client.get_workflow_handle_for(OrderSync.run, key.workflow_id)
    progress = await _progress(handle)
    return progress.stage if progress else ""


async def follow(
    client: Client, journal: Journal, key: OrderKey, *, stage_before: str
) -> OrderStanding:
    """Return once the order is posted, held or has nothing to do; the caller sets a time limit.

    A workflow that had settled before it was told to look again is still "settled" for a moment:
    that first answer is not believed.
    """
    handle = client.get_workflow_handle_for(OrderSync.run, key.workflow_id)
    believed = stage_before != SETTLED
    while True:
        progress = await _progress(handle)
        if progress is None:
            if await _status(handle) is not WorkflowExecutionStatus.RUNNING:
                return await _outcome(handle, journal, key)
        elif progress.stage == HELD:
            return await standing(client, journal, key)
        elif progress.stage != SETTLED:
            believed = True
        elif believed:
            return await remembered_standing(journal, key)
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


async def counts_by_stage(client: Client, connection: str) -> dict[str, int]:
    """Count a connection's order workflows by stage, as far as Temporal still remembers them."""

    async def count(stage: str) -> int:
        query = f"WorkflowType='OrderSync' AND Connection='{connection}' AND Stage='{stage}'"
        return (await client.count_workflows(query)).count

    counts = await asyncio.gather(*(count(stage) for stage in STAGES))
    return dict(zip(STAGES, counts, strict=True))


async def _outcome(
    handle: WorkflowHandle[OrderSync, OrderOutcome], journal: Journal, key: OrderKey
) -> OrderStanding:
    outcome = await handle.result()
    remembered = await remembered_standing(journal, key)
    return remembered.model_copy(update={"stage": outcome.state})


async def _progress(handle: WorkflowHandle[OrderSync, Any]) -> OrderProgress | None:
    """Ask a running workflow; None when none runs, or no worker answers."""
    if await _status(handle) is not WorkflowExecutionStatus.RUNNING:
        return None
    try:
        return await handle.query(OrderSync.status, rpc_timeout=_ASK)
    except RPCError as error:
        if error.status in _NO_ANSWER:
            return None
        raise


def _pending(described: WorkflowExecutionDescription) -> PendingStep | None:
    steps = described.raw_description.pending_activities
    if not steps:
        return None
    due = steps[0].next_attempt_schedule_time
    next_try = due.ToDatetime(tzinfo=UTC) if due.seconds else None
    return PendingStep(tries=steps[0].attempt, next_try=next_try)


async def _last_entry(journal: Journal, key: OrderKey) -> TrailEntry | None:
    last: TrailEntry | None = None
    while entries := await journal.trail.of(
        key.connection, key.resource, after=last.number if last else 0
    ):
        last = entries[-1]
    return last


async def _status(handle: WorkflowHandle[OrderSync, Any]) -> WorkflowExecutionStatus | None:
    try:
        return (await handle.describe()).status
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
