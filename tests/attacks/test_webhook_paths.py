"""Attacks on the address: guessing, wandering about, and having the service say something."""

import asyncio
import logging
import statistics
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.door import HINT_PATH_SECRET, PATH_SECRET, Door, notice, order_body, signed

pytestmark = pytest.mark.usefixtures("bystander")

FLOOD = Path(__file__).with_name("flood.py")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/webhooks/main/a-wrong-path-secret-12345", id="wrong secret"),
        pytest.param("/webhooks/main/" + "x" * 10_000, id="a very long secret"),
        pytest.param("/webhooks/nobody/" + PATH_SECRET, id="unknown connection"),
        pytest.param("/webhooks/main/another-unguessable-secret", id="another's secret"),
        pytest.param("/webhooks/main/", id="no secret"),
        pytest.param("/webhooks/main", id="no secret nor slash"),
        pytest.param(f"/webhooks/main/{PATH_SECRET}/", id="slash at the end"),
        pytest.param(f"/webhooks/MAIN/{PATH_SECRET}", id="other case"),
        pytest.param(f"/webhooks/main/{PATH_SECRET}%0A", id="line feed at the end"),
        pytest.param(f"/webhooks/main/{PATH_SECRET}%00", id="NUL at the end"),
        pytest.param("/webhooks/main/%FF%ED%A0%80", id="not UTF-8"),
        pytest.param("/elsewhere", id="elsewhere"),
        pytest.param("/notifications/main/a-wrong-path-secret-12345", id="an ERP's wrong secret"),
        pytest.param(f"/notifications/main/{PATH_SECRET}", id="the store's secret for the ERP"),
        pytest.param(f"/webhooks/main/{HINT_PATH_SECRET}", id="the ERP's secret for the store"),
        pytest.param(f"/notifications/other/{HINT_PATH_SECRET}", id="an ERP that tells nothing"),
        pytest.param(f"/notifications/main/{HINT_PATH_SECRET}/", id="an ERP's slash at the end"),
    ],
)
async def test_every_wrong_path_gets_the_same_404(door: Door, path: str) -> None:
    answer = await door.post(order_body(), path=path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    told = await door.notify(notice(), path=path)
    assert (told.status_code, told.json()) == (404, {"detail": "Not Found"})
    assert (door.taken.by("main"), door.woken.pushes) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        f"/webhooks/../webhooks/main/{PATH_SECRET}",
        f"/webhooks/main/x/../{PATH_SECRET}",
        f"/webhooks/main/%2e%2e%2fmain%2f{PATH_SECRET}",
        f"//webhooks/main/{PATH_SECRET}",
        f"/webhooks//main/{PATH_SECRET}",
        f"/./webhooks/main/{PATH_SECRET}",
        f"/webhooks/main;x=1/{PATH_SECRET}",
        "/webhooks/..%2f..%2f..%2fetc/passwd",
        "/..%5c..%5cwindows/win.ini",
        "/%252e%252e/healthz",
        "/healthz/../openapi.json",
    ],
)
async def test_path_traversal_leads_nowhere(door: Door, path: str) -> None:
    body = order_body()
    lines = [f"{name}: {value}" for name, value in signed(body).items()]
    request = "\r\n".join(
        [f"POST {path} HTTP/1.1", "host: x", "connection: close", *lines,
         f"content-length: {len(body)}", "", ""]
    )  # fmt: skip
    assert (await door.raw(request.encode() + body)).startswith(b"HTTP/1.1 404 ")
    assert door.taken.by("main") == []


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/.env", "/"])
async def test_nothing_is_served_that_describes_the_service(door: Door, path: str) -> None:
    assert (await door.http.get(path)).status_code == 404


INJECTED = "%0d%0aset-cookie:%20a=b%0d%0a%0d%0a<script>"


@pytest.mark.parametrize(
    "path",
    [f"/{INJECTED}", f"/webhooks/{INJECTED}/x", f"/webhooks/main/{INJECTED}", f"/x?{INJECTED}"],
    ids=["path", "connection", "secret", "query"],
)
async def test_header_injection_through_the_address(door: Door, path: str) -> None:
    answer = await door.post(order_body(), path=path)
    assert "set-cookie" not in answer.headers
    assert "script" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "name", ["origin", "host", "referer", "x-forwarded-host", "x-request-id", "x-forwarded-prefix"]
)
async def test_no_header_of_a_request_is_repeated_in_its_answer(door: Door, name: str) -> None:
    headers = signed(order_body()) | {name: "echo.example"}
    answer = await door.post(order_body(), headers, path=door.path + "/")
    assert "echo.example" not in answer.text + str(answer.headers)
    assert (await door.post(order_body(), headers)).status_code == 200


FORGED = "\r\n2026-01-01 ERROR everything is lost \x1b[31m\u2028"


def forged(records: list[logging.LogRecord]) -> list[str]:
    """The messages through which a log of one line a message would show a line of ours."""
    told = [record.getMessage() for record in records]
    return [text for text in told if any(mark in text for mark in ("\r", "\n", "\x1b", "\u2028"))]


@pytest.mark.parametrize(
    "body",
    [
        order_body(scope="store/order/created" + FORGED),
        order_body(scope=FORGED),
        order_body("250" + FORGED),
        order_body(producer="stores/" + FORGED),
        order_body(**{FORGED: FORGED}),
        FORGED.encode(),
        order_body(data={"id": {"id": FORGED}, "order_id": FORGED}),
    ],
    ids=["scope", "all of the scope", "id", "producer", "key", "all of the body", "nested"],
)
async def test_log_injection_through_the_body(
    door: Door, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    assert (await door.post(body)).status_code == 200
    assert (
        await door.post(
            body,
            signed(body, secret="others-client-secret"),
            path="/webhooks/other/another-unguessable-secret",
        )
    ).status_code == 200
    assert forged(caplog.records) == []
    assert all("\n" not in event.scope for event in door.taken.events)


@pytest.mark.parametrize(
    "body",
    [
        notice(FORGED),
        notice("Item Availability Data" + FORGED),
        notice(notice_id="1" + FORGED),
        notice(**{FORGED: FORGED}),
        FORGED.encode(),
    ],
    ids=["query", "end of the query", "id", "key", "all of the body"],
)
async def test_log_injection_through_a_notification(
    door: Door, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    assert (await door.notify(body)).status_code == 200
    assert forged(caplog.records) == []


@pytest.mark.parametrize("escape", ["%0d%0aERROR", "%1b[31m", "%e2%80%a8x", "%00"])
async def test_log_injection_through_the_address(
    door: Door, caplog: pytest.LogCaptureFixture, escape: str
) -> None:
    caplog.set_level(logging.INFO, "starters")
    paths = (f"/webhooks/{escape}/x", f"/webhooks/main/{escape}", f"/{escape}")
    for path in (*paths, f"/notifications/{escape}/x", f"/notifications/main/{escape}"):
        assert (await door.post(order_body(), path=path)).status_code == 404
    assert forged(caplog.records) == []
    assert escape[-3:] not in caplog.text


async def test_log_injection_through_a_signed_id(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "starters")
    body = order_body()
    headers = signed(body, webhook_id="msg_1 accepted: order 666")
    assert (await door.post(body, headers)).status_code == 401
    assert "666" not in caplog.text


async def test_a_thousand_unknown_paths_a_second(
    door: Door, bystander: Any, caplog: pytest.LogCaptureFixture, record_testsuite_property: Any
) -> None:
    before = len(bystander.seconds)
    flood = await asyncio.create_subprocess_exec(
        *(sys.executable, FLOOD, str(door.port), "1000", "3"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(flood.communicate(), 60)
    sent, refused, seconds = (float(word) for word in said.split())
    under_attack = bystander.seconds[before:]
    p99 = statistics.quantiles(under_attack, n=100)[98]
    record_testsuite_property("unknown paths a second", round(sent / seconds))
    record_testsuite_property("deliveries beside", len(under_attack))
    record_testsuite_property("p99 of their answers, in ms", round(p99 * 1000, 1))
    assert (sent, refused) == (3_000, 3_000)
    assert len(under_attack) > 10  # each of which must be a 200, as always
    told = [record for record in caplog.records if "unknown webhook path" in record.getMessage()]
    assert 1 <= len(told) <= 1 + seconds / 10 + 1
