"""The connection test: store, ERP, Temporal, workers and journal, each finding with its remedy."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.connections import Connections, SecretMissing
from connectors.contract import Finding
from connectors.errors import OutsideFailure, Refusal
from connectors.registry import SystemMisconfigured
from domain.mapping import RuleKind, Rules
from domain.record import Record
from settings.model import Settings
from settings.queues import erp_queue, sync_queue
from workflows.attributes import SEARCH_ATTRIBUTES

_ASK = timedelta(seconds=5)


class Examined(Record):
    """One finding, and what it was found at."""

    part: str  # store, erp, temporal, journal
    finding: Finding


async def examine_store(connections: Connections, connection: str) -> tuple[Examined, ...]:
    """Examine a connection's store."""

    async def findings() -> tuple[Finding, ...]:
        return await (await connections.store(connection)).examine()

    return await _examined("store", findings)


async def examine_erp(
    connections: Connections, connection: str, rules: Rules
) -> tuple[Examined, ...]:
    """Examine a connection's ERP, with the accounts behind every revenue class that is mapped."""
    classes = frozenset(rules.table.get(RuleKind.REVENUE, {}).values())

    async def findings() -> tuple[Finding, ...]:
        return await (await connections.erp(connection)).examine(revenue_classes=classes)

    return await _examined("erp", findings)


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
    for queue in (sync_queue(settings.temporal), erp_queue(settings.temporal, erp_type)):
        found.append(await _worked_on(client, queue))
    return tuple(Examined(part="temporal", finding=finding) for finding in found)


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


async def _worked_on(client: Client, queue: str) -> Finding:
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        ),
        timeout=_ASK,
    )
    workers = len(described.pollers)
    return Finding(
        check=f"worker on '{queue}'",
        ok=workers > 0,
        detail=f"{workers} polling" if workers else "nobody is working",
        remedy="" if workers else "Start one: tillbridge worker",
    )
