"""One trial's outside world: a store and an ERP of its own, and what is written in their books."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal, Self

import httpx

from domain.record import Record
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.bigcommerce.access import store_access
from sandbox.erps import ERPS
from sandbox.faults import Call, Faults
from sandbox.serving import StandInServer
from starters.faults.books import read_ledger_facts, read_store_facts, violations
from starters.faults.systems import ERPS_UNDER_FAULT, Turn

Side = Literal["store", "erp"]

# What differs between two equal runs in the store: when.
_FLEETING = re.compile(r"date_|.*_date$")
# An id that is drawn anew for every call, such as that of an action under way.
_DRAWN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ROOTS = re.compile(r"^(/stores/\w+|/SYSPROWCFService/Rest|/entity/Default/[\d.]+|/b1s/v[12])")


class CallSite(Record):
    """One outside call of a clean run: the `nth` of its kind there. In its path `*` is any id."""

    side: Side
    method: str
    path: str
    about: str = ""  # what tells calls of one path apart, such as SYSPRO's business object
    nth: int = 1

    @property
    def label(self) -> str:
        """Return how the tables name the call."""
        path = _ROOTS.sub("", self.path)
        about = f" {self.about.partition('=')[2]}" if self.about else ""
        again = f" #{self.nth}" if self.nth > 1 else ""
        return f"{self.side}: {self.method} {path}{about}{again}"

    @property
    def pattern(self) -> str:
        """Return the regular expression that its path, and no other call's, matches."""
        return f"^{re.escape(self.path).replace(re.escape('*'), '[^/]+')}$"


class Site:
    """The stand-ins of one connection, served on ports of their own while the context is open."""

    def __init__(
        self, connection: str, prefix: str, erp: str, erp_settings: Mapping[str, object]
    ) -> None:
        self.connection = connection
        self.prefix = prefix
        self.store = BigCommerceStandIn(StoreSettings(quota=1_000_000))
        self.kind = ERPS[erp]
        self.under_fault = ERPS_UNDER_FAULT[erp]
        self.erp = self.kind.open(None)
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
        erp, own = self.kind.access(self.erp.settings, erp_url), self._erp_settings
        return {
            "store": store_access(self.store.settings, store_url),
            "erp": {**erp, **self._erp_settings, "profile": {**_profile(erp), **_profile(own)}},
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
            **_sites("store", self.store.faults.calls, ""),
            **_sites("erp", self.erp.faults.calls, self.under_fault.told_apart_by),
        }

    async def turn(self, turns: Iterable[Turn]) -> None:
        """Turn knobs of the ERP's stand-in, one after the other."""
        transport = httpx.ASGITransport(self.erp.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://knobs") as http:
            for one in turns:
                body = json.loads(one.body)
                (await http.post(f"/_sandbox/{one.knob}", json=body)).raise_for_status()

    async def books(self) -> dict[str, Any]:
        """Read what both systems hold, without what differs between two equal runs."""
        ledger = await _got(self.erp.app, "/_sandbox/ledger")
        token = {"X-Auth-Token": next(iter(self.store.settings.tokens))}
        path = f"/stores/{self.store.settings.store_hash}/v2/orders"
        orders = [await _got(self.store.app, f"{path}/{n}", token) for n in self.store.orders]
        del ledger["gl_postings"]  # their sums are in the accounts
        return {
            "ledger": self._without(self.under_fault.fleeting, ledger),
            "orders": self._without(_FLEETING, orders),
        }

    async def violations(self) -> tuple[str, ...]:
        """Judge the ledger by what the store has on its own books."""
        orders = await read_store_facts(self.servers["store"].base_url)
        ledger = await read_ledger_facts(self.servers["erp"].base_url, self.under_fault.ledger)
        return violations(orders, ledger, prefix=self.prefix, held={})

    def _without(self, fleeting: re.Pattern[str], value: Any) -> Any:
        if isinstance(value, dict):
            items = sorted(value.items())
            return {k: self._without(fleeting, v) for k, v in items if not fleeting.match(k)}
        if isinstance(value, list):
            return [self._without(fleeting, one) for one in value]
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


def _sites(
    side: Side, calls: Sequence[Call], told_apart_by: str
) -> dict[CallSite, CallSite | None]:
    sites: list[CallSite] = []
    for call in calls:
        code = dict(call.query).get(told_apart_by, "")
        about = f"{told_apart_by}={code}" if code else ""
        path = _DRAWN.sub("*", call.path)
        same = (side, call.method, path, about)
        before = sum((s.side, s.method, s.path, s.about) == same for s in sites)
        sites.append(
            CallSite(side=side, method=call.method, path=path, about=about, nth=before + 1)
        )
    return {
        site: None if call.after is None else sites[call.after]
        for site, call in zip(sites, calls, strict=True)
    }


def _profile(erp: Mapping[str, object]) -> Mapping[str, object]:
    profile = erp.get("profile", {})
    assert isinstance(profile, Mapping)
    return profile


async def _got(app: Any, path: str, headers: Mapping[str, str] | None = None) -> Any:
    # Past the network: the books are read in peace, whatever was done to it.
    headers = {"Accept": "application/json", **(headers or {})}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://books") as http:
        return (await http.get(path, headers=headers)).raise_for_status().json()
