import asyncio
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from activities.push_records import Flow, PushKey
from starters.webhooks.hints import HintIntake
from starters.webhooks.intake import NotStarted, Outcome
from starters.webhooks.notifications import NOTIFICATION_LIMIT_BYTES
from starters.webhooks.pacing import Pacing
from starters.webhooks.paths import PathSecretWeak
from tests.support.door import HINT_SECRET, Door, Woken, hint_endpoint, notice
from tests.support.waiting import until

STOCK = PushKey(connection="main", flow=Flow.STOCK)
NO_TIME = timedelta(seconds=0.05)


async def test_a_genuine_notification_has_its_push_look_and_is_answered_200_empty(
    door: Door,
) -> None:
    answer = await door.notify(notice())
    assert (answer.status_code, answer.content) == (200, b"")
    assert door.woken.pushes == ["main:stock"]


async def test_each_query_wakes_the_push_that_the_settings_say(door: Door) -> None:
    await door.notify(notice("Item Price Data"))
    assert door.woken.pushes == ["main:prices"]


async def test_a_notification_delivered_again_wakes_nothing_again(door: Door) -> None:
    statuses = [(await door.notify(notice())).status_code for _ in range(5)]
    assert statuses == [200] * 5
    assert door.woken.pushes == ["main:stock"]


async def test_the_same_notification_twice_at_once_wakes_once(door: Door) -> None:
    answers = await asyncio.gather(*(door.notify(notice()) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert door.woken.pushes == ["main:stock"]


async def test_a_notification_that_was_refused_counts_when_it_comes_again(door: Door) -> None:
    door.woken.failure = NotStarted("no")
    assert (await door.notify(notice())).status_code == 503
    door.woken.failure = None
    assert (await door.notify(notice())).status_code == 200
    assert door.woken.pushes == ["main:stock"]


@pytest.mark.parametrize(
    "failure",
    [NotStarted("no"), ConnectionRefusedError(), RPCError("away", RPCStatusCode.UNAVAILABLE, b"")],
    ids=lambda failure: type(failure).__name__,
)
async def test_while_temporal_is_away_the_erp_is_asked_to_deliver_again(
    door: Door, failure: Exception
) -> None:
    door.woken.failure = failure
    answer = await door.notify(notice())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(notice("Customer Data"), id="a query without a meaning here"),
        pytest.param(notice(""), id="no query"),
        pytest.param(notice(notice_id=""), id="no id"),
        pytest.param(notice(notice_id="a\nb"), id="an id of two lines"),
        pytest.param(notice(notice_id=5), id="an id that is a number"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
async def test_what_is_genuine_but_of_no_use_is_answered_200_and_wakes_nothing(
    door: Door, body: bytes
) -> None:
    assert (await door.notify(body)).status_code == 200
    assert door.woken.pushes == []


async def test_blanks_around_a_query_s_name_do_not_matter(door: Door) -> None:
    await door.notify(notice("Item Availability Data  "))
    assert door.woken.pushes == ["main:stock"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no header"),
        pytest.param({"x-tillbridge-token": "wrong"}, id="wrong"),
        pytest.param({"x-tillbridge-token": ""}, id="empty"),
        pytest.param({"x-tillbridge-token": HINT_SECRET.upper()}, id="in other case"),
        pytest.param({"x-tillbridge-token": HINT_SECRET[:-1]}, id="too short"),
        pytest.param({"x-other": HINT_SECRET}, id="under another name"),
        pytest.param(
            [("x-tillbridge-token", HINT_SECRET), ("x-tillbridge-token", HINT_SECRET)], id="twice"
        ),
    ],
)
async def test_without_the_agreed_header_it_is_refused_without_a_reason(
    door: Door, headers: Any
) -> None:
    answer = await door.notify(notice(), headers)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})
    assert door.woken.pushes == []


async def test_the_header_before_is_accepted_while_it_is_being_replaced(door: Door) -> None:
    assert (await door.notify(notice(), {"X-TILLBRIDGE-TOKEN": "old"})).status_code == 200
    assert door.woken.pushes == ["main:stock"]


async def test_nothing_is_read_of_whoever_does_not_know_the_secret(door: Door) -> None:
    head = f"POST {door.hint_path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
    assert (await door.raw(head.encode() + b"x")).startswith(b"HTTP/1.1 401 ")


async def test_a_notification_may_be_a_megabyte_and_no_more(door: Door) -> None:
    size = NOTIFICATION_LIMIT_BYTES - len(notice(padding=""))
    assert (await door.notify(notice(padding="x" * (size + 1)))).status_code == 413
    assert door.woken.pushes == []
    assert (await door.notify(notice(padding="x" * size))).status_code == 200
    assert door.woken.pushes == ["main:stock"]


async def test_a_store_s_webhook_does_not_pass_for_a_notification_nor_the_other_way_round(
    door: Door,
) -> None:
    assert (await door.notify(notice(), path=door.path)).status_code == 401
    assert (await door.post(notice(), path=door.hint_path)).status_code == 401
    assert (door.woken.pushes, door.taken.events) == ([], [])


async def test_five_hundred_at_once_are_one_wake_now_and_one_after_the_pause() -> None:
    woken = Woken()
    pacing = Pacing(woken, seconds=1)
    intake = HintIntake(pacing)
    endpoint = hint_endpoint(pause=NO_TIME)
    outcomes = [await intake.take(endpoint, notice(notice_id=f"n{n}")) for n in range(500)]
    assert set(outcomes) == {Outcome.ACCEPTED}
    assert woken.pushes == ["main:stock"]

    async def woken_again() -> bool | None:
        return len(woken.pushes) > 1 or None

    await until(woken_again, "the wake after the pause")
    await pacing.aclose()
    assert woken.pushes == ["main:stock"] * 2


async def test_what_waits_when_the_service_stops_is_passed_on_at_once() -> None:
    woken = Woken()
    pacing = Pacing(woken, seconds=1)
    for _ in range(3):
        await pacing.tell(STOCK, pause=timedelta(hours=1))
    assert len(woken.pushes) == 1
    await pacing.aclose()
    assert len(woken.pushes) == 2


async def test_what_could_not_be_passed_on_after_a_pause_is_tried_after_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    woken = Woken()
    pacing = Pacing(woken, seconds=1)
    for _ in range(2):
        await pacing.tell(STOCK, pause=NO_TIME)
    woken.failure = NotStarted("Temporal cannot be reached")

    async def told() -> bool | None:
        return "main:stock could not be told" in caplog.text or None

    await until(told, "a wake that fails")
    woken.failure = None

    async def woken_again() -> bool | None:
        return len(woken.pushes) > 1 or None

    await until(woken_again, "the wake after that")
    await pacing.aclose()


async def test_stock_and_prices_do_not_wait_for_each_other() -> None:
    woken = Woken()
    intake = HintIntake(Pacing(woken, seconds=1))
    await intake.take(hint_endpoint(), notice(notice_id="1"))
    await intake.take(hint_endpoint(), notice("Item Price Data", notice_id="2"))
    assert woken.pushes == ["main:stock", "main:prices"]


async def test_a_push_that_is_not_switched_on_is_not_woken() -> None:
    woken = Woken()
    intake = HintIntake(Pacing(woken, seconds=1))
    endpoint = hint_endpoint(pushed=frozenset({Flow.PRICES}))
    assert await intake.take(endpoint, notice()) is Outcome.IGNORED
    assert woken.pushes == []


async def test_neither_secrets_nor_figures_reach_the_logs(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "starters")
    await door.notify(notice())
    await door.notify(notice(), {"x-tillbridge-token": "an-almost-right-secret"})
    await door.notify(notice(), path="/notifications/main/an-almost-right-path-secret")
    await door.notify(b'{"Query": "AALEGO500"')
    assert "notification of main accepted: stock changed" in caplog.text
    assert "notification of main refused: the agreed header does not match" in caplog.text
    assert "notification of main is unreadable" in caplog.text
    for hidden in ("path-secret", HINT_SECRET, "almost", "AALEGO500", "1974"):
        assert hidden not in caplog.text


def test_a_guessable_path_secret_is_not_accepted() -> None:
    endpoint = hint_endpoint()
    assert "unguessable" not in repr(endpoint)
    with pytest.raises(PathSecretWeak, match="notifications' path secret needs at least 16"):
        type(endpoint)(**{**vars(endpoint), "path_secret": "short"})


async def test_the_numbers_of_a_notification_are_never_looked_at(door: Door) -> None:
    body = json.loads(notice())
    body["Inserted"] = "nonsense"
    body["TimeStamp"] = -1e400
    assert (await door.notify(json.dumps(body).encode())).status_code == 200
    assert door.woken.pushes == ["main:stock"]
