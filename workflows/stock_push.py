"""Brings the ERP's stock into the store."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.push_records import PushSummary
    from workflows.push import Push, PushOrder


@workflow.defn
class StockPush(Push):
    """Pushes what differs of a connection's stock. One at a time: `{connection}:stock`."""

    @workflow.init
    def __init__(self, order: PushOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: PushOrder) -> PushSummary:
        """Push once; the summary says what came of it."""
        return await self._pass(order)

    @property
    def _goes_by_older_numbers(self) -> bool:
        # More is kept back the older they are, so that silence is not taken for plenty.
        return True
