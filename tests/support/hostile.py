"""An outside system that has been taken over: it answers whatever it likes, and notes who asks."""

import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connectors.sessions import Session
from connectors.syspro.client import EnetClient
from connectors.syspro.odata import ODataClient
from connectors.syspro.settings import SysproSettings
from connectors.transport import Timeouts, Transport
from sandbox.asgi import Receive, Scope, Send, read_body
from sandbox.serving import StandInServer

TOKEN = "A" * 30 + "01"
OPERATOR_PASSWORD = "pl4nted-passw0rd"
ODATA_PASSWORD = "pl4nted-odata-passw0rd"
ACCESS_TOKEN = "pl4nted-access-token"


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def everything(self) -> str:
        """Return all that the other side got to see."""
        return f"{self.method} {self.path}?{self.query} {self.headers} {self.body!r}"


@dataclass
class Hostile:
    """ASGI application that gives one answer to everything."""

    body: bytes | Callable[[], Iterable[bytes]] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "text/xml"})
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        body = await read_body(receive)
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        self.asked.append(Asked(scope["method"], scope["path"], query, headers, body))
        fields = [(name.encode(), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": fields})
        parts = [self.body] if isinstance(self.body, bytes) else self.body()
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            self.sent += len(part)
        await send({"type": "http.response.body", "body": b""})


class Bait:
    """A port that nobody ought to knock at; it counts who does."""

    def __init__(self) -> None:
        self.knocks = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._wait, daemon=True)

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _wait(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self.knocks += 1
            caller.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


class LoggedOn:
    """Sessions that always have one."""

    async def current(self) -> Session | None:
        return Session(token=TOKEN, version=1, renewed_at=datetime.now(UTC))

    async def renew(self, stale: Session | None, logon: Callable[[], Awaitable[str]]) -> Session:
        return Session(token=await logon(), version=2, renewed_at=datetime.now(UTC))

    async def end(self, session: Session) -> bool:
        return False

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()


def syspro_settings(url: str, *, ca_file: Path | None = None, **changed: Any) -> SysproSettings:
    """Return the settings of a company at that address."""
    return SysproSettings.model_validate(
        {
            "rest_base_url": f"{url}/SYSPROWCFService/Rest",
            "operator": "TILL",
            "operator_password": OPERATOR_PASSWORD,
            "company": "EDU1",
            "odata_url": url,
            "odata_user": "till",
            "odata_password": ODATA_PASSWORD,
            "ca_file": ca_file,
            "timeouts": Timeouts(connect=30, read=30, write=30),
            **changed,
        }
    )


@asynccontextmanager
async def enet_of(url: str, **changed: Any) -> AsyncIterator[EnetClient]:
    """Open a client of the e.net services at that address, already logged on."""
    settings = syspro_settings(url, **changed)
    transport = Transport(system="SYSPRO", timeouts=settings.timeouts, ca_file=settings.ca_file)
    try:
        yield EnetClient(settings, LoggedOn(), transport)
    finally:
        await transport.aclose()


@asynccontextmanager
async def odata_of(url: str, **changed: Any) -> AsyncIterator[ODataClient]:
    """Open a client of the OData service at that address."""
    settings = syspro_settings(url, **changed)
    transport = Transport(
        system="SYSPRO OData", timeouts=settings.timeouts, ca_file=settings.ca_file
    )
    try:
        yield ODataClient(settings, transport)
    finally:
        await transport.aclose()


@asynccontextmanager
async def hostile_enet(hostile: Hostile) -> AsyncIterator[EnetClient]:
    """Serve the hostile system as an ERP, and open a client of it."""
    async with StandInServer(hostile) as server, enet_of(server.base_url) as client:
        yield client
