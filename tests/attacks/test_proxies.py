"""Attacks by the environment: who names a proxy there gets to see neither secret nor document."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.errors import Unavailable
from connectors.network import network, trusting
from connectors.transport import Effect, Transport
from sandbox.serving import StandInServer
from tests.support.hostile import ODATA_PASSWORD, Hostile, enet_of, odata_of

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Proxy:
    """A proxy that notes what it is shown and lets nothing through."""

    def __init__(self) -> None:
        self.seen = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for name in NAMES:
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    yield proxy
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def ask(url: str) -> AsyncIterator[None]:
    transport = Transport(system="SYSTEM", headers={"X-Auth-Token": "pl4nted"})
    try:
        with pytest.raises(Unavailable):
            await transport.send(
                "GET", f"{url}/x?OperatorPassword=pl4nted", operation="ask", effect=Effect.READ
            )
        yield
    finally:
        await transport.aclose()


async def test_a_system_on_this_machine_is_never_asked_through_a_proxy(proxy: Proxy) -> None:
    honest = Hostile(b"8.0")
    async with StandInServer(honest) as server, enet_of(server.base_url) as client:
        assert await client.version() == "8.0"
    assert proxy.seen == b""
    assert honest.asked


async def test_over_tls_a_proxy_sees_the_hosts_name_and_nothing_more(proxy: Proxy) -> None:
    async with ask("https://erp.example.com"):
        assert proxy.seen.startswith(b"CONNECT erp.example.com:443 HTTP/1.1\r\n")
        assert b"pl4nted" not in proxy.seen
        assert b"OperatorPassword" not in proxy.seen


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1:1", "https://localhost:1", "https://127.0.0.3:1", "https://[::1]:1"],
)
async def test_what_is_in_the_clear_or_on_this_machine_goes_direct(url: str, proxy: Proxy) -> None:
    transport = Transport(system="SYSTEM")
    with pytest.raises(Unavailable):
        async with asyncio.timeout(30):
            await transport.send("GET", url, operation="ask", effect=Effect.READ, read_seconds=0.2)
    await transport.aclose()
    assert proxy.seen == b""


@pytest.mark.parametrize("exempt", ["erp.internal", ".internal", "*"])
async def test_a_host_that_is_exempt_is_not_asked_through_the_proxy(
    exempt: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", exempt)
    async with ask("https://erp.internal:1"):
        assert proxy.seen == b""


async def test_credentials_lying_about_in_netrc_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password pl4nted\n")
    monkeypatch.setenv("NETRC", str(netrc))
    honest = Hostile(b"8.0")
    async with StandInServer(honest) as server, enet_of(server.base_url) as client:
        await client.version()
    assert "authorization" not in honest.asked[0].headers


async def test_basic_credentials_go_to_odata_and_to_nobody_else(proxy: Proxy) -> None:
    rows = Hostile(b'{"value": []}', headers={"content-type": "application/json"})
    async with StandInServer(rows) as server, odata_of(server.base_url) as client:
        await client.select("ArCustomer", ("Customer",), where=(), order_by=("Customer",))
    assert rows.asked[0].headers["authorization"].startswith("Basic ")
    assert ODATA_PASSWORD not in rows.asked[0].everything  # encoded, as the standard has it
    assert proxy.seen == b""


@pytest.mark.parametrize("named", ["socks5://127.0.0.1:1080", "ftp://127.0.0.1"])
def test_a_proxy_of_another_kind_is_refused_by_name(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", named)
    monkeypatch.delenv("https_proxy", raising=False)
    with pytest.raises(ValueError, match="HTTPS_PROXY"):
        network(verify=trusting(None))
