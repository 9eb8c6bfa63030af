"""What each answer of the platform means to us."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from connectors.bigcommerce.connector import BigCommerce
from connectors.errors import (
    Conflict,
    CredentialsRejected,
    NotFound,
    OutcomeUnknown,
    OutsideFailure,
    Rejected,
    Throttled,
    Unavailable,
)
from domain.hold import HoldCode
from sandbox.bigcommerce import Token
from sandbox.faults import FaultKind
from tests.connectors.bigcommerce.conftest import Answering, Shop, an_order

DEGRADED = {"error": {"code": "SERVICE_DEGRADED", "message": "busy", "retry_after_seconds": 30}}


async def write(connector: BigCommerce) -> None:
    await connector.activate_webhook("1")


async def read(connector: BigCommerce) -> None:
    await connector.order("218")


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (301, Rejected),
        (400, Rejected),
        (401, CredentialsRejected),
        (403, CredentialsRejected),
        (404, NotFound),
        (405, Rejected),
        (408, Unavailable),
        (409, Conflict),
        (413, Rejected),
        (415, Rejected),
        (422, Rejected),
        (423, Unavailable),
        (429, Throttled),
        (500, Unavailable),
        (501, Rejected),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (507, Rejected),
    ],
)
async def test_a_read_that_fails_says_what_to_do(
    answering: Answering, status: int, failure: type[OutsideFailure]
) -> None:
    with pytest.raises(OutsideFailure) as raised:
        await read(answering(httpx.Response(status)))
    assert type(raised.value) is failure


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_write_that_ends_in_a_server_error_may_have_been_applied(
    answering: Answering, status: int
) -> None:
    with pytest.raises(OutcomeUnknown):
        await write(answering(httpx.Response(status)))


async def test_a_write_refused_by_a_degraded_service_was_certainly_not_applied(
    answering: Answering,
) -> None:
    with pytest.raises(Unavailable) as raised:
        await write(answering(httpx.Response(503, json=DEGRADED)))
    assert raised.value.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([{"status": 400, "message": "The field 'x' cannot be written to."}], "cannot be written"),
        (
            {
                "status": 422,
                "title": "JSON data is missing",
                "errors": {"destination": "error.path.missing."},
            },
            "JSON data is missing; destination: error.path.missing",
        ),
        ({"data": [{"status": 422, "title": "Guests have no credit"}]}, "Guests have no credit"),
        ({"batch_errors": [{"title": "No such variant"}]}, "No such variant"),
        ({"title": "Locked", "detail": "later", "errors": []}, "Locked"),
    ],
    ids=["v2", "v3", "refunds", "batch", "problem"],
)
async def test_a_refusal_carries_the_platforms_own_words(
    answering: Answering, body: object, words: str
) -> None:
    with pytest.raises(Rejected) as raised:
        await write(answering(httpx.Response(422, json=body)))
    assert words in str(raised.value)
    assert raised.value.number == "422"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<h1>Down for maintenance</h1>"),
        httpx.Response(200, content=b'{"id": 218, "total_inc'),
        httpx.Response(200, content=b"\xff\xfe", headers={"Content-Type": "application/json"}),
        httpx.Response(200, json="surprise"),
        httpx.Response(200, content=b'{"total_inc_tax": NaN}'),
    ],
    ids=["a page", "half a document", "no text", "no object", "no number"],
)
async def test_an_answer_that_makes_no_sense_is_no_answer(
    answering: Answering, answer: httpx.Response
) -> None:
    with pytest.raises(Unavailable):
        await read(answering(answer))


async def test_a_write_answered_by_a_page_may_have_been_applied(answering: Answering) -> None:
    with pytest.raises(OutcomeUnknown):
        await write(answering(httpx.Response(200, html="<h1>Down for maintenance</h1>")))


async def test_a_write_answered_without_content_is_done(answering: Answering) -> None:
    await write(answering(httpx.Response(204)))


async def test_an_order_without_a_total_is_held_with_the_fields_name_and_no_content(
    answering: Answering,
) -> None:
    body = {"id": 218, "status_id": 11, "date_created": "", "billing_address": {"email": "a@b.c"}}
    with pytest.raises(Rejected) as raised:
        await read(answering(httpx.Response(200, json=body)))
    assert "total_inc_tax" in str(raised.value)
    assert "a@b.c" not in str(raised.value)


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.DROP_BEFORE,
        FaultKind.DROP_AFTER,
        FaultKind.TRUNCATE,
        FaultKind.GARBAGE,
        FaultKind.WRONG_TYPE,
        FaultKind.SERVER_ERROR,
        FaultKind.UNAVAILABLE,
    ],
)
async def test_a_broken_read_is_tried_again_later_and_a_broken_write_looked_at_first(
    shop: Shop, kind: FaultKind
) -> None:
    order_id = str(shop.store.place_order(an_order()))
    shop.breaks(kind, method="GET")
    with pytest.raises(Unavailable):
        await shop.connector.order(order_id)
    shop.breaks(kind, method="PUT")
    with pytest.raises(OutcomeUnknown):
        await shop.connector.report_posted(order_id, "INV-1")
    await shop.connector.report_posted(order_id, "INV-1")
    assert shop.store.order(int(order_id)).external_order_id == "INV-1"


@pytest.mark.parametrize("kind", [FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER])
async def test_silence_ends_with_the_time_out(shop: Shop, kind: FaultKind) -> None:
    connector = shop.connect(timeouts={"read": 0.2})
    order_id = str(shop.store.place_order(an_order()))
    shop.breaks(kind, method="PUT", seconds=5)
    with pytest.raises(OutcomeUnknown):
        await connector.report_posted(order_id, "INV-1")


async def test_a_store_that_is_away_was_certainly_not_written_to(shop: Shop) -> None:
    await shop.server.stop()
    with pytest.raises(Unavailable):
        await write(shop.connector)


async def test_a_missing_scope_is_named_in_the_remedy(shop: Shop) -> None:
    order_id = str(shop.store.place_order(an_order()))
    shop.store.settings.tokens["narrow"] = Token(frozenset({"store_v2_orders_read_only"}))
    connector = shop.connect(access_token="narrow")
    with pytest.raises(CredentialsRejected) as reading:
        await connector.order(order_id)
    assert "store_v2_transactions_read_only" in reading.value.remedy
    with pytest.raises(CredentialsRejected) as writing:
        await connector.report_posted(order_id, "INV-1")
    assert "scope store_v2_orders," in writing.value.remedy


async def test_a_wrong_token_stops_the_connection_without_being_repeated(shop: Shop) -> None:
    connector = shop.connect(access_token="wrong-one")
    with pytest.raises(CredentialsRejected) as raised:
        await connector.order("100")
    assert raised.value.hold is HoldCode.CREDENTIALS_REJECTED
    assert "wrong-one" not in f"{raised.value} {raised.value.remedy}"


async def test_pressure_without_headers_lowers_what_is_in_flight(shop: Shop) -> None:
    shop.store.settings.max_concurrent = 1
    order_ids = [str(shop.store.place_order(an_order())) for _ in range(3)]
    left, tries = set(order_ids), 0
    while left and tries < 20:
        tries += 1
        done = await asyncio.gather(
            *(shop.connector.order(one) for one in sorted(left)), return_exceptions=True
        )
        left -= {one.id for one in done if not isinstance(one, BaseException)}
        # The next round waits as long as the back-off says: admission does it by itself.
        failures = [one for one in done if isinstance(one, BaseException)]
        assert all(isinstance(one, Throttled) for one in failures)
    assert left == set()
