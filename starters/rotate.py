"""Tells which payload keys the histories that Temporal keeps still need."""

import asyncio
from collections import Counter
from collections.abc import Iterator

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.record import Record
from journal.progress import Progress, unheard

_KEY_ID = "encryption-key-id"
_AT_ONCE = 10


class HistoryKey(Record):
    """How many histories hold something that one key encrypted, and how many of them still run."""

    key_id: str
    histories: int
    running: int


async def payload_keys_in_use(
    client: Client, *, progress: Progress = unheard
) -> tuple[HistoryKey, ...]:
    """Read every history of the namespace and count by key.

    A key that is in none may go: nothing that Temporal keeps needs it any more.
    """
    total = (await client.count_workflows()).count
    slots = asyncio.Semaphore(_AT_ONCE)
    histories: Counter[str] = Counter()
    running: Counter[str] = Counter()
    done = 0

    async def read(workflow_id: str, run_id: str, *, runs: bool) -> None:
        nonlocal done
        keys = await _keys_of(client, workflow_id, run_id)
        slots.release()
        histories.update(keys)
        running.update(keys if runs else ())
        done += 1
        progress(done, max(total, done))

    async with asyncio.TaskGroup() as reading:
        async for found in client.list_workflows():
            await slots.acquire()  # so that not all of a large namespace waits in memory
            runs = found.status is WorkflowExecutionStatus.RUNNING
            reading.create_task(read(found.id, found.run_id, runs=runs))
    return tuple(
        HistoryKey(key_id=key_id, histories=count, running=running[key_id])
        for key_id, count in sorted(histories.items())
    )


async def _keys_of(client: Client, workflow_id: str, run_id: str) -> frozenset[str]:
    handle = client.get_workflow_handle(workflow_id, run_id=run_id)
    try:
        history = await handle.fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:  # its time was up meanwhile
            return frozenset()
        raise
    return frozenset(key for event in history.events for key in keys_in(event))


def keys_in(message: Message) -> Iterator[str]:
    """Return the ids of the keys that encrypted payloads anywhere inside a message name."""
    if isinstance(message, Payload):
        if key_id := message.metadata.get(_KEY_ID):
            yield key_id.decode("utf-8", "replace")
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            inner = [one for one in value.values() if isinstance(one, Message)]
        else:
            inner = [value] if isinstance(value, Message) else list(value)
        for one in inner:
            yield from keys_in(one)
