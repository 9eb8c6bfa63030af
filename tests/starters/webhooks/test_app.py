import logging
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from temporalio.service import RPCError, RPCStatusCode

from domain.customer import CustomerKey
from domain.order import OrderKey
from starters.webhooks.app import webhook_app
from starters.webhooks.intake import Endpoint, Intake, NotStarted, Outcome
from starters.webhooks.paths import PathSecretWeak
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


async def test_a_malformed_genuine_body_is_logged_without_its_content(
    door: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await door.post(b'{"email":"jane@example.com"')
    assert "webhook of main is unreadable" in caplog.text
    assert "jane" not in caplog.text


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
    assert 0.25 < time.monotonic() - began < 20


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


async def test_the_api_description_is_served_when_asked_for(door: Any, serve: Any) -> None:
    app = webhook_app({}, door.taken, door.readiness, openapi=True)
    async with serve(app) as port, httpx.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{port}/openapi.json")
    assert "/webhooks/{connection}/{path_secret}" in answer.json()["paths"]


def test_a_guessable_path_secret_is_not_accepted() -> None:
    with pytest.raises(PathSecretWeak, match="at least 16"):
        Endpoint(connection="main", path_secret="short", verifier=Verifier(["s"]))


def test_an_endpoint_does_not_show_its_path_secret() -> None:
    endpoint = Endpoint(connection="main", path_secret="x" * 16, verifier=Verifier(["s"]))
    assert "xxx" not in repr(endpoint)
