"""What each system can do, asked of its connector as it is built from settings. Sends nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Literal

from connectors.contract import Capability
from connectors.registry import open_erp, open_store
from connectors.sessions import Session
from domain.record import Record

EXPLAINED: Mapping[Capability, str] = {
    Capability.CREATE_CUSTOMERS: "Opens an account for a buyer who has none. Without it such an "
    "order is held.",
    Capability.UPDATE_CUSTOMERS: "Brings name, contact and addresses of an account up to date when "
    "the customer changes in the store.",
    Capability.PAYMENTS: "Posts the money that was taken for an order against its document.",
    Capability.CREDITS: "Posts refunds and cancellations as credits.",
    Capability.PAYOUTS: "Posts the money that was given back for a refund against its credit. "
    "Without it that is booked by hand.",
    Capability.AMENDMENTS: "Books an edit of a posted order as a debit or a credit, where "
    '`policy.edits` is `"amend"`. Without it every such edit is held.',
    Capability.STOCK: "Tells what lies in its warehouses, so that stock can be pushed.",
    Capability.CHANGED_STOCK: "Tells what of its stock changed since the last look. Without it all "
    "of the stock is read for every push.",
    Capability.VALUES_ONLY: "A lack: what is posted takes nothing out of the stock that is read. "
    "Stock is pushed only with `push.stock.posted_counts_hours`.",
    Capability.PRICES: "Tells prices and costs, so that they can be pushed.",
    Capability.CUSTOMERS: "Tells how its accounts are called and reached, so that what it owns of "
    "a customer flows back.",
    Capability.CHANGED_CUSTOMERS: "Tells which accounts changed since the last look. Without it "
    "all of them are read for every look.",
    Capability.REPORT_BACK: "Takes the number of the ERP's document onto the order.",
    Capability.WEBHOOKS: "Tells of a change as it happens. The catch-up finds what it did not "
    "tell.",
    Capability.STOCK_IN: "Lets its stock be set.",
    Capability.PRICES_IN: "Lets its prices be set.",
    Capability.CUSTOMERS_IN: "Lets its customers be changed.",
}


class Offer(Record):
    """What one system can do with certain settings."""

    system: str
    side: Literal["store", "erp"]
    settings: Mapping[str, str] = {}
    """Those that make a difference; every other one makes none."""
    capabilities: tuple[Capability, ...]


# The least that each connector is built from; nothing is ever sent to these addresses.
LEAST: Mapping[str, Mapping[str, object]] = {
    "bigcommerce": {"store_hash": "example", "access_token": "none", "client_secret": "none"},
    "syspro": {
        "rest_base_url": "https://erp.invalid/SYSPROWCFService/Rest",
        "operator": "EXAMPLE",
        "operator_password": "none",
        "company": "EXAMPLE",
        "warehouse": "EXAMPLE",  # which a sales order cannot do without
    },
    "acumatica": {
        "base_url": "https://erp.invalid",
        "tenant": "Example",
        "auth": {"kind": "cookie", "username": "example", "password": "none"},
    },
    "sap-business-one": {
        "base_url": "https://erp.invalid:50000",
        "company_db": "EXAMPLE",
        "username": "example",
        "password": "none",
        "tax_code": "EXAMPLE",
    },
}
# A test varies every other setting, and looks whether a line is missing here.
_OF_STORES: Sequence[tuple[str, Mapping[str, str]]] = (("bigcommerce", {}),)
_OF_ERPS: Sequence[tuple[str, Mapping[str, str]]] = (
    ("syspro", {"strategy": "ar-invoice"}),
    ("syspro", {"strategy": "sales-order"}),
    ("acumatica", {"strategy": "sales-order"}),
    ("acumatica", {"strategy": "sales-order", "adjustment_item": "ADJUST"}),
    ("acumatica", {"strategy": "sales-order", "stock_quantity": "on-hand"}),
    (
        "acumatica",
        {"strategy": "sales-order", "adjustment_item": "ADJUST", "stock_quantity": "on-hand"},
    ),
    ("acumatica", {"strategy": "sales-invoice"}),
    ("acumatica", {"strategy": "sales-invoice", "adjustment_item": "ADJUST"}),
    ("sap-business-one", {"document": "invoice"}),
    ("sap-business-one", {"document": "invoice", "charge_item": "WEBCHARGE"}),
    ("sap-business-one", {"document": "order-delivery-invoice"}),
)


class NoSessions:
    """The sessions of a connector that is only asked: there are none."""

    async def current(self) -> Session | None:
        """Return None."""
        return None

    async def renew(self, stale: Session | None, logon: Callable[[], Awaitable[str]]) -> Session:
        """Refuse: nobody may log on."""
        del stale, logon
        raise AssertionError("A connector logs on that was only asked what it can do.")

    async def end(self, session: Session) -> bool:
        """Do nothing."""
        del session
        return False

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Let everybody in."""
        yield


async def offers() -> tuple[Offer, ...]:
    """Return what every system can do, a line for each way of setting it up that differs."""
    found: list[Offer] = []
    for system, settings in _OF_STORES:
        async with aclosing(open_store({"type": system, **LEAST[system], **settings})) as store:
            able = _in_order(store.capabilities)
        found.append(Offer(system=system, side="store", settings=settings, capabilities=able))
    for system, settings in _OF_ERPS:
        config = {"type": system, **LEAST[system], **settings}
        async with aclosing(open_erp(config, NoSessions())) as erp:
            able = _in_order(erp.capabilities)
        found.append(Offer(system=system, side="erp", settings=settings, capabilities=able))
    return tuple(found)


def markdown(table: Sequence[Offer]) -> str:
    """Return the page docs/capabilities.md."""
    parts = [_ABOUT, _TITLES["erp"], _grid(table, "erp"), _TITLES["store"], _grid(table, "store")]
    explained = [f"| `{one}` | {said} |" for one, said in EXPLAINED.items()]
    parts += ["## What they mean", "\n".join(["| capability | |", "| --- | --- |", *explained])]
    return "\n\n".join(parts) + "\n"


def words(settings: Mapping[str, str]) -> str:
    """Say settings as a person would; a code of the company's own is only said to be there."""
    return ", ".join(
        f"`{name}` set" if name.endswith("_item") else f'`{name} = "{value}"`'
        for name, value in settings.items()
    )


_ABOUT = """# What each system can do

A workflow asks what a system can do, never which one it is. Each line is one way of setting a
system up; settings that no line names make no difference. [limits.md](limits.md) says what was
tried only against stand-ins.

This page is the output of `tillbridge capabilities --markdown`; a test compares them."""
_TITLES = {"erp": "## ERPs", "store": "## Stores"}


def _grid(table: Sequence[Offer], side: Literal["store", "erp"]) -> str:
    lines = [offer for offer in table if offer.side == side]
    columns = _in_order({able for offer in lines for able in offer.capabilities})
    head = ["system", "settings", *(f"`{column}`" for column in columns)]
    rows = [
        [
            f"`{offer.system}`",
            words(offer.settings),
            *("yes" if column in offer.capabilities else "-" for column in columns),
        ]
        for offer in lines
    ]
    return "\n".join(_row(cells) for cells in [head, ["---"] * len(head), *rows])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _in_order(capabilities: frozenset[Capability] | set[Capability]) -> tuple[Capability, ...]:
    return tuple(one for one in Capability if one in capabilities)
