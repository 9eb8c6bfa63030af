"""Pacing by what the answers say."""

from datetime import timedelta

import httpx
import pytest

from connectors.bigcommerce.quota import Concurrency, Quota
from connectors.errors import Throttled
from tests.connectors.bigcommerce.conftest import Shop, an_order


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def quota(time: Time) -> Quota:
    return Quota(floor_percent=10, longest_wait=timedelta(seconds=10), clock=time, sleep=time.sleep)


def told(*, left: int, reset_ms: int, status: int = 200, **more: str) -> httpx.Response:
    headers = {
        "X-Rate-Limit-Time-Window-Ms": "30000",
        "X-Rate-Limit-Time-Reset-Ms": str(reset_ms),
        "X-Rate-Limit-Requests-Quota": "150",
        "X-Rate-Limit-Requests-Left": str(left),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return httpx.Response(status, headers=headers)


async def test_the_first_call_is_not_held_up(quota: Quota, time: Time) -> None:
    await quota.admit()
    assert time.slept == []


async def test_what_is_left_above_the_floor_may_be_used_at_once(quota: Quota, time: Time) -> None:
    quota.learn(told(left=20, reset_ms=5000))
    for _ in range(5):
        await quota.admit()
    assert time.slept == []


async def test_the_floor_is_left_to_the_stores_other_apps(quota: Quota, time: Time) -> None:
    quota.learn(told(left=15, reset_ms=5000))
    await quota.admit()
    assert time.slept == [pytest.approx(5, abs=0.1)]


async def test_calls_under_way_count_before_their_answers_come(quota: Quota, time: Time) -> None:
    quota.learn(told(left=17, reset_ms=5000))
    await quota.admit()
    await quota.admit()
    assert time.slept == []
    quota.learn(told(left=16, reset_ms=5000))
    await quota.admit()
    assert len(time.slept) == 1


async def test_a_new_window_starts_afresh(quota: Quota, time: Time) -> None:
    quota.learn(told(left=15, reset_ms=5000))
    await quota.admit()
    quota.learn(told(left=149, reset_ms=29_900))
    await quota.admit()
    assert len(time.slept) == 1


async def test_an_answer_out_of_a_window_that_is_over_is_not_believed(
    quota: Quota, time: Time
) -> None:
    quota.learn(told(left=140, reset_ms=29_000))
    quota.learn(told(left=1, reset_ms=100))
    await quota.admit()
    assert time.slept == []


async def test_a_wait_too_long_for_a_slot_is_handed_to_the_caller(quota: Quota) -> None:
    quota.learn(told(left=0, reset_ms=25_000))
    with pytest.raises(Throttled) as raised:
        await quota.admit()
    assert raised.value.retry_after == pytest.approx(
        timedelta(seconds=25), abs=timedelta(seconds=1)
    )


@pytest.mark.parametrize(
    ("reset_ms", "retry_after", "seconds"), [(15_000, "3", 15), (1000, "20", 20)]
)
async def test_a_refusal_waits_for_the_longer_of_the_two_times(
    quota: Quota, reset_ms: int, retry_after: str, seconds: int
) -> None:
    quota.learn(told(left=0, reset_ms=reset_ms, status=429, X_Retry_After=retry_after))
    assert quota.refusal().retry_after == timedelta(seconds=seconds)


async def test_a_refusal_counts_although_requests_are_left(quota: Quota, time: Time) -> None:
    quota.learn(told(left=35, reset_ms=4000, status=429))
    await quota.admit()
    assert time.slept == [pytest.approx(4)]


async def test_refusals_without_headers_back_off_further_each_time(quota: Quota) -> None:
    waits: list[float] = []
    for _ in range(8):
        quota.learn(httpx.Response(429))
        after = quota.refusal().retry_after
        assert after is not None
        waits.append(after.total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_an_answer_ends_the_back_off(quota: Quota, time: Time) -> None:
    quota.learn(httpx.Response(429))
    quota.learn(httpx.Response(429))
    quota.learn(httpx.Response(200))
    time.now += 10
    quota.learn(httpx.Response(429))
    assert quota.refusal().retry_after == timedelta(seconds=1)


async def test_headers_that_are_no_numbers_are_not_believed(quota: Quota, time: Time) -> None:
    broken = {"X-Rate-Limit-Requests-Left": "none", "X-Rate-Limit-Time-Reset-Ms": "-1"}
    quota.learn(httpx.Response(200, headers=broken))
    await quota.admit()
    assert time.slept == []


async def test_pressure_halves_what_is_in_flight_and_calm_gives_it_back() -> None:
    concurrency = Concurrency(8)
    concurrency.learn(httpx.Response(429))
    assert concurrency.limit == 4
    for _ in range(40):
        concurrency.learn(httpx.Response(200))
    assert concurrency.limit == 6


async def test_a_lowered_limit_holds_once_the_calls_over_it_have_ended() -> None:
    concurrency = Concurrency(2)
    first, second = concurrency.slot(), concurrency.slot()
    await first.__aenter__()
    await second.__aenter__()
    concurrency.learn(httpx.Response(429))
    await first.__aexit__(None, None, None)
    third = concurrency.slot()
    waiting = third.__aenter__()
    await second.__aexit__(None, None, None)
    await waiting
    await third.__aexit__(None, None, None)
    assert concurrency.limit == 1


async def test_an_exhausted_quota_is_told_with_headers_as_low_concurrency_is_not(
    quota: Quota,
) -> None:
    concurrency = Concurrency(8)
    concurrency.learn(told(left=0, reset_ms=1000, status=429))
    assert concurrency.limit == 8


async def test_a_store_with_a_small_quota_is_never_driven_into_refusing(shop: Shop) -> None:
    shop.store.settings.quota, shop.store.settings.quota_window_ms = 20, 300
    order_ids = [str(shop.store.place_order(an_order())) for _ in range(10)]
    await shop.connector.webhooks()  # the first answer tells the quota
    for order_id in order_ids:
        order = await shop.connector.order(order_id)
        assert order.id == order_id


async def test_a_refusal_in_earnest_says_when_to_come_back(shop: Shop) -> None:
    shop.store.settings.quota, shop.store.settings.quota_window_ms = 1, 30_000
    connector = shop.connect(quota_floor_percent=0)
    order_id = str(shop.store.place_order(an_order()))
    with pytest.raises(Throttled) as raised:
        await connector.order(order_id)
    after = raised.value.retry_after
    assert after is not None
    assert timedelta(seconds=5) < after <= timedelta(seconds=31)
