"""Fault injection for every stand-in: ASGI middleware that refuses, hangs, breaks or garbles."""

import asyncio
import contextlib
import json
import random
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.asgi import (
    App,
    HeldAnswer,
    Receive,
    ReceivedRequest,
    Scope,
    Send,
    answer,
    answer_json,
    cut_short,
    read_body,
)

_CONTROL = "/_sandbox/"
_CALLS_KEPT = 10_000
_MAINTENANCE = b"<!doctype html><html><body><h1>Down for maintenance</h1></body></html>"
_PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>"
_SECRET = re.compile(r"token|secret|password|userid|signature|api_?key|authorization", re.I)


class FaultKind(StrEnum):
    """What goes wrong, and whether the stand-in has applied the request by then."""

    THROTTLE = "throttle"
    """429 with the system's rate limit headers; not applied."""
    THROTTLE_BARE = "throttle_bare"
    """429 with no headers; not applied."""
    SERVER_ERROR = "server_error"
    """500; not applied."""
    UNAVAILABLE = "unavailable"
    """503; not applied."""
    HANG_BEFORE = "hang_before"
    """Silence for `seconds`, then the connection closes; not applied."""
    HANG_AFTER = "hang_after"
    """Applied; silence for `seconds`, then the connection closes."""
    DROP_BEFORE = "drop_before"
    """The connection breaks; not applied."""
    DROP_AFTER = "drop_after"
    """Applied; the connection breaks before the answer is complete."""
    TRUNCATE = "truncate"
    """Applied; half of the answer's body arrives, then the connection breaks."""
    GARBAGE = "garbage"
    """Applied; the answer has its status and headers, but its body is random bytes."""
    WRONG_TYPE = "wrong_type"
    """200 with an HTML page, as a proxy or a maintenance screen answers; not applied."""
    BAD_GATEWAY = "bad_gateway"
    """Applied; the proxy in between answers 502 with a page of its own."""
    LATE_COMMIT = "late_commit"
    """The connection breaks at once; applied `seconds` later, when nobody listens."""
    HOLD = "hold"
    """Kept back until released (at most `seconds`), then served as usual."""


class Fault(BaseModel):
    """One instruction: which requests go wrong, how, and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    method: str = "*"
    """HTTP method, or `*` for every method."""
    path: str = ""
    """Regular expression searched in the decoded path."""
    contains: str = ""
    """Text searched in the decoded query string and in the body."""
    times: int | None = Field(default=1, ge=1)
    """How many matching requests go wrong; None is for ever."""
    after: int = Field(default=0, ge=0)
    """How many matching requests are let through first."""
    seconds: float = Field(default=1.0, ge=0)
    headers: dict[str, str] = Field(default_factory=dict)
    """Extra headers of an injected answer; they win over the system's own."""


class Call(BaseModel):
    """One request as the stand-in saw it; values of secret-looking query parameters are dropped."""

    model_config = ConfigDict(frozen=True)

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    fault: FaultKind | None
    after: int | None = None
    """Place in the log of the call that had been answered last when this one came."""


@dataclass
class _Armed:
    fault: Fault
    seen: int = 0
    fired: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.fired >= self.fault.times


class Faults:
    """ASGI middleware around a stand-in's app, with a call log and a control API.

    `POST/GET/DELETE /_sandbox/faults` add, list and clear faults; `GET/DELETE /_sandbox/calls`
    read and empty the log. Paths under `/_sandbox/` are neither faulted nor logged. The first
    armed fault that matches a request is the one that happens.
    """

    def __init__(self, app: App, *, throttle_headers: dict[str, str] | None = None) -> None:
        self._app = app
        self._throttle_headers = throttle_headers or {}
        self._armed: list[_Armed] = []
        self._late: set[asyncio.Task[None]] = set()
        self._calls: list[Call] = []
        self._answered: int | None = None
        self._released = asyncio.Event()
        self._all_spent = asyncio.Event()

    @property
    def calls(self) -> tuple[Call, ...]:
        """The requests seen since the log was emptied, oldest first."""
        return tuple(self._calls)

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that can still happen."""
        return tuple(armed.fault for armed in self._armed if not armed.spent)

    def add(self, fault: Fault) -> None:
        """Arms a fault."""
        self._armed.append(_Armed(fault))
        self._all_spent.clear()

    async def landed(self) -> None:
        """Waits until no late commit is under way."""
        await asyncio.gather(*self._late)

    async def spent(self) -> None:
        """Waits until every armed fault has happened as often as it should."""
        await self._all_spent.wait()

    def clear(self) -> None:
        """Disarms every fault; late commits already under way still happen."""
        self._armed.clear()

    def release(self) -> None:
        """Lets the requests go on that a `HOLD` keeps back, and those it would from now on."""
        self._released.set()

    def forget_calls(self) -> None:
        """Empties the call log."""
        self._calls.clear()
        self._answered = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection event as ASGI asks."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                await self._drop_late_commits()
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        if path in (f"{_CONTROL}faults", f"{_CONTROL}calls"):
            await self._control(scope, receive, send)
        elif path.startswith(_CONTROL):
            await self._app(scope, receive, send)
        else:
            await self._serve(ReceivedRequest(scope, await read_body(receive), receive), send)

    async def _serve(self, request: ReceivedRequest, send: Send) -> None:
        fault = self._next_fault(request)
        self._log(request, fault)
        place = len(self._calls) - 1
        await self._serve_with(fault, request, send)
        self._answered = place

    async def _serve_with(self, fault: Fault | None, request: ReceivedRequest, send: Send) -> None:
        if fault is None:
            await self._app(request.scope, request.receive, send)
        elif fault.kind is FaultKind.HOLD:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), fault.seconds)
            await self._app(request.scope, request.receive, send)
        elif fault.kind in _REFUSALS:
            await self._refuse(fault, send)
        elif fault.kind in _BREAKS:
            await self._break(fault, request, send)
        else:
            await self._garble(fault, request, send)

    def _next_fault(self, request: ReceivedRequest) -> Fault | None:
        for armed in self._armed:
            if armed.spent or not _matches(armed.fault, request):
                continue
            armed.seen += 1
            if armed.seen > armed.fault.after:
                armed.fired += 1
                if not self.pending:
                    self._all_spent.set()
                return armed.fault
        return None

    def _log(self, request: ReceivedRequest, fault: Fault | None) -> None:
        query = tuple(
            (name, "" if _SECRET.search(name) else value)
            for name, value in parse_qsl(request.query, keep_blank_values=True)
        )
        kind = fault.kind if fault else None
        self._calls.append(
            Call(
                method=request.method,
                path=request.path,
                query=query,
                fault=kind,
                after=self._answered,
            )
        )
        del self._calls[:-_CALLS_KEPT]

    async def _refuse(self, fault: Fault, send: Send) -> None:
        status = _REFUSALS[fault.kind]
        system = self._throttle_headers if fault.kind is FaultKind.THROTTLE else {}
        headers = {**system, **fault.headers}
        if fault.kind is FaultKind.WRONG_TYPE:
            await answer(send, status, _MAINTENANCE, {"content-type": "text/html", **headers})
        else:
            await answer(send, status, b"", headers)

    async def _break(self, fault: Fault, request: ReceivedRequest, send: Send) -> None:
        if fault.kind in (FaultKind.HANG_AFTER, FaultKind.DROP_AFTER):
            await self._app(request.scope, request.receive, HeldAnswer().send)
        if fault.kind in (FaultKind.HANG_AFTER, FaultKind.HANG_BEFORE):
            await request.left(fault.seconds)
        if fault.kind is FaultKind.LATE_COMMIT:
            late = asyncio.create_task(self._apply_late(fault, request), name="late commit")
            self._late.add(late)
            late.add_done_callback(self._late.discard)
        await cut_short(send, 200, [(b"content-length", b"1")], b"")

    async def _garble(self, fault: Fault, request: ReceivedRequest, send: Send) -> None:
        held = HeldAnswer()
        await self._app(request.scope, request.receive, held.send)
        if fault.kind is FaultKind.BAD_GATEWAY:
            await answer(send, 502, _PROXY_PAGE, {"content-type": "text/html", **fault.headers})
            return
        if fault.kind is FaultKind.TRUNCATE:
            headers = held.headers_for(max(len(held.body), 1))
            await cut_short(send, held.status, headers, held.body[: len(held.body) // 2])
            return
        # 0xFF opens no UTF-8 text, so that garbage can never be read as an answer by luck.
        garbage = b"\xff" + random.Random(len(self._calls)).randbytes(255)
        status = 200 if held.status == 204 else held.status
        headers = held.headers_for(len(garbage))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": garbage})

    async def _apply_late(self, fault: Fault, request: ReceivedRequest) -> None:
        await asyncio.sleep(fault.seconds)
        await self._app(request.scope, request.receive, HeldAnswer().send)

    async def _drop_late_commits(self) -> None:
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults = str(scope["path"]).endswith("faults")
        method = scope["method"]
        if method == "DELETE":
            (self.clear if faults else self.forget_calls)()
            await answer(send, 204, b"", {})
        elif method == "GET" and faults:
            await answer_json(send, 200, [f.model_dump(mode="json") for f in self.pending])
        elif method == "GET":
            calls = [call.model_dump(mode="json") for call in self._calls]
            await answer_json(send, 200, {"count": len(calls), "calls": calls})
        elif method == "POST" and faults:
            await self._add_posted(await read_body(receive), send)
        else:
            await answer(send, 405, b"", {})

    async def _add_posted(self, body: bytes, send: Send) -> None:
        try:
            fault = Fault.model_validate_json(body)
        except ValidationError as problem:
            await answer_json(send, 422, json.loads(problem.json(include_url=False)))
            return
        self.add(fault)
        await answer_json(send, 201, fault.model_dump(mode="json"))


def _matches(fault: Fault, request: ReceivedRequest) -> bool:
    if fault.method not in ("*", request.method):
        return False
    return bool(re.search(fault.path, request.path)) and request.contains(fault.contains)


_REFUSALS = {
    FaultKind.THROTTLE: 429,
    FaultKind.THROTTLE_BARE: 429,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.WRONG_TYPE: 200,
}
_BREAKS = frozenset(
    {
        FaultKind.HANG_BEFORE,
        FaultKind.HANG_AFTER,
        FaultKind.DROP_BEFORE,
        FaultKind.DROP_AFTER,
        FaultKind.LATE_COMMIT,
    }
)
