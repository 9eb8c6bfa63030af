"""What people decide about orders and customers, told to the workflows: one, or all alike."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Literal

from temporalio.client import Client

from activities.records import Decision
from domain.customer import CustomerKey
from domain.hold import HoldCode
from domain.mapping import EVERYTHING_ELSE, RuleKind
from domain.order import OrderKey
from domain.record import Record
from journal.holds import OpenHold
from journal.mappings import mapping_key
from journal.opening import Journal
from settings.model import Settings
from settings.queues import sync_queue
from settings.temporal import look_again

Action = Literal["retry", "skip", "hold", "release"]
_AT_ONCE = 20
_PAGE = 500


class RuleKey(Record):
    """What one mapping rule is about."""

    kind: RuleKind
    key: str


def key_of(held: OpenHold) -> OrderKey | CustomerKey | None:
    """Return whose workflow is parked on a hold; None where it is not an order or a customer."""
    kind, _, resource_id = held.resource.partition(":")
    match kind:
        case "order":
            return OrderKey(connection=held.connection, order_id=resource_id)
        case "customer":
            return CustomerKey(connection=held.connection, customer_id=resource_id)
        case _:
            return None


def keys_of(holds: Iterable[OpenHold]) -> list[OrderKey | CustomerKey]:
    """Return the workflows that are parked on the holds."""
    return [key for key in map(key_of, holds) if key is not None]


async def open_holds(
    journal: Journal, connection: str, *, code: HoldCode | None = None
) -> list[OpenHold]:
    """Return every open hold of a connection, oldest first."""
    holds: list[OpenHold] = []
    after: OpenHold | None = None
    while True:
        page = await journal.holds.list(connection, code=code, limit=_PAGE, after=after)
        holds += page
        if len(page) < _PAGE:
            return holds
        after = page[-1]


def needs_a_person(held: OpenHold) -> bool:
    """Tell whether somebody must act here; an order that awaits its store needs nobody."""
    return held.hold.code is not HoldCode.AWAITING_STORE


def ended_by_rules(holds: Iterable[OpenHold], rules: Sequence[RuleKey]) -> list[OpenHold]:
    """Return the holds that these rules may end; the key `*` may end all of its kind."""
    kinds = {rule.kind.value for rule in rules if rule.key == EVERYTHING_ELSE}
    named = {(rule.kind.value, mapping_key(rule.kind, rule.key)) for rule in rules}
    return [
        held
        for held in holds
        if held.hold.mapping_kind
        and (
            held.hold.mapping_kind in kinds
            or (held.hold.mapping_kind, held.hold.mapping_key) in named
        )
    ]


async def decide(
    client: Client,
    settings: Settings,
    keys: Sequence[OrderKey | CustomerKey],
    *,
    action: Action,
    decision: Decision,
) -> int:
    """Tell each workflow, starting those that have finished; return how many were told.

    Raises:
        RPCError: Temporal did not take one of them; those told before stay told.
    """
    queue = sync_queue(settings.temporal)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def tell(key: OrderKey | CustomerKey) -> None:
        async with slots:
            await look_again(client, key, queue=queue, signal=action, signal_args=(decision,))

    await asyncio.gather(*(tell(key) for key in keys))
    return len(keys)
