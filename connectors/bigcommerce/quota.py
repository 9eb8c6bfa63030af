"""Keeps within the store's quota as its answers tell it, and within what it can bear at once.

The quota is shared by all apps of a store and re-divided as they come and go, so only the newest
answer is believed (BigCommerce documentation, "API rate limits").
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from math import ceil, inf
from time import monotonic

import httpx

from connectors.errors import Throttled

_LIMIT = "BigCommerce"
_LONGEST_BACK_OFF = 60.0
_LONGEST_WAIT = 3600.0  # whoever asks for more is mistaken
_CALM_ANSWERS = 20
_USUAL_WINDOW_MS = 30_000.0
_MARGIN = 0.02  # waking up a moment before the window ends would earn a refusal


class Quota:
    """The store's requests per window. One per connection and process; all calls share it."""

    def __init__(
        self,
        *,
        floor_percent: int,
        longest_wait: timedelta,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`floor_percent` of a window is left to the store's other apps."""
        self._floor_percent = floor_percent
        self._longest_wait = longest_wait.total_seconds()
        self._clock = clock
        self._sleep = sleep
        self._quota = 0
        self._left: int | None = None  # none: no answer has told yet
        self._refills_at = 0.0
        self._blocked_until = 0.0
        self._bare_refusals = 0

    async def admit(self) -> None:
        """Wait until a call may start.

        Raises:
            Throttled: the window refills later than a worker's slot should be held for.
        """
        while (wait := self._wait()) > 0:
            if wait > self._longest_wait:
                raise Throttled(retry_after=timedelta(seconds=wait), limit=_LIMIT)
            await self._sleep(wait)
        if self._left is not None:
            self._left -= 1

    def learn(self, response: httpx.Response) -> None:
        """Read quota and refusals off an answer."""
        headers = response.headers
        left = _number(headers, "X-Rate-Limit-Requests-Left")
        reset = _number(headers, "X-Rate-Limit-Time-Reset-Ms")
        quota = _number(headers, "X-Rate-Limit-Requests-Quota")
        if left is not None and reset is not None and quota:
            window = _number(headers, "X-Rate-Limit-Time-Window-Ms") or _USUAL_WINDOW_MS
            self._window(int(left), reset / 1000, window / 1000, int(quota))
        if response.status_code != 429:
            self._bare_refusals = 0
            return
        told = [
            seconds
            for seconds in (
                None if reset is None else reset / 1000,
                _number(headers, "X-Retry-After"),
                _number(headers, "Retry-After"),
            )
            if seconds is not None
        ]
        # Left may well be above zero here: the documentation's own example shows 35.
        self._block(max(told) if told else self._back_off())

    def refusal(self) -> Throttled:
        """Say how long a refused call has to wait."""
        wait = max(self._blocked_until - self._clock(), 0.0)
        return Throttled(retry_after=timedelta(seconds=wait), limit=_LIMIT)

    def _wait(self) -> float:
        now = self._clock()
        if now < self._blocked_until:
            return self._blocked_until - now
        if self._left is None or self._quota == 0:
            return 0.0
        if now >= self._refills_at:
            self._left = self._quota
            self._refills_at = inf  # until an answer tells the new window's end
        if self._left > ceil(self._quota * self._floor_percent / 100):
            return 0.0
        if self._refills_at == inf:
            return 0.0  # nobody has told when it refills: only an answer can
        return self._refills_at - now

    def _window(self, left: int, resets_in: float, window: float, quota: int) -> None:
        refills_at = self._clock() + min(resets_in, _LONGEST_WAIT) + _MARGIN
        later = refills_at - self._refills_at
        if later < -window / 2 and self._refills_at != inf:
            return  # an answer that was overtaken, out of a window that is over
        same = abs(later) < window / 2
        # Within a window, calls under way are not yet in the store's count but are in ours.
        self._left = min(left, self._left) if same and self._left is not None else left
        self._refills_at, self._quota = refills_at, quota

    def _block(self, seconds: float) -> None:
        self._blocked_until = max(self._blocked_until, self._clock() + min(seconds, _LONGEST_WAIT))

    def _back_off(self) -> float:
        self._bare_refusals += 1
        return min(2.0 ** (self._bare_refusals - 1), _LONGEST_BACK_OFF)


class Concurrency:
    """How many calls may be in flight: halved when the platform balks, regained one by one.

    The platform's adaptive limits answer a bare 429 under concurrency that it cannot bear.
    """

    def __init__(self, most: int) -> None:
        self.limit = most
        self._most = most
        self._slots = asyncio.Semaphore(most)
        self._withheld = 0  # places to keep back as soon as the calls holding them end
        self._calm = 0

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Wait for a place and hold it."""
        await self._slots.acquire()
        try:
            yield
        finally:
            self._free()

    def learn(self, response: httpx.Response) -> None:
        """Lower the limit on a 429 without limit headers; raise it after a calm while."""
        if response.status_code == 429 and "X-Rate-Limit-Time-Reset-Ms" not in response.headers:
            lowered = max(1, self.limit // 2)
            self._withheld += self.limit - lowered
            self.limit, self._calm = lowered, 0
            return
        self._calm += 1
        if self._calm >= _CALM_ANSWERS and self.limit < self._most:
            self.limit, self._calm = self.limit + 1, 0
            self._free()

    def _free(self) -> None:
        if self._withheld:
            self._withheld -= 1
        else:
            self._slots.release()


def _number(headers: httpx.Headers, name: str) -> float | None:
    text = headers.get(name, "").strip()
    return float(text[:12]) if text.isascii() and text.isdigit() else None
