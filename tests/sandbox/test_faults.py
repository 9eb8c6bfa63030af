import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from sandbox.asgi import Receive, Scope, Send, answer, read_body
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.serving import StandInServer
from tests.support.promptness import quickest_answer_seconds


@dataclass
class Ledger:
    """A stand-in of the smallest kind: it remembers what was posted and says so."""

    posted: list[str] = field(default_factory=list)
    written: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        text = (await read_body(receive)).decode()
        await self.open.wait()
        self.posted.append(text)
        self.written.set()
        body = b'{"posted": "' + b"x" * 500 + b'"}'
        await answer(send, 201, body, {"Content-Type": "application/json"})


@dataclass
class Room:
    ledger: Ledger
    faults: Faults
    server: StandInServer
    http: httpx.AsyncClient

    async def post(self, text: str = "hello", path: str = "/orders") -> httpx.Response:
        return await self.http.post(path, content=text)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    ledger = Ledger()
    faults = Faults(ledger, throttle_headers={"X-Reset-Ms": "250"})
    async with (
        StandInServer(faults) as server,
        httpx.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        yield Room(ledger, faults, server, http)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.THROTTLE, 429),
        (FaultKind.THROTTLE_BARE, 429),
        (FaultKind.SERVER_ERROR, 500),
        (FaultKind.UNAVAILABLE, 503),
        (FaultKind.WRONG_TYPE, 200),
    ],
)
async def test_a_refusal_answers_its_status_and_applies_nothing(
    room: Room, kind: FaultKind, status: int
) -> None:
    room.faults.add(Fault(kind=kind))
    response = await room.post()
    assert response.status_code == status
    assert room.ledger.posted == []


async def test_a_throttle_carries_the_systems_headers_unless_the_fault_overrides_them(
    room: Room,
) -> None:
    room.faults.add(Fault(kind=FaultKind.THROTTLE))
    room.faults.add(Fault(kind=FaultKind.THROTTLE, headers={"X-Reset-Ms": "9"}))
    assert (await room.post()).headers["x-reset-ms"] == "250"
    assert (await room.post()).headers["x-reset-ms"] == "9"


async def test_a_bare_throttle_carries_no_headers_of_the_system(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.THROTTLE_BARE))
    assert "x-reset-ms" not in (await room.post()).headers


async def test_the_wrong_type_is_a_page_for_people(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.WRONG_TYPE))
    response = await room.post()
    assert response.headers["content-type"] == "text/html"
    assert "<html>" in response.text


@pytest.mark.parametrize(
    ("kind", "applied"),
    [
        (FaultKind.DROP_BEFORE, []),
        (FaultKind.DROP_AFTER, ["hello"]),
        (FaultKind.HANG_BEFORE, []),
        (FaultKind.HANG_AFTER, ["hello"]),
        (FaultKind.TRUNCATE, ["hello"]),
    ],
)
async def test_a_broken_connection_gives_no_complete_answer(
    room: Room, kind: FaultKind, applied: list[str]
) -> None:
    room.faults.add(Fault(kind=kind, seconds=0.05))
    with pytest.raises(httpx.RemoteProtocolError):
        await room.post()
    assert room.ledger.posted == applied
    assert (await room.post("again")).status_code == 201


async def test_a_hang_outlasts_a_client_that_gives_up(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.HANG_BEFORE, seconds=60))
    with pytest.raises(httpx.ReadTimeout):
        await room.http.post("/orders", content="hello", timeout=httpx.Timeout(30, read=0.1))
    assert room.ledger.posted == []


async def test_garbage_is_no_text_under_the_apps_own_status(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.GARBAGE))
    response = await room.post()
    assert response.status_code == 201
    with pytest.raises(UnicodeDecodeError):
        response.content.decode("utf-8")
    assert room.ledger.posted == ["hello"]


async def test_a_bad_gateway_is_a_proxys_page_over_what_was_applied(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.BAD_GATEWAY))
    response = await room.post()
    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
    assert room.ledger.posted == ["hello"]


async def test_a_late_commit_is_applied_after_the_client_was_cut_off(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.LATE_COMMIT, seconds=0.1))
    room.ledger.open.clear()  # however long the client takes to notice that it was cut off
    with pytest.raises(httpx.RemoteProtocolError):
        await room.post()
    assert room.ledger.posted == []
    room.ledger.open.set()
    await asyncio.wait_for(room.ledger.written.wait(), timeout=30)
    assert room.ledger.posted == ["hello"]


async def test_a_late_commit_dies_with_the_server(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.LATE_COMMIT, seconds=60))
    with pytest.raises(httpx.RemoteProtocolError):
        await room.post()
    await room.server.restart()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "late commit"]


async def test_a_held_request_is_served_once_it_is_released(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.HOLD, seconds=30))
    asking = asyncio.create_task(room.post())
    await room.faults.spent()
    assert not room.ledger.posted

    room.faults.release()
    assert (await asking).status_code == 201
    assert room.ledger.posted == ["hello"]


async def test_a_fault_happens_as_often_as_it_says_after_letting_some_through(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=2, after=1))
    statuses = [(await room.post()).status_code for _ in range(4)]
    assert statuses == [201, 500, 500, 201]


async def test_a_fault_without_times_happens_until_it_is_cleared(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.UNAVAILABLE, times=None))
    assert [(await room.post()).status_code for _ in range(3)] == [503] * 3
    room.faults.clear()
    assert (await room.post()).status_code == 201


@pytest.mark.parametrize(
    "aimed",
    [
        Fault(kind=FaultKind.SERVER_ERROR, method="GET"),
        Fault(kind=FaultKind.SERVER_ERROR, path="^/customers"),
        Fault(kind=FaultKind.SERVER_ERROR, contains="another"),
    ],
    ids=["method", "path", "contains"],
)
async def test_a_fault_spares_what_it_is_not_aimed_at(room: Room, aimed: Fault) -> None:
    room.faults.add(aimed)
    assert (await room.post()).status_code == 201


async def test_contains_looks_into_the_decoded_query_and_into_the_body(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.SERVER_ERROR, contains="<Name>Zoë", times=2))
    query = await room.http.get("/query", params={"XmlIn": "<Name>Zoë</Name>"})
    body = await room.post("<Name>Zoë</Name>")
    assert (query.status_code, body.status_code) == (500, 500)


async def test_the_control_interface_adds_lists_and_clears_faults(room: Room) -> None:
    added = await room.http.post("/_sandbox/faults", json={"kind": "unavailable", "times": 3})
    listed = await room.http.get("/_sandbox/faults")
    cleared = await room.http.delete("/_sandbox/faults")
    assert (added.status_code, cleared.status_code) == (201, 204)
    assert [fault["kind"] for fault in listed.json()] == ["unavailable"]
    assert room.faults.pending == ()


async def test_an_instruction_nobody_understands_is_refused(room: Room) -> None:
    response = await room.http.post("/_sandbox/faults", json={"kind": "explode"})
    assert response.status_code == 422
    assert "kind" in response.text


async def test_control_paths_are_neither_faulted_nor_logged(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=None))
    assert (await room.http.get("/_sandbox/calls")).json() == {"count": 0, "calls": []}


async def test_the_call_log_names_what_was_asked_without_its_secrets(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.SERVER_ERROR, after=1))
    await room.http.get("/login", params={"Operator": "ADMIN", "OperatorPassword": "hunter2"})
    await room.post()
    logged = await room.http.get("/_sandbox/calls")
    assert logged.json()["count"] == 2
    assert [(c.method, c.path, c.fault) for c in room.faults.calls] == [
        ("GET", "/login", None),
        ("POST", "/orders", FaultKind.SERVER_ERROR),
    ]
    assert ("Operator", "ADMIN") in room.faults.calls[0].query
    assert "hunter2" not in json.dumps(logged.json())
    await room.http.delete("/_sandbox/calls")
    assert room.faults.calls == ()


async def test_a_stopped_stand_in_refuses_connections_and_comes_back_at_the_same_address(
    room: Room,
) -> None:
    address = room.server.base_url
    await room.server.stop()
    with pytest.raises(httpx.ConnectError):
        await room.post()
    await room.server.start()
    assert room.server.base_url == address
    assert (await room.post()).status_code == 201


async def test_stopping_does_not_wait_for_a_request_that_hangs(room: Room) -> None:
    room.faults.add(Fault(kind=FaultKind.HANG_BEFORE, seconds=60))
    asking = asyncio.create_task(room.post())
    while not room.faults.calls:  # noqa: ASYNC110 - the log has no event to wait for
        await asyncio.sleep(0.01)
    began = time.monotonic()
    await room.server.stop()
    assert time.monotonic() - began < 20
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await asking


async def test_without_a_fault_an_answer_is_sent_at_once(room: Room) -> None:
    assert await quickest_answer_seconds(room.http, "/orders") < 0.03
