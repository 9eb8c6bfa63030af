"""Delivers webhooks as the platform does: signed, retried, shuffled or lost on request."""

import asyncio
import contextlib
import hashlib
import json
import random
import ssl
import time
from collections import Counter, deque
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import httpx

from sandbox.bigcommerce.hooks import Hook, Hooks
from sandbox.bigcommerce.settings import Clock, StoreSettings
from sandbox.bigcommerce.signing import Signing, signature_headers

GAPS_SECONDS = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)
"""Waits between the twelve attempts (card, section 2.4)."""
_RATIO_WINDOW_SECONDS = 120
_BLOCKED_SECONDS = 180
_HEALTHY_RATIO = 0.9
_AT_ONCE = 20


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one hook."""

    webhook_id: str
    hook_id: int
    scope: str
    body: bytes


@dataclass(frozen=True)
class Attempt:
    """One try. `status` is None when no answer came; `lost` when it was never sent."""

    webhook_id: str
    scope: str
    destination: str
    number: int
    status: int | None
    lost: bool
    data: Any
    at: str
    """When its outcome was known, ISO 8601, UTC."""


@cache
def _trust() -> ssl.SSLContext:
    # Reading the authorities takes longer than all else about a new stand-in.
    return httpx.create_ssl_context()


class Courier:
    """The webhook side of the store.

    `pace` multiplies every documented gap: 1 is the real schedule, 0.0001 makes the two days of
    retries pass in seventeen seconds. `block_after` is how many requests the success ratio of a
    destination needs before it can be block-listed.
    """

    def __init__(
        self,
        settings: StoreSettings,
        hooks: Hooks,
        clock: Clock,
        *,
        pace: float = 1.0,
        signing: Signing = Signing.STANDARD,
        answer_within: float = 10.0,
    ) -> None:
        self.pace = pace
        self.signing = signing
        self.answer_within = answer_within
        self.block_after = 100
        self.attempts: list[Attempt] = []
        self.meddled: Counter[str] = Counter()
        """How many deliveries were lost, late or repeated on request."""
        self._settings = settings
        self._hooks = hooks
        self._clock = clock
        self._made = 0
        self._to_lose = 0
        self._to_delay: list[float] = []
        self._to_repeat: list[int] = []
        self._held: list[Delivery] | None = None
        self._outbox: deque[Delivery] = deque()
        self._outcomes: dict[str, deque[tuple[float, bool]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._http: httpx.AsyncClient | None = None

    @property
    def held(self) -> int:
        """How many deliveries wait for `release`."""
        return len(self._held or ())

    def fire(self, scope: str, data: Any) -> None:
        """Sends an event to every active hook that listens to its scope."""
        event = {
            "scope": scope,
            "store_id": str(self._settings.store_id),
            "data": data,
            "created_at": int(self._clock().timestamp()),
            "producer": f"stores/{self._settings.store_hash}",
        }
        # Opaque to receivers; a re-fire of the same event has the same hash.
        told = hashlib.sha1(json.dumps(event).encode(), usedforsecurity=False).hexdigest()
        body = json.dumps({**event, "hash": told}, separators=(",", ":")).encode()
        for hook in self._hooks.listening(scope):
            self._made += 1
            self._post(Delivery(f"msg_{self._made:020d}", hook.id, scope, body))

    def hold(self) -> None:
        """Keeps every event back until `release`."""
        self._held = self._held if self._held is not None else []

    def release(self, *, order: Literal["fifo", "shuffled"] = "fifo", duplicate: int = 0) -> None:
        """Delivers what was held, one after the other, each `duplicate` times more."""
        held, self._held = self._held or [], None
        sent = [delivery for delivery in held for _ in range(1 + duplicate)]
        if order == "shuffled":
            random.Random(len(sent)).shuffle(sent)
        self._spawn(self._in_turn(sent))

    def lose_next(self, count: int) -> None:
        """The next deliveries are dropped without ever being tried."""
        self._to_lose += count

    def delay_next(self, count: int, seconds: float) -> None:
        """The next deliveries leave `seconds` later, and are overtaken by others."""
        self._to_delay += [seconds] * count

    def repeat_next(self, count: int, times: int) -> None:
        """The next deliveries are made `times` times more, all at once."""
        self._to_repeat += [times] * count

    async def settle(self, *, within: float = 60.0) -> None:
        """Waits until nothing is on its way. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self._tasks:
                await asyncio.wait(self._tasks)

    async def start(self) -> None:
        """Opens the way out; events fired before are delivered now."""
        self._http = httpx.AsyncClient(verify=_trust(), timeout=self.answer_within, trust_env=False)
        while self._outbox:
            self._spawn(self._deliver(self._outbox.popleft()))

    async def stop(self) -> None:
        """Cancels every delivery and retry under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _post(self, delivery: Delivery) -> None:
        if self._to_lose:
            self._to_lose -= 1
            self.meddled["lost"] += 1
            self._record(delivery, self._hooks.get(delivery.hook_id), 0, None, lost=True)
        elif self._held is not None:
            self._held.append(delivery)
        elif self._http is None:
            self._outbox.append(delivery)
        elif self._to_delay:
            self.meddled["late"] += 1
            self._spawn(self._deliver(delivery, after=self._to_delay.pop(0)))
        else:
            again = self._to_repeat.pop(0) if self._to_repeat else 0
            if again:
                self.meddled["repeated"] += 1
            for _ in range(1 + again):
                self._spawn(self._deliver(delivery))

    def _spawn(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        task = asyncio.get_running_loop().create_task(run(), name="webhook")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_turn(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            if not await self._attempt(delivery, 1):
                self._spawn(self._retry(delivery))

    async def _deliver(self, delivery: Delivery, *, after: float = 0.0) -> None:
        await asyncio.sleep(after)
        if not await self._attempt(delivery, 1):
            await self._retry(delivery)

    async def _retry(self, delivery: Delivery) -> None:
        for number, gap in enumerate(GAPS_SECONDS, start=2):
            await asyncio.sleep(gap * self.pace)
            if await self._attempt(delivery, number):
                return
        self._hooks.deactivate(delivery.hook_id)

    async def _attempt(self, delivery: Delivery, number: int) -> bool:
        """Whether the delivery is done with: accepted, or its hook is gone."""
        hook = self._hooks.get(delivery.hook_id)
        if hook is None or not hook.is_active or self._http is None:
            return True
        if self._hooks.blocked_for(hook):
            return False
        secret = self._hooks.secret_of(hook)
        headers = {"content-type": "application/json", **hook.headers}
        headers |= signature_headers(
            self.signing, secret, delivery.webhook_id, int(time.time()), delivery.body
        )
        status = None
        async with self._room:
            with contextlib.suppress(httpx.TransportError):
                answer = await self._http.post(
                    hook.destination, content=delivery.body, headers=headers
                )
                status = answer.status_code
        accepted = status is not None and 200 <= status < 300
        self._record(delivery, hook, number, status)
        self._weigh(hook, accepted=accepted)
        return accepted

    def _record(
        self,
        delivery: Delivery,
        hook: Hook | None,
        number: int,
        status: int | None,
        *,
        lost: bool = False,
    ) -> None:
        destination = hook.destination if hook else ""
        data = json.loads(delivery.body)["data"]
        self.attempts.append(
            Attempt(
                delivery.webhook_id,
                delivery.scope,
                destination,
                number,
                status,
                lost,
                data,
                at=datetime.now(UTC).isoformat(),
            )
        )

    def _weigh(self, hook: Hook, *, accepted: bool) -> None:
        """Block-lists a destination whose success ratio of the last two minutes is too low."""
        now = time.monotonic()
        outcomes = self._outcomes.setdefault(hook.host, deque())
        outcomes.append((now, accepted))
        while outcomes and now - outcomes[0][0] > _RATIO_WINDOW_SECONDS:
            outcomes.popleft()
        good = sum(1 for _, fine in outcomes if fine)
        if len(outcomes) >= self.block_after and good < _HEALTHY_RATIO * len(outcomes):
            failed = len(outcomes) - good
            self._hooks.block(hook, seconds=_BLOCKED_SECONDS * self.pace, failures=failed)
            outcomes.clear()
