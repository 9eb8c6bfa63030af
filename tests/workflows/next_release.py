"""Order workflows as a later release might have them: what deploys and replays are tried with."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.order import OrderKey
    from workflows.order import OrderOutcome, OrderSync

PATCH = "wait-before-the-first-look"


@workflow.defn(name="OrderSync")
class WithPatch(OrderSync):
    """Changed as the rules want it: orders that began before go on as they began."""

    @workflow.init
    def __init__(self, order: OrderKey) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: OrderKey) -> OrderOutcome:
        if workflow.patched(PATCH):
            await workflow.sleep(timedelta(milliseconds=10))
        return await super().run(order)


@workflow.defn(name="OrderSync")
class WithoutPatch(OrderSync):
    """Changed as nobody may: orders in flight find a step in their history's place."""

    @workflow.init
    def __init__(self, order: OrderKey) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: OrderKey) -> OrderOutcome:
        await workflow.sleep(timedelta(milliseconds=10))
        return await super().run(order)
