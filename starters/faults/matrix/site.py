"""One trial's outside world: a store and an ERP of its own, and what is written in their books."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal, Self

import httpx

from domain.record import Record
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.bigcommerce.access import store_access
from sandbox.faults import Call, Faults
from sandbox.serving import StandInServer
from sandbox.syspro import SysproStandIn
from sandbox.syspro.access import erp_access
from starters.faults.books import read_ledger_facts, read_store_facts, violations

Side = Literal["store", "erp"]

# What differs between two equal runs: when, and numbers that a second attempt uses up.
_FLEETING = re.compile(
    r"date_|.*_date$|added|dated|entered|ordered|paid|posted_on|period|journal|register|number"
)


class CallSite(Record):
    """One outside call of a clean run: the `nth` of its kind there."""

    side: Side
    method: str
    path: str
    about: str = ""  # what tells calls of one path apart: SYSPRO's business object
    nth: int = 1

    @property
    def label(self) -> str:
        """Return how the tables name the call."""
        path = re.sub(r"^(/stores/\w+|/SYSPROWCFService/Rest)", "", self.path)
        about = f" {self.about.partition('=')[2]}" if self.about else ""
        again = f" #{self.nth}" if self.nth > 1 else ""
        return f"{self.side}: {self.method} {path}{about}{again}"


class Site:
    """The stand-ins of one connection, served on ports of their own while the context is open."""

    def __init__(self, connection: str, prefix: str, erp_settings: Mapping[str, object]) -> None:
        self.connection = connection
        self.prefix = prefix
        self.store = BigCommerceStandIn(StoreSettings(quota=1_000_000))
        self.erp = SysproStandIn()
        self.servers: dict[Side, StandInServer] = {
            "store": StandInServer(self.store.app),
            "erp": StandInServer(self.erp.app),
        }
        self._erp_settings = erp_settings
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for server in self.servers.values():
            await self._stack.enter_async_context(server)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def settings(self) -> dict[str, object]:
        """Return the connection's `store` and `erp` tables."""
        store_url, erp_url = (self.servers[side].base_url for side in ("store", "erp"))
        erp = erp_access(self.erp.settings, erp_url)
        return {
            "store": store_access(self.store.settings, store_url),
            "erp": {**erp, **self._erp_settings},
        }

    def faults(self, side: Side) -> Faults:
        """Return the faults of one of the stand-ins."""
        return self.store.faults if side == "store" else self.erp.faults

    def forget_calls(self) -> None:
        """Begin a new record of calls."""
        self.store.faults.forget_calls()
        self.erp.faults.forget_calls()

    def calls(self) -> dict[CallSite, CallSite | None]:
        """Return the calls since the last `forget_calls`, each with the one answered before it."""
        return {
            **_sites("store", self.store.faults.calls),
            **_sites("erp", self.erp.faults.calls),
        }

    async def books(self) -> dict[str, Any]:
        """Read what both systems hold, without what differs between two equal runs."""
        ledger = await _got(self.erp.app, "/_sandbox/ledger")
        token = {"X-Auth-Token": next(iter(self.store.settings.tokens))}
        path = f"/stores/{self.store.settings.store_hash}/v2/orders"
        orders = [await _got(self.store.app, f"{path}/{n}", token) for n in self.store.orders]
        read = {"ledger": ledger, "orders": orders}
        del read["ledger"]["gl_postings"]  # their sums are in the accounts
        return self._without_the_fleeting(read)

    async def violations(self) -> tuple[str, ...]:
        """Judge the ledger by what the store has on its own books."""
        orders = await read_store_facts(self.servers["store"].base_url)
        ledger = await read_ledger_facts(self.servers["erp"].base_url)
        return violations(orders, ledger, prefix=self.prefix, held={})

    def _without_the_fleeting(self, value: Any) -> Any:
        if isinstance(value, dict):
            items = sorted(value.items())
            return {k: self._without_the_fleeting(v) for k, v in items if not _FLEETING.match(k)}
        if isinstance(value, list):
            return [self._without_the_fleeting(one) for one in value]
        if isinstance(value, str):
            text = value.replace(self.prefix, "")
            return re.sub(r"http://127\.0\.0\.1:\d+", "", text)
        return value


def differences(expected: Any, found: Any, at: str = "") -> list[str]:
    """Name where two books differ; the shorter list of two is not gone through."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            one
            for name in sorted({*expected, *found})
            for one in differences(expected.get(name), found.get(name), f"{at}/{name}")
        ]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{at}: {len(found)} instead of {len(expected)}"]
        return [
            one
            for index, pair in enumerate(zip(expected, found, strict=True))
            for one in differences(*pair, f"{at}/{index}")
        ]
    return [] if expected == found else [f"{at}: {found!r} instead of {expected!r}"]


def _sites(side: Side, calls: Sequence[Call]) -> dict[CallSite, CallSite | None]:
    sites: list[CallSite] = []
    for call in calls:
        code = dict(call.query).get("BusinessObject", "")
        about = f"BusinessObject={code}" if code else ""
        same = (side, call.method, call.path, about)
        before = sum((s.side, s.method, s.path, s.about) == same for s in sites)
        sites.append(
            CallSite(side=side, method=call.method, path=call.path, about=about, nth=before + 1)
        )
    return {
        site: None if call.after is None else sites[call.after]
        for site, call in zip(sites, calls, strict=True)
    }


async def _got(app: Any, path: str, headers: Mapping[str, str] | None = None) -> Any:
    # Past the network: the books are read in peace, whatever was done to it.
    headers = {"Accept": "application/json", **(headers or {})}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://books") as http:
        return (await http.get(path, headers=headers)).raise_for_status().json()
