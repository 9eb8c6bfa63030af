"""How long to wait before the next try: soon at first, then minutes, never in step with others."""

import random
from datetime import timedelta

from temporalio import activity

from connectors.errors import CircuitOpen, OutcomeUnknown, Unavailable
from settings.model import WaitingSettings

# Of the whole wait at least this much; the rest is by chance, which spreads the return.
_CERTAIN = 0.5


def wait_before(attempt: int, settings: WaitingSettings) -> timedelta:
    """Return how long to wait after the given attempt, the first being 1.

    The waits double up to the longest; each is between half of that and the whole of it.
    """
    doubled = settings.first_seconds * 2.0 ** min(attempt - 1, 32)
    seconds = min(doubled, settings.longest_seconds)
    return timedelta(seconds=seconds * random.uniform(_CERTAIN, 1.0))


def give_time(error: Unavailable | OutcomeUnknown, settings: WaitingSettings) -> None:
    """Say when to try again where the other side did not.

    What it asked for stands (`Throttled`, a Retry-After). An open circuit says when one call may
    try, which is not when everybody should: each waits by its own number of tries.
    """
    attempt = activity.info().attempt if activity.in_activity() else 1
    wait = wait_before(attempt, settings)
    if error.retry_after is None or isinstance(error, CircuitOpen):
        error.retry_after = wait
