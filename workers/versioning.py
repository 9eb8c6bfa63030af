"""Which build of Tillbridge a worker runs, and what that means for the orders in flight."""

import os
import re
import socket
from datetime import timedelta

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from settings.model import Settings, TemporalSettings

_ASK = timedelta(seconds=10)
# The server refuses a dot and a colon in a deployment's name.
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def deployment_name(settings: TemporalSettings) -> str:
    """Name the worker deployment: what all builds of one Tillbridge have in common.

    Like the queues it carries `queue_prefix`: several may share a namespace.
    """
    return f"{_NOT_IN_A_NAME.sub('-', settings.queue_prefix)}tillbridge"


def deployment_of(settings: Settings) -> WorkerDeploymentConfig | None:
    """Return how the server is to tell this worker's build from others; None without a build id.

    Orders in flight move to the build that is current (auto-upgrade), at their next step. Pinned to
    the build that they began on, an order held for days would keep that build's workers running
    for days, and a `retry` after a mended fault would run the fault once more. The price: workflow
    code may change only so that stored histories replay on it, which the replay tests check.
    """
    build_id = settings.worker.build_id
    if not build_id:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name(settings.temporal), build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


def worker_identity(settings: Settings) -> str:
    """Name this process for Temporal's lists: process, host and build."""
    build_id = settings.worker.build_id
    return f"{os.getpid()}@{socket.gethostname()}{f' build {build_id}' if build_id else ''}"


async def deployment_info(client: Client, settings: Settings) -> WorkerDeploymentInfo:
    """Ask the server for the builds that it knows and how it shares work out among them."""
    name = deployment_name(settings.temporal)
    try:
        answer = await client.workflow_service.describe_worker_deployment(
            DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=name),
            timeout=_ASK,
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:  # no worker ever had a build id
            return WorkerDeploymentInfo(name=name)
        raise
    return answer.worker_deployment_info


def current_build(info: WorkerDeploymentInfo) -> str:
    """Return the build that new work goes to; empty when it goes to workers without a build id."""
    return info.routing_config.current_deployment_version.build_id


async def why_without_work(client: Client, settings: Settings) -> str:
    """Say why this worker gets no work yet; empty when its build is current or not told apart."""
    mine = settings.worker.build_id
    try:
        current = current_build(await deployment_info(client, settings))
    except RPCError as error:
        return f"Temporal does not tell which build is current: {error.message}."
    if mine == current:
        return ""
    if not mine:
        return f"Build {current} is current: workers without a build id get no work."
    return (
        f"Build {mine} gets no work yet: "
        f"{f'build {current} is' if current else 'workers without a build id are'} current. "
        f"Run: tillbridge deploys use {mine}"
    )
