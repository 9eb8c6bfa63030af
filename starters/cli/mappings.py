"""The commands `map`: which code of the ERP stands for what in the store."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from activities.records import Decision
from domain.mapping import RuleKind
from starters.cli.context import Context, TemporalUnreachable, operating_user
from starters.cli.output import complain
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from starters.decisions import decide, keys_of
from starters.mapping import rules_in_force, set_rules
from starters.mappings_csv import RowsRefused, Rule, checked_rule, read_rules, write_rules

group = typer.Typer(help="Mapping rules: store codes to ERP codes.", no_args_is_help=True)
KindArgument = Annotated[str, typer.Argument(metavar="KIND", help=", ".join(RuleKind))]
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="SKU, charge, payment method, customer; * for all.")
]
ActorOption = Annotated[
    str | None, typer.Option("--actor", help="Who sets it; else the user of this machine.")
]


@group.command("set")
def set_rule(
    kind: KindArgument,
    key: KeyArgument,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The ERP's code.")],
    actor: ActorOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set one rule, and try again whatever was held for want of it."""
    try:
        rule = checked_rule(kind, key, value)
    except RowsRefused as refused:
        raise typer.BadParameter(" ".join(refused.faults)) from None

    async def work(context: Context) -> ExitCode:
        return await _set(context, [rule], actor)

    run(work, config=config, connection=connection, as_json=as_json)


@group.command("import")
def import_rules(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="kind,key,value")],
    actor: ActorOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set all rules of a CSV file, or none if anything in it is wrong (exit code 1)."""

    async def work(context: Context) -> ExitCode:
        try:
            rules = read_rules(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise RowsRefused([f"{file} is not UTF-8; save it as 'CSV UTF-8'."]) from None
        except RowsRefused as refused:
            head = f"{file} was not imported; nothing was changed."
            raise RowsRefused([head, *refused.faults]) from None
        return await _set(context, rules, actor)

    run(work, config=config, connection=connection, as_json=as_json)


@group.command("list")
def list_rules(
    connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the rules in force, of the journal and of the settings."""

    async def work(context: Context) -> ExitCode:
        rules = await rules_in_force(
            await context.journal(), context.connection, context.connection_settings
        )
        rows = [(r.kind, r.key, r.value, r.source, r.actor, r.changed_at) for r in rules]
        columns = ("kind", "key", "value", "from", "set by", "at")
        context.out.report(
            [rule.model_dump() for rule in rules], lambda out: out.table(columns, rows)
        )
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


@group.command("remove")
def remove_rule(
    kind: Annotated[RuleKind, typer.Argument(metavar="KIND", help=", ".join(RuleKind))],
    key: KeyArgument,
    actor: ActorOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove one rule from the journal."""

    async def work(context: Context) -> ExitCode:
        journal = await context.journal()
        removed = await journal.mappings.remove(
            context.connection, kind, key.strip(), actor or operating_user()
        )
        if not removed:
            complain(f"There is no rule {kind.value} '{key}' in the journal.")
            return ExitCode.ATTENTION
        context.out.report(
            {"removed": 1}, lambda out: out.say(f"Removed {kind.value} '{key.strip()}'.")
        )
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


@group.command("export")
def export_rules(
    file: Annotated[Path | None, typer.Argument(help="Where to; else standard output.")] = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the journal's rules as CSV, safe to open in a spreadsheet."""

    async def work(context: Context) -> ExitCode:
        rows = await (await context.journal()).mappings.list(context.connection)
        text = write_rules(Rule(kind=row.kind, key=row.key, value=row.value) for row in rows)
        if file is None:
            sys.stdout.write(text)
        else:
            # The mark by which spreadsheets know UTF-8.
            file.write_text(text, encoding="utf-8-sig", newline="")
            context.out.say(f"Wrote {len(rows)} rules to {file}.")
        return ExitCode.WELL

    run(work, config=config, connection=connection)


async def _set(context: Context, rules: Sequence[Rule], actor: str | None) -> ExitCode:
    by = actor or operating_user()
    changed, ended = await set_rules(await context.journal(), context.connection, rules, actor=by)
    keys = keys_of(ended)
    try:
        released = (
            await decide(
                await context.client(),
                context.settings,
                keys,
                action="retry",
                decision=Decision(actor=by, reason="mapped"),
            )
            if keys
            else 0
        )
    except TemporalUnreachable as away:
        raise TemporalUnreachable(
            f"The rules are kept, but {len(keys)} held records were not told: {away} "
            "Then run: tillbridge retry --code mapping-missing"
        ) from away
    found = {"rules": len(rules), "changed": changed, "released": released}
    sentence = f"{changed} of {len(rules)} rules changed; {released} held records released."
    context.out.report(found, lambda out: out.say(sentence))
    return ExitCode.WELL
