"""Soaks as tables: for the terminal, and for docs/reliability.md."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from starters.faults.soak.result import SoakResult

_SHOWN = 30


def show(result: SoakResult, console: Console) -> None:
    """Print what was done to the systems, what came of the orders, and each violation."""
    table = Table("", "", show_header=False, title=f"Soak of seed {result.seed}")
    table.add_row("Script", result.script)
    table.add_row("Orders", f"{result.orders}, {result.orders_per_second} a second")
    table.add_row("Faults", _counts(result.faults))
    table.add_row("Killed or away", _counts(result.kills))
    table.add_row("Webhooks", _counts(result.webhooks))
    table.add_row("Posted", str(result.posted))
    table.add_row("Held", _counts(result.held))
    table.add_row("Released", str(result.released))
    table.add_row("Rightly not posted", str(result.ignored))
    console.print(table)
    for violation in result.violations[:_SHOWN]:
        console.print(f"✗ {violation}", markup=False)
    if len(result.violations) > _SHOWN:
        console.print(f"... and {len(result.violations) - _SHOWN} more, in result.json")
    console.print(summary(result), style="bold green" if result.clean else "bold red")


def summary(result: SoakResult) -> str:
    """Say in a line what came of it."""
    others = "" if result.clean else f"; {len(result.violations)} violations in all"
    return (
        f"{result.orders} orders: lost {result.lost}, duplicated {result.duplicated}, "
        f"wrong totals {result.wrong_totals}{others}, in {result.seconds:.0f} s."
    )


def markdown(results: Sequence[SoakResult]) -> str:
    """Write one line for each soak as a Markdown table."""
    heads = (
        "Seed", "Script", "Orders", "Faults", "Kills and outages",
        "Webhooks lost, late, repeated", "Posted", "Held", "Not to post",
        "Lost", "Duplicated", "Wrong totals", "Violations", "Seconds",
    )  # fmt: skip
    lines = [_line(heads), _line(["---"] * len(heads))]
    return "\n".join([*lines, *(_line(_cells(result)) for result in results)])


def _cells(result: SoakResult) -> tuple[str, ...]:
    webhooks = ", ".join(str(result.webhooks.get(fate, 0)) for fate in ("lost", "late", "repeated"))
    counts = (
        result.seed, f"`{result.script}`", result.orders, sum(result.faults.values()),
        sum(result.kills.values()), webhooks, result.posted, sum(result.held.values()),
        result.ignored, result.lost, result.duplicated, result.wrong_totals,
        len(result.violations), f"{result.seconds:.0f}",
    )  # fmt: skip
    return tuple(str(count) for count in counts)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
