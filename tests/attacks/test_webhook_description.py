"""The service against its own OpenAPI description, by requests that Schemathesis makes up of it."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection

from starters.webhooks.app import webhook_app
from starters.webhooks.intake import Endpoint
from starters.webhooks.verify import Verifier
from tests.support.door import (
    HINT_HEADER,
    HINT_PATH_SECRET,
    PATH_SECRET,
    SECRET,
    Readiness,
    Taken,
    Woken,
    served,
    signed,
)

EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
FEWER = settings(EXAMPLES, max_examples=20)

schema = schemathesis.openapi.from_dict(
    webhook_app({}, Taken(), Readiness(), hints=Woken().hints(), openapi=True).openapi()
)
deliveries = schema.include(method="POST", path="/webhooks/{connection}/{path_secret}")
notifications = schema.include(method="POST", path="/notifications/{connection}/{path_secret}")


@pytest.fixture(scope="module")
def taken() -> Taken:
    return Taken()


@pytest.fixture(scope="module")
def woken() -> Woken:
    return Woken()


@pytest.fixture(scope="module")
def service(taken: Taken, woken: Woken) -> Iterator[str]:
    """The service in a thread of its own, since Schemathesis calls it without a loop."""
    endpoint = Endpoint(connection="main", path_secret=PATH_SECRET, verifier=Verifier([SECRET]))
    hints = woken.hints()
    app = webhook_app({"main": endpoint}, taken, Readiness(), hints=hints, openapi=True)
    port: list[int] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with served(app) as bound:
            port.append(bound)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert up.wait(10)
        yield f"http://127.0.0.1:{port[0]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@schema.parametrize()
@EXAMPLES
def test_whatever_is_asked_is_answered_as_described(case: Any, service: str) -> None:
    case.call_and_validate(base_url=service)


@deliveries.parametrize()
@EXAMPLES
def test_whatever_is_delivered_unsigned_to_the_right_path_proves_nothing(
    case: Any, service: str, taken: Taken
) -> None:
    case.path_parameters = {"connection": "main", "path_secret": PATH_SECRET}
    answer = case.call_and_validate(base_url=service)
    assert 400 <= answer.status_code < 500
    assert taken.events == []


@deliveries.parametrize()
@EXAMPLES
def test_whatever_is_delivered_signed_is_answered_200(case: Any, service: str) -> None:
    case.path_parameters = {"connection": "main", "path_secret": PATH_SECRET}
    prepared = requests.Request(**case.as_transport_kwargs(base_url=service)).prepare()
    body = prepared.body if isinstance(prepared.body, bytes) else str(prepared.body or "").encode()
    text = body.decode(errors="replace").encode()  # what is no text cannot be signed
    prepared.headers.update(signed(text))
    with requests.Session() as session:
        answer = session.send(prepared, timeout=30)
    genuine = 200 if text == body else 401
    assert answer.status_code == (genuine if prepared.method == "POST" else 405)
    # What is genuine but of no use is not refused: the store would block-list the host.
    case.validate_response(answer, excluded_checks=[negative_data_rejection])


@notifications.parametrize()
@FEWER
def test_whatever_is_notified_without_the_secret_proves_nothing(
    case: Any, service: str, woken: Woken
) -> None:
    case.path_parameters = {"connection": "main", "path_secret": HINT_PATH_SECRET}
    answer = case.call_and_validate(base_url=service)
    assert 400 <= answer.status_code < 500
    assert woken.pushes == []


@notifications.parametrize()
@FEWER
def test_whatever_is_notified_with_the_secret_is_answered_200(case: Any, service: str) -> None:
    case.path_parameters = {"connection": "main", "path_secret": HINT_PATH_SECRET}
    prepared = requests.Request(**case.as_transport_kwargs(base_url=service)).prepare()
    prepared.headers.update(HINT_HEADER)
    with requests.Session() as session:
        answer = session.send(prepared, timeout=30)
    assert answer.status_code == (200 if prepared.method == "POST" else 405)
    case.validate_response(answer, excluded_checks=[negative_data_rejection])
