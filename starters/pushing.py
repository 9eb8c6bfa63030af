"""Pushes as people see them: under way with progress, and what is linked to what."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from activities.push_records import Flow, PushKey
from domain.mapping import Rules, item_of
from domain.record import Record
from journal.opening import Journal
from workflows.push import PushProgress, Stage

_GLANCE_SECONDS = 0.5


class Seen(Record):
    """How far a push is. `left` of the `changed` are still to be given to the store."""

    stage: Stage
    read: int
    changed: int
    left: int


class Refusal(Record):
    """What the store does not take, and why."""

    sku: str
    location: str = ""
    flow: Flow
    reason: str


class LinkReport(Record):
    """What is not linked, as the last listings of both sides had it. Nothing is created.

    `items_without_sku` are of the ERP, `skus_without_item` of the store.
    """

    skus: int
    items_without_sku: tuple[str, ...]
    skus_without_item: tuple[str, ...]
    refused: tuple[Refusal, ...]


async def watched_push(
    handle: WorkflowHandle[Any, Any], key: PushKey, journal: Journal
) -> AsyncIterator[Seen]:
    """Tell how far a push is every half a second, until it has ended."""
    ended = asyncio.ensure_future(handle.result())
    try:
        while not ended.done():
            seen = await _look(handle, key, journal)
            if seen is not None:
                yield seen
            await asyncio.wait([ended], timeout=_GLANCE_SECONDS)
    finally:
        if not ended.done():
            ended.cancel()
            await asyncio.wait([ended])


async def _look(handle: WorkflowHandle[Any, Any], key: PushKey, journal: Journal) -> Seen | None:
    try:
        told = await handle.query("status", result_type=PushProgress)
    except RPCError as error:
        # Without a worker there is nobody to answer; it may come, and the push with it.
        if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            return None
        if error.status is RPCStatusCode.DEADLINE_EXCEEDED:
            return None
        raise
    left = await journal.pushed.left(key.connection, key.flow)
    changed = told.summary.changed
    return Seen(stage=told.stage, read=told.summary.read, changed=changed, left=min(left, changed))


async def link_report(journal: Journal, connection: str, rules: Rules) -> LinkReport:
    """Compare the store's SKUs with the ERP's items, as both were last listed."""
    items = await journal.store_items.all(connection)
    told: set[str] = set()
    refused: list[Refusal] = []
    for flow in Flow:
        for row in await journal.pushed.rows(connection, flow):
            told.add(row.sku)
            if row.refused:
                refused.append(
                    Refusal(sku=row.sku, location=row.location, flow=flow, reason=row.refused)
                )
    return LinkReport(
        skus=len(items),
        items_without_sku=await journal.store_items.unlinked(connection),
        skus_without_item=tuple(
            f"{item.sku} ({item_of(item.sku, rules)})"
            if item_of(item.sku, rules) != item.sku
            else item.sku
            for item in items
            if item.sku not in told
        ),
        refused=tuple(refused),
    )
