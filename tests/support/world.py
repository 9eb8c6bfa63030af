"""A store, an ERP, a worker and a webhook service around a real Temporal server, for one test."""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from activities.records import CatchUpWork, Decision, WebhookReport
from domain.hold import Hold
from domain.mapping import RuleKind
from domain.order import OrderKey
from domain.plan import Link
from journal.opening import Journal
from sandbox.bigcommerce import BigCommerceStandIn
from sandbox.bigcommerce.drafts import OrderDraft
from sandbox.common_ledger import CommonLedger, ErpStandIn
from sandbox.serving import StandInServer
from sandbox.syspro import SysproStandIn
from sandbox.syspro.records import Invoice, Payment
from settings.keyring import Keyring
from settings.model import Settings
from settings.temporal import look_again
from settings.written import as_toml
from starters.decisions import RuleKey, decide, ended_by_rules, keys_of, open_holds
from tests.support.waiting import until
from workers.build import build_workers
from workflows.catch_up import CatchUp, CatchUpOrder, CatchUpSummary
from workflows.webhooks import WebhookGuardian

T = TypeVar("T")
PATIENCE = 90.0


@dataclass
class World:
    """Everything of one test, and the verbs to act and to look with."""

    connection: str
    settings: Settings
    tree: dict[str, object]
    client: Client
    journal: Journal
    journal_url: str
    keyring: Keyring
    store: BigCommerceStandIn
    store_server: StandInServer
    site: ErpStandIn
    erp_server: StandInServer
    webhook_server: StandInServer
    _working: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def erp(self) -> SysproStandIn:
        """The ERP, in a world whose ERP is SYSPRO."""
        assert isinstance(self.site, SysproStandIn)
        return self.site

    @property
    def ledger(self) -> CommonLedger:
        """The ledger as every ERP's can be counted."""
        return self.site.common_ledger()

    @property
    def queue(self) -> str:
        return f"{self.settings.temporal.queue_prefix}sync"

    def key(self, order_id: str) -> OrderKey:
        return OrderKey(connection=self.connection, order_id=order_id)

    def workflow(self, order_id: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(self.key(order_id).workflow_id)

    # Acting

    async def start_worker(self) -> None:
        await self._working.__aenter__()
        for worker in build_workers(self.client, self.settings, self.journal, self._working):
            await self._working.enter_async_context(worker)

    def settings_file(self, folder: Path) -> Path:
        """Write the settings as a merchant would have them, for a process of its own."""
        path = folder / "tillbridge.toml"
        path.write_text(as_toml(self.tree), encoding="utf-8")
        return path

    async def stop_worker(self) -> None:
        await self._working.aclose()
        self._working = AsyncExitStack()

    def place(self, draft: OrderDraft) -> str:
        return str(self.store.place_order(draft))

    async def post(self, draft: OrderDraft) -> str:
        """Place an order and see it through."""
        order_id = self.place(draft)
        await self.settled(order_id)
        return order_id

    async def look_again(self, order_id: str) -> None:
        await look_again(self.client, self.key(order_id), queue=self.queue)

    async def signal(self, order_id: str, name: str, argument: object = None) -> None:
        arguments = () if argument is None else (argument,)
        await look_again(
            self.client,
            self.key(order_id),
            queue=self.queue,
            signal=name,
            signal_args=arguments,
        )

    async def look_after_webhooks(self) -> WebhookReport:
        """Repair the webhooks, and wait for the look through what they may have missed."""
        guardian = f"{self.connection}:webhooks:{secrets.token_hex(4)}"
        report = await self.client.execute_workflow(
            WebhookGuardian.run, self.connection, id=guardian, task_queue=self.queue
        )
        if report.gap_since is not None:
            for resource in ("orders", "customers"):
                await self.client.get_workflow_handle(f"{guardian}/gap:{resource}").result()
        return report

    async def catch_up(self) -> None:
        """Look through the orders that changed, as the schedule does, and tell each."""
        await (await self.start_catch_up()).result()

    async def start_catch_up(
        self, resource: str = "orders"
    ) -> WorkflowHandle[CatchUp, CatchUpSummary]:
        return await self.client.start_workflow(
            CatchUp.run,
            CatchUpOrder(work=CatchUpWork(connection=self.connection, resource=resource)),
            id=f"{self.connection}:catch-up:{resource}",
            task_queue=self.queue,
        )

    async def look_at_accounts(self, *, every: bool = False) -> CatchUpSummary:
        """Look through the ERP's changed accounts, as the schedule does, and see it through."""
        handle = await self.start_catch_up("all-erp-customers" if every else "erp-customers")
        summary = await handle.result()
        await self.store.courier.settle(within=PATIENCE)
        return summary

    async def map(self, kind: str, key: str, value: str) -> None:
        """Set a rule as `tillbridge map set` does: what waits for it is tried again."""
        await self.journal.mappings.set(self.connection, RuleKind(kind), key, value, "test")
        holds = ended_by_rules(
            await open_holds(self.journal, self.connection),
            [RuleKey(kind=RuleKind(kind), key=key)],
        )
        await decide(
            self.client,
            self.settings,
            keys_of(holds),
            action="retry",
            decision=Decision(actor="test"),
        )

    # Looking

    async def until(
        self, look: Callable[[], Awaitable[T | None]], what: str, *, within: float = PATIENCE
    ) -> T:
        return await until(look, what, within=within)

    async def settled(self, order_id: str, *, within: float = PATIENCE) -> None:
        """Wait until the store has nothing more to tell and the order's workflow is done."""
        await self.store.courier.settle(within=PATIENCE)

        async def done() -> bool | None:
            described = await self.workflow(order_id).describe()
            if described.status is WorkflowExecutionStatus.RUNNING:
                return None
            assert described.status is WorkflowExecutionStatus.COMPLETED, described.status
            return True

        try:
            await self.until(done, f"the end of order {order_id}", within=within)
        except AssertionError as failure:
            hold = await self.journal.holds.of(self.connection, f"order:{order_id}")
            if hold is not None:
                failure.add_note(f"held: {hold.hold.reason}")
            raise

    async def settled_customer(self, resource: str) -> None:
        """Wait until the customer's workflow, if there ever was one, is done."""
        await self.store.courier.settle(within=PATIENCE)
        handle = self.client.get_workflow_handle(f"{self.connection}:{resource}")

        async def done() -> bool | None:
            try:
                status = (await handle.describe()).status
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return True
            return None if status is WorkflowExecutionStatus.RUNNING else True

        await self.until(done, f"the end of {resource}")

    async def held(self, order_id: str, code: str = "") -> Hold:
        """Wait until the order is held (for that reason)."""
        await self.store.courier.settle(within=PATIENCE)

        async def hold() -> Hold | None:
            found = await self.journal.holds.of(self.connection, f"order:{order_id}")
            if found is None or (code and found.hold.code != code):
                return None
            progress = await self.workflow(order_id).query("status")
            return found.hold if progress["stage"] == "held" else None

        return await self.until(hold, f"a hold {code} of order {order_id}")

    async def waiting_in_store(self, order_id: str) -> Hold:
        await self.settled(order_id)
        found = await self.journal.holds.of(self.connection, f"order:{order_id}")
        assert found is not None
        return found.hold

    async def links(self, order_id: str) -> dict[str, Link]:
        return await self.journal.links.of(self.connection, f"order:{order_id}")

    def number(self, order_id: str) -> str:
        return f"BC-{order_id}"

    def invoice(self, order_id: str) -> Invoice:
        """Return the order's one invoice; fail when there is none or more than one."""
        rows = [row for row in self.erp.invoices if row.reference == self.number(order_id)]
        assert len(rows) == 1, f"{len(rows)} invoices for order {order_id}"
        return rows[0]

    def assert_posted_once(self, order_id: str, *, payments: int = 1) -> None:
        """See one document of the store's total in the ledger, and that it is paid."""
        ledger, key = self.ledger, self.number(order_id)
        assert [one.total for one in ledger.documents_of(key)] == [self.store_total(order_id)]
        assert len(ledger.payments_of(key)) == payments
        assert ledger.paid(key) == self.store_total(order_id)

    def sold(self, order_id: str) -> Decimal:
        """What the order comes to in the ledger, amendments included, before refunds."""
        return self.ledger.sold(self.number(order_id))

    def credited(self, order_id: str) -> Decimal:
        """What the ledger gave back for the order."""
        return self.ledger.credited(self.number(order_id))

    async def first_posting(self) -> None:
        """Wait until something is in the ledger, which Tillbridge need not know yet."""

        async def posted() -> bool | None:
            return True if self.ledger.documents else None

        await self.until(posted, "the first posting")

    def has_invoice(self, order_id: str) -> bool:
        return bool(self.ledger.documents_of(self.number(order_id)))

    def payments(self, order_id: str) -> list[Payment]:
        start = f"{self.number(order_id)}-P"
        return [row for row in self.erp.payments if row.reference.startswith(start)]

    def credits(self, order_id: str) -> list[Decimal]:
        """Return the values credited against the order's invoice, in order."""
        start = f"{self.number(order_id)}-"
        return [
            abs(movement.value)
            for movements in self.erp.books.movements.values()
            for movement in movements
            if movement.kind == "C" and movement.reference.startswith(start)
        ]

    def classes(self, order_id: str) -> dict[str, Decimal]:
        """Return net sales by product class as the ledger has them for the order's invoice."""
        sums: dict[str, Decimal] = {}
        for line in self.erp.books.sales_lines.values():
            if line.invoice == self.invoice(order_id).invoice:
                sums[line.product_class] = sums.get(line.product_class, Decimal(0)) + line.net
        return sums

    def store_total(self, order_id: str) -> Decimal:
        return self.store.order(int(order_id)).prices.total.inc
