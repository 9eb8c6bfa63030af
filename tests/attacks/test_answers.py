"""Attacks by the answer itself: without end, packed tight, drop by drop, or leading elsewhere."""

import asyncio
import gzip
import resource
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest

from connectors.bigcommerce.connector import bigcommerce
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.errors import OutcomeUnknown, Rejected, Unavailable
from connectors.syspro.profile import BusinessObject
from connectors.transport import Effect, Timeouts, Transport
from sandbox.asgi import Receive, Scope, Send
from sandbox.serving import StandInServer
from tests.support.hostile import (
    ACCESS_TOKEN,
    ODATA_PASSWORD,
    OPERATOR_PASSWORD,
    TOKEN,
    Hostile,
    enet_of,
    hostile_enet,
    odata_of,
)

MEGABYTE = 1024 * 1024
MOST_KILOBYTES = 400 * 1024
CREDENTIALS = (OPERATOR_PASSWORD, ODATA_PASSWORD, ACCESS_TOKEN, TOKEN, "Basic ")


@asynccontextmanager
async def transport_to(server: StandInServer, **settings: Any) -> AsyncIterator[Transport]:
    transport = Transport(system="SYSTEM", base_url=server.base_url, **settings)
    try:
        yield transport
    finally:
        await transport.aclose()


async def ask(transport: Transport, effect: Effect = Effect.READ) -> bytes:
    answer = await transport.send("GET", "/x", operation="ask", effect=effect)
    return answer.content


def a_gigabyte() -> Iterable[bytes]:
    part = b" " * MEGABYTE
    return (part for _ in range(1024))


def packed(megabytes: int) -> bytes:
    return gzip.compress(b" " * MEGABYTE * megabytes)


ENDLESS = {
    "a gigabyte": Hostile(a_gigabyte),
    "a gzip bomb": Hostile(packed(500), headers={"content-encoding": "gzip"}),
    "a gzip bomb within a gzip bomb": Hostile(
        gzip.compress(packed(500)), headers={"content-encoding": "gzip, gzip"}
    ),
    "a packing that was not asked for": Hostile(b"x", headers={"content-encoding": "br"}),
    "a packing that is none": Hostile(b"no gzip", headers={"content-encoding": "gzip"}),
}


@pytest.mark.parametrize("hostile", ENDLESS.values(), ids=ENDLESS.keys())
async def test_no_more_of_an_answer_is_read_than_an_answer_can_have(hostile: Hostile) -> None:
    before, most = monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with StandInServer(hostile) as server, transport_to(server) as transport:
        with pytest.raises(Unavailable, match="no answer to ask"):
            await ask(transport)
        with pytest.raises(OutcomeUnknown, match="may have been applied"):
            await ask(transport, Effect.WRITE)
    assert monotonic() - before < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < MOST_KILOBYTES


async def test_an_answer_packed_as_asked_for_is_read() -> None:
    honest = Hostile(gzip.compress(b"well"), headers={"content-encoding": "gzip"})
    async with StandInServer(honest) as server, transport_to(server) as transport:
        assert await ask(transport) == b"well"
    assert honest.asked[0].headers["accept-encoding"] == "deflate, gzip"


async def test_a_header_beyond_ascii_is_no_obstacle() -> None:
    odd = Hostile(b"well", headers={"x-note": "gr\u00fc\u00dfe", "retry-after": "\u00b2"})
    async with StandInServer(odd) as server, transport_to(server) as transport:
        assert await ask(transport) == b"well"


async def drop_by_drop(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.05)


async def test_an_answer_that_comes_drop_by_drop_ends_with_the_time_out() -> None:
    patience = Timeouts(connect=0.2, read=0.3, write=0.2)
    async with (
        StandInServer(drop_by_drop) as server,
        transport_to(server, timeouts=patience) as transport,
    ):
        before = monotonic()
        with pytest.raises(Unavailable, match="Timeout"):
            await ask(transport)
        assert monotonic() - before < 30


def redirect(to: str, status: int = 302) -> Hostile:
    return Hostile(status=status, headers={"location": to})


async def ask_enet(url: str) -> None:
    async with enet_of(url) as client:
        await client.log_on()
        await client.query(BusinessObject.FIND, "<Query/>")


async def post_to_enet(url: str) -> None:
    async with enet_of(url, profile={"post_mode": "post-ld"}) as client:
        await client.post(BusinessObject.AR_INVOICE, "", "<PostArInvoices/>")


async def ask_odata(url: str) -> None:
    async with odata_of(url) as client:
        await client.select("ArCustomer", ("Customer",), where=(), order_by=("Customer",))


async def ask_bigcommerce(url: str) -> None:
    settings = {"api_url": url, "store_hash": "abc123", "access_token": ACCESS_TOKEN}
    store = bigcommerce(BigCommerceSettings.model_validate(settings))
    try:
        await store.order("1")
    finally:
        await store.aclose()


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (ask_enet, 302),
        (post_to_enet, 303),
        (post_to_enet, 307),
        (ask_odata, 301),
        (ask_bigcommerce, 302),
        (ask_bigcommerce, 308),
    ],
)
async def test_a_redirect_to_another_host_is_not_followed_and_says_where_it_leads(
    call: Any, status: int
) -> None:
    thief = Hostile()
    async with StandInServer(thief, host="127.0.0.2") as elsewhere:
        leads = redirect(f"{elsewhere.base_url}/steal?a=b", status)
        async with StandInServer(leads) as here:
            with pytest.raises(Rejected, match=rf"http://127.0.0.2 \(HTTP {status}\)") as raised:
                await call(here.base_url)
    assert thief.asked == []
    assert len(leads.asked) == 1
    assert raised.value.remedy
    said = f"{raised.value} {raised.value.remedy}"
    assert [secret for secret in (*CREDENTIALS, "steal", "a=b") if secret in said] == []


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("http://erp.example.com/", "http://erp.example.com"),
        ("//127.0.0.2/x", "http://127.0.0.2"),
        ("/login?UserId=" + TOKEN, "another path"),
        ("https://user:pass@evil.example.com/?q=" + TOKEN, "https://evil.example.com"),
        ("file:///etc/passwd", "another path"),
        ("https://" + "a" * 300 + ".example.com/", "aaaa"),
    ],
)
async def test_wherever_a_redirect_leads_its_path_and_query_are_not_quoted(
    to: str, said: str
) -> None:
    async with StandInServer(redirect(to)) as server, transport_to(server) as transport:
        with pytest.raises(Rejected) as raised:
            await ask(transport)
    assert said in str(raised.value)
    assert TOKEN not in str(raised.value)
    assert "pass" not in str(raised.value)
    assert len(str(raised.value)) < 300


async def test_a_redirect_to_nowhere_is_no_answer() -> None:
    async with StandInServer(redirect("http://[::1")) as server, transport_to(server) as transport:
        with pytest.raises(Unavailable):
            await ask(transport)


async def test_credentials_stay_with_the_known_host_when_odata_names_a_next_page_elsewhere() -> (
    None
):
    thief = Hostile()
    async with StandInServer(thief, host="127.0.0.2") as elsewhere:
        page = f'{{"value": [{{"Customer": "1"}}], "@odata.nextLink": "{elsewhere.base_url}/x"}}'
        here = Hostile(page.encode(), headers={"content-type": "application/json"})
        async with StandInServer(here) as server:
            with pytest.raises(Unavailable, match="read already"):
                await ask_odata(server.base_url)
    assert thief.asked == []
    assert len(here.asked) == 2


async def test_a_redirect_of_an_error_page_is_an_error_page() -> None:
    lost = Hostile(b"ERROR: no", status=200, headers={"location": "http://127.0.0.2/"})
    async with hostile_enet(lost) as client:
        assert await client.version() == "ERROR: no"
