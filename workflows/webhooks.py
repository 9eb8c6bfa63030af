"""Keeps a store's webhooks alive and makes up for the time in which they were not."""

from temporalio import workflow
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.records import CatchUpWork, WebhookReport
    from activities.webhooks import WebhookActivities
    from workflows.attributes import CONNECTION, STAGE, mark
    from workflows.catch_up import CatchUp, CatchUpOrder
    from workflows.options import PAGE

_RESOURCES = ("orders", "customers")


@workflow.defn
class WebhookGuardian:
    """Repairs the webhooks and has exactly the gap caught up."""

    @workflow.run
    async def run(self, connection: str) -> WebhookReport:
        """Reconcile; where deliveries may be missing, look through what changed since then."""
        mark(CONNECTION.value_set(connection), STAGE.value_set("reconciling"))
        report = await workflow.execute_activity_method(
            WebhookActivities.reconcile_webhooks, connection, **PAGE
        )
        if report.gap_since is not None:
            for resource in _RESOURCES:
                await workflow.start_child_workflow(
                    CatchUp.run,
                    CatchUpOrder(
                        work=CatchUpWork(
                            connection=connection, resource=resource, since=report.gap_since
                        )
                    ),
                    id=f"{workflow.info().workflow_id}/gap:{resource}",
                    parent_close_policy=ParentClosePolicy.ABANDON,
                )
        mark(STAGE.value_set("done"))
        return report
