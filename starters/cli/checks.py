"""The command `ping`: is everything that a connection needs there, and in order?"""

import asyncio
from pathlib import Path

import typer
from sqlalchemy.exc import DBAPIError

from connectors.contract import Finding
from journal.opening import SchemaOutdated
from settings.in_the_clear import remedy, secrets_in_the_clear, settings_path
from starters.cli.context import Context, TemporalUnreachable
from starters.cli.output import Output, good_or_bad
from starters.cli.running import (
    ConfigOption,
    ConnectionOption,
    ExitCode,
    JsonOption,
    explained,
    run,
)
from starters.examine import Examined, examine_erp, examine_journal, examine_store, examine_temporal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ping)


def ping(
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Test store, ERP, Temporal and journal; each finding with what to do about it.

    Exit code 1: a check failed. 3: Temporal or the journal cannot be reached.
    """

    async def work(context: Context) -> ExitCode:
        journal, reached_journal = await _journal_and_systems(context)
        temporal, reached_temporal = await _temporal(context)
        clear = await asyncio.to_thread(_in_the_clear, config)
        found = (*clear, *journal, *temporal)
        context.out.report(
            {
                "connection": context.connection,
                "ok": all(one.finding.ok for one in found),
                "findings": [
                    {"part": one.part, **one.finding.model_dump(mode="json")} for one in found
                ],
            },
            lambda out: _show(out, found),
        )
        if not (reached_journal and reached_temporal):
            return ExitCode.UNREACHABLE
        return ExitCode.WELL if all(one.finding.ok for one in found) else ExitCode.ATTENTION

    run(work, config=config, connection=connection, as_json=as_json)


async def _journal_and_systems(context: Context) -> tuple[tuple[Examined, ...], bool]:
    """Examine the journal, then what needs it: the ERP's session lies in it."""
    name = context.connection
    try:
        journal = await context.journal()
        mapped = await journal.mappings.rules(name)
    except (SchemaOutdated, DBAPIError) as error:
        detail, _ = explained(error)
        finding = Finding(check="reach", ok=False, detail=detail)
        return (Examined(part="journal", finding=finding),), False
    connections = await context.connections()
    rules = context.connection_settings.rules_with(mapped)
    store, erp = await asyncio.gather(
        examine_store(connections, name, rules), examine_erp(connections, name, rules)
    )
    return (*store, *erp, await examine_journal(journal)), True


def _in_the_clear(config: Path | None) -> tuple[Examined, ...]:
    """Name the secrets that whoever may read the settings file can read; no check fails by it."""
    return tuple(
        Examined(
            part="settings",
            finding=Finding(
                check="secrets",
                ok=True,
                detail=f"{name} stands in the clear.",
                remedy=remedy(name),
            ),
        )
        for name in secrets_in_the_clear(settings_path(config))
    )


async def _temporal(context: Context) -> tuple[tuple[Examined, ...], bool]:
    try:
        client = await context.client()
    except TemporalUnreachable as away:
        finding = Finding(check="reach", ok=False, detail=str(away))
        return (Examined(part="temporal", finding=finding),), False
    return await examine_temporal(client, context.settings, context.connection), True


def _show(out: Output, found: tuple[Examined, ...]) -> None:
    rows = [
        (
            f"{good_or_bad(ok=one.finding.ok)} {one.part}",
            one.finding.check,
            one.finding.detail,
            one.finding.remedy,
        )
        for one in found
    ]
    out.table(("", "check", "found", "what to do"), rows)
    failed = sum(not one.finding.ok for one in found)
    out.say(
        f"{failed} of {len(found)} checks failed."
        if failed
        else f"All {len(found)} checks passed.",
        style="red" if failed else "green",
    )
