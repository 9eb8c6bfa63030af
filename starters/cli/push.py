"""The commands `push stock`, `push prices` and `push report`: from the ERP to the store."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from activities.push_records import Flow, PushKey, PushSummary
from activities.push_start import PushWish, start_push
from settings.queues import sync_queue
from starters.cli.context import Context
from starters.cli.output import Output
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from starters.pushing import LinkReport, Seen, link_report, watched_push

group = typer.Typer(help="Stock and prices, from the ERP to the store.", no_args_is_help=True)

FullOption = Annotated[
    bool,
    typer.Option("--full", help="List both sides anew and try again what was refused."),
]
_SHOWN = 50


@group.command("stock")
def push_stock(
    full: FullOption = False,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the store the ERP's stock: only what differs from what it was given last.

    Needs a worker. Interrupted, it goes on by itself; started again, it is followed again.
    """
    _push(Flow.STOCK, full=full, connection=connection, config=config, as_json=as_json)


@group.command("prices")
def push_prices(
    full: FullOption = False,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the store the ERP's prices: only what differs from what it was given last."""
    _push(Flow.PRICES, full=full, connection=connection, config=config, as_json=as_json)


@group.command("report")
def report(
    connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List which ERP items are no SKU of the store, and the reverse. Creates nothing.

    As of the last full push; needs neither Temporal nor a worker.
    """

    async def work(context: Context) -> ExitCode:
        journal = await context.journal()
        rules = context.connection_settings.rules_with(
            await journal.mappings.rules(context.connection)
        )
        found = await link_report(journal, context.connection, rules)
        context.out.report(found, lambda out: _show_report(out, found))
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


def _push(
    flow: Flow,
    *,
    full: bool,
    connection: ConnectionOption,
    config: ConfigOption,
    as_json: bool,
) -> None:
    async def work(context: Context) -> ExitCode:
        client, journal = await context.client(), await context.journal()
        key = PushKey(connection=context.connection, flow=flow)
        queue = sync_queue(context.settings.temporal)
        handle = await start_push(client, PushWish(key=key, full=full), queue=queue)
        with _bar(flow, quiet=as_json) as bar:
            task = bar.add_task("waiting for a worker", total=None)
            async for seen in watched_push(handle, key, journal):
                _advance(bar, task, seen)
        summary = PushSummary.model_validate(await handle.result())
        context.out.report(summary, lambda out: _show(out, summary))
        well = not (summary.stopped or summary.stale or summary.refused or summary.differing)
        return ExitCode.WELL if well else ExitCode.ATTENTION

    run(work, config=config, connection=connection, as_json=as_json)


def _bar(flow: Flow, *, quiet: bool) -> Progress:
    return Progress(
        TextColumn(f"{flow.capitalize()}: {{task.description}}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True, quiet=quiet),
        transient=True,
    )


def _advance(bar: Progress, task: TaskID, seen: Seen) -> None:
    words = seen.stage.value
    if not seen.changed:
        words += f" ({seen.read} read)" if seen.read else ""
        bar.update(task, description=words)
        return
    done = seen.changed - seen.left
    bar.update(task, description=words, completed=done, total=seen.changed)


def _show(out: Output, summary: PushSummary) -> None:
    what = summary.flow.capitalize()
    if summary.stopped:
        out.say(f"{what} not pushed to the end: {summary.stopped}", style="red")
    if summary.stale:
        out.say(
            f"The ERP did not tell everything: {summary.stale} Older numbers were used; the older "
            "they are, the more is kept back."
        )
    facts = [
        ("read from the ERP", summary.read),
        ("changed", summary.changed),
        ("pushed", summary.pushed),
        ("refused by the store", summary.refused),
        ("new items without a SKU", summary.unlinked),
        ("looked at afterwards", summary.looked_at),
        ("of those not as pushed", summary.differing),
        ("calls to the store", summary.calls),
    ]
    out.table((what, ""), [(name, str(count)) for name, count in facts])
    if summary.refused or summary.unlinked:
        out.say("Which ones: tillbridge push report")


def _show_report(out: Output, found: LinkReport) -> None:
    out.say(f"The store has {found.skus} SKUs.")
    for title, names in (
        ("Items of the ERP without a SKU in the store", found.items_without_sku),
        ("SKUs of the store without an item in the ERP", found.skus_without_item),
    ):
        out.say(f"{title}: {len(names) or 'none'}")
        for name in names[:_SHOWN]:
            out.say(f"  {name}")
        if len(names) > _SHOWN:
            out.say(f"  and {len(names) - _SHOWN} more; --json lists all")
    if found.refused:
        rows = [(one.flow, one.sku, one.location, one.reason) for one in found.refused]
        out.table(("flow", "SKU", "location", "what the store says"), rows[:_SHOWN])
        if len(rows) > _SHOWN:
            out.say(f"and {len(rows) - _SHOWN} more; --json lists all")
