"""The builds of Tillbridge that workers run: which is current, and making another one current."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import (
    RoutingConfigUpdateState,
    TaskQueueType,
    WorkerDeploymentVersionStatus,
    WorkerVersioningMode,
)
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.record import Record
from settings.model import Settings
from settings.queues import erp_queue, sync_queue
from workers.versioning import current_build, deployment_info, deployment_name

UNVERSIONED = ""
_ASK = timedelta(seconds=10)
_GLANCE_SECONDS = 0.2
_NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)
# A worker asks for work at least once a minute; the server lists it for five minutes.
_SILENT_AFTER = timedelta(seconds=75)


class BuildState(StrEnum):
    """What the server gives to the workers of a build."""

    CURRENT = "current"  # everything
    RAMPING = "ramping"  # a share
    REPLACED = "replaced"  # nothing any more
    NEW = "new"  # nothing yet


class Build(Record):
    """One build. `workers` poll now; `running` workflows took their latest step on it."""

    build_id: str  # empty: workers without a build id
    state: BuildState
    ramp_percent: float = 0
    since: datetime | None = None
    workers: int = 0
    running: int = 0


class Deployment(Record):
    """All builds of one Tillbridge, the newest first. `stuck` workflows fail on their code."""

    name: str
    builds: tuple[Build, ...]
    stuck: tuple[str, ...] = ()


class BuildNotWorking(Exception):
    """No worker of that build works on some queue, so it cannot take everything over."""


class NotEveryQueueKnows(Exception):
    """Temporal tells its queues of a current build one after the other, and is not done."""


async def deployment(client: Client, settings: Settings) -> Deployment:
    """Tell which builds there are, who works on each, and what does not go on."""
    found = await deployment_info(client, settings)
    workers = await _workers_by_build(client, settings)
    known = {v.deployment_version.build_id: v for v in found.version_summaries}
    builds = [
        Build(
            build_id=build_id,
            state=_state(found, build_id),
            ramp_percent=_ramp(found, build_id),
            since=_since(known.get(build_id)),
            workers=len(workers.get(build_id, ())),
            running=await _running(client, found.name, build_id) if build_id else 0,
        )
        for build_id in [*known, *(b for b in workers if b not in known)]
    ]
    return Deployment(name=found.name, builds=tuple(builds), stuck=await _stuck(client, settings))


async def make_current(
    client: Client, settings: Settings, build_id: str, *, within: timedelta
) -> None:
    """Give everything to a build (or to workers without one), once it works on every queue.

    Returns when every queue knows of it. Repeating it is harmless. `within` is how long its workers
    may take to appear, and Temporal to tell its queues.

    Raises:
        BuildNotWorking: a queue had nobody of that build in time; nothing was changed.
        NotEveryQueueKnows: it is current, but work may still go to the build before.
    """
    deadline = asyncio.get_running_loop().time() + within.total_seconds()
    while unattended := await _unattended(client, settings, build_id):
        if asyncio.get_running_loop().time() > deadline:
            who = f"worker of build {build_id}" if build_id else "worker without a build id"
            raise BuildNotWorking(
                f"No {who} works on {', '.join(unattended)}. Start one; nothing was changed."
            )
        await asyncio.sleep(_GLANCE_SECONDS)
    await _set_current(client, settings, build_id, deadline=deadline)
    while await _spreading(client, settings):
        if asyncio.get_running_loop().time() > deadline:
            raise NotEveryQueueKnows(
                f"Build {build_id or 'without an id'} is current, but Temporal has not told every "
                "queue yet: orders may still go to the build before. Leave its workers running, "
                "and run this again to see whether all know."
            )
        await asyncio.sleep(_GLANCE_SECONDS)


async def _set_current(
    client: Client, settings: Settings, build_id: str, *, deadline: float
) -> None:
    while True:
        try:
            await client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=client.namespace,
                    deployment_name=deployment_name(settings.temporal),
                    build_id=build_id,
                    identity=client.identity,
                ),
                timeout=_ASK,
            )
        except RPCError as error:
            # The server learns of a build a moment after its workers first ask for work.
            late = asyncio.get_running_loop().time() > deadline
            if error.status not in _NOT_YET or late:
                raise
            await asyncio.sleep(_GLANCE_SECONDS)
        else:
            return


async def _spreading(client: Client, settings: Settings) -> bool:
    """Tell whether some queue still goes by an older choice: it hands work to the build before."""
    info = await deployment_info(client, settings)
    in_progress = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS
    return info.routing_config_update_state == in_progress


async def workers_on(
    client: Client, queue: str, kind: TaskQueueType.ValueType
) -> Mapping[str, frozenset[str]]:
    """Name the workers that ask one queue for work, by build."""
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        ),
        timeout=_ASK,
    )
    oldest = datetime.now(UTC) - _SILENT_AFTER
    found: dict[str, set[str]] = defaultdict(set)
    for poller in described.pollers:
        if _moment(poller.last_access_time) >= oldest:
            found[_build_of(poller)].add(poller.identity)
    return {build: frozenset(identities) for build, identities in found.items()}


def _queues(settings: Settings) -> tuple[tuple[str, TaskQueueType.ValueType], ...]:
    erps = sorted({c.erp_type for c in settings.connections.values()})
    sync = sync_queue(settings.temporal)
    return (
        (sync, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
        (sync, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
        *(
            (erp_queue(settings.temporal, erp), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
            for erp in erps
        ),
    )


async def _workers_by_build(client: Client, settings: Settings) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for queue, kind in _queues(settings):
        for build, identities in (await workers_on(client, queue, kind)).items():
            found[build] = found.get(build, frozenset()) | identities
    return found


async def _unattended(client: Client, settings: Settings, build_id: str) -> tuple[str, ...]:
    """Name the queues on which nobody works on workflows, or on activities, for that build."""
    unattended = {
        queue: None
        for queue, kind in _queues(settings)
        if build_id not in await workers_on(client, queue, kind)
    }
    return tuple(unattended)


def _build_of(poller: PollerInfo) -> str:
    options = poller.deployment_options
    versioned = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED
    return options.build_id if options.worker_versioning_mode == versioned else UNVERSIONED


def _state(found: WorkerDeploymentInfo, build_id: str) -> BuildState:
    if build_id == current_build(found):
        return BuildState.CURRENT
    if build_id == UNVERSIONED:
        return BuildState.REPLACED
    status = WorkerDeploymentVersionStatus
    for version in found.version_summaries:
        if version.deployment_version.build_id == build_id:
            if version.status == status.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING:
                return BuildState.RAMPING
            return BuildState.REPLACED if version.HasField("last_current_time") else BuildState.NEW
    return BuildState.NEW


def _ramp(found: WorkerDeploymentInfo, build_id: str) -> float:
    if _state(found, build_id) is not BuildState.RAMPING:
        return 0
    return found.routing_config.ramping_version_percentage


def _since(version: WorkerDeploymentInfo.WorkerDeploymentVersionSummary | None) -> datetime | None:
    if version is None or not version.HasField("routing_update_time"):
        return None
    return _moment(version.routing_update_time)


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


async def _running(client: Client, name: str, build_id: str) -> int:
    query = f"TemporalWorkerDeploymentVersion='{name}:{build_id}' AND ExecutionStatus='Running'"
    return (await client.count_workflows(query)).count


async def _stuck(client: Client, settings: Settings) -> tuple[str, ...]:
    queue = sync_queue(settings.temporal)
    query = (
        f"TaskQueue='{queue}' AND ExecutionStatus='Running' "
        "AND TemporalReportedProblems IN ('category=WorkflowTaskFailed')"
    )
    return tuple([w.id async for w in client.list_workflows(query, limit=100)])
