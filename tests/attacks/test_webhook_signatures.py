"""Attacks on the proof that a delivery comes from the store: none of these may start anything."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from starters.webhooks.app import webhook_app
from starters.webhooks.intake import Endpoint
from starters.webhooks.verify import SharedHeader, Verifier
from tests.support.door import PATH_SECRET, SECRET, Door, order_body, served, signed

pytestmark = pytest.mark.usefixtures("bystander")

BODY = order_body()
SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


async def refused(door: Door, headers: Any, body: bytes = BODY) -> bool:
    answer = await door.post(body, headers)
    return (answer.status_code, door.taken.by("main")) == (401, [])


async def test_a_delivery_without_any_signature(door: Door) -> None:
    assert await refused(door, {})


@pytest.mark.parametrize("name", SIGNED_HEADERS)
async def test_a_signature_with_one_header_stripped(door: Door, name: str) -> None:
    headers = signed(BODY)
    del headers[name]
    assert await refused(door, headers)


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param("v1," + "A" * 43 + "=", id="wrong"),
        pytest.param("v1,", id="a version and nothing else"),
        pytest.param("", id="empty"),
        pytest.param(" ".join(["v1,x"] * 2_500), id="thousands of wrong ones"),
    ],
)
async def test_a_signature_made_up(door: Door, forged: str) -> None:
    assert await refused(door, signed(BODY) | {"webhook-signature": forged})


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda right: right[:-1], id="truncated by a character"),
        pytest.param(lambda right: right[:20], id="cut in half"),
        pytest.param(lambda right: right[3:], id="without its version"),
        pytest.param(lambda right: "v2" + right[2:], id="of a version unheard of"),
        pytest.param(lambda right: right.swapcase(), id="in the other case"),
        pytest.param(lambda right: right + "," + right, id="doubled in one header"),
        pytest.param(lambda right: "v1," + right[:2:-1], id="backwards"),
    ],
)
async def test_a_signature_that_is_not_exactly_right(
    door: Door, forge: Callable[[str], str]
) -> None:
    right = signed(BODY)
    assert await refused(door, right | {"webhook-signature": forge(right["webhook-signature"])})


async def test_a_right_signature_over_another_body(door: Door) -> None:
    assert await refused(door, signed(BODY), order_body(251))


async def test_a_right_signature_under_another_id(door: Door) -> None:
    assert await refused(door, signed(BODY) | {"webhook-id": "msg_2"})


async def test_a_right_signature_made_to_look_younger(door: Door) -> None:
    old = signed(BODY, at=datetime.now(UTC) - timedelta(hours=1))
    now = str(int(datetime.now(UTC).timestamp()))
    assert await refused(door, old | {"webhook-timestamp": now})


async def test_signed_values_re_ordered_among_the_headers(door: Door) -> None:
    values = list(signed(BODY).values())
    assert await refused(door, dict(zip(SIGNED_HEADERS, values[1:] + values[:1], strict=True)))


async def test_headers_re_ordered_on_their_way_are_no_attack(door: Door) -> None:
    answer = await door.post(BODY, dict(reversed(signed(BODY).items())))
    assert (answer.status_code, door.taken.by("main")) == (200, ["250"])


@pytest.mark.parametrize("name", SIGNED_HEADERS)
@pytest.mark.parametrize("second", ["the same", "another"])
async def test_a_signed_header_doubled(door: Door, name: str, second: str) -> None:
    right = signed(BODY)
    extra = right[name] if second == "the same" else "x"
    assert await refused(door, [*right.items(), (name, extra)])
    assert await refused(door, [(name, extra), *right.items()])


@pytest.mark.parametrize("name", SIGNED_HEADERS)
@pytest.mark.parametrize(
    "value",
    [b"", b"\xff\xfe\x80", "v1,€".encode(), "١٦٧٤٠٨٧٢٣١".encode(), b"v1,x" * 1_000, b"a\tb"],
    ids=["empty", "no text at all", "not ASCII", "digits of another script", "long", "a tab"],
)
async def test_a_signed_header_of_odd_bytes(door: Door, name: str, value: bytes) -> None:
    headers = {key: text.encode() for key, text in signed(BODY).items()} | {name: value}
    lines = [key.encode() + b": " + content for key, content in headers.items()]
    answer = await door.raw(door.raw_request(BODY, *lines))
    assert (answer.split(b" ")[1], door.taken.by("main")) == (b"401", [])


@pytest.mark.parametrize(
    "stamp", ["0", "-1", "nan", "1e9", "9" * 11, "9" * 400, "0x63c88b7f", "1674087231.0"]
)
async def test_a_timestamp_that_is_no_time(door: Door, stamp: str) -> None:
    assert await refused(door, signed(BODY) | {"webhook-timestamp": stamp})


async def test_a_replay_inside_the_window_starts_nothing_again(door: Door) -> None:
    headers = signed(BODY)
    statuses = [(await door.post(BODY, headers)).status_code for _ in range(20)]
    assert (set(statuses), door.taken.by("main")) == ({200}, ["250"])


@pytest.mark.parametrize("minutes", [6, 60 * 24, -6], ids=["6 min old", "a day old", "of tomorrow"])
async def test_a_replay_outside_the_window(door: Door, minutes: int) -> None:
    assert await refused(door, signed(BODY, at=datetime.now(UTC) - timedelta(minutes=minutes)))


async def test_the_old_secret_works_while_it_is_configured_as_the_previous_one(door: Door) -> None:
    answer = await door.post(BODY, signed(BODY, secret="previous"))
    assert (answer.status_code, door.taken.by("main")) == (200, ["250"])


async def test_the_old_secret_after_its_rotation(door: Door) -> None:
    assert await refused(door, signed(BODY, secret="the-one-before-previous"))


async def test_a_delivery_signed_for_another_connection(door: Door) -> None:
    assert await refused(door, signed(BODY, secret="others-client-secret"))


async def test_another_connections_secrets_both_at_a_third_ones_door(door: Door) -> None:
    answer = await door.post(
        BODY,
        signed(BODY, secret="others-client-secret"),
        path="/webhooks/main/another-unguessable-secret",
    )
    assert (answer.status_code, door.taken.by("main"), door.taken.by("other")) == (404, [], [])


async def test_another_stores_genuine_delivery_under_the_same_apps_secret(door: Door) -> None:
    answer = await door.post(
        BODY,
        signed(BODY, secret="others-client-secret"),
        path="/webhooks/other/another-unguessable-secret",
    )
    assert (answer.status_code, door.taken.by("other")) == (200, [])


async def test_a_legacy_signature_where_none_is_allowed(door: Door) -> None:
    assert await refused(door, {"x-bc-signature": "00" * 32})


@pytest.mark.parametrize("token", ["", "the-agreed-toke", "The-agreed-token", "the-agreed-token,x"])
async def test_guesses_at_the_header_of_a_connection_without_signatures(
    door: Door, token: str
) -> None:
    header = SharedHeader("X-Sync-Token", ["the-agreed-token"])
    endpoint = Endpoint(
        connection="main", path_secret=PATH_SECRET, verifier=Verifier([], shared_header=header)
    )
    async with (
        served(webhook_app({"main": endpoint}, door.taken, door.readiness)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        guess = await http.post(door.path, content=BODY, headers={"x-sync-token": token})
        unsigned = await http.post(door.path, content=BODY, headers=signed(BODY, secret=SECRET))
        right = await http.post(
            door.path, content=BODY, headers={"x-sync-token": "the-agreed-token"}
        )
    assert (guess.status_code, unsigned.status_code, right.status_code) == (401, 401, 200)
    assert door.taken.by("main") == ["250"]
