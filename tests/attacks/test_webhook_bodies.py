"""Attacks by what a delivery carries: nothing of it may cost memory, time, or another's delivery.

A body is judged only once its sender has proved to be the store, so most of these are signed, as
if the store itself had gone mad; what it sends is then answered 200, lest it block-list the host.
"""

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import Callable

import pytest

from starters.webhooks.app import BODY_LIMIT_BYTES
from tests.support.door import HINT_SECRET, Door, order_body, signed

pytestmark = pytest.mark.usefixtures("bystander")


def padded(size: int) -> bytes:
    """A genuine event of exactly so many bytes."""
    body = order_body(250, padding="")
    return order_body(250, padding="x" * (size - len(body)))


def with_id(written: bytes) -> bytes:
    return b'{"scope":"store/order/created","data":{"id":' + written + b"}}"


async def test_a_body_of_0_bytes_unsigned(door: Door) -> None:
    assert (await door.post(b"", {})).status_code == 401


async def test_a_body_of_0_bytes_signed(door: Door) -> None:
    assert (await door.post(b"")).status_code == 200
    assert door.taken.by("main") == []


async def test_a_body_of_exactly_64_kilobytes_is_an_event_like_any_other(door: Door) -> None:
    assert (await door.post(padded(BODY_LIMIT_BYTES))).status_code == 200
    assert door.taken.by("main") == ["250"]


async def test_a_body_of_64_kilobytes_and_one_byte(door: Door) -> None:
    assert (await door.post(padded(BODY_LIMIT_BYTES + 1))).status_code == 413
    assert door.taken.by("main") == []


async def test_10_megabytes_declared_are_refused_before_they_come(door: Door) -> None:
    head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\ncontent-length: {10 * 1024**2}\r\n\r\n"
    assert (await door.raw(head.encode())).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("whose", ["store", "erp"])
async def test_10_megabytes_in_chunks_are_cut_off_at_the_limit(door: Door, whose: str) -> None:
    path = door.path if whose == "store" else door.hint_path
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    answer = asyncio.create_task(reader.readline())
    writer.write(f"POST {path} HTTP/1.1\r\nhost: x\r\n".encode())
    writer.write(f"x-tillbridge-token: {HINT_SECRET}\r\n".encode())
    writer.write(b"transfer-encoding: chunked\r\n\r\n")
    sent = 0
    with contextlib.suppress(ConnectionResetError):  # closed behind the answer
        while not answer.done() and sent < 10 * 1024**2:
            writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            await writer.drain()
            sent += 0x4000
            await asyncio.wait({answer}, timeout=0.001)
    assert (await asyncio.wait_for(answer, 30)).startswith(b"HTTP/1.1 413 ")
    assert sent < 10 * 1024**2
    writer.close()


async def test_10_megabytes_to_a_path_that_does_not_exist(door: Door) -> None:
    answer = await door.post(b"x" * 10 * 1024**2, {}, path="/webhooks/main/not-the-path-secret")
    assert answer.status_code == 404


@pytest.mark.parametrize("length", [b"-1", b"+5", b"5x", b"0x5", b"1" * 30, "٥".encode(), b"5, 6"])
async def test_a_length_that_is_no_length(door: Door, length: bytes) -> None:
    head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\ncontent-length: ".encode() + length
    assert (await door.raw(head + b"\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_a_body_that_breaks_off(door: Door) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"POST {door.path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert door.taken.by("main") == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "identity, gzip", "x-zip"])
async def test_a_gzip_bomb_is_refused_without_being_unpacked(door: Door, encoding: str) -> None:
    bomb = gzip.compress(b"0" * 10 * 1024**2)
    assert len(bomb) < BODY_LIMIT_BYTES
    assert (await door.post(bomb, {"content-encoding": encoding})).status_code == 415


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_a_gzip_bomb_that_does_not_say_so_is_bytes_that_prove_nothing(
    door: Door, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b"0" * 10 * 1024**2)
    assert (await door.post(bomb, signed(b"{}"))).status_code == 401


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, chunked", b"chunked, gzip", b"deflate"])
async def test_a_gzip_bomb_as_transfer_encoding(door: Door, coding: bytes) -> None:
    head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: ".encode() + coding
    answer = await door.raw(head + b"\r\n\r\n" + gzip.compress(b"0" * 1024**2))
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 10_000 + b"]" * 10_000, id="lists"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, id="objects"),
        pytest.param(b'[{"a":' * 5_000, id="both, never closed"),
        pytest.param(with_id(b"[" * 10_000 + b"]" * 10_000), id="in the place of an id"),
        pytest.param(
            b'{"scope":"store/order/created","data":' + b'{"data":' * 6_000 + b"1" + b"}" * 6_001,
            id="in data",
        ),
    ],
)
async def test_json_10_000_levels_deep(door: Door, body: bytes) -> None:
    assert (await door.post(body)).status_code == 200
    assert door.taken.by("main") == []


async def test_duplicate_keys_name_the_same_record_to_everybody_the_last_one(door: Door) -> None:
    body = b'{"scope":"x","scope":"store/order/created","data":{"id":1},"data":{"id":2,"id":3}}'
    assert (await door.post(body)).status_code == 200
    assert door.taken.by("main") == ["3"]


@pytest.mark.parametrize(
    "number",
    [b"1e999999", b"-1e999999", b"1e-999999", b"1" * 60_000, b"0." + b"9" * 60_000, b"NaN",
     b"Infinity", b"9223372036854775808000", b"1E400", b'"' + b"1" * 60_000 + b'"'],
    ids=lambda number: number[:12].decode(),
)  # fmt: skip
async def test_a_huge_number_as_id_or_time(door: Door, number: bytes) -> None:
    assert (await door.post(with_id(number))).status_code == 200
    assert door.taken.by("main") == []
    timed = b'{"scope":"store/order/created","data":{"id":7},"created_at":' + number + b"}"
    assert (await door.post(timed)).status_code == 200
    assert set(door.taken.by("main")) <= {"7"}


async def test_a_number_of_a_million_digits(door: Door) -> None:
    answer = await door.pushed(door.raw_request(with_id(b"9" * 10**6)))
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", with_id(b'"2\xc0\xb250"'), with_id(b'"\xed\xa0\x80"'), b"\xef\xbf", b"\x80" * 99],
    ids=["a mark of UTF-16", "overlong", "a surrogate", "cut off", "stray bytes"],
)
async def test_invalid_utf8(door: Door, body: bytes) -> None:
    assert (await door.post(body, signed(b"{}"))).status_code == 401
    assert door.taken.by("main") == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\0", id="alone"),
        pytest.param(order_body() + b"\0", id="after the end"),
        pytest.param(b'{"scope":"store/order/created\0","data":{"id":250}}', id="raw"),
        pytest.param(b'{"scope":"store/order/created\\u0000","data":{"id":250}}', id="in scope"),
        pytest.param(with_id(b'"250\\u0000"'), id="in an id"),
        pytest.param(order_body().decode().encode("utf-16-le"), id="of another encoding"),
    ],
)
async def test_nul_bytes(door: Door, body: bytes) -> None:
    assert (await door.post(body)).status_code == 200
    assert door.taken.by("main") == []


@pytest.mark.parametrize(
    "body",
    [b"{", b"null", b"5", b'"x"', b'{"scope":"\\ud800","data":{}}', b'{"scope":[],"data":{"id":1}}',
     b'{"scope":"store/order/created","data":[]}', b'\xef\xbb\xbf{"scope":1}', b"<xml/>"],
    ids=lambda body: repr(body)[2:-1],
)  # fmt: skip
async def test_what_is_signed_but_no_event(door: Door, body: bytes) -> None:
    assert (await door.post(body)).status_code == 200
    assert door.taken.by("main") == []
