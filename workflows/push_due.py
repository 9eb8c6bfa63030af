"""What a schedule starts: a push is due."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.push import PushActivities
    from activities.push_start import PushWish
    from workflows.attributes import CONNECTION, STAGE, mark
    from workflows.options import FETCH


@workflow.defn
class PushDue:
    """Starts the one push of its kind, or joins it.

    A schedule puts the time into the id of what it starts, so it cannot keep to one by itself.
    """

    @workflow.run
    async def run(self, wish: PushWish) -> None:
        """Start it and be done."""
        mark(CONNECTION.value_set(wish.key.connection), STAGE.value_set("starting"))
        await workflow.execute_activity_method(PushActivities.start_push, wish, **FETCH)
        mark(STAGE.value_set("done"))
