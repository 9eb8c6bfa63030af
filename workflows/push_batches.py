"""Pushes one page of a push's batches, one after the other."""

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    FailureError,
)

with workflow.unsafe.imports_passed_through():
    from activities.push import PushActivities
    from activities.push_records import BatchWork, PushKey
    from domain.record import Record
    from workflows.attributes import CONNECTION, STAGE, mark
    from workflows.options import PUSH


class BatchesDone(Record):
    """What became of a page of batches. `stopped` says in words why it ended early."""

    pushed: int = 0
    refused: int = 0
    calls: int = 0
    stopped: str = ""


class BatchesOrder(Record):
    """The batches from `first` up to, not including, `end`. `so_far` is carried along."""

    key: PushKey
    first: int
    end: int
    so_far: BatchesDone = BatchesDone()


@workflow.defn
class PushBatches:
    """Gives the store one batch at a time: it takes one in flight."""

    @workflow.run
    async def run(self, order: BatchesOrder) -> BatchesDone:
        """Push each batch; a refusal of us, not of an item, ends the page."""
        mark(CONNECTION.value_set(order.key.connection), STAGE.value_set("pushing"))
        done = order.so_far
        for number in range(order.first, order.end):
            work = BatchWork(key=order.key, number=number)
            try:
                batch = await workflow.execute_activity_method(
                    PushActivities.push_batch, work, **PUSH
                )
            except ActivityError as error:
                return done.model_copy(update={"stopped": words_of(error)})
            done = BatchesDone(
                pushed=done.pushed + batch.pushed,
                refused=done.refused + batch.refused,
                calls=done.calls + batch.calls,
            )
            if workflow.info().is_continue_as_new_suggested() and number + 1 < order.end:
                following = {"first": number + 1, "so_far": done}
                workflow.continue_as_new(order.model_copy(update=following))
        mark(STAGE.value_set("done"))
        return done


def words_of(error: ActivityError | ChildWorkflowError) -> str:
    """Return what an activity or a child said when it gave up, or was given up."""
    cause = error.cause
    while isinstance(cause, FailureError) and not isinstance(cause, ApplicationError):
        if cause.cause is None:  # a time-out before the first answer, or a person's doing
            return cause.message
        cause = cause.cause
    return cause.message if isinstance(cause, ApplicationError) else str(cause or error)
