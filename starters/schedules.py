"""The schedules of each connection, created or brought up to date as often as one likes."""

from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from activities.records import CatchUpWork
from settings.model import ConnectionSettings, Settings
from settings.queues import sync_queue
from workflows.catch_up import CatchUp, CatchUpOrder
from workflows.webhooks import WebhookGuardian

# After an outage one run finds everything; the many that were missed would find nothing more.
_POLICY = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=10))


async def apply_schedules(client: Client, settings: Settings) -> tuple[str, ...]:
    """Create or update every connection's schedules; a pause by an operator survives."""
    applied: list[str] = []
    for name, connection in settings.connections.items():
        for schedule_id, wanted in wanted_schedules(name, connection, settings).items():
            await _ensure(client, schedule_id, wanted)
            applied.append(schedule_id)
    return tuple(applied)


def wanted_schedules(
    name: str, connection: ConnectionSettings, settings: Settings
) -> dict[str, Schedule]:
    """Return a connection's schedules by id."""
    queue = sync_queue(settings.temporal)
    times = connection.schedules
    wanted: dict[str, Schedule] = {}
    for resource in ("orders", "customers"):
        schedule_id = f"{name}:catch-up:{resource}"
        wanted[schedule_id] = _every(
            times.catch_up_minutes,
            ScheduleActionStartWorkflow(
                CatchUp.run,
                CatchUpOrder(work=CatchUpWork(connection=name, resource=resource)),
                id=schedule_id,
                task_queue=queue,
            ),
        )
    schedule_id = f"{name}:webhooks"
    wanted[schedule_id] = _every(
        times.guardian_minutes,
        ScheduleActionStartWorkflow(WebhookGuardian.run, name, id=schedule_id, task_queue=queue),
    )
    return wanted


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
