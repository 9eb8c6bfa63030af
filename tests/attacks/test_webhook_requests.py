"""Attacks below the delivery: requests that no HTTP library would send."""

import pytest

from tests.support.door import HINT_SECRET, Door, order_body, signed

pytestmark = pytest.mark.usefixtures("bystander")

SMUGGLED = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


def head(door: Door, *lines: bytes) -> bytes:
    first = [f"POST {door.path} HTTP/1.1".encode(), b"host: x"]
    return b"\r\n".join([*first, *lines, b"", b""])


def statuses(answers: bytes) -> list[bytes]:
    return [part.split(b" ")[0] for part in answers.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((b"content-length: 5", b"transfer-encoding: chunked"), id="CL.TE"),
        pytest.param((b"transfer-encoding: chunked", b"content-length: 5"), id="TE.CL"),
        pytest.param((b"Content-Length: 0", b"TRANSFER-ENCODING: chunked"), id="in any case"),
        pytest.param((b"content-length: 5", b"content-length: 6"), id="two lengths"),
        pytest.param((b"content-length: 5, 6",), id="two lengths in one header"),
        pytest.param((b"transfer-encoding: chunked", b"transfer-encoding: x"), id="two codings"),
        pytest.param((b"transfer-encoding: xchunked",), id="a coding unheard of"),
        pytest.param((b"transfer-encoding : chunked",), id="a space before the colon"),
        pytest.param((b"transfer-encoding: \x0bchunked",), id="a control character"),
        pytest.param((b"transfer-encoding:\r\n chunked", b"content-length: 5"), id="folded"),
        pytest.param((b"x: y\rtransfer-encoding: chunked",), id="a bare CR"),
        pytest.param((b"x: y\0",), id="a NUL"),
        pytest.param((b"no colon",), id="no colon"),
        pytest.param((b": no name",), id="no name"),
    ],
)
async def test_smuggling_by_a_length_that_two_servers_read_differently(
    door: Door, lines: tuple[bytes, ...]
) -> None:
    answers = await door.raw(head(door, *lines) + b"0\r\n\r\n" + SMUGGLED)
    assert statuses(answers) == [b"400"]
    secret = f"x-tillbridge-token: {HINT_SECRET}".encode()
    told = head(door, secret, *lines).replace(door.path.encode(), door.hint_path.encode())
    assert statuses(await door.raw(told + b"0\r\n\r\n" + SMUGGLED)) == [b"400"]
    assert (door.taken.by("main"), door.woken.pushes) == ([], [])


@pytest.mark.parametrize("size", [b"-1", b"0x5", b"g", b"", b"1" * 40, b"5 5"])
async def test_smuggling_by_a_chunk_size_that_is_none(door: Door, size: bytes) -> None:
    request = head(door, b"transfer-encoding: chunked") + size + b"\r\n{}\r\n0\r\n\r\n"
    assert statuses(await door.raw(request + SMUGGLED))[:1] == [b"400"]


async def test_smuggling_in_the_body_of_a_request_that_has_none(door: Door) -> None:
    request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    assert statuses(await door.raw(request % len(SMUGGLED) + SMUGGLED)) == [b"200"]


async def test_smuggling_behind_a_body_declared_too_large(door: Door) -> None:
    request = head(door, b"content-length: 65537") + SMUGGLED
    assert statuses(await door.raw(request)) == [b"413"]


async def test_smuggling_behind_a_compressed_body(door: Door) -> None:
    request = head(door, b"content-encoding: gzip", b"content-length: 5") + b"12345" + SMUGGLED
    assert statuses(await door.raw(request)) == [b"415"]


async def test_a_chunked_delivery_is_no_attack(door: Door) -> None:
    body = order_body()
    lines = [f"{name}: {value}".encode() for name, value in signed(body).items()]
    chunks = b"%x;ext=1\r\n%b\r\n1\r\n%b\r\n0\r\ntrailer: x\r\n\r\n" % (
        len(body) - 1,
        body[:-1],
        body[-1:],
    )
    request = head(door, b"connection: close", b"transfer-encoding: chunked", *lines) + chunks
    assert statuses(await door.raw(request)) == [b"200"]
    assert door.taken.by("main") == ["250"]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((b"x: " + b"y" * 100_000,), id="one of 100 KB"),
        pytest.param((b"x" * 100_000 + b": y",), id="one with a name of 100 KB"),
        pytest.param(tuple(b"x%d: y" % n for n in range(20_000)), id="20,000 of them"),
        pytest.param((b"cookie: " + b"a=b; " * 20_000,), id="cookies"),
    ],
)
async def test_oversized_headers(door: Door, lines: tuple[bytes, ...]) -> None:
    answers = await door.pushed(head(door, *lines, b"content-length: 0"))
    assert statuses(answers) == [b"400"]


async def test_a_chunk_that_is_all_extension(door: Door) -> None:
    request = head(door, b"transfer-encoding: chunked") + b"1;" + b"x" * 100_000 + b"\r\n"
    assert statuses(await door.pushed(request))[:1] == [b"400"]


async def test_trailers_without_end(door: Door) -> None:
    request = head(door, b"transfer-encoding: chunked") + b"0\r\n" + b"a: b\r\n" * 20_000
    assert statuses(await door.pushed(request))[:1] == [b"400"]


async def test_a_query_of_100_kilobytes(door: Door) -> None:
    request = f"POST {door.path}?{'a=b&' * 25_000} HTTP/1.1\r\nhost: x\r\n\r\n".encode()
    assert statuses(await door.pushed(request)) == [b"400"]


async def test_a_query_is_not_looked_at(door: Door) -> None:
    query = "?" + "&".join(["connection=other", "path_secret=x", "%00=%ff", "a[]=1"] * 100)
    assert (await door.post(order_body(), path=door.path + query)).status_code == 200
    assert door.taken.by("main") == ["250"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, id="TLS"),
        pytest.param(b"\r\n" * 50 + b"\0\xff" * 50 + b"\r\n\r\n", id="noise"),
        pytest.param(b"GET /healthz\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", id="two hosts"),
        pytest.param("GET /größe HTTP/1.1\r\nhost: x\r\n\r\n".encode(), id="a path not ASCII"),
        pytest.param(b"GET  /healthz HTTP/1.1\r\nhost: x\r\n\r\n", id="two spaces"),
        pytest.param(b"G\0T /healthz HTTP/1.1\r\nhost: x\r\n\r\n", id="a method with a NUL"),
        pytest.param(b"EHLO example.com\r\nMAIL FROM:<a@b>\r\n\r\n", id="mail"),
    ],
)
async def test_what_is_no_http_1_request(door: Door, request_bytes: bytes) -> None:
    assert statuses(await door.raw(request_bytes)) == [b"400"]


async def test_http_2_is_not_spoken(door: Door) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
    assert statuses(await door.raw(preface)) == [b"404", b"400"]


async def test_an_upgrade_to_another_protocol_is_not_made(door: Door) -> None:
    for protocol in (b"websocket", b"h2c"):
        request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: "
        answers = await door.raw(request + protocol + b"\r\nsec-websocket-key: eA==\r\n\r\n")
        assert statuses(answers) == [b"200"]


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
)
async def test_any_method_but_post_delivers_nothing_and_tells_nothing(
    door: Door, method: str
) -> None:
    body = order_body()
    right = await door.http.request(method, door.path, content=body, headers=signed(body))
    wrong = await door.http.request(method, "/webhooks/a/b", content=body, headers=signed(body))
    assert (right.status_code, right.headers["allow"], right.content) == (
        405,
        "POST",
        wrong.content,
    )
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert "access-control-allow-origin" not in right.headers
    assert door.taken.by("main") == []


@pytest.mark.parametrize("target", [b"example.com:443", b"*", b"http://example.com/healthz"])
async def test_the_service_is_nobodys_proxy(door: Door, target: bytes) -> None:
    method = b"CONNECT" if b":443" in target else b"OPTIONS" if target == b"*" else b"GET"
    line = method + b" " + target + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert statuses(await door.raw(line)) == [b"404"]
