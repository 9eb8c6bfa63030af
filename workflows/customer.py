"""The life of one customer between the store and the ERP."""

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.customer import CustomerActivities
    from activities.records import CustomerDecision, CustomerOutcome
    from domain.customer import CustomerKey
    from domain.hold import Hold
    from domain.record import Record
    from workflows.attention import hold_of
    from workflows.attributes import CONNECTION, STAGE, mark
    from workflows.options import FETCH, POST
    from workflows.steering import Steered


class CustomerProgress(Record):
    """What the query `status` tells."""

    stage: str
    code: str = ""
    reason: str = ""
    remedy: str = ""


@workflow.defn
class CustomerSync(Steered):
    """Keeps one customer's ERP account in agreement with the store."""

    @workflow.init
    def __init__(self, customer: CustomerKey) -> None:
        super().__init__()
        self._customer = customer

    @workflow.run
    async def run(self, customer: CustomerKey) -> CustomerOutcome:
        """Sync, and again as long as something changed meanwhile."""
        mark(CONNECTION.value_set(customer.connection), STAGE.value_set("syncing"))
        queue = await workflow.execute_activity_method(
            CustomerActivities.erp_queue, customer, **FETCH
        )
        on_erp_queue: ActivityConfig = {**POST, "task_queue": queue}
        outcome = CustomerOutcome(did="unchanged")
        while self._dirty:
            self._dirty = False
            if self._attention.wanted:
                await self._ask(self._attention.requested_hold())
                continue
            try:
                outcome = await workflow.execute_activity_method(
                    CustomerActivities.sync_customer, customer, **on_erp_queue
                )
            except ActivityError as error:
                if await self._ask(hold_of(error)) == "skip":
                    break
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(customer)
        mark(STAGE.value_set(outcome.did))
        return outcome

    async def _ask(self, hold: Hold) -> str:
        verdict = await self._attention.wait(hold)
        self._dirty = verdict.action != "skip"
        if verdict.action != "changed":
            decision = CustomerDecision(
                key=self._customer, action=verdict.action, decision=verdict.decision
            )
            await workflow.execute_activity_method(
                CustomerActivities.record_customer_decision, decision, **FETCH
            )
        return verdict.action

    @workflow.query
    def status(self) -> CustomerProgress:
        """Tell where the customer stands, and why if held."""
        hold = self._attention.hold
        if hold is None:
            return CustomerProgress(stage="syncing")
        return CustomerProgress(
            stage="held", code=hold.code, reason=hold.reason, remedy=hold.remedy
        )
