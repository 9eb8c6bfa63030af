"""A preview as people read it."""

from domain.document import SalesDocument
from domain.hold import Hold
from domain.plan import Gate
from starters.cli.output import Output
from starters.preview import TO_BE_OPENED, Preview

_GATES = {
    Gate.EXPORT: "it may be posted",
    Gate.WAIT: "not to be posted yet",
    Gate.AWAIT_PAYMENT: "waits for its payment",
    Gate.IGNORE: "no order so far, ignored",
    Gate.CANCEL: "cancelled",
}
_ACCOUNTS = {
    "linked": "used before",
    "mapped": "named by a mapping rule",
    "standing": "the account of all web orders",
    "found": "found in the ERP",
}


def show_preview(out: Output, preview: Preview) -> None:
    """Print the steps, the documents, and what would hold them."""
    out.say(f"Order {preview.number} is '{preview.status}' in the store: {_GATES[preview.gate]}.")
    if preview.skipped:
        out.say("A person has skipped it; nothing will be posted.")
    elif preview.posted_as:
        out.say(f"It is posted as {preview.posted_as}.")
    out.say(f"Customer: {_account(preview)}")
    if preview.steps:
        out.say(f"Steps: {', '.join(step.key for step in preview.steps)}")
    else:
        out.say("Nothing is to be done.")
    for document in preview.documents:
        _show_document(out, document)
    if preview.payments:
        rows = [(p.step, p.method, p.account, str(p.amount)) for p in preview.payments]
        out.table(("payment", "method", "clearing account", "amount"), rows)
    if preview.payouts:
        rows = [(p.step, p.method, p.account, str(p.amount)) for p in preview.payouts]
        out.table(("given back", "method", "clearing account", "amount"), rows)
    for hold in preview.holds:
        show_hold(out, hold)
    if preview.steps and not preview.holds:
        out.say("Nothing would hold it.", style="green")


def show_hold(out: Output, hold: Hold) -> None:
    """Print what would hold an order, and what to do."""
    out.say(f"Would be held at {hold.step or 'once'} ({hold.code}): {hold.reason}", style="red")
    if hold.remedy:
        out.say(f"  {hold.remedy}")


def _account(preview: Preview) -> str:
    customer = preview.customer
    if customer.how == "would-be-opened":
        return "none yet; an account would be opened"
    if customer.how == "held":
        return "not clear, see below"
    return f"{customer.code} ({_ACCOUNTS[customer.how]})"


def _show_document(out: Output, document: SalesDocument) -> None:
    against = f" against {document.against}" if document.against else ""
    customer = "a new customer" if document.customer == TO_BE_OPENED else document.customer
    rows = [
        (
            line.item or line.kind.value,
            line.description,
            f"{line.quantity.normalize():f}",
            line.revenue_class,
            str(line.net),
            str(line.tax),
        )
        for line in document.lines
    ]
    out.table(
        ("item", "description", "quantity", "revenue class", "net", "tax"),
        rows,
        title=f"{document.kind.value.capitalize()} {document.key}{against} to {customer}, "
        f"{document.on:%Y-%m-%d}",
    )
    out.say(f"Tax {document.tax}, total {document.total}")
