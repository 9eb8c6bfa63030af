"""One connection of the HTTP service: how long it may dawdle, and how much it is served at a time.

The server bounds neither the time that a request's head takes, nor that of a body nobody reads.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE_SECONDS = 10.0
CROWD = 500  # open connections; half of the 1,024 files that many systems allow a process
CROWDED_PATIENCE_SECONDS = 2.0

# Parsed in one go, 256 KB of one-byte chunks hold up everybody else for a quarter of a second.
_SLICE_BYTES = 4096


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that gives up on slow senders and lets nobody keep the others waiting.

    A request's head must be whole `PATIENCE_SECONDS` after the connection or its first byte, and a
    body that came too late to matter must end as soon; else the connection is closed. In a crowd
    `CROWDED_PATIENCE_SECONDS` must do, and no connection is kept after its answer. The time that
    a body takes which is being read is the application's to limit.

    Never logs a path, whatever logging is configured: the paths contain secrets. uvicorn's own
    `access_log=False` only takes the handlers off a logger that all servers of the process share.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False
        self._unparsed = bytearray()
        self._giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection and start waiting for its first request."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and what was still to be parsed."""
        self._unparsed.clear()
        self._relax()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, a slice at a time; other connections have their turn in between."""
        if not self._unparsed and len(data) <= _SLICE_BYTES:
            self._parse(data)
            return
        if not self._unparsed:
            self.loop.call_soon(self._parse_slice)
        self._unparsed += data
        self.transport.pause_reading()

    def on_response_complete(self) -> None:
        """Wait no longer than for a head until the rest of a request already answered is here."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._watch()

    def _parse_slice(self) -> None:
        if self.transport.is_closing():
            self._unparsed.clear()
            return
        data = bytes(self._unparsed[:_SLICE_BYTES])
        del self._unparsed[:_SLICE_BYTES]
        self._parse(data)
        if self._unparsed:
            self.loop.call_soon(self._parse_slice)
        elif not self.flow.read_paused:
            self.transport.resume_reading()

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        answered = self.conn.our_state is h11.DONE
        if self.conn.their_state is h11.IDLE or answered:
            self._watch()
        else:
            self._relax()
            if self._crowded and self.cycle and CLOSE_HEADER not in self.cycle.default_headers:
                self.cycle.default_headers = [*self.cycle.default_headers, CLOSE_HEADER]

    def _watch(self) -> None:
        if self._giving_up is None:
            deadline = self.loop.time() + PATIENCE_SECONDS
            self._giving_up = self.loop.call_later(CROWDED_PATIENCE_SECONDS, self._look, deadline)

    def _relax(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _look(self, deadline: float) -> None:
        left = deadline - self.loop.time()
        if left <= 0 or self._crowded:
            self._giving_up = None
            self.transport.close()
        else:
            again = min(left, CROWDED_PATIENCE_SECONDS)
            self._giving_up = self.loop.call_later(again, self._look, deadline)

    @property
    def _crowded(self) -> bool:
        return len(self.connections) > CROWD
