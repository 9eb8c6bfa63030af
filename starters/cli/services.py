"""The commands that run processes, and the one that prepares the journal for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from journal.opening import migrate
from settings.in_the_clear import remedy, secrets_in_the_clear, settings_path
from settings.load import load_settings
from settings.model import Settings
from starters.cli.context import Context
from starters.cli.running import ConfigOption, ExitCode, JsonOption, in_sentences, run
from starters.serve import serve as serve_processes
from workers.main import serve as work_on_queues
from workers.runtime import run_main, set_up_logs

_log = logging.getLogger("tillbridge")
journal_group = typer.Typer(help="The journal's database.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(worker)
    app.command()(serve)
    app.add_typer(journal_group, name="journal")


def worker(
    queues: Annotated[
        list[str] | None,
        typer.Option("--queues", help="Only these task queues; several times, or with commas."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Run a worker until it is told to stop; what runs then is finished first."""
    named = [name.strip() for part in queues or [] for name in part.split(",") if name.strip()]

    async def main(settings: Settings) -> int:
        return await work_on_queues(settings, queues=named)

    run_main(_process(main, config))


def serve(
    webhooks: Annotated[
        bool, typer.Option("--webhooks/--no-webhooks", help="The service that stores call.")
    ] = True,
    codec: Annotated[
        bool, typer.Option("--codec/--no-codec", help="Lets the Temporal UI read payloads.")
    ] = True,
    config: ConfigOption = None,
) -> None:
    """Run the webhook service and the codec server until told to stop."""
    if not webhooks and not codec:
        raise typer.BadParameter("There is nothing left to serve.")

    async def main(settings: Settings) -> int:
        set_up_logs(settings.telemetry.log_level)
        return await serve_processes(settings, webhooks=webhooks, codec=codec)

    run_main(_process(main, config))


@journal_group.command("migrate")
def migrate_journal(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Create the journal's tables or bring them up to date; repeating it is harmless."""

    async def work(context: Context) -> ExitCode:
        await migrate(context.settings.journal.url.get_secret_value())
        context.out.report(
            {"migrated": True}, lambda out: out.say("The journal is up to date.", style="green")
        )
        return ExitCode.WELL

    run(work, config=config, as_json=as_json)


async def _process(main: Callable[[Settings], Awaitable[int]], config: Path | None) -> int:
    async def with_settings() -> int:
        settings = await asyncio.to_thread(load_settings, config)
        set_up_logs(settings.telemetry.log_level)
        for name in await asyncio.to_thread(secrets_in_the_clear, settings_path(config)):
            _log.warning("%s stands in the settings file in the clear. %s", name, remedy(name))
        return await main(settings)

    return await in_sentences(with_settings())
