"""The commands `secrets`: what connections log on with, and the keys that encrypt it."""

import os
import sys
from typing import Annotated

import typer

from settings.keyring import Keyring
from starters.cli.context import Context, WrongUsage
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run

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
    """Encrypt everything in the journal with the first of its keys; then the others may go."""

    async def work(context: Context) -> ExitCode:
        done = await (await context.journal()).secrets.rotate()
        sentence = f"Encrypted anew: {done.secrets} secrets, {done.sessions} sessions, "
        sentence += f"{done.snapshots} snapshots."
        context.out.report(done.model_dump(), lambda out: out.say(sentence))
        return ExitCode.WELL

    run(work, config=config, as_json=as_json)


@group.command("new-key")
def new_key(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="A name for it, e.g. 2026-11.")],
) -> None:
    """Print a new key for keys.journal or keys.payloads; put it before the old one there."""
    if not key_id.isascii() or not key_id.isprintable() or set(key_id) & set(":, ") or not key_id:
        raise typer.BadParameter("Use letters, digits and dashes.")
    typer.echo(Keyring.new_key(key_id))


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
