"""The commands `secrets`: what connections log on with, and the keys that encrypt it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from domain.record import Record
from journal.rotation import KeyUse, Rotation
from settings.in_the_clear import remedy, secrets_in_the_clear, settings_path
from settings.keyring import Keyring
from starters.cli.context import Context, WrongUsage
from starters.cli.output import BAD, Output, good_or_bad
from starters.cli.progress import progress_bar
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from starters.rotate import HistoryKey, payload_keys_in_use

group = typer.Typer(help="Secrets kept encrypted in the journal.", no_args_is_help=True)


@group.command("set")
def set_secret(
    name: Annotated[str, typer.Argument(help="As the settings refer to it: secret:NAME.")],
    value_from_env: Annotated[
        str | None, typer.Option("--value-from-env", help="Take it from this variable.")
    ] = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a secret. It is asked for, or read from standard input or from a variable."""

    async def work(context: Context) -> ExitCode:
        journal, of = await context.journal(), context.connection
        await journal.secrets.set(of, name, _value(name, value_from_env))
        context.out.report(
            {"connection": of, "set": name}, lambda out: out.say(f"Kept {name} of {of}.")
        )
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


@group.command("list")
def list_secrets(
    connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the names of the secrets that are kept; never their values."""

    async def work(context: Context) -> ExitCode:
        names = await (await context.journal()).secrets.names(context.connection)
        sentence = "\n".join(names) or f"No secret of {context.connection} is kept."
        context.out.report(list(names), lambda out: out.say(sentence))
        return ExitCode.WELL

    run(work, config=config, connection=connection, as_json=as_json)


@group.command("rotate")
def rotate_secrets(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Encrypt everything in the journal with the first of its keys; then the others may go.

    Everything may go on working meanwhile. Exit code 1: something is sealed with another key
    again; a process still has that one first.
    """

    async def work(context: Context) -> ExitCode:
        journal, ring = await context.journal(), _journal_ring(context)
        with progress_bar("Encrypting anew") as told:
            done = await journal.secrets.rotate(progress=told)
        context.out.report(
            {**done.model_dump(), "current": ring.current, "may_go": _may_go(done, ring)},
            lambda out: _show_rotation(out, done, ring),
        )
        return ExitCode.ATTENTION if done.left else ExitCode.WELL

    run(work, config=config, as_json=as_json)


@group.command("keys")
def list_keys(
    histories: Annotated[
        bool, typer.Option("--histories", help="Read every history in Temporal as well.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what each key still encrypts; a key that encrypts nothing may go.

    Exit code 1: something is encrypted with a key that is not configured.
    """

    async def work(context: Context) -> ExitCode:
        ring = _journal_ring(context)
        sealed = await (await context.journal()).secrets.keys_in_use()
        rows = _journal_keys(ring, sealed)
        if histories:
            payloads = Keyring.parse(context.settings.keys.payloads.get_secret_value())
            with progress_bar("Reading histories") as told:
                found = await payload_keys_in_use(await context.client(), progress=told)
            rows += _payload_keys(payloads, found)
        columns = ("", "of", "key", "encrypts", "so")
        context.out.report(
            [row.model_dump() for row in rows],
            lambda out: out.table(
                columns,
                [(good_or_bad(ok=r.known), r.of, r.key_id, r.encrypts, r.verdict) for r in rows],
            ),
        )
        return ExitCode.WELL if all(row.known for row in rows) else ExitCode.ATTENTION

    run(work, config=config, as_json=as_json)


@group.command("check")
def check_secrets(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Name the secrets that stand in the settings file in the clear (exit code 1); no values."""

    async def work(context: Context) -> ExitCode:
        path = settings_path(config)
        assert context.settings  # a file that cannot be used is said first
        found = await asyncio.to_thread(secrets_in_the_clear, path)
        rows = [(f"{BAD} {name}", remedy(name)) for name in found]

        def show(out: Output) -> None:
            if rows:
                out.table((f"in the clear in {path.name}", "what to do"), rows)
            else:
                out.say(f"No secret stands in {path.name} in the clear.", style="green")

        context.out.report({"in_the_clear": list(found)}, show)
        return ExitCode.ATTENTION if found else ExitCode.WELL

    run(work, config=config, as_json=as_json)


@group.command("new-key")
def new_key(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="A name for it, e.g. 2026-11.")],
) -> None:
    """Print a new key for keys.journal or keys.payloads; put it before the old one there."""
    if not key_id.isascii() or not key_id.isprintable() or set(key_id) & set(":, ") or not key_id:
        raise typer.BadParameter("Use letters, digits and dashes.")
    typer.echo(Keyring.new_key(key_id))


class _KeyRow(Record):
    """What one key encrypts, and what follows from it."""

    of: str  # journal, payloads
    key_id: str
    known: bool
    encrypts: str
    verdict: str


def _journal_keys(ring: Keyring, sealed: Sequence[KeyUse]) -> list[_KeyRow]:
    uses = {use.key_id: use for use in sealed}
    return [
        _key_row(
            "journal",
            key_id,
            ring,
            used=key_id in uses,
            encrypts=_counted(uses.get(key_id) or KeyUse(key_id=key_id)),
            needed="needed until tillbridge secrets rotate",
        )
        for key_id in dict.fromkeys((*ring.ids, *uses))
    ]


def _payload_keys(ring: Keyring, found: Sequence[HistoryKey]) -> list[_KeyRow]:
    uses = {use.key_id: use for use in found}
    rows: list[_KeyRow] = []
    for key_id in dict.fromkeys((*ring.ids, *uses)):
        use = uses.get(key_id) or HistoryKey(key_id=key_id, histories=0, running=0)
        encrypts = f"{use.histories} histories, {use.running} of them running"
        rows.append(
            _key_row(
                "payloads",
                key_id,
                ring,
                used=key_id in uses,
                encrypts=encrypts,
                needed="needed until Temporal has let go of these histories",
            )
        )
    return rows


def _key_row(
    of: str, key_id: str, ring: Keyring, *, used: bool, encrypts: str, needed: str
) -> _KeyRow:
    known = key_id in ring.ids
    if key_id == ring.current:
        verdict = "the current key"
    elif not known:
        verdict = f"not in keys.{of}: what it encrypts cannot be read; put it back"
    else:
        verdict = needed if used else "may go, once no process has it first"
    return _KeyRow(of=of, key_id=key_id, known=known, encrypts=encrypts, verdict=verdict)


def _counted(use: KeyUse | Rotation) -> str:
    return f"{use.secrets} secrets, {use.sessions} sessions, {use.snapshots} snapshots"


def _journal_ring(context: Context) -> Keyring:
    return Keyring.parse(context.settings.keys.journal.get_secret_value())


def _may_go(done: Rotation, ring: Keyring) -> list[str]:
    return [key_id for key_id in ring.ids[1:] if key_id not in done.left]


def _show_rotation(out: Output, done: Rotation, ring: Keyring) -> None:
    out.say(f"Encrypted anew: {_counted(done)}.")
    for key_id, rows in done.left.items():
        out.say(
            f"{rows} rows are sealed with {key_id} again: a process still has it first in "
            f"keys.journal. Restart it with {ring.current} first, then rotate again.",
            style="red",
        )
    for key_id in _may_go(done, ring):
        out.say(
            f"Nothing is sealed with {key_id} any more: take it out of keys.journal once every "
            f"process runs with {ring.current} first.",
            style="green",
        )


def _value(name: str, variable: str | None) -> str:
    if variable is not None:
        value = os.environ.get(variable, "")
        if not value:
            raise WrongUsage(f"The variable {variable} is empty or not set.")
        return value
    if sys.stdin.isatty():
        value = typer.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=True)
    else:
        value = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not value:
        raise WrongUsage("The secret is empty.")
    return str(value)
