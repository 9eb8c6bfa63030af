"""A store that signs as BigCommerce does, an ERP that notifies, their door, and what it let in."""

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from standardwebhooks import Webhook

from activities.push_records import Flow, PushKey
from connectors.registry import hints_of
from starters.webhooks.hints import HintEndpoint
from starters.webhooks.intake import Endpoint, ResourceEvent
from starters.webhooks.notifications import Hints
from starters.webhooks.serving import serve_webhooks
from starters.webhooks.verify import SharedHeader, Verifier

SECRET = "s3cr3t_client_secret_for_tests"
PATH_SECRET = "an-unguessable-path-secret"
HINT_PATH_SECRET = "the-erps-unguessable-path-secret"
HINT_SECRET = "the-erps-header-secret"
HINT_HEADER = {"x-tillbridge-token": HINT_SECRET}
# Sooner than the service gives up on a connection that is only idle.
_CLOSED_AT_ONCE_SECONDS = 8.0
QUERIES = {"Item Availability Data": "stock", "Item Price Data": "prices"}


def two_endpoints() -> dict[str, Endpoint]:
    """Two connections: one that takes any store, with its previous secret, and one bound to one."""
    return {
        "main": Endpoint(
            connection="main", path_secret=PATH_SECRET, verifier=Verifier([SECRET, "previous"])
        ),
        "other": Endpoint(
            connection="other",
            path_secret="another-unguessable-secret",
            verifier=Verifier(["others-client-secret"]),
            store_hash="xyz789",
        ),
    }


def order_body(order_id: Any = 250, scope: str = "store/order/created", **more: Any) -> bytes:
    body = {
        "scope": scope,
        "store_id": "1025646",
        "data": {"type": "order", "id": order_id},
        "hash": "dd70c0976e06b67aaf671e73f49dcb79230ebf9d",
        "created_at": 1561479335,
        "producer": "stores/abc123",
    }
    return json.dumps(body | more).encode()


def notice(
    query: Any = "Item Availability Data",
    notice_id: Any = "06284bdf-0c4b-4f9c-9f4c-1d0a9e5a7f11",
    **more: Any,
) -> bytes:
    """A notification as Acumatica's guide shows one."""
    body = {
        "Inserted": [{"InventoryID": "AALEGO500", "QtyAvailable": 1974}],
        "Deleted": [{"InventoryID": "AALEGO500 ", "QtyAvailable": 1975}],
        "Query": query,
        "CompanyId": "MyStore",
        "Id": notice_id,
        "TimeStamp": 638465233453014192,
        "AdditionalInfo": {},
    }
    return json.dumps(body | more).encode()


def hint_endpoint(
    connection: str = "main",
    *,
    pushed: frozenset[Flow] = frozenset(Flow),
    pause: timedelta = timedelta(minutes=1),
) -> HintEndpoint:
    """The door of an ERP that may tell of stock and prices."""
    settings = {
        "path_secret": HINT_PATH_SECRET,
        "header_secret": HINT_SECRET,
        "queries": QUERIES,
    }
    source = hints_of({"type": "acumatica", "notifications": settings})
    assert source is not None
    return HintEndpoint(
        connection=connection,
        path_secret=source.path_secret,
        verifier=Verifier([], shared_header=SharedHeader(source.header_name, [HINT_SECRET, "old"])),
        read=source.read,
        pushed=pushed,
        pause=pause,
    )


def signed(
    body: bytes,
    *,
    secret: str = SECRET,
    webhook_id: str = "msg_1",
    at: datetime | None = None,
) -> dict[str, str]:
    at = at or datetime.now(UTC)
    key = base64.b64encode(secret.encode()).decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(webhook_id, at, body.decode("utf-8")),
    }


@dataclass
class Taken:
    """A `start` that remembers what it was given and behaves as told."""

    events: list[ResourceEvent] = field(default_factory=list)
    failure: Exception | None = None
    hang: bool = False

    async def __call__(self, event: ResourceEvent) -> None:
        if self.hang:
            await asyncio.Event().wait()
        if self.failure:
            raise self.failure
        self.events.append(event)

    def by(self, connection: str) -> list[str]:
        """The ids of what came through one connection, in order."""
        return [event.resource_id for event in self.events if event.connection == connection]


@dataclass
class Woken:
    """A `wake` that remembers which pushes were to look and behaves as told."""

    pushes: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def __call__(self, key: PushKey) -> None:
        if self.failure:
            raise self.failure
        self.pushes.append(key.workflow_id)

    def hints(self, **endpoint: Any) -> Hints:
        """What a service needs so that the ERP of `main` finds its door."""
        return Hints({"main": hint_endpoint(**endpoint)}, self)


@dataclass
class Readiness:
    reason: str | None = None
    hang: bool = False

    async def __call__(self) -> str | None:
        if self.hang:
            await asyncio.Event().wait()
        return self.reason


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[int]:
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    service = asyncio.create_task(
        serve_webhooks(app, "127.0.0.1", 0, stop=stop, listening=port.set_result)
    )
    try:
        yield await asyncio.wait_for(port, 30)
    finally:
        stop.set()
        await asyncio.wait_for(service, 30)


@dataclass
class Door:
    port: int
    http: httpx.AsyncClient
    taken: Taken
    readiness: Readiness
    woken: Woken = field(default_factory=Woken)
    path: str = f"/webhooks/main/{PATH_SECRET}"
    hint_path: str = f"/notifications/main/{HINT_PATH_SECRET}"

    async def notify(
        self, body: bytes, headers: Any = None, *, path: str | None = None
    ) -> httpx.Response:
        """Send a notification, with the agreed header unless others are given."""
        headers = HINT_HEADER if headers is None else headers
        return await self.http.post(path or self.hint_path, content=body, headers=headers)

    async def post(
        self, body: bytes, headers: Any = None, *, path: str | None = None
    ) -> httpx.Response:
        """Send a body; signed properly unless headers are given."""
        headers = signed(body) if headers is None else headers
        return await self.http.post(path or self.path, content=body, headers=headers)

    async def raw(self, request: bytes) -> bytes:
        """Send bytes as they are and return whatever is answered until the connection closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.read(), _CLOSED_AT_ONCE_SECONDS)
        finally:
            writer.close()

    async def pushed(self, request: bytes) -> bytes:
        """Send bytes for as long as they are taken, and return what had been answered by then."""

        def push() -> bytes:
            answer = bytearray()
            with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
                with contextlib.suppress(ConnectionError):
                    connection.sendall(request)
                with contextlib.suppress(ConnectionError):
                    while part := connection.recv(65_536):
                        answer += part
            return bytes(answer)

        return await asyncio.to_thread(push)

    def raw_request(self, body: bytes, *lines: bytes) -> bytes:
        head = [f"POST {self.path} HTTP/1.1".encode(), b"host: x", b"connection: close"]
        return b"\r\n".join([*head, *lines, f"content-length: {len(body)}".encode(), b"", body])


class Mounted:
    """Lets one listening server serve each test's own application."""

    def __init__(self) -> None:
        self.app: Any = FastAPI()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)
