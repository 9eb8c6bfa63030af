"""Child processes with a log file each, started again when they die unasked."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

_PAUSE_BEFORE_RESTART = 1.0
_TIME_TO_END = 20.0
_READY_WITHIN = 60.0


class NotReady(Exception):
    """A process did not come up; the message ends with its last words."""


class Child:
    """A process of ours. Killed, it is started again; stopped, it stays so."""

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = log
        self.restarts = 0
        self._command = command
        self._env = dict(env)
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._process.pid if self._process else None

    async def __aenter__(self) -> Self:
        await self._start()
        self._watch = asyncio.create_task(self._keep_alive())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_TIME_TO_END):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    @property
    def running(self) -> bool:
        """Tell whether it runs at this moment."""
        return self._process is not None and self._process.returncode is None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that it dies of has it started again.

        Raises:
            ProcessLookupError: it does not run at this moment.
        """
        if self._process is None:
            raise ProcessLookupError(self.name)
        self._process.send_signal(number)

    def last_words(self) -> str:
        """Return the end of the log, to be shown when the process cannot live."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-5:])

    async def _start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                env=self._env,
                start_new_session=True,  # Ctrl-C is the parent's, which ends them in order
            )

    async def _keep_alive(self) -> None:
        while True:
            assert self._process is not None
            await self._process.wait()
            self.restarts += 1
            await asyncio.sleep(_PAUSE_BEFORE_RESTART)
            await self._start()


async def until_ready(child: Child, ready: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a process that was started does what it is for.

    Raises:
        NotReady: it ended, or was not ready in a minute.
    """
    try:
        async with asyncio.timeout(_READY_WITHIN):
            while not await ready():
                if child.restarts:
                    raise _not_ready(child, "ended as soon as it was started")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise _not_ready(child, f"was not ready within {_READY_WITHIN:.0f} s") from None


def _not_ready(child: Child, why: str) -> NotReady:
    return NotReady(f"{child.name} {why}. The end of {child.log}:\n{child.last_words()}")


def claimed_port(preferred: int = 0) -> int:
    """Return the preferred port if it is free, else another; for a minute no other claim gets it.

    A connection that was closed keeps the port in TIME_WAIT: nobody is given it, and yet a server
    may listen on it (SO_REUSEADDR).

    Raises:
        OSError: there is none.
    """
    for port in (preferred, 0):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))  # without SO_REUSEADDR: refused if it is claimed
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.listen(1)
            address: tuple[str, int] = listener.getsockname()
            with socket.create_connection(address) as there, listener.accept()[0] as here:
                here.shutdown(socket.SHUT_WR)  # who closes first waits
                there.recv(1)
            return address[1]
    raise OSError("no free port on 127.0.0.1")
