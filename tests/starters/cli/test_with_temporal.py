"""The commands that talk to workflows, on a real Temporal server with real workflows.

The activities are doubles: they hold an order for want of one rule, and post it once it is there.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from activities.records import (
    CatchUpPage,
    CatchUpWork,
    OrderDecision,
    OrderPlan,
    StepDone,
    StepWork,
    WebhookReport,
)
from domain.customer import CustomerKey
from domain.hold import Hold, HoldCode
from domain.mapping import RuleKind
from domain.order import OrderKey
from domain.plan import Gate, Link, Step, StepKind
from journal.opening import Journal
from settings.temporal import look_again
from tests.support.waiting import until
from workers.build import WORKFLOWS, sandboxed

TO_FINISH = timedelta(seconds=10)
MISSING = Hold(
    step="document",
    code=HoldCode.MAPPING_MISSING,
    reason="SKU-1 is unknown in the ERP.",
    remedy="Map it: tillbridge map set item 'SKU-1' VALUE",
    mapping_kind=RuleKind.ITEM,
    mapping_key="SKU-1",
)


class Doubles:
    """Orders need a rule for SKU-1 and then post as `INV`; looking through finds two pages."""

    def __init__(self, journal: Journal, *, erp_queue: str) -> None:
        self._journal = journal
        self._erp_queue = erp_queue
        self.decisions: list[OrderDecision] = []
        self.looked_from: list[datetime | None] = []

    @activity.defn(name="plan_order")
    async def plan_order(self, key: OrderKey) -> OrderPlan:
        done = await self._journal.links.of(key.connection, key.resource)
        rules = await self._journal.mappings.rules(key.connection)
        hold = None
        if "document" not in done and not rules.find(RuleKind.ITEM, "SKU-1"):
            hold = MISSING
            now = datetime.now(UTC)
            await self._journal.holds.open(key.connection, key.resource, hold, since=now)
        steps = () if done else (Step(key="document", kind=StepKind.DOCUMENT),)
        return OrderPlan(
            snapshot="s",
            gate=Gate.EXPORT,
            status="Awaiting Fulfillment",
            steps=steps,
            hold=hold,
            document=done["document"].ref if done else "",
            skipped=done["document"].skipped if done else False,
            erp_queue=self._erp_queue,
            linger_seconds=0.1,
        )

    @activity.defn(name="post_document")
    async def post_document(self, work: StepWork) -> StepDone:
        key = work.key
        ref = f"INV{key.order_id}"
        link = Link(step="document", ref=ref)
        await self._journal.links.put(key.connection, key.resource, link)
        await self._journal.holds.close(key.connection, key.resource)
        return StepDone(ref=ref)

    @activity.defn(name="record_decision")
    async def record_decision(self, work: OrderDecision) -> None:
        self.decisions.append(work)
        key = work.key
        if work.action == "skip":
            link = Link(step="document", skipped=True)
            await self._journal.links.put(key.connection, key.resource, link)
        await self._journal.holds.close(key.connection, key.resource, work.decision.actor)

    @activity.defn(name="renew_session")
    async def renew_session(self, connection: str) -> None:
        pass

    @activity.defn(name="catch_up_page")
    async def catch_up_page(self, work: CatchUpWork) -> CatchUpPage:
        self.looked_from.append(work.since)
        since = work.since or datetime(2026, 1, 1, tzinfo=UTC)
        more = "" if work.cursor else "2"
        return CatchUpPage(since=since, next_cursor=more, newest=since, seen=3, started=2)

    @activity.defn(name="reconcile_webhooks")
    async def reconcile_webhooks(self, connection: str) -> WebhookReport:
        return WebhookReport(created=4)

    @activity.defn(name="erp_queue")
    async def erp_queue(self, key: CustomerKey) -> str:
        return self._erp_queue


@asynccontextmanager
async def working(client: Client, journal: Journal, prefix: str) -> AsyncIterator[Doubles]:
    doubles = Doubles(journal, erp_queue=f"{prefix}erp-syspro")
    orders = [doubles.plan_order, doubles.record_decision]
    looking = [doubles.renew_session, doubles.catch_up_page, doubles.reconcile_webhooks]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            Worker(
                client,
                task_queue=f"{prefix}sync",
                workflows=list(WORKFLOWS),
                activities=[*orders, *looking, doubles.erp_queue],
                workflow_runner=sandboxed(),
                graceful_shutdown_timeout=TO_FINISH,
            )
        )
        await stack.enter_async_context(
            Worker(
                client,
                task_queue=f"{prefix}erp-syspro",
                activities=[doubles.post_document],
                graceful_shutdown_timeout=TO_FINISH,
            )
        )
        yield doubles


@pytest.fixture
async def doubles(shop: Any, client: Client) -> AsyncIterator[Doubles]:
    async with shop.journal() as journal, working(client, journal, shop.prefix) as doubles:
        yield doubles


async def until_stage(shop: Any, order: str, stage: str) -> Any:
    async def at_stage() -> Any:
        found = await shop.answer("status", order)
        return found if found["stage"] == stage else None

    return await until(at_stage, f"stage {stage}")


async def test_sync_waits_until_the_order_is_held_and_says_why(shop: Any, doubles: Doubles) -> None:
    result = await shop.command("sync", "101", "--wait")
    assert result.exit_code == 1
    assert "SKU-1 is unknown in the ERP." in result.stdout
    assert "tillbridge map set item" in result.stdout


async def test_map_set_releases_what_was_held_for_that_rule_and_nothing_else(
    shop: Any, client: Client, doubles: Doubles
) -> None:
    other = MISSING.model_copy(update={"mapping_key": "SKU-2"})
    async with shop.journal() as journal:
        await journal.holds.open("main", "order:299", other, since=datetime.now(UTC))
    for order in ("201", "202"):
        await shop.command("sync", order, "--wait")

    set_ = await shop.answer("map", "set", "item", "SKU-1", "A100")

    assert set_ == {"rules": 1, "changed": 1, "released": 2}
    assert (await until_stage(shop, "201", "posted"))["document"] == "INV201"
    assert (await until_stage(shop, "202", "posted"))["document"] == "INV202"


async def test_sync_of_a_posted_order_waits_for_the_new_look_and_tells_the_document(
    shop: Any, doubles: Doubles
) -> None:
    await shop.command("map", "set", "item", "SKU-1", "A100")
    for _ in range(2):
        result = await shop.command("sync", "301", "--wait", "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["document"] == "INV301"


async def test_sync_says_so_when_nobody_works(shop: Any, client: Client) -> None:
    result = await shop.command("sync", "309", "--wait", "--timeout", "0.5")
    assert result.exit_code == 1
    assert "still on its way" in result.stderr


async def test_skip_waives_the_held_order_for_ever_and_keeps_who_and_why(
    shop: Any, doubles: Doubles
) -> None:
    await shop.command("sync", "401", "--wait")
    skipped = await shop.command("skip", "401", "--reason", "a test order", "--actor", "ann")
    assert skipped.exit_code == 0
    await until_stage(shop, "401", "skipped")
    (decision,) = doubles.decisions
    assert (decision.action, decision.decision.actor) == ("skip", "ann")
    assert decision.decision.reason == "a test order"


async def test_an_order_that_a_person_holds_is_not_posted_until_it_is_released(
    shop: Any, doubles: Doubles
) -> None:
    await shop.command("map", "set", "item", "SKU-1", "A100")
    await shop.command("hold", "501", "--reason", "fraud check", "--actor", "ann")
    held = await until_stage(shop, "501", "held")
    assert held["reason"] == "Held by ann: fraud check."

    assert (await shop.command("release", "501")).exit_code == 0
    await until_stage(shop, "501", "posted")


async def test_retry_of_a_code_tells_everything_that_is_held_for_it(
    shop: Any, doubles: Doubles
) -> None:
    for order in ("601", "602"):
        await shop.command("sync", order, "--wait")
    told = await shop.answer("retry", "--code", "mapping-missing")
    assert sorted(told["workflows"]) == ["main:order:601", "main:order:602"]
    assert (await shop.answer("retry", "--code", "period-closed"))["told"] == 0


async def test_status_counts_by_stage_and_lists_the_holds(shop: Any, doubles: Doubles) -> None:
    await shop.command("sync", "701", "--wait")
    result = await shop.command("status", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["counts"]["held"] == 1
    assert [hold["resource"] for hold in found["holds"]] == ["order:701"]


async def test_schedules_are_applied_as_often_as_one_likes_and_listed(
    shop: Any, client: Client
) -> None:
    await shop.answer("schedules", "apply")
    applied = await shop.answer("schedules", "apply")
    assert len(applied["schedules"]) == 3

    async def all_listed() -> Any:
        rows = await shop.answer("schedules", "list")
        return rows if len(rows) == 3 else None

    listed = await until(all_listed, "three schedules")
    assert {row["id"] for row in listed} == set(applied["schedules"])
    for schedule_id in applied["schedules"]:
        await client.get_schedule_handle(schedule_id).delete()


async def test_backfill_looks_from_that_day_on_and_sums_its_pages(
    shop: Any, doubles: Doubles
) -> None:
    summary = await shop.answer("backfill", "--since", "2026-02-03")
    assert (summary["seen"], summary["started"]) == (6, 4)
    assert doubles.looked_from[0] == datetime(2026, 2, 3, tzinfo=UTC)


async def test_webhooks_apply_prints_what_the_guardian_did(shop: Any, doubles: Doubles) -> None:
    report = await shop.answer("webhooks", "apply")
    assert report["created"] == 4


async def test_a_workflow_that_a_webhook_started_is_found_by_its_order_number(
    shop: Any, client: Client, doubles: Doubles
) -> None:
    key = OrderKey(connection="main", order_id="801")
    await look_again(client, key, queue=f"{shop.prefix}sync")
    held = await until_stage(shop, "801", "held")
    assert held["code"] == "mapping-missing"
    assert held["running"]
