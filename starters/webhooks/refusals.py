"""What is said of deliveries that anybody can send: enough to notice, too little to fill a disk."""

import logging
import time
from collections.abc import Callable

_QUIET_SECONDS = 10.0

_log = logging.getLogger(__name__)


class Refusals:
    """Logs the first refusal of a kind at once, and then at most one in ten seconds, with a count.

    The kinds must be few: they are remembered.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._quiet_until: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def tell(self, kind: str) -> None:
        """Count a refusal, and log it unless one of its kind was logged just before."""
        now = self._clock()
        if now < self._quiet_until.get(kind, now):
            self._untold[kind] = self._untold.get(kind, 0) + 1
            return
        self._quiet_until[kind] = now + _QUIET_SECONDS
        untold = self._untold.pop(kind, 0)
        _log.warning("%s%s", kind, f" ({untold} more since it was last told)" if untold else "")
