"""Attacks by JSON: a store, or who sits before it, answers with documents meant to do harm."""

import json
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bigcommerce.connector import BigCommerce, bigcommerce
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.errors import OutcomeUnknown, Rejected, Throttled, Unavailable
from connectors.exact_json import NotExact, decode_json
from sandbox.serving import StandInServer
from tests.support.hostile import ACCESS_TOKEN, Hostile, enet_of, odata_of

JSON = {"content-type": "application/json"}
ORDER = {
    "id": 1,
    "status_id": 11,
    "date_created": "Tue, 05 Mar 2019 21:40:11 +0000",
    "default_currency_code": "USD",
    "total_inc_tax": "10.00",
}
REFUSED = {
    "10,000 levels of lists": b"[" * 10_000 + b"]" * 10_000,
    "10,000 levels of objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a million levels never closed": b"[" * 1_000_000,
    "1e999999": b'{"id": 1e999999}',
    "an exponent of many digits": b'{"id": 1e99999999999999999999}',
    "the smallest of numbers": b'{"id": 1e-999999}',
    "a zero with an exponent": b'{"id": 0e999999}',
    "a million digits": b'{"id": ' + b"9" * 1_000_000 + b"}",
    "a million decimals": b'{"id": 0.' + b"9" * 1_000_000 + b"}",
    "NaN": b'{"id": NaN}',
    "Infinity": b'{"id": -Infinity}',
    "a name twice": b'{"total_inc_tax": "1.00", "total_inc_tax": "9.00"}',
    "20 MB": b'{"a": "' + b"A" * 20_000_000 + b'"}',
    "UTF-16": '{"id": 1}'.encode("utf-16"),
    "UTF-8 that is none": b'{"a": "\xff"}',
    "half a pair in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a control character": b'{"a": "\x00"}',
    "two documents": b"{}{}",
    "nothing": b"",
}

Read = Callable[[str], Awaitable[object]]


@asynccontextmanager
async def store_at(url: str) -> AsyncIterator[BigCommerce]:
    settings = {"api_url": url, "store_hash": "abc123", "access_token": ACCESS_TOKEN}
    store = bigcommerce(BigCommerceSettings.model_validate(settings))
    try:
        yield store
    finally:
        await store.aclose()


async def of_the_store(url: str) -> object:
    async with store_at(url) as store:
        return await store.order("1")


async def of_odata(url: str) -> object:
    async with odata_of(url) as client:
        return await client.select("ArCustomer", ("Name",), where=(), order_by=("Customer",))


@pytest.mark.parametrize("read", [of_the_store, of_odata], ids=["the store", "OData"])
@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
async def test_a_read_answered_by_it_is_tried_again_later(read: Read, body: bytes) -> None:
    before, most = monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with StandInServer(Hostile(body, headers=JSON)) as server:
        with pytest.raises(Unavailable, match=r"an un(readable|expected) answer"):
            await read(server.base_url)
    assert monotonic() - before < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 200 * 1024


async def test_a_write_answered_by_it_is_in_doubt() -> None:
    deep = Hostile(REFUSED["10,000 levels of lists"], headers=JSON)
    async with StandInServer(deep) as server, store_at(server.base_url) as store:
        with pytest.raises(OutcomeUnknown):
            await store.activate_webhook("1")


@pytest.mark.parametrize("amount", ["1e999999", "1e-999999", "0e999999", "9" * 100, "NaN", "sNaN"])
async def test_an_amount_of_absurd_size_is_named_as_no_amount(amount: str) -> None:
    body = json.dumps({**ORDER, "total_inc_tax": amount}).encode()
    async with StandInServer(Hostile(body, headers=JSON)) as server:
        with pytest.raises(Rejected, match="no usable total_inc_tax"):
            await of_the_store(server.base_url)


@pytest.mark.parametrize(
    "when", ["9999-12-31T23:59:59-12:00", "9" * 5000, "0001-01-01T00:00:00+12:00"]
)
async def test_a_time_beyond_all_calendars_is_named_as_no_time(when: str) -> None:
    body = json.dumps({**ORDER, "date_created": when}).encode()
    async with StandInServer(Hostile(body, headers=JSON)) as server:
        with pytest.raises(Rejected, match="no usable date_created"):
            await of_the_store(server.base_url)


@pytest.mark.parametrize("told", ["9" * 400, "99999999999", "²", "-5", "1e9", "NaN"])
@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_makes_us_wait_longer_than_an_hour(told: str, status: int) -> None:
    names = ("retry-after", "x-retry-after", "x-rate-limit-time-reset-ms")
    headers = {**JSON, **dict.fromkeys(names, told)}
    async with StandInServer(Hostile(b"{}", status=status, headers=headers)) as server:
        for read in (of_the_store, of_odata, of_enet):
            with pytest.raises((Throttled, Unavailable)) as raised:
                await read(server.base_url)
            wait = raised.value.retry_after or timedelta()
            assert timedelta() <= wait <= timedelta(hours=1)


async def of_enet(url: str) -> object:
    async with enet_of(url) as client:
        return await client.version()


async def test_a_pause_of_absurd_size_in_a_body_is_an_hour() -> None:
    body = b'{"error": {"code": "SERVICE_DEGRADED", "retry_after_seconds": 1e50}}'
    async with StandInServer(Hostile(body, status=503, headers=JSON)) as server:
        with pytest.raises(Unavailable) as raised:
            await of_the_store(server.base_url)
    assert raised.value.retry_after == timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (rb'"Doe \ud83d"', "Doe \ufffd"),
        (rb'{"\udc00": ["a\ud83d", 1]}', {"\ufffd": ["a\ufffd", 1]}),
        (rb'"\ud83c\udf81"', "🎁"),
        (rb'"\\ud83d"', r"\ud83d"),
    ],
)
def test_half_an_emoji_is_replaced_and_a_whole_one_kept(text: bytes, read: object) -> None:
    assert decode_json(text) == read


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6
    )
)
def test_an_amount_is_read_exactly(amount: Decimal) -> None:
    assert decode_json(f'{{"a": {amount:f}}}'.encode()) == {"a": amount}


def test_not_exact_quotes_nothing_of_the_text() -> None:
    with pytest.raises(NotExact) as raised:
        decode_json(b'{"password": "pl4nted", }')
    assert "pl4nted" not in f"{raised.value} {raised.value.__cause__}"
