import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from temporalio.service import RPCError, RPCStatusCode

from domain.customer import CustomerKey
from domain.order import OrderKey
from starters.webhooks.app import BODY_LIMIT_BYTES, webhook_app
from starters.webhooks.intake import Endpoint, Intake, NotStarted, Outcome, PathSecretWeak
from starters.webhooks.verify import How, Verified, Verifier


async def test_a_genuine_delivery_starts_its_order_and_is_answered_200_empty(
    door: Any, make_body: Any
) -> None:
    before = datetime.now(UTC)
    answer = await door.post(make_body(250))
    assert (answer.status_code, answer.content) == (200, b"")
    [event] = door.taken.events
    assert event.key == OrderKey(connection="main", order_id="250")
    assert event.key.workflow_id == "main:order:250"
    assert (event.scope, event.delivery_id) == ("store/order/created", "msg_1")
    assert before <= event.received_at <= datetime.now(UTC)


async def test_a_customers_delivery_starts_the_customer(door: Any, make_body: Any) -> None:
    await door.post(make_body(32, scope="store/customer/updated"))
    [event] = door.taken.events
    assert event.key == CustomerKey(connection="main", customer_id="32")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/webhooks/main/a-wrong-path-secret-12345", id="wrong secret"),
        pytest.param("/webhooks/nobody/an-unguessable-path-secret", id="unknown connection"),
        pytest.param("/webhooks/main/another-unguessable-secret", id="another connection's secret"),
        pytest.param("/webhooks/main/", id="no secret"),
        pytest.param("/webhooks/main", id="no secret nor slash"),
        pytest.param("/webhooks/main/an-unguessable-path-secret/", id="slash at the end"),
        pytest.param("/webhooks/main/%FF%ED%A0%80", id="not UTF-8"),
        pytest.param("/elsewhere", id="elsewhere"),
    ],
)
async def test_every_wrong_path_is_answered_with_the_same_404(
    door: Any, make_body: Any, path: str
) -> None:
    answer = await door.post(make_body(), path=path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert door.taken.events == []


async def test_a_delivery_signed_for_another_connection_is_refused(
    door: Any, make_body: Any, sign: Any
) -> None:
    body = make_body()
    answer = await door.post(body, sign(body, secret="others-client-secret"))
    assert answer.status_code == 401
    assert door.taken.events == []


async def test_a_genuine_delivery_of_another_store_is_answered_200_and_dropped(
    door: Any, make_body: Any, sign: Any
) -> None:
    path = "/webhooks/other/another-unguessable-secret"
    foreign, own = make_body(1), make_body(2, producer="stores/xyz789")
    for body in (foreign, own):
        answer = await door.post(body, sign(body, secret="others-client-secret"), path=path)
        assert answer.status_code == 200
    assert [event.resource_id for event in door.taken.events] == ["2"]


async def test_the_previous_secret_is_accepted_and_a_retired_one_refused(
    door: Any, make_body: Any, sign: Any
) -> None:
    body = make_body()
    assert (await door.post(body, sign(body, secret="previous"))).status_code == 200
    assert (await door.post(body, sign(body, secret="retired"))).status_code == 401


async def test_a_replay_outside_the_window_is_refused(door: Any, make_body: Any, sign: Any) -> None:
    body = make_body()
    old = sign(body, at=datetime.now(UTC) - timedelta(minutes=6))
    assert (await door.post(body, old)).status_code == 401


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_a_stripped_header_is_refused(
    door: Any, make_body: Any, sign: Any, name: str
) -> None:
    headers = sign(make_body())
    del headers[name]
    assert (await door.post(make_body(), headers)).status_code == 401


@pytest.mark.parametrize("name", [b"webhook-id", b"webhook-timestamp", b"webhook-signature"])
@pytest.mark.parametrize("value", [b"", b"\xff\xfe\x80", "€".encode(), b"v1,x" * 1000])
async def test_an_odd_header_is_refused_and_breaks_nothing(
    door: Any, make_body: Any, sign: Any, name: bytes, value: bytes
) -> None:
    headers = {k.encode(): v.encode() for k, v in sign(make_body()).items()} | {name: value}
    lines = [key + b": " + value for key, value in headers.items()]
    answer = await door.raw(door.raw_request(make_body(), *lines))
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_a_doubled_signature_header_is_refused(door: Any, make_body: Any, sign: Any) -> None:
    headers = list(sign(make_body()).items())
    answer = await door.post(make_body(), [*headers, headers[-1]])
    assert answer.status_code == 401


async def test_an_empty_unsigned_body_is_refused(door: Any) -> None:
    assert (await door.post(b"", {})).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="0 bytes"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[" * 65_000, id="deep arrays"),
        pytest.param(b'{"a":' * 13_000, id="deep objects"),
        pytest.param(b'{"scope":"store/order/created","data":' + b"9" * 60_000 + b"}", id="number"),
        pytest.param(b'{"scope":"store/order/created","data":{"id":1e99999}}', id="infinite id"),
        pytest.param(b'{"scope":"\\ud800","data":{}}', id="lone surrogate"),
        pytest.param(b'{"scope":"store/product/updated","data":{"id":1}}', id="unrelated scope"),
        pytest.param(b'{"scope":"store/order/created","data":[]}', id="no id"),
    ],
)
async def test_what_is_genuine_but_of_no_use_is_answered_200(door: Any, body: bytes) -> None:
    assert (await door.post(body)).status_code == 200
    assert door.taken.events == []


async def test_duplicate_keys_in_a_genuine_body_break_nothing(door: Any) -> None:
    body = b'{"scope":"x","scope":"store/order/created","data":{"id":1},"data":{"id":2}}'
    assert (await door.post(body)).status_code == 200
    assert [event.resource_id for event in door.taken.events] == ["2"]


async def test_a_malformed_genuine_body_is_logged_without_its_content(
    door: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await door.post(b'{"email":"jane@example.com"')
    assert "webhook of main is unreadable" in caplog.text
    assert "jane" not in caplog.text


async def test_a_body_that_is_not_utf8_is_refused(door: Any, make_body: Any, sign: Any) -> None:
    assert (await door.post(b"\xff\xfe", sign(b"{}"))).status_code == 401


async def test_a_body_of_64_kilobytes_is_read_and_one_byte_more_is_not(door: Any) -> None:
    assert (await door.post(b"x" * BODY_LIMIT_BYTES)).status_code == 200
    assert (await door.post(b"x" * (BODY_LIMIT_BYTES + 1))).status_code == 413


@pytest.mark.parametrize("length", [b"65537", b"99999999999999999"])
async def test_a_body_declared_too_large_is_refused_before_it_comes(
    door: Any, length: bytes
) -> None:
    head = b"\r\n".join(
        [f"POST {door.path} HTTP/1.1".encode(), b"host: x", b"content-length: " + length, b"", b""]
    )
    assert (await door.raw(head)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", [b"-1", b"5x", b"1" * 30, "٥".encode(), b"5, 6"])
async def test_a_nonsensical_length_never_reaches_the_service(door: Any, length: bytes) -> None:
    head = b"\r\n".join(
        [f"POST {door.path} HTTP/1.1".encode(), b"host: x", b"content-length: " + length, b"", b""]
    )
    assert (await door.raw(head)).split(b" ")[1] in (b"400", b"413")


async def test_ten_chunked_megabytes_are_cut_off_at_the_limit(door: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    answer = asyncio.create_task(reader.readline())
    writer.write(f"POST {door.path} HTTP/1.1\r\nhost: x\r\n".encode())
    writer.write(b"transfer-encoding: chunked\r\n\r\n")
    sent = 0
    while not answer.done() and sent < 10 * 1024 * 1024:
        writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        await writer.drain()
        sent += 0x4000
        await asyncio.sleep(0.001)
    assert (await asyncio.wait_for(answer, 5)).startswith(b"HTTP/1.1 413 ")
    assert sent < 10 * 1024 * 1024
    writer.close()


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "identity, gzip"])
async def test_a_compressed_body_is_refused(door: Any, make_body: Any, encoding: str) -> None:
    answer = await door.post(make_body(), {"content-encoding": encoding})
    assert answer.status_code == 415


async def test_a_broken_off_body_neither_starts_anything_nor_stops_the_service(
    door: Any, make_body: Any
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"POST {door.path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await door.post(make_body())).status_code == 200
    assert len(door.taken.events) == 1


@pytest.mark.parametrize(
    "failure",
    [
        NotStarted("no"),
        ConnectionRefusedError(),
        TimeoutError(),
        RPCError("away", RPCStatusCode.UNAVAILABLE, b""),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_when_the_start_fails_the_store_is_asked_to_deliver_again(
    door: Any, make_body: Any, failure: Exception
) -> None:
    door.taken.failure = failure
    answer = await door.post(make_body())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


async def test_an_unforeseen_failure_also_has_the_store_deliver_again(
    door: Any, make_body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    door.taken.failure = LookupError("a bug")
    answer = await door.post(make_body())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert any(record.exc_info for record in caplog.records)


async def test_a_start_that_hangs_is_given_up_after_accept_seconds(
    door: Any, make_body: Any
) -> None:
    door.taken.hang = True
    began = time.monotonic()
    answer = await door.post(make_body())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert 0.25 < time.monotonic() - began < 5


async def test_a_delivery_repeated_after_it_was_accepted_starts_nothing_again(
    door: Any, make_body: Any, sign: Any
) -> None:
    body = make_body()
    statuses = [(await door.post(body, sign(body))).status_code for _ in range(3)]
    assert statuses == [200, 200, 200]
    assert len(door.taken.events) == 1


async def test_a_delivery_repeated_after_it_was_refused_starts_then(
    door: Any, make_body: Any
) -> None:
    door.taken.failure = NotStarted("no")
    assert (await door.post(make_body())).status_code == 503
    door.taken.failure = None
    assert (await door.post(make_body())).status_code == 200
    assert len(door.taken.events) == 1


async def test_the_same_id_over_another_body_or_connection_is_another_delivery(
    door: Any, make_body: Any, sign: Any
) -> None:
    await door.post(make_body(1))
    await door.post(make_body(2))
    other = make_body(1, producer="stores/xyz789")
    await door.post(
        other,
        sign(other, secret="others-client-secret"),
        path="/webhooks/other/another-unguessable-secret",
    )
    assert [(e.connection, e.resource_id) for e in door.taken.events] == [
        ("main", "1"),
        ("main", "2"),
        ("other", "1"),
    ]


async def test_the_memory_of_deliveries_is_bounded_and_forgets_the_oldest(make_body: Any) -> None:
    started: list[str] = []

    async def start(event: Any) -> None:
        started.append(event.delivery_id)

    intake = Intake(start, accept_seconds=1, remembered=2)
    endpoint = Endpoint(connection="c", path_secret="x" * 16, verifier=Verifier(["s"]))
    outcomes = [
        await intake.take(endpoint, Verified(How.STANDARD, webhook_id), make_body())
        for webhook_id in ("a", "b", "b", "c", "a")
    ]
    assert outcomes[2] is Outcome.REPEATED
    assert started == ["a", "b", "c", "a"]


async def test_without_a_signed_id_nothing_is_taken_for_a_repetition(make_body: Any) -> None:
    started: list[str] = []

    async def start(event: Any) -> None:
        started.append(event.delivery_id)

    intake = Intake(start, accept_seconds=1)
    endpoint = Endpoint(connection="c", path_secret="x" * 16, verifier=Verifier(["s"]))
    for _ in range(2):
        await intake.take(endpoint, Verified(How.HEADER), make_body())
    assert len(started) == 2
    assert started[0] == started[1]


async def test_the_process_is_healthy_even_while_it_is_not_ready(door: Any) -> None:
    door.readiness.reason = "Temporal does not answer."
    assert (await door.http.get("/healthz")).status_code == 200
    answer = await door.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reason": "Temporal does not answer."}


async def test_a_ready_service_says_so(door: Any) -> None:
    answer = await door.http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


async def test_a_readiness_check_that_hangs_counts_as_not_ready(door: Any) -> None:
    door.readiness.hang = True
    answer = await door.http.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "No answer within 2 s.")


async def test_neither_secrets_nor_bodies_nor_headers_reach_the_logs(
    door: Any, make_body: Any, sign: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    body = make_body(250, data={"id": 250, "email": "jane@example.com"})
    headers = sign(body)
    await door.post(body, headers)
    await door.post(body, headers | {"webhook-signature": "v1,wrong"})
    await door.post(body, path="/webhooks/main/an-almost-right-path-secret")
    assert "main accepted: order 250" in caplog.text
    assert "webhook-signature does not match" in caplog.text
    for hidden in ("path-secret", "s3cr3t", "jane", headers["webhook-signature"][3:], "v1,"):
        assert hidden not in caplog.text


async def test_every_answer_carries_the_security_headers_and_no_server_name(
    door: Any, make_body: Any
) -> None:
    for answer in (
        await door.post(make_body()),
        await door.post(make_body(), {}),
        await door.http.get("/nowhere"),
        await door.http.get("/healthz"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_no_documentation_is_served_unless_asked_for(door: Any, path: str) -> None:
    assert (await door.http.get(path)).status_code == 404


async def test_the_api_description_is_served_when_asked_for(door: Any, serve: Any) -> None:
    app = webhook_app({}, door.taken, door.readiness, openapi=True)
    async with serve(app) as port, httpx.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{port}/openapi.json")
    assert "/webhooks/{connection}/{path_secret}" in answer.json()["paths"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_post_delivers(door: Any, method: str) -> None:
    assert (await door.http.request(method, door.path)).status_code == 405


def test_a_guessable_path_secret_is_not_accepted() -> None:
    with pytest.raises(PathSecretWeak, match="at least 16"):
        Endpoint(connection="main", path_secret="short", verifier=Verifier(["s"]))


def test_an_endpoint_does_not_show_its_path_secret() -> None:
    endpoint = Endpoint(connection="main", path_secret="x" * 16, verifier=Verifier(["s"]))
    assert "xxx" not in repr(endpoint)
