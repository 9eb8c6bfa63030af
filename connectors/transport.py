"""The one HTTP stack: time-outs, pacing, circuit breaker, spans, and failures by what to do next.

It never puts a URL, a header or a body into a log, a span or an error: on some systems they hold
passwords and whole documents. It follows no redirect, and reads no answer without end.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import httpx
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from connectors.breaker import Breaker
from connectors.errors import OutcomeUnknown, Rejected, Unavailable
from connectors.network import certificate_fault, network, trusting
from connectors.reading import (
    CODINGS,
    UnreadableAnswer,
    read_whole,
    redirect_target,
    unpacked,
)
from domain.record import Record

# httpx logs every URL at INFO, and SYSPRO's URLs carry the password.
logging.getLogger("httpx").setLevel(logging.WARNING)

_tracer = trace.get_tracer("tillbridge.connectors")

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)

# A statement of ten thousand invoices has a quarter of this.
_LONGEST_ANSWER_BYTES = 64 * 1024 * 1024


class Effect(StrEnum):
    """What a call does there; decides what a lost answer means."""

    READ = "read"
    WRITE = "write"


class Timeouts(Record):
    """How long one call may take, in seconds. Always shorter than the activity around it."""

    connect: float = 5
    read: float = 30
    write: float = 30

    def whole(self, read: float | None = None) -> float:
        """Return how long a call may take from its start to the last byte of its answer."""
        wait_for_a_slot = self.connect
        return wait_for_a_slot + self.connect + self.write + (read or self.read)


class Pacer(Protocol):
    """Keeps within the other side's limits, as far as its answers tell them."""

    async def admit(self) -> None:
        """Wait until a call may start.

        Raises:
            Throttled: the wait would be too long to hold a worker's slot.
        """
        ...

    def learn(self, response: httpx.Response) -> None:
        """Read the limits off an answer."""
        ...


class Unpaced:
    """For systems that publish no limit."""

    async def admit(self) -> None:
        """Let every call start at once."""

    def learn(self, response: httpx.Response) -> None:
        """Learn nothing."""


class Transport:
    """Sends requests to one outside system and turns every lack of an answer into a named failure.

    Any answer at all is returned: what a status or a body means is the client's to say.
    """

    def __init__(
        self,
        *,
        system: str,
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        ca_file: Path | None = None,
        pacer: Pacer | None = None,
        breaker: Breaker | None = None,
        max_concurrent: int = 10,
        longest_answer: int = _LONGEST_ANSWER_BYTES,
        keepalive_seconds: float = 5,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare one connection pool. `ca_file` adds a private authority; TLS is never off.

        Raises:
            ValueError: the `ca_file`, or the proxy that the environment names, cannot be used.
        """
        timeouts = timeouts or Timeouts()
        self._timeouts = timeouts
        self._longest = longest_answer
        self.system = system
        self.breaker = breaker or Breaker()
        self._pacer = pacer or Unpaced()
        self._slots = asyncio.Semaphore(max_concurrent)
        self._ahead: timedelta | None = None
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Accept-Encoding": CODINGS, **(headers or {})},
            timeout=httpx.Timeout(
                timeouts.read,
                connect=timeouts.connect,
                write=timeouts.write,
                pool=timeouts.connect,
            ),
            trust_env=False,  # what of the environment counts, `network` reads
            follow_redirects=False,
            transport=transport
            or network(verify=trusting(ca_file), keepalive_seconds=keepalive_seconds),
        )

    @property
    def their_time(self) -> datetime | None:
        """Return what time it is there, by the Date of the last answer; None before any told."""
        return None if self._ahead is None else datetime.now(UTC) + self._ahead

    async def aclose(self) -> None:
        """Close the pool."""
        await self._http.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        effect: Effect,
        params: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | tuple[str, str] | None = None,
        read_seconds: float | None = None,
    ) -> httpx.Response:
        """Send one request and return whatever answer comes, read whole.

        `operation` names the call in spans and messages; it must hold no data.

        Raises:
            Unavailable: no answer, and certainly not applied (or it was a read).
            OutcomeUnknown: a write went out and no complete answer came back.
            Rejected: we are sent to another address, where our credentials do not go.
            Throttled: the system's limits leave no room for the call now.
        """
        self.breaker.check(self.system)
        async with self._slots:
            await self._pacer.admit()
            request = self._http.build_request(
                method,
                url,
                params=params,
                json=json,
                content=content,
                headers=headers,
                timeout=read_seconds if read_seconds is not None else httpx.USE_CLIENT_DEFAULT,
            )
            with _tracer.start_as_current_span(
                f"{self.system} {operation}",
                kind=SpanKind.CLIENT,
                attributes={"http.request.method": method, "peer.service": self.system},
                record_exception=False,  # exception texts may quote the URL
            ) as span:
                seconds = self._timeouts.whole(read_seconds)
                response = await self._exchange(request, operation, effect, auth, seconds)
                span.set_attribute("http.response.status_code", response.status_code)
            self._pacer.learn(response)
            self._ahead = _ahead(response) or self._ahead
            return response

    async def _exchange(
        self,
        request: httpx.Request,
        operation: str,
        effect: Effect,
        auth: httpx.Auth | tuple[str, str] | None,
        seconds: float,
    ) -> httpx.Response:
        try:
            # Time-outs of the stack are between bytes; a drop every few seconds is no answer.
            async with asyncio.timeout(seconds):
                response = await self._answer(request, auth)
        except _NEVER_SENT as error:
            raise self._never_sent(request, error) from None
        except (httpx.RequestError, TimeoutError, UnreadableAnswer) as error:
            self.breaker.record(answered=False)
            what = str(error) if isinstance(error, UnreadableAnswer) else type(error).__name__
            if effect is Effect.READ:
                raise Unavailable(
                    f"{self.system} gave no answer to {operation} ({what})."
                ) from None
            raise OutcomeUnknown(
                f"{self.system} gave no complete answer to {operation} ({what}); "
                "it may have been applied."
            ) from None
        self.breaker.record(answered=response.status_code < 500)
        if response.has_redirect_location:
            raise self._sent_elsewhere(response, operation)
        return response

    async def _answer(
        self, request: httpx.Request, auth: httpx.Auth | tuple[str, str] | None
    ) -> httpx.Response:
        response = await self._http.send(
            request, auth=auth or httpx.USE_CLIENT_DEFAULT, stream=True
        )
        try:
            body = await read_whole(response, self._longest)
        finally:
            await response.aclose()
        return unpacked(response, body)

    def _never_sent(self, request: httpx.Request, error: Exception) -> Unavailable:
        host = request.url.netloc.decode("ascii")
        fault = certificate_fault(error, system=self.system, host=host)
        if fault:
            return Unavailable(fault)  # it does answer, so that the breaker would only hide why
        self.breaker.record(answered=False)
        return Unavailable(f"{self.system} cannot be reached ({type(error).__name__}).")

    def _sent_elsewhere(self, response: httpx.Response, operation: str) -> Rejected:
        return Rejected(
            f"{self.system} sends {operation} to {redirect_target(response)} "
            f"(HTTP {response.status_code}); credentials and documents do not follow.",
            number=str(response.status_code),
            remedy="Set the address that answers itself, or find out who redirects.",
        )


def _ahead(response: httpx.Response) -> timedelta | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]) - datetime.now(UTC)
    except (KeyError, ValueError, TypeError):  # none, no date, or one without a zone
        return None
