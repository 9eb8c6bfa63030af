"""Child processes with a log file each, started again when they die unasked."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

_PAUSE_BEFORE_RESTART = 1.0
_TIME_TO_END = 20.0


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


def free_port(preferred: int) -> int:
    """Return the preferred port if nobody has it, else one that is free."""
    for port in (preferred, 0):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                candidate.bind(("127.0.0.1", port))
                return int(candidate.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
