"""The one place where outside failures become Temporal's, each with the retry it deserves."""

import random
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from connectors.errors import OutcomeUnknown, OutsideFailure, Refusal, Throttled, Unavailable
from domain.hold import Held, Hold

_JITTER = 0.1


def hold_for(error: Refusal | Held, step: str) -> Hold:
    """Say as a hold why a step was refused. The step is the plan's, whoever found the reason."""
    if isinstance(error, Held):
        return error.hold.model_copy(update={"step": step})
    return Hold(step=step, code=error.hold, reason=str(error), remedy=error.remedy)


def held_failure(hold: Hold) -> ApplicationError:
    """Return the failure that parks a workflow: never retried, with the hold as its details."""
    return ApplicationError(hold.reason, hold, type=hold.code, non_retryable=True)


def passing_failure(error: OutsideFailure, *, late_commit: timedelta) -> ApplicationError:
    """Return the failure that Temporal retries, at the time at which it makes sense."""
    match error:
        case Throttled(retry_after=timedelta() as after):
            delay, category = _jittered(after), ApplicationErrorCategory.BENIGN
        case Unavailable(retry_after=timedelta() as after):
            delay, category = _jittered(after), ApplicationErrorCategory.UNSPECIFIED
        case OutcomeUnknown():
            # A commit may still land; only after that time is "not there" a fact.
            delay, category = late_commit, ApplicationErrorCategory.UNSPECIFIED
        case _:
            delay, category = None, ApplicationErrorCategory.UNSPECIFIED
    return ApplicationError(str(error), type=error.code, next_retry_delay=delay, category=category)


def _jittered(delay: timedelta) -> timedelta:
    return delay * (1 + random.random() * _JITTER)
