"""The command `erase`: what the journal and Temporal keep of a person goes, and is proven gone."""

import sys
from typing import Annotated

import typer

from journal.subjects import Subject
from starters.cli.context import Context, WrongUsage, operating_user
from starters.cli.output import Output, complain
from starters.cli.progress import progress_bar
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from starters.erase import (
    ErasureReport,
    NotErased,
    PersonErasure,
    StillNeeded,
    SubjectUnclear,
    subject_of,
)

_FROM_INPUT = "-"
_ELSEWHERE = (
    "Not reached from here, and yours to erase: the store, the ERP's account and documents named "
    "above, backups of the journal and of Temporal, Temporal's archive, logs kept elsewhere."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(erase)


def erase(
    customer: Annotated[
        list[str] | None,
        typer.Option(
            "--customer", help="Id in the store, or e-mail address; - reads it from input."
        ),
    ] = None,
    order: Annotated[
        list[str] | None, typer.Option("--order", help="An order that is theirs as well.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be erased.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    actor: Annotated[
        str | None, typer.Option("--actor", help="Who does it; else the user of this machine.")
    ] = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a person from the journal and from Temporal, and prove it. The ledger stays.

    Exit code 1: an order of theirs is on its way or held, or something could not be erased.
    """

    async def work(context: Context) -> ExitCode:
        try:
            subject = subject_of(_named(customer or []), order or [])
        except SubjectUnclear as unclear:
            raise WrongUsage(str(unclear)) from None
        if as_json and not (yes or dry_run):
            raise WrongUsage("With --json nobody is asked: add --yes or --dry-run.")
        try:
            return await _erased(
                context, subject, dry_run=dry_run, sure=yes, actor=actor or operating_user()
            )
        except (StillNeeded, NotErased) as reason:
            complain(str(reason))
            return ExitCode.ATTENTION

    run(work, config=config, connection=connection, as_json=as_json)


async def _erased(
    context: Context, subject: Subject, *, dry_run: bool, sure: bool, actor: str
) -> ExitCode:
    client, journal = await context.client(), await context.journal()
    erasure = PersonErasure(client, journal, context.connection)
    with progress_bar("Reading what is kept") as told:
        kept = await erasure.find(subject, progress=told)
    planned = await erasure.preview(kept)
    if dry_run or planned.nothing:
        context.out.report(planned, lambda out: _show(out, planned))
        return ExitCode.WELL
    if not sure:
        _show(context.out, planned)
        if not _agreed():
            complain("Nothing was erased.")
            return ExitCode.ATTENTION
    with progress_bar("Deleting histories") as told:
        report = await erasure.erase(subject, kept, actor=actor, progress=told)
    context.out.report(report, lambda out: _show(out, report))
    if not report.erased.purged:
        complain(
            "The database was busy: bytes of deleted rows may still lie in its files until it is "
            "vacuumed."
        )
    return ExitCode.WELL


def _named(customers: list[str]) -> list[str]:
    """Take names from standard input where asked to: options end up in a shell's history."""
    given = [one for one in customers if one != _FROM_INPUT]
    return given + sys.stdin.read().split() if _FROM_INPUT in customers else given


def _agreed() -> bool:
    try:
        return typer.confirm("Erase all this for ever?")
    except typer.Abort:
        return False


def _show(out: Output, report: ErasureReport) -> None:
    if report.nothing:
        out.say(f"Nothing of this person is kept for {report.connection}.", style="green")
        _show_erp(out, report)
        return
    erased = report.erased
    rows = [
        (str(erased.snapshots), "records of orders", f"orders {', '.join(report.orders)}"),
        (str(report.executions), "histories", "in Temporal, with all their payloads"),
        (str(erased.texts), "texts of the trail", "blanked; who did what and when stays"),
        (str(erased.accounts), "links to ERP accounts", ""),
        (str(erased.notes), "notes", "closed holds, customer rules, watermarks"),
    ]
    out.table(("", "would be erased" if report.dry_run else "erased", ""), rows)
    if erased.anonymous:
        out.say(f"{erased.anonymous} posted orders stay without their person, for later refunds.")
    _show_erp(out, report)
    if not report.dry_run:
        out.say("Looked through everything again: nothing of this person is left.", style="green")
    out.say(_ELSEWHERE)


def _show_erp(out: Output, report: ErasureReport) -> None:
    if not report.accounts and not report.documents:
        return
    rows = [("account", "", account) for account in report.accounts]
    rows += [(one.step, one.resource.removeprefix("order:"), one.ref) for one in report.documents]
    out.table(("stays in the ERP", "order", "number"), rows)
