"""The commands `schedules` and `backfill`: looking for changes by itself, and from a day on."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from temporalio.client import ScheduleListActionStartWorkflow

from starters.backfill import progress_of, start_backfill
from starters.cli.context import Context
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from starters.namespace import ensure_search_attributes
from starters.schedules import apply_schedules

group = typer.Typer(help="What runs by itself.", no_args_is_help=True)


class Resource(StrEnum):
    """What can be looked through."""

    ORDERS = "orders"
    CUSTOMERS = "customers"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="schedules")
    app.command()(backfill)


@group.command("apply")
def apply_all(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Create or update every connection's schedules, and the search attributes that are missing."""

    async def work(context: Context) -> ExitCode:
        client, settings = await context.client(), context.settings
        created: tuple[str, ...] = ()
        if settings.temporal.manage_search_attributes:
            created = await ensure_search_attributes(client)
        applied = await apply_schedules(client, settings)
        sentence = "\n".join(applied) or "No connection is configured yet."
        if created:
            sentence += f"\nSearch attributes created: {', '.join(created)}"
        found = {"schedules": list(applied), "search_attributes_created": list(created)}
        context.out.report(found, lambda out: out.say(sentence))
        return ExitCode.WELL

    run(work, config=config, as_json=as_json)


@group.command("list")
def list_all(
    connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List a connection's schedules: when they run next, and whether somebody has paused them."""

    async def work(context: Context) -> ExitCode:
        client = await context.client()
        rows: list[tuple[str, str, str, str]] = []
        async for listed in await client.list_schedules():
            if not listed.id.startswith(f"{context.connection}:") or listed.schedule is None:
                continue
            action = listed.schedule.action
            name = action.workflow if isinstance(action, ScheduleListActionStartWorkflow) else ""
            upcoming = listed.info.next_action_times if listed.info else []
            soon = f"{upcoming[0]:%Y-%m-%d %H:%M:%S}" if upcoming else ""
            state = listed.schedule.state
            rows.append((listed.id, name, soon, f"paused: {state.note}" if state.paused else ""))
        keys = ("id", "workflow", "next", "paused")
        found = [dict(zip(keys, row, strict=True)) for row in sorted(rows)]
        columns = ("schedule", "starts", "next (UTC)", "")
        context.out.report(found, lambda out: out.table(columns, sorted(rows)))
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


def backfill(
    since: Annotated[str, typer.Option(help="A day or a time, e.g. 2026-11-01 (UTC).")],
    resource: Annotated[Resource, typer.Option(help="What to look through.")] = Resource.ORDERS,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look through what changed in the store since a day, and sync what is not done.

    Needs a worker. Interrupted, it goes on by itself; started again, it is followed again.
    """
    start = _moment(since)

    async def work(context: Context) -> ExitCode:
        client = await context.client()
        handle = await start_backfill(
            client, context.settings, context.connection, resource=resource, since=start
        )
        screen = Console(stderr=True, quiet=as_json)
        with screen.status(
            f"Looking through {resource.value} since {start:%Y-%m-%d %H:%M}"
        ) as line:
            async for p in progress_of(client, handle):
                newest = f", now at {p.newest:%Y-%m-%d %H:%M}" if p.newest else ""
                line.update(f"{p.seen} {resource.value} seen, {p.started} started{newest}")
            summary = await handle.result()
        sentence = f"{summary.seen} {resource.value} seen, {summary.started} told to sync."
        context.out.report(summary.model_dump(mode="json"), lambda out: out.say(sentence))
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


def _moment(text: str) -> datetime:
    """Read a day or a time; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"'{text}' is not a day; write it as 2026-11-01.", param_hint="--since"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise typer.BadParameter(f"{text} has not come yet.", param_hint="--since")
    return moment.astimezone(UTC)
