"""The HTTP stack: what each way of not answering means."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from connectors import transport as under_test
from connectors.breaker import Breaker
from connectors.errors import OutcomeUnknown, Rejected, Throttled, Unavailable
from connectors.transport import Effect, Timeouts, Transport
from sandbox.asgi import Receive, Scope, Send, answer
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.serving import StandInServer

Open = Callable[..., Transport]
SECRET = "s3cret"


async def _ok(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, 200, b"ok", {})


@pytest.fixture
async def faults() -> Faults:
    return Faults(_ok)


@pytest.fixture
async def server(faults: Faults) -> AsyncIterator[StandInServer]:
    async with StandInServer(faults) as served:
        yield served


@pytest.fixture
async def opened(server: StandInServer) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def connect(**settings: Any) -> Transport:
            settings = {"system": "SYSTEM", "base_url": server.base_url, **settings}
            made = Transport(**settings)
            stack.push_async_callback(made.aclose)
            return made

        yield connect


async def call(transport: Transport, effect: Effect = Effect.READ, **more: Any) -> httpx.Response:
    method = "GET" if effect is Effect.READ else "POST"
    return await transport.send(
        method, f"/things?token={SECRET}", operation="list things", effect=effect, **more
    )


async def test_any_answer_is_returned_whatever_its_status(opened: Open, faults: Faults) -> None:
    faults.add(Fault(kind=FaultKind.SERVER_ERROR))
    assert (await call(opened())).status_code == 500
    assert (await call(opened())).status_code == 200


@pytest.mark.parametrize("effect", Effect)
async def test_a_refused_connection_means_that_nothing_was_applied(
    opened: Open, server: StandInServer, effect: Effect
) -> None:
    await server.stop()
    with pytest.raises(Unavailable):
        await call(opened(), effect)


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.TRUNCATE])
async def test_a_broken_answer_leaves_a_write_in_doubt_and_a_read_undone(
    opened: Open, faults: Faults, kind: FaultKind
) -> None:
    faults.add(Fault(kind=kind, times=2))
    with pytest.raises(Unavailable):
        await call(opened(), Effect.READ)
    with pytest.raises(OutcomeUnknown):
        await call(opened(), Effect.WRITE)


async def test_silence_ends_with_the_time_out(opened: Open, faults: Faults) -> None:
    faults.add(Fault(kind=FaultKind.HANG_AFTER, seconds=60, times=2))
    with pytest.raises(Unavailable):
        await call(opened(timeouts=Timeouts(read=0.1)))
    with pytest.raises(OutcomeUnknown):
        await call(opened(), Effect.WRITE, read_seconds=0.1)


async def test_an_address_that_cannot_be_asked_was_certainly_not_written_to(opened: Open) -> None:
    with pytest.raises(Unavailable):
        await call(opened(base_url="gopher://127.0.0.1"), Effect.WRITE)


async def test_a_redirect_is_not_followed_but_told() -> None:
    asked: list[httpx.Request] = []

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example.com"})

    transport = Transport(
        system="SYSTEM",
        base_url="https://here.example.com",
        transport=httpx.MockTransport(away),
    )
    with pytest.raises(Rejected, match=r"elsewhere\.example\.com"):
        await call(transport)
    assert len(asked) == 1
    await transport.aclose()


async def test_no_failure_and_no_span_quotes_the_url(
    opened: Open, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(under_test, "_tracer", trace.get_tracer("t", tracer_provider=provider))
    transport = opened()
    await call(transport)
    faults.add(Fault(kind=FaultKind.DROP_BEFORE))
    with pytest.raises(OutcomeUnknown) as raised:
        await call(transport, Effect.WRITE)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    finished = spans.get_finished_spans()
    assert [span.name for span in finished] == ["SYSTEM list things"] * 2
    assert all(SECRET not in span.to_json() for span in finished)


async def test_no_more_calls_than_allowed_are_under_way() -> None:
    most = now = 0
    three = asyncio.Barrier(3)  # each call is answered when three are under way

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await three.wait()
        now -= 1
        return httpx.Response(200)

    transport = Transport(
        system="SYSTEM",
        base_url="https://here.example.com",
        max_concurrent=3,
        transport=httpx.MockTransport(handle),
    )
    await asyncio.gather(*(call(transport) for _ in range(12)))
    assert most == 3
    await transport.aclose()


async def test_the_other_sides_time_is_read_off_its_answers(opened: Open, faults: Faults) -> None:
    def ten_minutes_ago() -> datetime:
        return datetime.now(UTC) - timedelta(minutes=10)

    async with StandInServer(faults, clock=ten_minutes_ago) as behind:
        transport = opened(base_url=behind.base_url)
        assert transport.their_time is None
        await call(transport)
        assert transport.their_time is not None
        assert abs(transport.their_time - ten_minutes_ago()) < timedelta(minutes=2)


@pytest.mark.parametrize("date", ["", "soon", "Sat, 21 Nov 2026 10:00:00"])
async def test_an_answer_without_a_date_tells_no_time(date: str) -> None:
    transport = Transport(
        system="SYSTEM",
        base_url="https://here.example.com",
        transport=httpx.MockTransport(lambda _: httpx.Response(200, headers={"Date": date})),
    )
    await call(transport)
    assert transport.their_time is None
    await transport.aclose()


class Closed:
    """A pacer without room."""

    async def admit(self) -> None:
        raise Throttled(retry_after=timedelta(seconds=9), limit="SYSTEM")

    def learn(self, response: httpx.Response) -> None:
        raise AssertionError("nothing was asked")


async def test_a_call_for_which_the_limits_leave_no_room_is_not_sent(
    opened: Open, faults: Faults
) -> None:
    with pytest.raises(Throttled):
        await call(opened(pacer=Closed()))
    assert faults.calls == ()


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time: Time) -> Breaker:
    return Breaker(failures=3, pause=timedelta(seconds=15), clock=time)


def test_a_breaker_opens_after_failures_in_a_row_and_says_when_to_try(breaker: Breaker) -> None:
    for answered in (False, False, True, False, False):
        breaker.record(answered=answered)
    breaker.check("SYSTEM")
    breaker.record(answered=False)
    with pytest.raises(Unavailable) as raised:
        breaker.check("SYSTEM")
    assert raised.value.retry_after == timedelta(seconds=15)


def test_after_the_pause_one_call_tries_and_the_others_wait_for_it(
    breaker: Breaker, time: Time
) -> None:
    for _ in range(3):
        breaker.record(answered=False)
    time.now += 16
    breaker.check("SYSTEM")
    with pytest.raises(Unavailable):
        breaker.check("SYSTEM")
    breaker.record(answered=True)
    breaker.check("SYSTEM")


async def test_failures_in_a_row_stop_the_asking(opened: Open, faults: Faults) -> None:
    transport = opened(breaker=Breaker(failures=2))
    faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=None))
    await call(transport)
    await call(transport)
    with pytest.raises(Unavailable):
        await call(transport)
    assert len(faults.calls) == 2
