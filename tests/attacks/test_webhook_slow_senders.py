"""Attacks by patience: connections that never finish a request must not take anybody's place."""

import asyncio
import contextlib
import time
from typing import Any

import httpx
import pytest

from starters.webhooks import app, connection, notifications
from tests.support.door import HINT_SECRET, Door, Mounted

pytestmark = pytest.mark.usefixtures("bystander")

HEAD = b"POST /webhooks/main/x HTTP/1.1\r\nhost: x\r\n"


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits as they are, in a tenth of the time."""
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(connection, "CROWDED_PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(app, "_BODY_SECONDS", 0.5)
    monkeypatch.setattr(notifications, "_BODY_SECONDS", 0.5)


class Sender:
    """A connection of which one byte goes out now and then, and what comes back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def dawdle(self, first: bytes, byte: bytes, every_seconds: float = 0.05) -> bytes:
        """Send until the service closes the connection; return what it had answered."""
        self._writer.write(first)
        answered = asyncio.create_task(self._answer())
        with contextlib.suppress(ConnectionError):
            while not answered.done():
                self._writer.write(byte)
                await self._writer.drain()
                await asyncio.wait([answered], timeout=every_seconds)
        self._writer.close()
        return await answered

    async def _answer(self) -> bytes:
        answer = bytearray()
        # A byte sent after the end resets the connection, but what had come until then has come.
        with contextlib.suppress(ConnectionError):
            while part := await self._reader.read(4096):
                answer += part
        return bytes(answer)

    def hang_up(self) -> None:
        self._writer.transport.abort()


async def sender(door: Door) -> Sender:
    return Sender(*await asyncio.open_connection("127.0.0.1", door.port))


async def test_a_connection_that_never_says_anything(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()


async def test_a_head_that_comes_byte_by_byte(door: Door) -> None:
    async with asyncio.timeout(20):
        assert await (await sender(door)).dawdle(HEAD, b"x") == b""


async def test_a_head_of_endless_little_headers(door: Door) -> None:
    async with asyncio.timeout(20):
        assert await (await sender(door)).dawdle(HEAD, b"a: b\r\n") == b""


async def test_a_second_request_that_dawdles_where_the_first_was_quick(door: Door) -> None:
    quick = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    async with asyncio.timeout(20):
        answer = await (await sender(door)).dawdle(quick + HEAD, b"x")
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_body_that_comes_byte_by_byte(door: Door) -> None:
    head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n".encode()
    async with asyncio.timeout(20):
        answer = await (await sender(door)).dawdle(head, b"x")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_notification_s_body_that_comes_byte_by_byte(door: Door) -> None:
    lines = ["host: x", f"x-tillbridge-token: {HINT_SECRET}", "content-length: 1000", "", ""]
    head = "\r\n".join([f"POST {door.hint_path} HTTP/1.1", *lines]).encode()
    async with asyncio.timeout(20):
        answer = await (await sender(door)).dawdle(head, b"x")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert door.woken.pushes == []


async def test_a_body_that_goes_on_for_ever_after_its_refusal(door: Door) -> None:
    head = HEAD + b"transfer-encoding: chunked\r\n\r\n"
    async with asyncio.timeout(20):
        answer = await (await sender(door)).dawdle(head, b"1\r\nx\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_a_body_that_ends_after_its_refusal_does_not_keep_the_connection(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(HEAD + b"content-length: 2\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 404 ")
    writer.write(b"{}")
    await asyncio.wait_for(reader.read(), 20)
    writer.close()


async def test_a_promise_to_send_a_body_once_told_to_continue(door: Door) -> None:
    head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n".encode()
    async with asyncio.timeout(20):
        answer = await door.raw(head + b"content-length: 10\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 100 ")
    assert b"HTTP/1.1 408 " in answer


async def test_a_crowd_of_slow_senders_gets_less_time_each(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 30.0)
    monkeypatch.setattr(connection, "CROWD", 100)
    senders = [await sender(door) for _ in range(150)]
    began = time.monotonic()
    dawdling = [asyncio.create_task(one.dawdle(HEAD, b"x", 0.5)) for one in senders]
    try:
        async with asyncio.timeout(20):
            while sum(task.done() for task in dawdling) < 50:
                await asyncio.wait(
                    [task for task in dawdling if not task.done()],
                    return_when=asyncio.FIRST_COMPLETED,
                )
    finally:
        for task in dawdling:
            task.cancel()
        await asyncio.wait(dawdling)
        for one in senders:
            one.hang_up()
    assert time.monotonic() - began < 20


async def test_in_a_crowd_no_connection_is_kept_after_its_answer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CROWD", 0)
    answer = await door.raw(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in answer


async def test_a_megabyte_of_one_byte_chunks_is_parsed_while_others_are_served(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 30.0)
    chunks = HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 150_000
    last = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    parsing = asyncio.create_task(door.pushed(chunks + last))
    served_meanwhile = 0
    while not parsing.done():
        await door.http.get("/healthz")
        served_meanwhile += 1
    answers = await parsing
    assert [line.split(b" ")[0] for line in answers.split(b"HTTP/1.1 ")[1:]] == [b"404", b"200"]
    assert served_meanwhile > 5  # in quarter-second pieces it is two, sliced about fifteen


async def test_thousands_of_requests_down_one_connection_wait_their_turn(
    door: Door, address: tuple[Mounted, int, httpx.AsyncClient]
) -> None:
    mounted, answered = address[0], 0
    service = mounted.app

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        nonlocal answered
        await service(scope, receive, send)
        answered += 1

    mounted.app = counting
    pipelined = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 2_000
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(pipelined)
    assert (await door.http.get("/healthz")).status_code == 200
    assert answered < 1_000
    writer.transport.abort()
    await reader.read()


async def test_a_sender_that_hangs_up_in_the_middle_of_everything(door: Door) -> None:
    head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n".encode()
    for cut in range(0, len(head) + 5, 7):
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write((head + b"12345")[:cut])
        await writer.drain()
        writer.transport.abort()
    assert door.taken.by("main") == []
