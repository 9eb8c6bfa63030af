"""The schedules of each connection, created or brought up to date as often as one likes."""

from dataclasses import replace
from datetime import time, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.push_records import Flow, PushKey
from activities.push_start import PushWish
from activities.records import CatchUpWork
from settings.customers import CustomerSettings
from settings.model import ConnectionSettings, Settings
from settings.push import PushSettings
from settings.queues import sync_queue
from workflows.catch_up import CatchUp, CatchUpOrder
from workflows.push_due import PushDue
from workflows.webhooks import WebhookGuardian

STOCK, WHOLE_STOCK, PRICES = "push-due:stock", "push-due:stock:whole", "push-due:prices"
CHANGED_ACCOUNTS, ALL_ACCOUNTS = "catch-up:erp-customers", "catch-up:all-erp-customers"
_SWITCHED = (STOCK, WHOLE_STOCK, PRICES, CHANGED_ACCOUNTS, ALL_ACCOUNTS)

# After an outage one run finds everything; the many that were missed would find nothing more.
_POLICY = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=10))


async def apply_schedules(client: Client, settings: Settings) -> tuple[str, ...]:
    """Create or update every connection's schedules; a pause by an operator survives.

    Those of what is switched off are deleted.
    """
    applied: list[str] = []
    for name, connection in settings.connections.items():
        wanted = wanted_schedules(name, connection, settings)
        for schedule_id, schedule in wanted.items():
            await _ensure(client, schedule_id, schedule)
            applied.append(schedule_id)
        for schedule_id in (f"{name}:{flow}" for flow in _SWITCHED):
            if schedule_id not in wanted:
                await _delete(client, schedule_id)
    return tuple(applied)


def wanted_schedules(
    name: str, connection: ConnectionSettings, settings: Settings
) -> dict[str, Schedule]:
    """Return a connection's schedules by id."""
    queue = sync_queue(settings.temporal)
    times = connection.schedules
    wanted: dict[str, Schedule] = {}
    for resource in ("orders", "customers"):
        look = _catch_up(name, resource, queue)
        wanted[look.id] = _every(times.catch_up_minutes, look)
    schedule_id = f"{name}:webhooks"
    wanted[schedule_id] = _every(
        times.guardian_minutes,
        ScheduleActionStartWorkflow(WebhookGuardian.run, name, id=schedule_id, task_queue=queue),
    )
    wanted |= _wanted_accounts(name, connection.customers, queue)
    return wanted | _wanted_pushes(name, connection.push, queue)


def _catch_up(name: str, resource: str, queue: str) -> ScheduleActionStartWorkflow:
    return ScheduleActionStartWorkflow(
        CatchUp.run,
        CatchUpOrder(work=CatchUpWork(connection=name, resource=resource)),
        id=f"{name}:catch-up:{resource}",
        task_queue=queue,
    )


def _wanted_accounts(name: str, customers: CustomerSettings, queue: str) -> dict[str, Schedule]:
    if not customers.flow_back:
        return {}
    changed = _catch_up(name, "erp-customers", queue)
    # What an ERP changes without moving its time of change is found at night.
    everything = _catch_up(name, "all-erp-customers", queue)
    return {
        changed.id: _every(customers.every_minutes, changed),
        everything.id: _nightly(customers.full_at, everything),
    }


def _wanted_pushes(name: str, push: PushSettings, queue: str) -> dict[str, Schedule]:
    def due(schedule_id: str, flow: Flow, *, full: bool) -> ScheduleActionStartWorkflow:
        wish = PushWish(key=PushKey(connection=name, flow=flow), full=full)
        return ScheduleActionStartWorkflow(
            PushDue.run, wish, id=f"{name}:{schedule_id}", task_queue=queue
        )

    wanted: dict[str, Schedule] = {}
    if push.stock.enabled:
        changed = due(STOCK, Flow.STOCK, full=False)
        wanted[f"{name}:{STOCK}"] = _every(push.stock.every_minutes, changed)
        everything = due(WHOLE_STOCK, Flow.STOCK, full=True)
        wanted[f"{name}:{WHOLE_STOCK}"] = _nightly(push.stock.full_at, everything)
    if push.prices.enabled:
        prices = due(PRICES, Flow.PRICES, full=False)
        wanted[f"{name}:{PRICES}"] = _nightly(push.prices.at, prices)
    return wanted


def _nightly(at: time, action: ScheduleActionStartWorkflow) -> Schedule:
    calendar = ScheduleCalendarSpec(
        hour=[ScheduleRange(at.hour)],
        minute=[ScheduleRange(at.minute)],
        comment=f"every night at {at:%H:%M} UTC",
    )
    return Schedule(action=action, spec=ScheduleSpec(calendars=[calendar]), policy=_POLICY)


def _every(minutes: int, action: ScheduleActionStartWorkflow) -> Schedule:
    interval = ScheduleIntervalSpec(every=timedelta(minutes=minutes))
    spec = ScheduleSpec(intervals=[interval], jitter=timedelta(seconds=10))
    return Schedule(action=action, spec=spec, policy=_POLICY)


async def _ensure(client: Client, schedule_id: str, wanted: Schedule) -> None:
    try:
        await client.create_schedule(schedule_id, wanted)
    except ScheduleAlreadyRunningError:

        def keep_state(seen: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(replace(wanted, state=seen.description.schedule.state))

        await client.get_schedule_handle(schedule_id).update(keep_state)


async def _delete(client: Client, schedule_id: str) -> None:
    try:
        await client.get_schedule_handle(schedule_id).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
