"""What pushes have in common: listing, planning, children that push, and a look afterwards."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum

from temporalio import workflow
from temporalio.exceptions import ActivityError, ChildWorkflowError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.push import PushActivities
    from activities.push_records import (
        CheckWork,
        PageDone,
        PageWork,
        PushPlan,
        PushSummary,
        PushTerms,
    )
    from activities.push_start import PushWish
    from domain.record import Record
    from workflows.attributes import CONNECTION, STAGE, mark
    from workflows.options import PAGE, PUSH
    from workflows.push_batches import BatchesOrder, PushBatches, words_of

# Batches of one child workflow: its history stays small, and so does what a restart repeats.
BATCHES_A_CHILD = 50


# Keeps one run's history small however much there is to list.
PAGES_A_RUN = 200


class Stage(StrEnum):
    """Where a push is."""

    BEGINNING = "beginning"
    CATALOGUE = "listing the store's SKUs"
    READING = "reading the ERP"
    COMPARING = "looking at the store"
    PLANNING = "planning"
    PUSHING = "pushing"
    SETTLING = "letting the store apply it"
    CHECKING = "checking"
    DONE = "done"


_LISTINGS: dict[Stage, Callable[[PushActivities, PageWork], Awaitable[PageDone]]] = {
    Stage.CATALOGUE: PushActivities.list_catalogue,
    Stage.READING: PushActivities.read_erp,
    Stage.COMPARING: PushActivities.compare_store,
}


class PushOrder(PushWish):
    """A wish, and what is carried from run to run: how far the listings have come."""

    terms: PushTerms | None = None
    stage: Stage = Stage.BEGINNING
    page: PageWork | None = None
    so_far: PushSummary | None = None
    full_wanted: bool = False
    changed: bool = False


class PushProgress(Record):
    """What the query `status` tells."""

    stage: Stage
    batches: int = 0
    summary: PushSummary


class Push:
    """One pass: list, plan, push what differs, look at a sample. Its kind is in the order's key."""

    def __init__(self, order: PushOrder) -> None:
        self._key = order.key
        self._full = order.full
        self._full_wanted = order.full_wanted
        self._changed = order.changed
        self._stage = order.stage
        self._batches = 0
        self._pages = 0  # of this run
        self._summary = order.so_far or PushSummary(flow=order.key.flow, full=order.full)

    async def _pass(self, order: PushOrder) -> PushSummary:
        """Push once, and once more if a full pass was asked for or something changed meanwhile."""
        mark(CONNECTION.value_set(self._key.connection), STAGE.value_set("pushing"))
        try:
            terms = order.terms or await self._begin(order)
            page = order.page or PageWork(key=self._key, full=self._full, started_at=workflow.now())
            for stage in self._listings(terms, order.stage):
                page = await self._list(stage, page, terms)
            await self._push(await self._plan())
            await self._check(terms, page.started_at)
        except (ActivityError, ChildWorkflowError) as error:
            self._add(stopped=words_of(error))
        return await self._end()

    async def _begin(self, order: PushOrder) -> PushTerms:
        wish = PushWish(key=order.key, full=order.full)
        return await workflow.execute_activity_method(PushActivities.begin_push, wish, **PAGE)

    def _listings(self, terms: PushTerms, begun: Stage) -> list[Stage]:
        """Return the listings still to be read, beginning with the one that was interrupted."""
        wanted = [
            *([Stage.CATALOGUE] if terms.catalogue else []),
            Stage.READING,
            *([Stage.COMPARING] if terms.compare else []),
        ]
        return wanted[wanted.index(begun) :] if begun in wanted else wanted

    async def _list(self, stage: Stage, page: PageWork, terms: PushTerms) -> PageWork:
        """Read a listing to its end; one of the ERP's that breaks off leaves the older numbers."""
        self._stage = stage
        options: ActivityConfig = {**PAGE}
        if stage is Stage.READING:
            options["schedule_to_close_timeout"] = timedelta(seconds=terms.patience_seconds)
            if not page.cursor:
                self._changed = False  # whatever it was is there to be read now
        while True:
            try:
                done = await workflow.execute_activity_method(_LISTINGS[stage], page, **options)
            except ActivityError as error:
                if stage is not Stage.READING or not self._goes_by_older_numbers:
                    raise
                workflow.logger.warning("The ERP did not tell its stock: %s", error.cause)
                self._add(stale=words_of(error))
                return page.model_copy(update={"cursor": "", "as_of": None})
            self._count(stage, done)
            page = page.model_copy(update={"cursor": done.next_cursor, "as_of": done.as_of})
            if not done.next_cursor:
                return page.model_copy(update={"as_of": None})
            self._pages += 1
            if self._pages >= PAGES_A_RUN:
                workflow.continue_as_new(
                    PushOrder(
                        key=self._key,
                        full=self._full,
                        terms=terms,
                        stage=stage,
                        page=page,
                        so_far=self._summary,
                        full_wanted=self._full_wanted,
                        changed=self._changed,
                    )
                )

    @property
    def _goes_by_older_numbers(self) -> bool:
        """Tell whether what the ERP said before is of use when it says nothing now."""
        return False

    async def _plan(self) -> PushPlan:
        self._stage = Stage.PLANNING
        plan = await workflow.execute_activity_method(PushActivities.plan_push, self._key, **PAGE)
        self._batches = plan.batches
        self._add(changed=plan.changed, refused=self._summary.refused + plan.refused)
        return plan

    async def _push(self, plan: PushPlan) -> None:
        """Have children push the batches, a page of many each, one child at a time."""
        self._stage = Stage.PUSHING
        for first in range(0, plan.batches, BATCHES_A_CHILD):
            work = BatchesOrder(
                key=self._key, first=first, end=min(first + BATCHES_A_CHILD, plan.batches)
            )
            done = await workflow.execute_child_workflow(
                PushBatches.run,
                work,
                id=f"{workflow.info().workflow_id}/batches-{first}",
                static_summary=f"batches {work.first} to {work.end - 1} of {plan.batches}",
            )
            self._add(
                pushed=self._summary.pushed + done.pushed,
                refused=self._summary.refused + done.refused,
                calls=self._summary.calls + done.calls,
                stopped=done.stopped,
            )
            if done.stopped:
                return

    async def _check(self, terms: PushTerms, since: datetime) -> None:
        if not self._summary.pushed or not terms.settles_seconds:
            return
        self._stage = Stage.SETTLING
        await workflow.sleep(
            timedelta(seconds=terms.settles_seconds), summary="the store applies it later"
        )
        self._stage = Stage.CHECKING
        work = CheckWork(key=self._key, since=since)
        check = await workflow.execute_activity_method(PushActivities.check_push, work, **PUSH)
        self._add(
            looked_at=check.looked_at,
            differing=check.differing,
            calls=self._summary.calls + check.calls,
        )

    async def _end(self) -> PushSummary:
        self._stage = Stage.DONE
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._full_wanted:
            workflow.continue_as_new(PushOrder(key=self._key, full=True))
        if self._changed:
            workflow.continue_as_new(PushOrder(key=self._key))
        mark(STAGE.value_set("stopped" if self._summary.stopped else "done"))
        return self._summary

    def _count(self, stage: Stage, done: PageDone) -> None:
        if stage is Stage.READING:
            self._add(
                read=self._summary.read + done.rows,
                pages=self._summary.pages + 1,
                unlinked=self._summary.unlinked + done.unlinked,
            )
        else:
            self._add(calls=self._summary.calls + done.calls)

    def _add(self, **facts: object) -> None:
        self._summary = self._summary.model_copy(update=facts)

    @workflow.signal
    def wanted(self, full: bool = False) -> None:
        """Push; a full pass that is asked for while another is under way follows it."""
        self._full_wanted = self._full_wanted or (full and not self._full)

    @workflow.signal
    def changed(self) -> None:
        """Push; what changes after the ERP began to be read is pushed by one more pass."""
        self._changed = True

    @workflow.query
    def status(self) -> PushProgress:
        """Tell how far the push has come."""
        return PushProgress(stage=self._stage, batches=self._batches, summary=self._summary)
