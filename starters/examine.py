"""The connection test: store, ERP, Temporal, workers and journal, each finding with its remedy."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.connections import Connections, SecretMissing
from activities.stock_figures import locations_of
from connectors.contract import Capability, Finding
from connectors.errors import OutsideFailure, Refusal
from connectors.registry import SystemMisconfigured
from domain.mapping import RuleKind, Rules
from domain.record import Record
from journal.condition import JOURNAL_AWAY, sentence_for
from journal.leases import LeaseBusy
from journal.opening import Journal
from journal.outages import Side
from settings.model import Settings
from settings.queues import erp_queue, sync_queue
from starters.deploys import workers_on
from workers.versioning import current_build, deployment_info
from workflows.attributes import SEARCH_ATTRIBUTES

_ASK = timedelta(seconds=5)
_WRITE_TEST = "write-test"
_NOTHING_SOLD = Finding(
    check="Locations",
    ok=False,
    detail="push.stock is switched on, but no warehouse of the ERP is mapped to a location.",
    remedy="tillbridge map set location WAREHOUSE LOCATION",
)


class Examined(Record):
    """One finding, and what it was found at."""

    part: str  # store, erp, temporal, journal
    finding: Finding


async def examine_store(
    connections: Connections, connection: str, rules: Rules
) -> tuple[Examined, ...]:
    """Examine a connection's store, with the locations to which warehouses are mapped.

    When all is well, what was told of it is over.
    """
    locations = locations_of(rules)
    push = connections.settings(connection).push
    needed = {
        Capability.STOCK_IN: bool(locations) or push.stock.enabled,
        Capability.PRICES_IN: push.prices.enabled,
    }

    async def findings() -> tuple[Finding, ...]:
        store = await connections.store(connection)
        found = await store.examine(
            needed=frozenset(one for one, is_needed in needed.items() if is_needed),
            locations=frozenset(locations.values()),
        )
        return (*found, _NOTHING_SOLD) if push.stock.enabled and not locations else found

    return await _proving(connections, connection, Side.STORE, findings)


async def examine_erp(
    connections: Connections, connection: str, rules: Rules
) -> tuple[Examined, ...]:
    """Examine a connection's ERP, with the accounts and the warehouses that rules name.

    When all is well, what was told of it is over.
    """
    classes = frozenset(rules.table.get(RuleKind.REVENUE, {}).values())

    async def findings() -> tuple[Finding, ...]:
        erp = await connections.erp(connection)
        sold_from = frozenset(locations_of(rules))
        return await erp.examine(revenue_classes=classes, warehouses=sold_from)

    return await _proving(connections, connection, Side.ERP, findings)


async def examine_journal(journal: Journal) -> Examined:
    """Examine whether the journal takes what is written: its disk may be full."""
    try:
        # A lease of our own, taken and given back, is two small writes that leave nothing behind.
        async with journal.leases.hold(_WRITE_TEST, ttl=_ASK, wait=_ASK):
            pass
    except JOURNAL_AWAY as error:
        found = Finding(check="write", ok=False, detail=sentence_for(error))
    except LeaseBusy:  # somebody else is writing the same
        found = Finding(check="write", ok=True)
    else:
        found = Finding(check="write", ok=True)
    return Examined(part="journal", finding=found)


async def examine_temporal(
    client: Client, settings: Settings, connection: str
) -> tuple[Examined, ...]:
    """Examine the namespace, its search attributes, and who works on the connection's queues."""
    try:
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=_ASK
        )
    except RPCError as error:
        finding = Finding(
            check="namespace",
            ok=False,
            detail=f"{client.namespace}: {error.message}",
            remedy="Create the namespace, or correct temporal.namespace.",
        )
        return (Examined(part="temporal", finding=finding),)
    found = [
        Finding(check="namespace", ok=True, detail=client.namespace),
        await _search_attributes(client),
    ]
    erp_type = settings.connections[connection].erp_type
    current = current_build(await deployment_info(client, settings))
    for queue in (sync_queue(settings.temporal), erp_queue(settings.temporal, erp_type)):
        found.append(await _worked_on(client, queue, current=current))
    return tuple(Examined(part="temporal", finding=finding) for finding in found)


async def _proving(
    connections: Connections,
    connection: str,
    side: Side,
    findings: Callable[[], Awaitable[tuple[Finding, ...]]],
) -> tuple[Examined, ...]:
    examined = await _examined(side, findings)
    if all(one.finding.ok for one in examined):
        await connections.proven(connection, side)
    return examined


async def _examined(
    part: str, findings: Callable[[], Awaitable[tuple[Finding, ...]]]
) -> tuple[Examined, ...]:
    try:
        return tuple(Examined(part=part, finding=finding) for finding in await findings())
    except (OutsideFailure, SystemMisconfigured, SecretMissing) as error:
        finding = Finding(
            check="reach" if isinstance(error, OutsideFailure) else "settings",
            ok=False,
            detail=str(error),
            remedy=error.remedy if isinstance(error, Refusal) else "",
        )
        return (Examined(part=part, finding=finding),)


async def _search_attributes(client: Client) -> Finding:
    present = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=_ASK
    )
    missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in present.custom_attributes]
    return Finding(
        check="search attributes",
        ok=not missing,
        detail=f"missing: {', '.join(missing)}" if missing else "all there",
        remedy="Run tillbridge schedules apply; it creates them." if missing else "",
    )


async def _worked_on(client: Client, queue: str, *, current: str) -> Finding:
    """Look for workers of the current build, which alone get work; empty: told apart by nothing."""
    workers = await workers_on(client, queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    working = len(workers.get(current, ()))
    waiting = sorted(build or "without a build id" for build in workers if build != current)
    build = f" on build {current}" if current else ""
    if working:
        detail, remedy = f"{working} polling{build}", ""
    elif waiting:
        detail = f"nobody is working{build}, which is current; there are: {', '.join(waiting)}"
        remedy = "Make theirs current: tillbridge deploys use BUILD (or --unversioned)"
    else:
        detail, remedy = "nobody is working", "Start one: tillbridge worker"
    return Finding(check=f"worker on '{queue}'", ok=working > 0, detail=detail, remedy=remedy)
