"""Push notifications: what changed, sent to webhooks with a static secret, at least once."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import uuid4

import httpx

from sandbox.acumatica.settings import AcumaticaSettings

ATTEMPTS = 5
_GAP_SECONDS = 60.0
_EPOCH_TICKS = 621_355_968_000_000_000
STOCK = "Item Availability Data"
PRICES = "Item Price Data"
CUSTOMERS = "Customer Data"


@dataclass(frozen=True)
class Destination:
    """A webhook on form SM302000: address, query, and one header with the shared secret."""

    url: str
    query: str
    header_name: str
    header_value: str = field(repr=False)


@dataclass(frozen=True)
class Attempt:
    """One try to deliver a notification; no status when no answer came."""

    id: str
    query: str
    number: int
    status: int | None


@cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class PushNotifications:
    """Sends what happens to the destinations that ask for its query."""

    def __init__(self, settings: AcumaticaSettings) -> None:
        self.attempts: list[Attempt] = []
        self.destinations: list[Destination] = []
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._outbox: list[tuple[Destination, bytes, str]] = []
        self._http: httpx.AsyncClient | None = None
        self._repeat = 0
        self._lose = 0

    def subscribe(
        self, url: str, *, query: str = STOCK, header_name: str, header_value: str
    ) -> None:
        """Adds a destination."""
        self.destinations.append(Destination(url, query, header_name, header_value))

    def repeat_next(self, times: int) -> None:
        """The next notification is delivered so many times more, under the same id."""
        self._repeat += times

    def lose_next(self, count: int) -> None:
        """The next notifications fail before they are sent and are never tried again."""
        self._lose += count

    def fire(
        self, query: str, *, inserted: list[dict[str, Any]], deleted: list[dict[str, Any]]
    ) -> None:
        """Tells one data transaction to everybody who asks for its query."""
        listening = [one for one in self.destinations if one.query == query]
        if not listening:
            return
        if self._lose:
            self._lose -= 1
            return
        notice = str(uuid4())
        body = {
            "Inserted": inserted,
            "Deleted": deleted,
            "Query": query,
            "CompanyId": self._settings.tenant,
            "Id": notice,
            "TimeStamp": _ticks(datetime.now(UTC)),
            "AdditionalInfo": {},
        }
        content = json.dumps(body, default=_number).encode()
        again, self._repeat = self._repeat, 0
        for destination in listening:
            for _ in range(1 + again):
                self._post(destination, content, notice)

    async def settle(self, *, within: float = 60.0) -> None:
        """Waits until nothing is on its way. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self._tasks:
                await asyncio.wait(self._tasks)

    async def start(self) -> None:
        """Opens the way out; what was fired before is delivered now."""
        self._http = httpx.AsyncClient(verify=_trust(), timeout=10, trust_env=False)
        while self._outbox:
            self._post(*self._outbox.pop(0))

    async def stop(self) -> None:
        """Cancels every delivery under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _post(self, destination: Destination, content: bytes, notice: str) -> None:
        if self._http is None:
            self._outbox.append((destination, content, notice))
            return
        self._spawn(self._deliver(self._http, destination, content, notice))

    def _spawn(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        task = asyncio.get_running_loop().create_task(run(), name="push notification")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self, http: httpx.AsyncClient, destination: Destination, content: bytes, notice: str
    ) -> None:
        headers = {
            "content-type": "application/json",
            destination.header_name: destination.header_value,
        }
        for number in range(1, ATTEMPTS + 1):
            status = None
            with contextlib.suppress(httpx.TransportError):
                answer = await http.post(destination.url, content=content, headers=headers)
                status = answer.status_code
            self.attempts.append(Attempt(notice, destination.query, number, status))
            if status is not None and 200 <= status < 300:
                return
            await asyncio.sleep(_GAP_SECONDS * self._settings.push_pace)


def _ticks(moment: datetime) -> int:
    """.NET's count of 100 ns since the year 1."""
    return _EPOCH_TICKS + int(moment.timestamp() * 10_000_000)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{value!r} is no JSON")
