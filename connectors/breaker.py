"""The circuit breaker: a system that does not answer is asked less and less often."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from connectors.errors import CircuitOpen


class Breaker:
    """After several failures in a row refuses calls for a while, then lets one try.

    The whiles double, so that a short absence costs little and a long one few calls.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        pause: timedelta = timedelta(seconds=1),
        longest: timedelta = timedelta(seconds=30),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._limit = failures
        self._first_pause = self._pause = pause.total_seconds()
        self._longest = longest.total_seconds()
        self._clock = clock
        self._failures = 0
        self._closed_again_at = 0.0
        self._trying = False

    @property
    def open(self) -> bool:
        """Tell whether calls are refused at the moment."""
        return self._failures >= self._limit and self._clock() < self._closed_again_at

    def check(self, system: str) -> None:
        """Refuse the call while open.

        Raises:
            CircuitOpen: with the time at which the next try is due.
        """
        if self.open:
            wait = self._closed_again_at - self._clock()
            raise CircuitOpen(
                f"{system} has not answered {self._failures} times in a row; one call tries again "
                f"in {wait:.0f} s.",
                retry_after=timedelta(seconds=wait),
            )
        if self._failures >= self._limit:
            # Half open: whoever comes first tries, the others wait for the outcome. One that is
            # cancelled never tells it, hence the limit.
            self._trying = True
            self._closed_again_at = self._clock() + self._longest

    def record(self, *, answered: bool) -> None:
        """Count an answer or the lack of one."""
        if answered:
            self._failures, self._pause = 0, self._first_pause
        else:
            self._failures += 1
            if self._trying:
                self._pause = min(2 * self._pause, self._longest)
        self._trying = False
        self._closed_again_at = self._clock() + self._pause
