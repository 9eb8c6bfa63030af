"""Runs an ASGI application inside the running loop, stopped by an event rather than by signals."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn
from starlette.types import ASGIApp

from starters.webhooks.connection import PatientProtocol


class _InLoopServer(uvicorn.Server):
    """uvicorn without its signal handlers, which belong to the process's main function."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()


async def serve_webhooks(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    stop: asyncio.Event,
    listening: Callable[[int], None] | None = None,
    grace_seconds: int = 10,
) -> None:
    """Serve until `stop` is set, then finish the requests under way.

    `listening` is told the port once connections are accepted; port 0 takes a free one. There is
    no access log, because paths contain secrets. Logging is otherwise left as it is configured.

    Raises:
        OSError: the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    # asyncio does so only where the protocol was named; else small answers wait some 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    bound_port = int(listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=75,  # longer than load balancers keep an idle connection
        timeout_graceful_shutdown=grace_seconds,
    )
    server = _InLoopServer(config, lambda: listening(bound_port) if listening else None)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http-service")
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await serving
        listener.close()
