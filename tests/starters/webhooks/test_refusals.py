import pytest

from starters.webhooks.refusals import Refusals


def test_the_first_of_a_kind_is_logged_and_then_one_in_ten_seconds_with_a_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 100.0
    refusals = Refusals(clock=lambda: now)
    for _ in range(1_000):
        refusals.tell("unknown path")
    refusals.tell("wrong signature")
    now += 10
    refusals.tell("unknown path")
    refusals.tell("wrong signature")
    assert [record.getMessage() for record in caplog.records] == [
        "unknown path",
        "wrong signature",
        "unknown path (999 more since it was last told)",
        "wrong signature",
    ]
