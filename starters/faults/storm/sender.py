"""The store's side of a storm: signed webhooks at a fixed rate, whatever becomes of the answers."""

import asyncio
import contextlib
import json
import sys
import time
from itertools import cycle, islice
from urllib.parse import urlsplit

from domain.record import Record
from sandbox.bigcommerce.signing import Signing, signature_headers

_ANSWER_WITHIN_SECONDS = 10.0


class Wave(Record):
    """What is to be sent: `count` webhooks over the orders in turn, `rate` a second."""

    name: str
    destination: str
    secret: str
    producer: str
    orders: tuple[str, ...]
    rate: float
    count: int


class Told(Record):
    """One webhook and its answer; without a `status` none came. Times in seconds of the clock."""

    order_id: str
    sent_at: float
    status: int | None
    seconds: float  # from the moment it was due, so that a late sender flatters nobody


class _Connection:
    """One kept-alive HTTP connection; as little work for each request as possible."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, request: bytes) -> int:
        """Send a request and read its whole answer; return the status."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
        await self._reader.readexactly(int(length or b"0"))
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        self._writer.close()


class Sender:
    """Sends a wave. It never waits for an answer before it sends the next webhook."""

    def __init__(self, wave: Wave) -> None:
        self._wave = wave
        self._at = urlsplit(wave.destination)
        self._idle: list[_Connection] = []
        self._answers = asyncio.Semaphore(0)

    async def run(self) -> list[Told]:
        """Send everything at its time and return the answers, in the order of sending."""
        wave = self._wave
        began = time.monotonic()
        orders = islice(cycle(wave.orders), wave.count)
        async with asyncio.TaskGroup() as group:
            tasks: list[asyncio.Task[Told]] = []
            for number, order in enumerate(orders):
                due = began + number / wave.rate
                if (ahead := due - time.monotonic()) > 0:
                    await asyncio.sleep(ahead)
                tasks.append(group.create_task(self._tell(order, number, due)))
        for connection in self._idle:
            connection.close()
        return [task.result() for task in tasks]

    async def answered(self, count: int) -> None:
        """Wait until so many were answered since the start, or since this was last asked."""
        for _ in range(count):
            await self._answers.acquire()

    async def _tell(self, order: str, number: int, due: float) -> Told:
        sent_at = time.time()
        status = None
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                status = await self._post(self._request(order, number))
                self._answers.release()
        return Told(order_id=order, sent_at=sent_at, status=status, seconds=time.monotonic() - due)

    async def _post(self, request: bytes) -> int:
        connection = self._idle.pop() if self._idle else await self._connected()
        try:
            status = await connection.post(request)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return status

    async def _connected(self) -> _Connection:
        return _Connection(
            *await asyncio.open_connection(self._at.hostname or "", self._at.port or 80)
        )

    def _request(self, order: str, number: int) -> bytes:
        now = int(time.time())
        content = {
            "scope": "store/order/updated",
            "store_id": "1025646",
            "data": {"type": "order", "id": int(order)},
            "hash": f"{number:040x}",
            "created_at": now,
            "producer": self._wave.producer,
        }
        body = json.dumps(content, separators=(",", ":")).encode()
        headers = signature_headers(
            Signing.STANDARD, self._wave.secret, f"msg_{self._wave.name}_{number:08d}", now, body
        )
        lines = [
            f"POST {self._at.path} HTTP/1.1",
            f"host: {self._at.netloc}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def send(wave: Wave, *, begun: asyncio.Event | None = None) -> list[Told]:
    """Send a wave from a process of its own, which shares no event loop with what it measures.

    `begun` is set when the first webhook is about to leave.

    Raises:
        RuntimeError: the process ended otherwise than well.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(wave.model_dump_json().encode())
        process.stdin.close()
        await process.stdout.readline()
        if begun is not None:
            begun.set()
        answers = await process.stdout.read()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"the sender of the webhooks ended with {process.returncode}")
    return [Told.model_validate(each) for each in json.loads(answers)]


def main() -> None:
    """Read a wave from standard input; write a line when it begins, and in the end the answers."""
    wave = Wave.model_validate_json(sys.stdin.read())
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    told = asyncio.run(Sender(wave).run())
    sys.stdout.write(json.dumps([each.model_dump() for each in told]))


if __name__ == "__main__":
    main()
