"""Finds what changed in a store and was not told to us."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.catch_up import CatchUpActivities
    from activities.records import CatchUpWork
    from domain.record import Record
    from workflows.attributes import CONNECTION, STAGE, mark
    from workflows.options import PAGE

# Keeps one run's history small however far back it looks.
PAGES_A_RUN = 200


class CatchUpSummary(Record):
    """What a catch-up came to."""

    since: datetime | None = None
    seen: int = 0
    started: int = 0


class CatchUpOrder(Record):
    """What to look through. `so_far` is carried from run to run."""

    work: CatchUpWork
    so_far: CatchUpSummary = CatchUpSummary()


@workflow.defn
class CatchUp:
    """Pages through what changed since the watermark and tells each to look again."""

    @workflow.run
    async def run(self, order: CatchUpOrder) -> CatchUpSummary:
        """Look through every page; the last one moves the watermark."""
        work, summary = order.work, order.so_far
        mark(CONNECTION.value_set(work.connection), STAGE.value_set("reading"))
        if not work.cursor:
            await self._renew_session(work.connection)
        pages = 0
        while True:
            page = await workflow.execute_activity_method(
                CatchUpActivities.catch_up_page, work, **PAGE
            )
            summary = CatchUpSummary(
                since=page.since,
                seen=summary.seen + page.seen,
                started=summary.started + page.started,
            )
            if not page.next_cursor:
                mark(STAGE.value_set("done"))
                return summary
            work = work.model_copy(
                update={"since": page.since, "cursor": page.next_cursor, "newest": page.newest}
            )
            pages += 1
            if pages == PAGES_A_RUN:
                workflow.continue_as_new(CatchUpOrder(work=work, so_far=summary))

    async def _renew_session(self, connection: str) -> None:
        try:
            await workflow.execute_activity_method(
                CatchUpActivities.renew_session, connection, **PAGE
            )
        except ActivityError as error:
            # Reading the store needs no ERP; whatever is wrong there, its own orders will tell.
            workflow.logger.warning("The ERP's session was not renewed: %s", error.cause)
