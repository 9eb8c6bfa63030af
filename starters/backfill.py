"""Looking through a store from a given day on, with its progress read from the history."""

from collections.abc import AsyncIterator
from datetime import datetime

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.records import CatchUpPage, CatchUpWork
from domain.record import Record
from settings.model import Settings
from settings.queues import sync_queue
from workflows.catch_up import CatchUp, CatchUpOrder, CatchUpSummary


class BackfillProgress(Record):
    """How far a backfill has come."""

    pages: int = 0
    seen: int = 0
    started: int = 0
    newest: datetime | None = None


async def start_backfill(
    client: Client, settings: Settings, connection: str, *, resource: str, since: datetime
) -> WorkflowHandle[CatchUp, CatchUpSummary]:
    """Start looking through what changed since then; one that runs already is joined."""
    work = CatchUpWork(connection=connection, resource=resource, since=since)
    return await client.start_workflow(
        CatchUp.run,
        CatchUpOrder(work=work),
        id=f"{connection}:catch-up:{resource}:since-{since:%Y-%m-%dT%H%M}",
        task_queue=sync_queue(settings.temporal),
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )


async def progress_of(
    client: Client, handle: WorkflowHandle[CatchUp, CatchUpSummary]
) -> AsyncIterator[BackfillProgress]:
    """Tell the progress after each page until the backfill has ended, over all its runs."""
    progress = BackfillProgress()
    run_id: str | None = handle.result_run_id
    while run_id:
        run = client.get_workflow_handle(handle.id, run_id=run_id)
        run_id, pages = None, set[int]()
        async for event in run.fetch_history_events(wait_new_event=True):
            match event.event_type:
                case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                    scheduled = event.activity_task_scheduled_event_attributes
                    if scheduled.activity_type.name == "catch_up_page":
                        pages.add(event.event_id)
                case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                    done = event.activity_task_completed_event_attributes
                    if done.scheduled_event_id in pages:
                        found = await client.data_converter.decode(
                            done.result.payloads, [CatchUpPage]
                        )
                        progress = _after(progress, found[0])
                        yield progress
                case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
                    ended = event.workflow_execution_continued_as_new_event_attributes
                    run_id = ended.new_execution_run_id
                case _:
                    pass


def _after(progress: BackfillProgress, page: CatchUpPage) -> BackfillProgress:
    return BackfillProgress(
        pages=progress.pages + 1,
        seen=progress.seen + page.seen,
        started=progress.started + page.started,
        newest=page.newest,
    )
