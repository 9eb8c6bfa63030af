"""Builds the workers of a process: one for each task queue that it serves."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.catch_up import CatchUpActivities
from activities.connections import Connections
from activities.customer import CustomerActivities
from activities.order import OrderActivities
from activities.push import PushActivities
from activities.webhooks import WebhookActivities
from journal.opening import Journal
from settings.model import Settings
from settings.queues import erp_queue, sync_queue
from workers.versioning import deployment_of, worker_identity
from workflows.catch_up import CatchUp
from workflows.customer import CustomerSync
from workflows.order import OrderSync
from workflows.price_push import PricePush
from workflows.push_batches import PushBatches
from workflows.push_due import PushDue
from workflows.stock_push import StockPush
from workflows.webhooks import WebhookGuardian

WORKFLOWS = (
    *(OrderSync, CustomerSync, CatchUp, WebhookGuardian),
    *(StockPush, PricePush, PushBatches, PushDue),
)

# Checked for determinism by lint and replay tests; importing them anew in every run costs memory.
_OURS = ("domain", "activities", "workflows", "connectors", "journal", "settings")


def sandboxed() -> SandboxedWorkflowRunner:
    """Return the workflow sandbox, with our own modules passed through."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*_OURS)
    )


def build_workers(
    client: Client,
    settings: Settings,
    journal: Journal,
    stack: AsyncExitStack,
    *,
    queues: Sequence[str] = (),
    max_cached_workflows: int | None = None,
    workflows: Sequence[type] = WORKFLOWS,
) -> tuple[Worker, ...]:
    """Build a worker for the sync queue and for the queue of each ERP that is configured.

    `queues` limits the process to those queues; `workflows` are those of another release. Stores
    and ERPs are opened on first use and closed with the stack.
    """
    connections = Connections(settings, journal, stack)
    orders = OrderActivities(connections, journal)
    customers = CustomerActivities(connections, journal)
    catch_up = CatchUpActivities(connections, journal)
    webhooks = WebhookActivities(connections, journal)
    pushes = PushActivities(connections, journal)
    graceful = timedelta(seconds=settings.worker.graceful_seconds)
    deployment, identity = deployment_of(settings), worker_identity(settings)
    sync = sync_queue(settings.temporal)
    if max_cached_workflows is None:
        max_cached_workflows = settings.worker.max_cached_workflows
    workers: list[Worker] = []
    if not queues or sync in queues:
        workers.append(
            Worker(
                client,
                task_queue=sync,
                workflows=list(workflows),
                activities=[
                    orders.plan_order,
                    orders.report_back,
                    orders.record_decision,
                    customers.erp_queue,
                    customers.record_customer_decision,
                    catch_up.renew_session,
                    catch_up.catch_up_page,
                    webhooks.reconcile_webhooks,
                    pushes.start_push,
                    pushes.begin_push,
                    pushes.list_catalogue,
                    pushes.read_erp,
                    pushes.compare_store,
                    pushes.plan_push,
                    pushes.push_batch,
                    pushes.check_push,
                ],
                workflow_runner=sandboxed(),
                max_cached_workflows=max_cached_workflows,
                max_concurrent_activities=settings.worker.max_activities,
                workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
                activity_task_poller_behavior=PollerBehaviorAutoscaling(),
                graceful_shutdown_timeout=graceful,
                deployment_config=deployment,
                identity=identity,
            )
        )
    erps = {erp_queue(settings.temporal, c.erp_type) for c in settings.connections.values()}
    for queue in sorted(erps):
        if queues and queue not in queues:
            continue
        workers.append(
            Worker(
                client,
                task_queue=queue,
                activities=[
                    orders.ensure_customer,
                    orders.post_document,
                    orders.amend_document,
                    orders.post_payment,
                    orders.post_refund,
                    orders.cancel_document,
                    orders.post_payout,
                    customers.sync_customer,
                ],
                max_concurrent_activities=settings.worker.max_erp_activities,
                activity_task_poller_behavior=PollerBehaviorAutoscaling(),
                graceful_shutdown_timeout=graceful,
                deployment_config=deployment,
                identity=identity,
            )
        )
    return tuple(workers)
