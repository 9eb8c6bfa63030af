"""The command `capabilities`: what each system can do, as its connector says."""

import asyncio
from typing import Annotated

import typer

from starters.capabilities import EXPLAINED, Offer, markdown, offers, words
from starters.cli.output import Output
from starters.cli.running import JsonOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(capabilities)


def capabilities(
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page docs/capabilities.md.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what each store and ERP can do, by the settings that make a difference.

    Needs no settings file and reaches nothing.
    """
    table = asyncio.run(offers())
    if as_markdown and not as_json:
        typer.echo(markdown(table), nl=False)
    else:
        Output(as_json=as_json).report(table, lambda out: _show(out, table))


def _show(out: Output, table: tuple[Offer, ...]) -> None:
    for offer in table:
        title = f"{offer.system}  {words(offer.settings).replace('`', '')}".rstrip()
        rows = [(one.value, EXPLAINED[one].replace("`", "")) for one in offer.capabilities]
        out.table(("capability", ""), rows, title=title)
