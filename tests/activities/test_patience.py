"""How long one waiting order waits, and how many that are waiting come back."""

from datetime import timedelta

import pytest

from activities.patience import give_time, wait_before
from connectors.errors import CircuitOpen, OutcomeUnknown, Throttled, Unavailable
from settings.model import WaitingSettings

USUAL = WaitingSettings()  # pyright: ignore[reportCallIssue]
HOUR = timedelta(hours=1)


def test_the_first_tries_come_within_seconds() -> None:
    waited = sum((wait_before(attempt, USUAL) for attempt in (1, 2, 3)), timedelta())
    assert waited <= timedelta(seconds=14)


def test_an_hour_without_an_answer_costs_an_order_some_thirty_tries() -> None:
    waited, attempt = timedelta(), 0
    while waited < HOUR:
        attempt += 1
        waited += wait_before(attempt, USUAL)
    assert attempt <= 35


def test_no_wait_is_longer_than_the_longest_however_long_it_lasts() -> None:
    assert max(wait_before(attempt, USUAL) for attempt in (10, 1000, 10**6)) <= timedelta(minutes=5)


def test_those_that_have_waited_equally_long_come_back_spread_over_minutes() -> None:
    waits = sorted(wait_before(20, USUAL).total_seconds() for _ in range(400))
    assert waits[0] >= 150
    busiest = max(sum(start <= w < start + 10 for w in waits) for start in range(150, 300, 10))
    assert busiest < 80  # of 400, in ten of 150 seconds: 27 on average


def test_what_the_other_side_asked_for_is_waited_and_nothing_else() -> None:
    asked = timedelta(seconds=17)
    for error in (Throttled(retry_after=asked, limit="X"), Unavailable("", retry_after=asked)):
        give_time(error, USUAL)
        assert error.retry_after == asked


@pytest.mark.parametrize("error", [Unavailable("away"), OutcomeUnknown("perhaps")], ids=str)
def test_who_was_told_no_time_waits_by_its_number_of_tries(
    error: Unavailable | OutcomeUnknown,
) -> None:
    give_time(error, USUAL)
    assert error.retry_after is not None
    assert timedelta(seconds=1) <= error.retry_after <= timedelta(seconds=2)


def test_an_open_circuit_does_not_have_everybody_try_when_it_half_opens() -> None:
    for tries_in in (timedelta(milliseconds=1), timedelta(seconds=30)):
        error = CircuitOpen("away", retry_after=tries_in)
        give_time(error, USUAL)
        assert error.retry_after is not None
        assert timedelta(seconds=1) <= error.retry_after <= timedelta(seconds=2)
        assert error.tries_in == tries_in
