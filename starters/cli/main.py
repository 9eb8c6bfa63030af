"""The command line `tillbridge`: which commands there are. What they do lies in its neighbours."""

import sys

import typer

from starters.cli import (
    capabilities,
    checks,
    deciding,
    deploys,
    faults,
    mappings,
    orders,
    privacy,
    push,
    schedules,
    secrets,
    services,
    webhooks,
)
from starters.cli.running import leave
from starters.demo.command import demo

app = typer.Typer(
    name="tillbridge",
    help="Carries each store order into the ERP's ledger exactly once, to the cent. "
    "Exit codes: 0 well, 1 something needs attention, 2 wrong usage or settings, "
    "3 Temporal or the journal cannot be reached.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # their locals would print secrets
    add_completion=False,
)
app.command("demo")(demo)
checks.register(app)
capabilities.register(app)
orders.register(app)
deciding.register(app)
app.add_typer(mappings.group, name="map")
schedules.register(app)
app.add_typer(push.group, name="push")
app.add_typer(webhooks.group, name="webhooks")
app.add_typer(secrets.group, name="secrets")
privacy.register(app)
services.register(app)
app.add_typer(deploys.group, name="deploys")
app.add_typer(faults.group, name="faults")


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    sys.exit("The command ended without an exit code.")
