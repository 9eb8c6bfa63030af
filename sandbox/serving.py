"""Serves a stand-in over real HTTP inside the running event loop, whatever the stand-in is."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import uvicorn

from sandbox.asgi import dated

_LOOPBACK = "127.0.0.1"
_TIME_TO_FINISH = 1.0


class _DeliberateBreaks(logging.Filter):
    """Drops the server's complaint about answers that a fault left incomplete on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "returned without completing response" not in record.getMessage()


class _InLoopServer(uvicorn.Server):
    """uvicorn without its signal handlers, which belong to the process that hosts the stand-in."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._told_to_stop = asyncio.Event()

    def stop(self) -> None:
        """Have it stop; `serve` returns when it has."""
        self.should_exit = True
        self._told_to_stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        # uvicorn's own looks every tenth of a second whether it is to stop.
        await self.on_tick(0)
        await self._told_to_stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop like a pulled plug: a request it still holds gets no answer."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            transport = connection.transport
            if isinstance(transport, asyncio.Transport):
                transport.abort()
        if tasks := set(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=_TIME_TO_FINISH)
            for task in late:
                task.cancel()
        for server in self.servers:
            await server.wait_closed()
        await self.lifespan.shutdown()


class StandInServer:
    """One stand-in on a loopback port.

    The port is chosen at the first start and kept by every later one, so that `stop()` makes
    clients see "connection refused" and `start()` brings the same address back. Used as an async
    context manager, the port also stays reserved for this server while it is stopped.
    """

    def __init__(
        self,
        app: Any,
        port: int = 0,
        *,
        host: str = _LOOPBACK,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.app = app
        self._clock = clock
        self.host = host
        self._port = port
        self._reservation: socket.socket | None = None
        self._server: _InLoopServer | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port served, known once the server has been started."""
        if self._port == 0:
            raise RuntimeError("the stand-in has no port before its first start")
        return self._port

    @property
    def base_url(self) -> str:
        """The address without a trailing slash, such as `http://127.0.0.1:41873`."""
        return f"http://{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the port is being listened at."""
        return self._server is not None

    async def __aenter__(self) -> Self:
        self._reservation = self._bind()
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None

    async def start(self) -> None:
        """Listens; does nothing when already listening. Raises OSError when the port is taken."""
        if self._server is not None:
            return
        listener = self._bind()
        server = _InLoopServer(
            uvicorn.Config(
                dated(self.app, self._clock),
                date_header=False,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="auto",
                ws="none",
            )
        )
        _quieten()
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="stand-in")
        listening = asyncio.create_task(server.listening.wait())
        await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            listening.cancel()
            listener.close()
            await serving
            raise RuntimeError("the stand-in stopped before it listened")
        self._server, self._serving = server, serving

    def refuse(self) -> None:
        """Takes no new connection, and ends each that there is after its present answer."""
        if self._server is None:
            return
        for listener in self._server.servers:
            listener.close()
        for connection in list(self._server.server_state.connections):
            connection.shutdown()

    async def stop(self) -> None:
        """Breaks every open connection and stops listening; does nothing when stopped."""
        if self._server is None or self._serving is None:
            return
        self._server.stop()
        await self._serving
        self._server = self._serving = None

    async def restart(self, *, pause: float = 0.0) -> None:
        """Stops, stays away for `pause` seconds, and comes back on the same port."""
        await self.stop()
        await asyncio.sleep(pause)
        await self.start()

    def _bind(self) -> socket.socket:
        # Named, or asyncio does not set TCP_NODELAY, and small answers wait some 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # Lets the listener bind beside the reservation, and over connections in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host, self._port))
        except OSError:
            listener.close()
            raise
        self._port = int(listener.getsockname()[1])
        return listener


def _quieten() -> None:
    log = logging.getLogger("uvicorn.error")
    if not any(isinstance(known, _DeliberateBreaks) for known in log.filters):
        log.addFilter(_DeliberateBreaks())
