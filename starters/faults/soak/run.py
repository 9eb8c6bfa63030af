"""A soak from beginning to end: set up, let the script happen, let it come to rest, judge."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from uuid import uuid4

from temporalio.service import RPCError

from activities.records import CatchUpWork, Decision
from domain.mapping import RuleKind
from domain.record import Record
from sandbox.assortment import ASSORTMENT, UNLISTED_SKU
from settings.queues import sync_queue
from starters.decisions import decide, keys_of, needs_a_person, open_holds
from starters.demo.configuration import CONNECTION, KEY_PREFIX
from starters.demo.stage import Stage, staged
from starters.faults.facts import read_journal_facts, read_ledger_facts, read_store_facts
from starters.faults.paperwork import temporal_violations, unattended_holds
from starters.faults.soak.acts import Script
from starters.faults.soak.course import Course, in_motion
from starters.faults.soak.result import Disturbances, SoakResult, soak_result
from starters.faults.soak.script import script_of
from starters.faults.systems import ERPS_UNDER_FAULT, ErpUnderFault
from starters.mapping import set_rules
from starters.mappings_csv import Rule
from starters.schedules import wanted_schedules
from workflows.catch_up import CatchUp, CatchUpOrder

# The platform's waits between attempts take two days; here a minute becomes a second.
_WEBHOOK_PACE = 1 / 60
_WEBHOOKS_OUT_WITHIN = 120.0
_AT_REST_WITHIN = 900.0
_ACTOR = "soak"

_ERP = f"TILLBRIDGE_CONNECTIONS__{CONNECTION.upper()}__ERP"
_STORE = f"TILLBRIDGE_CONNECTIONS__{CONNECTION.upper()}__STORE"
_POLICY = f"TILLBRIDGE_CONNECTIONS__{CONNECTION.upper()}__POLICY"
_OVERRIDES = {
    f"TILLBRIDGE_CONNECTIONS__{CONNECTION.upper()}__PUSH__STOCK__ENABLED": "false",
    # Outages last seconds here.
    "TILLBRIDGE_WAITING__LONGEST_SECONDS": "20",
    f"{_POLICY}__EDITS": "amend",
    # Systems on this machine answer at once: who waits longer waits for a fault.
    f"{_STORE}__TIMEOUTS__READ": "5",
    f"{_ERP}__TIMEOUTS__READ": "5",
    f"{_ERP}__PROFILE__LATE_COMMIT_SECONDS": "5",
}


# A long lingering makes the second look count, so that the last catch-up finds only what was
# missed; for few orders it is not worth its wait.
_MANY = 200
_LINGER = f"{_POLICY}__LINGER_SECONDS"


class SoakStuck(Exception):
    """Work was still in motion long after the last act; the message says how much."""


async def run_soak(
    folder: Path,
    *,
    erp: str = "syspro",
    orders: int = 2000,
    seed: int,
    say: Callable[[str], None],
) -> SoakResult:
    """Run a soak in the folder, which is made anew, and keep there what it left behind.

    `erp` is one of the names in `ERPS`.
    Journal, logs, script.json and result.json stay for inspection. Parts that still work when the
    time is up are violations of their own.

    Raises:
        NotReady: a process did not come up.
    """
    under_fault = ERPS_UNDER_FAULT[erp]
    script = script_of(seed, orders, under_fault)
    say(f"Script {script.digest}: {orders} orders, {len(script.acts)} acts")
    overrides = {
        **_OVERRIDES,
        _LINGER: "6" if orders >= _MANY else "1",
        **{f"{_ERP}__PROFILE__{name.upper()}": "5" for name in under_fault.waits},
    }
    async with staged(
        folder, say, erp=erp, overrides=overrides, webhook_pace=_WEBHOOK_PACE
    ) as stage:
        _keep(stage, "script.json", script)
        started = monotonic()
        async with Course(stage, script, under_fault.endings, say) as course:
            await course.run()
            others: list[str] = []
            released = 0
            try:
                released = await _bring_to_rest(stage, say)
            except SoakStuck as stuck:
                others.append(str(stuck))
            disturbances = Disturbances(
                faults=dict(await course.fired()),
                kills=dict(course.kills),
                webhooks=dict(stage.store.courier.meddled),
                refused_acts=course.refused,
                released=released,
            )
        seconds = monotonic() - started
        result = await _judge(stage, script, under_fault, disturbances, others, seconds)
        _keep(stage, "result.json", result)
    if not result.clean:
        say(f"What happened lies in {stage.folder}: journal, logs, script.json and result.json")
        say(f"Once more: tillbridge faults soak --erp {erp} --orders {orders} --seed {seed}")
    return result


async def _bring_to_rest(stage: Stage, say: Callable[[str], None]) -> int:
    """Let everything finish, look for what was missed, and release what can be released."""
    # One that began while we judge would look like work that never ends.
    await _pause_schedules(stage)
    try:
        await stage.store.courier.settle(within=_WEBHOOKS_OUT_WITHIN)
    except TimeoutError:
        say("Some webhooks are still being retried; the catch-up need not wait for them")
    await _at_rest(stage, say)
    say("Looking for what no webhook told of")
    await _catch_up(stage)
    await _at_rest(stage, say)
    released = await _release(stage, say)
    await _at_rest(stage, say)
    return released


async def _at_rest(stage: Stage, say: Callable[[str], None]) -> None:
    """Wait until nothing has been in motion at two looks in a row.

    Raises:
        SoakStuck: something still was when the time was up.
    """
    still = told = calm = 0
    try:
        async with asyncio.timeout(_AT_REST_WITHIN):
            while calm < 2:
                try:
                    still = await in_motion(stage)
                except RPCError:
                    still = max(still, 1)  # Temporal is on its way back
                calm = calm + 1 if still == 0 else 0
                if not told / 2 <= still <= told * 2:
                    told = still
                    say(f"{still} still in motion")
                await asyncio.sleep(0.5)
    except TimeoutError:
        message = f"{still} workflows were still in motion after {_AT_REST_WITHIN:.0f} s of peace."
        raise SoakStuck(message) from None


async def _pause_schedules(stage: Stage) -> None:
    connection = stage.settings.connection(CONNECTION)
    for schedule_id in wanted_schedules(CONNECTION, connection, stage.settings):
        schedule = stage.client.get_schedule_handle(schedule_id)
        await schedule.pause(note="the soak looks once more itself")


async def _catch_up(stage: Stage) -> None:
    for resource in ("orders", "customers"):
        await stage.client.execute_workflow(
            CatchUp.run,
            CatchUpOrder(work=CatchUpWork(connection=CONNECTION, resource=resource)),
            id=f"{CONNECTION}:catch-up:{resource}-{uuid4()}",
            task_queue=sync_queue(stage.settings.temporal),
            execution_timeout=timedelta(minutes=10),
        )


async def _release(stage: Stage, say: Callable[[str], None]) -> int:
    """Map the SKU that nobody knows, retry what is held, and count what is no longer."""
    rule = Rule(kind=RuleKind.ITEM, key=UNLISTED_SKU, value=ASSORTMENT[0].sku)
    await set_rules(stage.journal, CONNECTION, [rule], actor=_ACTOR)
    held = [one for one in await open_holds(stage.journal, CONNECTION) if needs_a_person(one)]
    say(f"{len(held)} held; mapping {UNLISTED_SKU}, and retrying them all")
    decision = Decision(actor=_ACTOR, reason="the SKU is mapped")
    await decide(stage.client, stage.settings, keys_of(held), action="retry", decision=decision)
    await _at_rest(stage, say)
    left = [one for one in await open_holds(stage.journal, CONNECTION) if needs_a_person(one)]
    return len(held) - len(left)


async def _judge(
    stage: Stage,
    script: Script,
    under_fault: ErpUnderFault,
    disturbances: Disturbances,
    others: list[str],
    seconds: float,
) -> SoakResult:
    store = await read_store_facts(stage.store_url)
    ledger = await read_ledger_facts(stage.erp_url, under_fault.ledger)
    ids = [order.order_id for order in store]
    journal = await read_journal_facts(stage.journal, CONNECTION, ids)
    others += await temporal_violations(stage.client, CONNECTION)
    others += await unattended_holds(stage.client, journal)
    return soak_result(
        script,
        store,
        ledger,
        journal,
        prefix=KEY_PREFIX,
        others=others,
        disturbances=disturbances,
        seconds=seconds,
    )


def _keep(stage: Stage, name: str, record: Record) -> None:
    (stage.folder / name).write_text(record.model_dump_json(indent=1), encoding="utf-8")
