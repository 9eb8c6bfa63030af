"""The few ASGI moves of a stand-in: read a request, hold an answer, cut one short, date it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote_plus

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class ReceivedRequest:
    """A request whose body has been read, replayable into the app."""

    def __init__(self, scope: Scope, body: bytes, receive: Receive) -> None:
        self.scope = scope
        self.body = body
        self.method = str(scope["method"])
        self.path = str(scope["path"])
        self.query = scope.get("query_string", b"").decode("latin-1")
        self._receive = receive
        self._given = False

    async def receive(self) -> Message:
        """Gives the body again, then whatever the connection says."""
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        return await self._receive()

    async def left(self, seconds: float) -> None:
        """Waits until the client hangs up, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return

    def contains(self, text: str) -> bool:
        """Whether the decoded query string or the body holds `text`."""
        if text in unquote_plus(self.query):
            return True
        return text in self.body.decode("utf-8", errors="replace")


class HeldAnswer:
    """What the app answered, kept back."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def send(self, message: Message) -> None:
        """Takes what the app would have sent."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(n), bytes(v)) for n, v in message.get("headers", [])]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def headers_for(self, length: int) -> list[tuple[bytes, bytes]]:
        """The headers, announcing a body of `length` bytes."""
        kept = [pair for pair in self.headers if pair[0].lower() != b"content-length"]
        return [*kept, (b"content-length", str(length).encode())]


async def read_body(receive: Receive) -> bytes:
    """Reads the whole body of a request."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def answer(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    """Sends one complete answer."""
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if status != 204:
        pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def answer_json(send: Send, status: int, content: object) -> None:
    """Sends one complete JSON answer."""
    body = json.dumps(content).encode()
    await answer(send, status, body, {"content-type": "application/json"})


async def cut_short(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], part: bytes
) -> None:
    """Promises more than it sends and returns: the server then closes the connection."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": part, "more_body": True})


def dated(app: App, clock: Callable[[], datetime]) -> App:
    """Puts the time of `clock` on every answer, as a server whose clock is that one."""

    async def dating(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(clock().astimezone(UTC), usegmt=True)
                message["headers"] = [*message.get("headers", ()), (b"date", date.encode())]
            await send(message)

        await app(scope, receive, send_dated)

    return dating
