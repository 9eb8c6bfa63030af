"""The commands about orders that decide nothing: preview, sync, status, audit."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from activities.bookkeeping import WAITING
from activities.failures import RELEASES_ALL
from domain.order import OrderKey
from journal.holds import OpenHold
from journal.outages import Outage, OutageKind
from settings.queues import sync_queue
from settings.temporal import look_again
from starters.cli.context import Context, TemporalUnreachable
from starters.cli.output import Output, complain
from starters.cli.previewing import show_preview
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from starters.decisions import needs_a_person, open_holds
from starters.examine import examine_journal
from starters.preview import preview_order
from starters.standing import (
    HELD,
    OrderStanding,
    counts_by_stage,
    follow,
    remembered_standing,
    stage_before,
    standing,
)

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id in the store.")]
_PAGE = 500


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (preview, sync, status, audit):
        app.command()(command)


def preview(
    order: OrderArgument,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would be posted for an order, and what would hold it. Writes nothing.

    Exit code 1: something would hold it.
    """

    async def work(context: Context) -> ExitCode:
        key = context.order(order)
        found = await preview_order(key, await context.connections(), await context.journal())
        context.out.report(found, lambda out: show_preview(out, found))
        return ExitCode.ATTENTION if found.holds else ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


def sync(
    order: OrderArgument,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until the order is posted or held.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="With --wait: seconds to wait.")] = 120.0,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an order looked at again, as a webhook would.

    With --wait exit code 1: it is held, or still on its way.
    """

    async def work(context: Context) -> ExitCode:
        key = context.order(order)
        client = await context.client()
        before = await stage_before(client, key) if wait else ""
        handle = await look_again(client, key, queue=sync_queue(context.settings.temporal))
        if not wait:
            started = {"order_id": key.order_id, "workflow_id": handle.id, "stage": "started"}
            context.out.report(started, lambda out: out.say(f"Told {handle.id} to look again."))
            return ExitCode.WELL
        return await _followed(context, key, before, timeout)

    run(work, config=config, connection=connection, as_json=as_json)


def status(
    order: Annotated[
        str | None, typer.Argument(metavar="ORDER", help="One order; all if left out.")
    ] = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell where one order stands, or count all and list what is away and what is held.

    Exit code 1: something waits for a person, or a store or an ERP is away.
    """

    async def work(context: Context) -> ExitCode:
        if order is None:
            return await _overview(context)
        found = await _standing(context, context.order(order))
        context.out.report(found, lambda out: _show_standing(out, found))
        return ExitCode.ATTENTION if found.stage == HELD else ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


def audit(
    order: OrderArgument,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print everything that was ever done about an order, oldest first."""

    async def work(context: Context) -> ExitCode:
        key = context.order(order)
        journal = await context.journal()
        entries = list(await journal.trail.of(key.connection, key.resource, limit=_PAGE))
        while entries and len(entries) % _PAGE == 0:
            more = await journal.trail.of(
                key.connection, key.resource, limit=_PAGE, after=entries[-1].number
            )
            if not more:
                break
            entries += more
        rows = [
            (f"{e.at:%Y-%m-%d %H:%M:%S}", e.actor, e.action, e.step, e.outcome, e.message)
            for e in entries
        ]

        def show(out: Output) -> None:
            if rows:
                out.table(("when (UTC)", "who", "did", "step", "outcome", "what"), rows)
            else:
                out.say(f"Nothing was ever done about order {key.order_id}.")

        context.out.report([entry.model_dump(mode="json") for entry in entries], show)
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


async def _followed(context: Context, key: OrderKey, before: str, seconds: float) -> ExitCode:
    client, journal = await context.client(), await context.journal()
    try:
        async with asyncio.timeout(seconds):
            found = await follow(client, journal, key, stage_before=before)
    except TimeoutError:
        found = await remembered_standing(journal, key)
        complain(
            f"Order {key.order_id} is still on its way after {seconds:g} s; it goes on by itself "
            "as long as a worker runs (tillbridge ping tells)."
        )
        context.out.report(found, lambda out: _show_standing(out, found))
        return ExitCode.ATTENTION
    context.out.report(found, lambda out: _show_standing(out, found))
    return ExitCode.ATTENTION if found.stage == HELD else ExitCode.WELL


async def _standing(context: Context, key: OrderKey) -> OrderStanding:
    """Ask Temporal; when it is away, say so and tell what the journal knows."""
    journal = await context.journal()
    try:
        return await standing(await context.client(), journal, key)
    except TemporalUnreachable as away:
        complain(f"{away} This is what the journal knows.")
        return await remembered_standing(journal, key)


async def _overview(context: Context) -> ExitCode:
    journal = await context.journal()
    holds = await open_holds(journal, context.connection)
    outages = await journal.outages.all(context.connection)
    written = (await examine_journal(journal)).finding
    inbox = await journal.inbox.waiting()
    try:
        counts = await counts_by_stage(await context.client(), context.connection)
    except TemporalUnreachable as away:
        complain(f"{away} Only what the journal knows is listed.")
        counts = {}
    held = [hold for hold in holds if needs_a_person(hold)]
    counts[HELD] = len(held)
    found = {
        "connection": context.connection,
        "counts": counts,
        "outages": [outage.model_dump(mode="json") for outage in outages],
        "journal": {"written": written.ok, "problem": written.detail},
        "inbox": inbox.model_dump(mode="json"),
        "holds": [hold.model_dump(mode="json") for hold in holds],
    }

    def show(out: Output) -> None:
        if not written.ok:
            out.say(written.detail, style="red")
        if inbox.since is not None:
            out.say(
                f"{inbox.deliveries} webhooks wait for Temporal in the inbox, since "
                f"{_ago(inbox.since)}; they are handed on by themselves."
            )
        _show_outages(out, outages)
        _show_overview(out, counts, holds)

    context.out.report(found, show)
    well = written.ok and not held and not outages
    return ExitCode.WELL if well else ExitCode.ATTENTION


def _show_outages(out: Output, outages: tuple[Outage, ...]) -> None:
    if not outages:
        return
    rows = [
        (o.side.value, _ago(o.since), o.kind.value, o.sentence, _what_happens(o)) for o in outages
    ]
    out.table(("away", "since", "kind", "why", "what happens"), rows)


def _what_happens(outage: Outage) -> str:
    if outage.kind is OutageKind.PERMISSION:
        return f"{outage.remedy} {RELEASES_ALL}"
    if outage.kind is OutageKind.CREDENTIALS:
        return f"Nothing is sent any more. {outage.remedy} {RELEASES_ALL}"
    if outage.retry_at is None:
        return "Orders wait; they go on by themselves."
    if outage.retry_at > datetime.now(UTC):
        return f"Circuit open, one call tries at {outage.retry_at:%H:%M:%S} UTC; orders wait."
    return "Circuit half open, the next call tries; orders wait."


def _show_overview(out: Output, counts: dict[str, int], holds: list[OpenHold]) -> None:
    out.say(", ".join(f"{count} {stage}" for stage, count in counts.items()))
    if not holds:
        out.say("Nothing is held.", style="green")
        return
    rows = [
        (
            held.resource.removeprefix("order:"),
            _ago(held.since),
            held.hold.code,
            held.hold.reason,
            held.hold.remedy,
        )
        for held in holds
    ]
    out.table(("order", "since", "code", "why", "what to do"), rows)


def _show_standing(out: Output, found: OrderStanding) -> None:
    document = f" as {found.document}" if found.document else ""
    if found.stage == HELD:
        at = f" at {found.held_at}" if found.held_at else ""
        out.say(f"Order {found.order_id} is held{at} ({found.code}): {found.reason}", style="red")
        if found.remedy:
            out.say(found.remedy)
    elif found.stage == WAITING and found.waiting_since is not None:
        due = f", next at {found.next_try:%H:%M:%S} UTC" if found.next_try else ""
        out.say(
            f"Order {found.order_id} waits at {found.held_at} for "
            f"{_ago(found.waiting_since)}, {found.tries} tries{due}: {found.reason}"
        )
    elif found.stage == "ignored":
        out.say(f"Order {found.order_id} was looked at; there is nothing to post.")
    elif found.stage == "unknown":
        out.say(f"Nothing is known of order {found.order_id}; it was not looked at yet.")
    else:
        total = f", {found.total}" if found.total else ""
        out.say(f"Order {found.order_id}: {found.stage}{document}{total}")


def _ago(since: datetime) -> str:
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
