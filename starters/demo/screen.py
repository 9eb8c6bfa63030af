"""What people see of the demo: a live table of the orders, then the result."""

from collections.abc import Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from starters.demo.outcome import DemoResult, OrderResult, StockResult
from starters.demo.progress import Progress

_COLOURS = {"posted": "green", "held": "yellow", "ignored": "dim", "lost": "bold red"}
_ROWS_SHOWN = 30


def live_table(orders: Sequence[Progress], *, expected: int, erp: str) -> Group:
    """Draw the newest orders on their way."""
    table = Table(title=f"{len(orders)} of {expected} orders placed", title_justify="left")
    for column in ("Order", "Stage", f"{erp} document", "Steps done"):
        table.add_column(column)
    for order in orders[-_ROWS_SHOWN:]:
        table.add_row(order.order_id, _stage(order), order.document, ", ".join(order.steps))
    done = sum(order.settled for order in orders)
    return Group(table, Text(f"{done} settled"))


def _stage(order: Progress) -> Text:
    if order.held:
        return Text(f"held: {order.held}", style="yellow")
    if order.settled:
        return Text("in the ledger" if order.document else "nothing to post", style="green")
    return Text("syncing" if order.planned else "placed", style="cyan")


def show_result(console: Console, result: DemoResult) -> None:
    """Print each order with its invoice and both totals, then the counts."""
    table = Table(title="What became of each order", title_justify="left")
    table.add_column("Order", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column(f"{result.erp}\ndocument", no_wrap=True)
    table.add_column("Customer", no_wrap=True)
    table.add_column("Store\ntotal", justify="right", no_wrap=True)
    table.add_column("Ledger\ntotal", justify="right", no_wrap=True)
    for order in result.orders:
        table.add_row(*_cells(order))
    console.print(table)
    for order in result.orders:
        if order.reason:
            console.print(f"{order.order_id} {order.state}: {order.reason}", markup=False)
    console.print(
        f"[bold]{result.placed} placed, {result.posted} posted, {result.held} held, "
        f"{result.ignored} ignored; {result.duplicates} duplicates, {result.lost} lost[/] "
        f"in {result.seconds:.1f} s. Duplicates and losses were counted in "
        f"the ledger of {result.erp}."
    )
    latency = result.webhook_to_invoice_seconds
    if latency:
        console.print(
            f"From webhook to posted document: half within {latency['p50']:.2f} s, "
            f"95 % within {latency['p95']:.2f} s."
        )
    _show_stock(console, result.stock, result.erp)


def _show_stock(console: Console, stock: StockResult, erp: str) -> None:
    anew = ", ".join(f"{sku} {quantity}" for sku, quantity in stock.counted_anew.items())
    console.print(
        f"[bold]Stock: {stock.read} SKUs read in {erp}, {stock.changed} changed, {stock.pushed} "
        f"pushed to the store[/] in {stock.calls} calls and {stock.seconds:.1f} s. "
        f"Counted anew: {anew}; the others changed with the orders."
    )
    if stock.trouble:
        console.print(f"The push fell short: {stock.trouble}", style="red", markup=False)
    if stock.agrees:
        console.print(
            f"The store's own inventory of {stock.compared} SKUs equals what {erp} has available "
            "less what was sold and is not in its stock yet."
        )
    for one in stock.differing:
        console.print(
            f"{one.sku}: the store has {one.in_store}, it should have {one.expected}.",
            style="red",
        )


def _cells(order: OrderResult) -> tuple[str | Text, ...]:
    return (
        order.order_id,
        Text(order.state, style=_COLOURS[order.state]),
        order.erp_document or "",
        order.customer or "",
        order.store_total,
        order.erp_total or "",
    )
