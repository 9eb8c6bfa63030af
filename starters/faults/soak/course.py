"""Lets a script happen to a running stage, act by act, with a bounded number of orders at work."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Self

import httpx
from temporalio.service import RPCError

from sandbox.serving import StandInServer
from starters.demo.configuration import CONNECTION
from starters.demo.stage import Stage
from starters.faults.soak.acts import (
    Act,
    Break,
    ChangeCustomer,
    EndSession,
    FollowUp,
    Kill,
    Meddle,
    Part,
    Place,
    Restart,
    Script,
    Side,
)
from starters.faults.systems import Ending, SessionEnd
from starters.processes import Child

IN_MOTION = (
    f"WorkflowId STARTS_WITH '{CONNECTION}:' AND ExecutionStatus='Running' AND Attention IS NULL"
)
# Workflows at work at once, those included that only let the burst pass. Of few orders fewer, so
# that they are not all placed before the first has got anywhere.
_MOST_AT_WORK = 120
_SHARE_AT_WORK = 4
_LOOK_EVERY_SECONDS = 0.5
_TELL_EVERY_ORDERS = 100
_BACK_WITHIN_SECONDS = 60.0
_UNDONE_AFTER_SECONDS = 3.0


class Course:
    """One soak under way. `ids` are the store's ids of the orders in the order of placing."""

    def __init__(
        self,
        stage: Stage,
        script: Script,
        endings: Mapping[Ending, SessionEnd],
        say: Callable[[str], None],
    ) -> None:
        self.ids: list[str] = []
        self.kills: Counter[str] = Counter()
        self._never_fired: Counter[str] = Counter()
        self.refused = 0  # acts that the store would not have, e.g. a refund of nothing
        self._stage = stage
        self._script = script
        self._endings = endings
        self._say = say
        self._at_work = 0
        self._most_at_work = max(5, min(_MOST_AT_WORK, script.orders // _SHARE_AT_WORK))
        self._store = self._client(stage.store_url)
        self._erp = self._client(stage.erp_url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._store.aclose()
        await self._erp.aclose()

    async def run(self) -> None:
        """Perform every act of the script."""
        async with self._watching():
            for act in self._script.acts:
                await self._perform(act)

    async def fired(self) -> Counter[str]:
        """Count the faults that happened, by kind, and disarm the rest."""
        counts = Counter(
            act.fault.kind.value for act in self._script.acts if isinstance(act, Break)
        )
        for http in (self._store, self._erp):
            await self._disarm(http)
        counts.subtract(self._never_fired)
        return +counts

    async def _disarm(self, http: httpx.AsyncClient) -> None:
        pending = (await http.get("/_sandbox/faults")).raise_for_status().json()
        self._never_fired.update(fault["kind"] for fault in pending)
        (await http.delete("/_sandbox/faults")).raise_for_status()

    async def _perform(self, act: Act) -> None:
        match act:
            case Place():
                await self._place(act)
            case FollowUp():
                path = f"/_sandbox/orders/{self.ids[act.order]}/{act.action.do}"
                await self._in_store(path, act.action.model_dump_json())
            case ChangeCustomer():
                path = f"/_sandbox/customers/{act.customer_id}"
                await self._in_store(path, httpx.Request("POST", "/", json=act.changes).content)
            case Meddle():
                await self._meddle(act)
            case Break():
                http = self._http(act.side)
                # One at a time: many that wait for a system which is hardly asked any more would
                # have it look away for minutes.
                await self._disarm(http)
                await self._post(http, "/_sandbox/faults", act.fault.model_dump_json())
            case EndSession():
                await self._end_session(self._endings[act.how])
            case Kill():
                await self._kill(act)
            case Restart():
                await self._restart(act)

    async def _end_session(self, end: SessionEnd) -> None:
        for turn in end.turns:
            await self._post(self._erp, f"/_sandbox/{turn.knob}", turn.body)
        if end.undone:
            await asyncio.sleep(_UNDONE_AFTER_SECONDS)
            for turn in end.undone:
                await self._post(self._erp, f"/_sandbox/{turn.knob}", turn.body)

    async def _place(self, act: Place) -> None:
        await _until(lambda: self._at_work < self._most_at_work)
        self._at_work += 1
        answer = await self._post(self._store, "/_sandbox/orders", act.draft.model_dump_json())
        self.ids.append(str(answer.json()["id"]))
        if len(self.ids) % _TELL_EVERY_ORDERS == 0:
            self._say(f"{len(self.ids)} of {self._script.orders} orders placed")

    async def _in_store(self, path: str, body: str | bytes) -> None:
        try:
            await self._post(self._store, path, body)
        except httpx.HTTPStatusError as refusal:
            if refusal.response.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
                raise
            self.refused += 1

    async def _meddle(self, act: Meddle) -> None:
        body: dict[str, object] = {"count": act.count}
        if act.fate == "delay":
            body["seconds"] = act.seconds
        if act.fate == "repeat":
            body["times"] = act.times
        content = httpx.Request("POST", "/", json=body).content
        await self._post(self._store, f"/_sandbox/webhooks/{act.fate}", content)

    async def _kill(self, act: Kill) -> None:
        child = self._child(act.part)
        async with asyncio.timeout(_BACK_WITHIN_SECONDS):
            await _until(lambda: child.running)
        self._say(f"{act.by} for {act.part}")
        child.send(act.signal)
        self.kills[f"{act.part} {act.by}"] += 1

    async def _restart(self, act: Restart) -> None:
        self._say(f"The {act.side} is away for {act.seconds} s")
        server = self._server(act.side)
        await server.stop()
        await asyncio.sleep(act.seconds)
        await server.start()
        self.kills[f"{act.side} away"] += 1

    def _child(self, part: Part) -> Child:
        children = {
            "worker": self._stage.worker,
            "serve": self._stage.serve,
            "temporal": self._stage.temporal,
        }
        return children[part]

    def _server(self, side: Side) -> StandInServer:
        return self._stage.store_server if side == "store" else self._stage.erp_server

    def _http(self, side: Side) -> httpx.AsyncClient:
        return self._store if side == "store" else self._erp

    def _client(self, url: str) -> httpx.AsyncClient:
        # No connection is kept: a stand-in that went away has broken those there were.
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, limits=limits)

    async def _post(self, http: httpx.AsyncClient, path: str, body: str | bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return (await http.post(path, content=body, headers=headers)).raise_for_status()

    @contextlib.asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """Keep an eye on how many workflows are at work; while Temporal is away, on the last."""

        async def watch() -> None:
            while True:
                with contextlib.suppress(RPCError):
                    self._at_work = await in_motion(self._stage)
                await asyncio.sleep(_LOOK_EVERY_SECONDS)

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


async def _until(ready: Callable[[], bool]) -> None:
    while True:
        if ready():
            return
        await asyncio.sleep(0.05)


async def in_motion(stage: Stage) -> int:
    """Count the workflows that run and do not wait for a person."""
    return (await stage.client.count_workflows(IN_MOTION)).count
