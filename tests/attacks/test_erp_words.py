"""Attacks by SYSPRO's words: errors too long, made to stall a pattern, or quoting our secrets."""

from time import monotonic

import pytest

from connectors.errors import OutsideFailure
from connectors.syspro.profile import BusinessObject
from tests.support.hostile import OPERATOR_PASSWORD, TOKEN, Hostile, hostile_enet

ERRORS = {
    "20 MB of an error": b"ERROR: " + b"A" * 20_000_000,
    "a text that a pattern with two parts stalls on": b"ERROR: " + b"period " * 500_000,
    "the same for the session pattern": b"ERROR: " + b"session " * 500_000,
    "a described error of 60,000 characters": (
        b"<a><i><ErrorNumber>1</ErrorNumber><ErrorDescription>"
        + b"period " * 8_000
        + b"</ErrorDescription></i></a>"
    ),
    "a thousand errors": (
        b"<a>"
        + b"<i><ErrorNumber>1</ErrorNumber><ErrorDescription>no</ErrorDescription></i>" * 1_000
        + b"</a>"
    ),
    "an error number of 60,000 digits": (
        b"<a><i><ErrorNumber>" + b"7" * 60_000 + b"</ErrorNumber></i></a>"
    ),
    "a counter of 60,000 digits": b"<a><ItemsInvalid>" + b"7" * 60_000 + b"</ItemsInvalid></a>",
}


@pytest.mark.parametrize("body", ERRORS.values(), ids=ERRORS.keys())
async def test_it_becomes_one_sentence_at_once(body: bytes) -> None:
    before = monotonic()
    async with hostile_enet(Hostile(body)) as client:
        with pytest.raises(OutsideFailure) as raised:
            await client.query(BusinessObject.FIND, "<Query/>")
    assert monotonic() - before < 30
    assert len(str(raised.value)) < 3_000


@pytest.mark.parametrize("secret", [OPERATOR_PASSWORD, TOKEN])
@pytest.mark.parametrize("before", [0, 390, 4_080], ids=["at once", "late", "across the cut"])
async def test_an_error_that_quotes_a_secret_does_not_show_it(secret: str, before: int) -> None:
    said = f"ERROR: {'x ' * (before // 2)}{secret} is not good"
    async with hostile_enet(Hostile(said.encode())) as client:
        with pytest.raises(OutsideFailure) as raised:
            await client.post(BusinessObject.AR_INVOICE, "", "<a/>")
    assert secret not in str(raised.value)
    assert secret[:12] not in str(raised.value)
