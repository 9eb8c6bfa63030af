"""Outside failures in Temporal's terms."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationErrorCategory

from activities.failures import held_failure, hold_for, passing_failure
from connectors.errors import (
    CircuitOpen,
    CredentialsRejected,
    OutcomeUnknown,
    OutsideFailure,
    Throttled,
    Unavailable,
)
from domain.hold import HoldCode

LATE = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    "error",
    [
        Throttled(retry_after=MINUTE, limit="X"),
        Unavailable("away", retry_after=MINUTE),
        CircuitOpen("away", retry_after=MINUTE),
    ],
    ids=lambda error: error.code,
)
def test_a_time_that_was_given_is_waited_with_a_little_jitter(error: OutsideFailure) -> None:
    delay = passing_failure(error, late_commit=LATE).next_retry_delay
    assert delay is not None
    assert MINUTE <= delay <= MINUTE * 1.1


def test_a_lost_answer_is_looked_for_no_sooner_than_a_late_commit_takes() -> None:
    soon = OutcomeUnknown("?", retry_after=timedelta(seconds=1))
    assert passing_failure(soon, late_commit=LATE).next_retry_delay == LATE
    often = OutcomeUnknown("?", retry_after=MINUTE)
    assert passing_failure(often, late_commit=LATE).next_retry_delay == MINUTE


def test_waiting_and_holding_are_no_errors_in_temporals_metrics_and_logs() -> None:
    benign = ApplicationErrorCategory.BENIGN
    assert passing_failure(Unavailable("away"), late_commit=LATE).category is benign
    hold = hold_for(CredentialsRejected("Wrong password."), "document")
    assert held_failure(hold).category is benign


def test_refused_credentials_say_what_releases_all_that_wait_for_them() -> None:
    hold = hold_for(CredentialsRejected("Wrong password.", remedy="Correct it."), "document")
    assert hold.code is HoldCode.CREDENTIALS_REJECTED
    assert hold.remedy == "Correct it. Then: tillbridge retry --code credentials-rejected"
