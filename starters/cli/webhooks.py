"""The commands `webhooks`: what the store calls, and putting that in order now."""

import asyncio
from urllib.parse import urlsplit

import typer
from temporalio.common import WorkflowIDConflictPolicy

from settings.queues import sync_queue
from starters.cli.context import Context
from starters.cli.output import Output, complain, good_or_bad
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from workflows.webhooks import WebhookGuardian

group = typer.Typer(help="The store's webhooks.", no_args_is_help=True)

_PATIENCE_SECONDS = 60.0


@group.command("list")
def list_webhooks(
    connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the webhooks that the store has; ours are marked, secrets in addresses are not shown.

    Exit code 1: one of ours is missing or switched off, or the store has blocked our address.
    """

    async def work(context: Context) -> ExitCode:
        connections = await context.connections()
        store = await connections.store(context.connection)
        destination, _ = await connections.webhook_target(context.connection)
        health = await store.webhooks()
        active = {h.scope for h in health.hooks if h.destination == destination and h.active}
        missing = sorted(store.webhook_scopes - active)
        hooks = [
            {
                "id": hook.id,
                "scope": hook.scope,
                "destination": masked(hook.destination),
                "active": hook.active,
                "ours": hook.destination == destination,
            }
            for hook in health.hooks
        ]

        def show(out: Output) -> None:
            rows = [
                (
                    f"{good_or_bad(ok=bool(hook['active']))} {hook['scope']}",
                    "ours" if hook["ours"] else "",
                    str(hook["destination"]),
                )
                for hook in hooks
            ]
            out.table(("scope", "", "destination"), rows)
            if missing:
                out.say(f"Missing or off: {', '.join(missing)}. Run: tillbridge webhooks apply")
            if health.blocked_reason:
                out.say(health.blocked_reason, style="red")

        found = {"hooks": hooks, "missing": missing, "blocked_reason": health.blocked_reason}
        context.out.report(found, show)
        return ExitCode.ATTENTION if missing or health.blocked_reason else ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


@group.command("apply")
def apply_webhooks(
    connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Create and switch on what is missing, now rather than at the next schedule. Needs a worker.

    Exit code 1: the store has blocked our address.
    """

    async def work(context: Context) -> ExitCode:
        client = await context.client()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                report = await client.execute_workflow(
                    WebhookGuardian.run,
                    context.connection,
                    id=f"{context.connection}:webhooks",
                    task_queue=sync_queue(context.settings.temporal),
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                )
        except TimeoutError:
            complain("It is not done yet; it goes on as soon as a worker runs: tillbridge worker")
            return ExitCode.ATTENTION

        def show(out: Output) -> None:
            out.say(f"{report.created} created, {report.reactivated} switched on again.")
            if report.gap_since:
                out.say(f"Catching up from {report.gap_since:%Y-%m-%d %H:%M} UTC.")
            if report.blocked_reason:
                out.say(report.blocked_reason, style="red")

        context.out.report(report.model_dump(mode="json"), show)
        return ExitCode.ATTENTION if report.blocked_reason else ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


def masked(url: str) -> str:
    """Return an address without what may be secret in it: its last part, query and user."""
    parts = urlsplit(url)
    path, slash, last = parts.path.rpartition("/")
    shown = f"{path}{slash}***" if last else parts.path
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{shown}"
