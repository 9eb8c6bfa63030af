"""Brings the ERP's prices into the store."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.push_records import PushSummary
    from workflows.push import Push, PushOrder


@workflow.defn
class PricePush(Push):
    """Pushes what differs of a connection's prices. One at a time: `{connection}:prices`."""

    @workflow.init
    def __init__(self, order: PushOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: PushOrder) -> PushSummary:
        """Push once; the summary says what came of it."""
        return await self._pass(order)
