"""Attacks on the wire: whoever shows a certificate that we cannot trust is told nothing."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.bigcommerce.connector import bigcommerce
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.breaker import Breaker
from connectors.errors import OutsideFailure, Unavailable
from connectors.syspro.profile import BusinessObject
from connectors.transport import Effect, Transport
from sandbox.serving import StandInServer
from tests.support.certificates import ELSEWHERE, HERE, Certificate, certificate, served_with
from tests.support.hostile import ACCESS_TOKEN, Hostile, enet_of, odata_of

AUTHORITY = certificate(authority=True)
SELF_SIGNED = certificate(HERE)
OURS = certificate(HERE, issuer=AUTHORITY)

Call = Callable[[str, Path | None], Awaitable[object]]


async def ask_enet(url: str, ca_file: Path | None) -> None:
    async with enet_of(url, ca_file=ca_file) as client:
        await client.query(BusinessObject.FIND, "<Query/>")


async def post_to_enet(url: str, ca_file: Path | None) -> None:
    async with enet_of(url, ca_file=ca_file) as client:
        await client.post(BusinessObject.AR_INVOICE, "", "<PostArInvoices/>")


async def ask_odata(url: str, ca_file: Path | None) -> None:
    async with odata_of(url, ca_file=ca_file) as client:
        await client.select("ArCustomer", ("Customer",), where=(), order_by=("Customer",))


async def ask_bigcommerce(url: str, ca_file: Path | None) -> None:
    settings = {"api_url": url, "store_hash": "abc123", "access_token": ACCESS_TOKEN}
    store = bigcommerce(BigCommerceSettings.model_validate({**settings, "ca_file": ca_file}))
    try:
        await store.order("1")
    finally:
        await store.aclose()


CALLS: dict[str, Call] = {
    "a question to SYSPRO": ask_enet,
    "a posting to SYSPRO": post_to_enet,
    "a question to SYSPRO OData": ask_odata,
    "a question to BigCommerce": ask_bigcommerce,
}
UNTRUSTED: dict[str, tuple[Certificate, str]] = {
    "self-signed": (SELF_SIGNED, "self-signed certificate.*`ca_file`"),
    "signed by a stranger": (
        certificate(HERE, issuer=certificate(authority=True, title="Somebody else")),
        "local issuer certificate.*`ca_file`",
    ),
    "signed by a stranger under our authority's name": (
        certificate(HERE, issuer=certificate(authority=True)),
        "`ca_file`",
    ),
    "expired": (certificate(HERE, issuer=AUTHORITY, days=-1), "expired.*renewed"),
    "for another host": (certificate(ELSEWHERE, issuer=AUTHORITY), "not valid for '127.0.0.1'"),
    "for no host": (certificate(issuer=AUTHORITY), "not valid for '127.0.0.1'"),
}


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    return AUTHORITY.write(tmp_path / "authority.pem")


@pytest.mark.parametrize("call", [ask_enet, ask_bigcommerce], ids=["the ERP's", "the store's"])
@pytest.mark.parametrize(("shown", "said"), UNTRUSTED.values(), ids=UNTRUSTED.keys())
async def test_nothing_is_sent_and_the_certificate_is_named(
    call: Call, shown: Certificate, said: str, ca_file: Path, tmp_path: Path
) -> None:
    hostile = Hostile(b"<ArCustomer/>")
    async with served_with(shown, hostile, tmp_path) as url:
        with pytest.raises(Unavailable, match=f"certificate at 127.0.0.1.*{said}"):
            await call(url, ca_file)
    assert hostile.asked == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_without_the_authority_its_certificate_is_refused_and_with_it_taken(
    call: Call, ca_file: Path, tmp_path: Path
) -> None:
    honest = Hostile(b"<ArCustomer/>")
    async with served_with(OURS, honest, tmp_path) as url:
        with pytest.raises(Unavailable, match="`ca_file`"):
            await call(url, None)
        assert honest.asked == []
        with suppress(OutsideFailure):  # the answer says nothing; that there is one will do
            await call(url, ca_file)
    assert honest.asked


async def test_a_self_signed_certificate_may_be_named_itself(tmp_path: Path) -> None:
    honest = Hostile(b"8.0")
    named = SELF_SIGNED.write(tmp_path / "erp.pem")
    async with (
        served_with(SELF_SIGNED, honest, tmp_path) as url,
        enet_of(url, ca_file=named) as client,
    ):
        assert await client.version() == "8.0"


@pytest.mark.parametrize("content", ["", "no certificate", None], ids=["empty", "text", "absent"])
def test_a_ca_file_that_holds_no_certificate_is_named(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match=rf"ca_file {file}"):
        Transport(system="SYSPRO", ca_file=file)


async def test_the_breaker_does_not_hide_the_certificate_behind_its_own_sentence(
    ca_file: Path, tmp_path: Path
) -> None:
    async with served_with(SELF_SIGNED, Hostile(), tmp_path) as url:
        transport = Transport(system="SYSPRO", breaker=Breaker(failures=2), ca_file=ca_file)
        for _ in range(4):
            with pytest.raises(Unavailable, match="self-signed certificate"):
                await transport.send("GET", url, operation="ask", effect=Effect.READ)
        await transport.aclose()


async def test_an_address_that_speaks_no_tls_is_told_nothing(tmp_path: Path) -> None:
    hostile = Hostile(b"8.0")
    async with StandInServer(hostile) as server:
        url = server.base_url.replace("http://", "https://")
        async with enet_of(url) as client:
            with pytest.raises(Unavailable):
                await client.version()
    assert hostile.asked == []
