"""The life of one order between the store and the ledger."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.order import OrderActivities
    from activities.records import (
        OrderDecision,
        OrderPlan,
        StepWork,
    )
    from domain.hold import Hold
    from domain.order import OrderKey
    from domain.plan import Gate, Step, StepKind
    from domain.record import Record
    from workflows.attention import Verdict, hold_of
    from workflows.attributes import CONNECTION, ERP_DOCUMENT, STAGE, mark
    from workflows.options import FETCH, POST, SHOW_WAITING_AFTER
    from workflows.steering import Steered


class OrderOutcome(Record):
    """How things stood when the order's workflow had nothing left to do."""

    state: str  # posted, waiting, ignored, cancelled, skipped
    document: str = ""


class OrderProgress(Record):
    """What the query `status` tells."""

    stage: str
    document: str = ""
    held_at: str = ""
    code: str = ""
    reason: str = ""
    remedy: str = ""
    since: datetime | None = None  # since when it is at this stage


_STEPS = {
    StepKind.CUSTOMER: OrderActivities.ensure_customer,
    StepKind.DOCUMENT: OrderActivities.post_document,
    StepKind.AMEND: OrderActivities.amend_document,
    StepKind.PAYMENT: OrderActivities.post_payment,
    StepKind.REFUND: OrderActivities.post_refund,
    StepKind.CANCEL: OrderActivities.cancel_document,
    StepKind.PAYOUT: OrderActivities.post_payout,
    StepKind.REPORT: OrderActivities.report_back,
}


@workflow.defn
class OrderSync(Steered):
    """Brings one store order and the ledger into agreement, whatever it hears in whatever order."""

    @workflow.init
    def __init__(self, order: OrderKey) -> None:
        super().__init__()
        self._order = order
        self._plan: OrderPlan | None = None
        self._interrupted = False
        self._stage = "planning"
        self._since = workflow.now()
        self._document = ""

    @workflow.run
    async def run(self, order: OrderKey) -> OrderOutcome:
        """Plan, take the steps one by one, look again whenever something changed."""
        mark(CONNECTION.value_set(order.connection), STAGE.value_set("syncing"))
        while self._dirty:
            self._dirty = False
            in_agreement = await self._bring_into_agreement()
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(order)
            if in_agreement:
                await self._linger()
        outcome = self._outcome()
        mark(STAGE.value_set(outcome.state))
        return outcome

    async def _bring_into_agreement(self) -> bool:
        """Plan and take the steps; tell whether all were taken, or else look again."""
        if self._attention.wanted:
            await self._ask(self._attention.requested_hold())
            return False
        plan = await self._planned()
        if plan is None:
            return False
        hold = plan.hold or await self._take(plan)
        if hold is not None:
            await self._ask(hold)
            return False
        return not self._interrupted

    async def _take(self, plan: OrderPlan) -> Hold | None:
        """Take the steps one by one, as long as nothing changes; return what holds one."""
        self._interrupted = False
        async with self._long_wait_shown():
            for step in plan.steps:
                if self._dirty or self._attention.wanted:
                    # The world moved, or a person stepped in: plan again before going on.
                    self._dirty = self._interrupted = True
                    return None
                try:
                    await self._settle(step, plan)
                except ActivityError as error:
                    return hold_of(error)
        return None

    @asynccontextmanager
    async def _long_wait_shown(self) -> AsyncGenerator[None]:
        """Show in the search attributes that the steps have been waiting for long."""

        async def show() -> None:
            await workflow.sleep(SHOW_WAITING_AFTER, summary="until a long wait is shown")
            mark(STAGE.value_set("waiting"))

        showing = asyncio.create_task(show())
        try:
            yield
        finally:
            if showing.done():
                mark(STAGE.value_set("syncing"))
            showing.cancel()

    async def _planned(self) -> OrderPlan | None:
        self._at("planning")
        try:
            self._plan = await workflow.execute_activity_method(
                OrderActivities.plan_order, self._order, **FETCH
            )
        except ActivityError as error:
            await self._ask(hold_of(error))
            return None
        self._see(self._plan.document)
        return self._plan

    async def _settle(self, step: Step, plan: OrderPlan) -> None:
        self._at(step.key)
        work = StepWork(
            key=self._order, step=step, snapshot=plan.snapshot, last=step == plan.steps[-1]
        )
        options: ActivityConfig = {**POST, "summary": step.key}
        if step.kind is not StepKind.REPORT:  # that one writes to the store, not to the ERP
            options["task_queue"] = plan.erp_queue
        done = await workflow.execute_activity_method(_STEPS[step.kind], work, **options)
        if step.kind is StepKind.DOCUMENT:
            self._see(done.ref)

    async def _ask(self, hold: Hold) -> None:
        """Park until a person decides or the order changes; then look again."""
        self._at("held")
        verdict = await self._attention.wait(hold)
        self._dirty = True
        if verdict.action != "changed":
            await self._remember(verdict, hold.step)

    async def _remember(self, verdict: Verdict, step: str) -> None:
        decision = OrderDecision(
            key=self._order,
            action=verdict.action,
            decision=verdict.decision,
            step=step,
            snapshot=self._plan.snapshot if self._plan else "",
        )
        await workflow.execute_activity_method(OrderActivities.record_decision, decision, **FETCH)

    async def _linger(self) -> None:
        """Let the burst that a store sends around one change pass, ours included; then close.

        What came meanwhile is looked at once, not once for each.
        """
        self._at("settled")
        seconds = self._plan.linger_seconds if self._plan else 0
        await workflow.sleep(timedelta(seconds=seconds), summary="letting the burst pass")
        await workflow.wait_condition(lambda: self._dirty or workflow.all_handlers_finished())

    def _at(self, stage: str) -> None:
        self._stage, self._since = stage, workflow.now()

    def _see(self, document: str) -> None:
        if document and document != self._document:
            self._document = document
            mark(ERP_DOCUMENT.value_set(document))

    def _outcome(self) -> OrderOutcome:
        plan = self._plan
        gate = plan.gate if plan else Gate.IGNORE
        if plan and plan.skipped:
            state = "skipped"
        elif gate is Gate.CANCEL:
            state = "cancelled"
        elif self._document:
            state = "posted"
        else:
            state = "ignored" if gate is Gate.IGNORE else "waiting"
        return OrderOutcome(state=state, document=self._document)

    @workflow.query
    def status(self) -> OrderProgress:
        """Tell where the order stands, and why if it is held."""
        hold = self._attention.hold
        if hold is None:
            return OrderProgress(stage=self._stage, document=self._document, since=self._since)
        return OrderProgress(
            stage="held",
            document=self._document,
            held_at=hold.step,
            code=hold.code,
            reason=hold.reason,
            remedy=hold.remedy,
            since=self._since,
        )

    @workflow.query
    def plan(self) -> tuple[Step, ...]:
        """List the steps of the latest plan."""
        return self._plan.steps if self._plan else ()
