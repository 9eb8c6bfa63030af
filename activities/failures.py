"""The one place where outside failures become Temporal's, each with the retry it deserves."""

import random
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from connectors.errors import (
    CredentialsRejected,
    OutcomeUnknown,
    OutsideFailure,
    Refusal,
    Unavailable,
)
from domain.hold import Held, Hold

_JITTER = 0.1
RELEASES_ALL = "Then: tillbridge retry --code credentials-rejected"


def hold_for(error: Refusal | Held, step: str) -> Hold:
    """Say as a hold why a step was refused. The step is the plan's, whoever found the reason."""
    if isinstance(error, Held):
        return error.hold.model_copy(update={"step": step})
    remedy = error.remedy
    if isinstance(error, CredentialsRejected):
        remedy = f"{remedy} {RELEASES_ALL}".strip()
    return Hold(step=step, code=error.hold, reason=str(error), remedy=remedy)


def held_failure(hold: Hold) -> ApplicationError:
    """Return the failure that parks a workflow: never retried, with the hold as its details.

    It is benign to Temporal: a refusal is business, and is told as a hold.
    """
    return ApplicationError(
        hold.reason,
        hold,
        type=hold.code,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )


def passing_failure(error: OutsideFailure, *, late_commit: timedelta) -> ApplicationError:
    """Return the failure that Temporal retries, at the time at which it makes sense.

    Without a time of its own the retry policy decides. What is waited for is benign to Temporal:
    an outage is told once for all (activities.watching), not once for each try.
    """
    delay, category = None, ApplicationErrorCategory.BENIGN
    if isinstance(error, OutcomeUnknown):
        # A commit may still land; only after that time is "not there" a fact.
        delay = max(late_commit, error.retry_after or late_commit)
        category = ApplicationErrorCategory.UNSPECIFIED
    elif isinstance(error, Unavailable) and error.retry_after is not None:
        delay = _jittered(error.retry_after)
    return ApplicationError(str(error), type=error.code, next_retry_delay=delay, category=category)


def given_up(error: OutsideFailure) -> ApplicationError:
    """Return the failure of something that may as well be left out this time."""
    return ApplicationError(
        str(error), type=error.code, non_retryable=True, category=ApplicationErrorCategory.BENIGN
    )


def _jittered(delay: timedelta) -> timedelta:
    return delay * (1 + random.random() * _JITTER)
