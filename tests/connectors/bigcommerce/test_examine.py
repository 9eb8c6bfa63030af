"""The connection test."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Finding
from connectors.errors import Unavailable
from sandbox.bigcommerce import Token
from sandbox.bigcommerce.settings import ALL_SCOPES
from tests.connectors.bigcommerce.conftest import Shop, an_order


def by_check(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


async def test_a_store_in_order_is_found_to_be_so(shop: Shop) -> None:
    shop.clock.now = datetime.now(UTC)
    findings = by_check(await shop.connector.examine())
    assert list(findings) == [
        "Clock",
        "Store",
        "Orders",
        "Refunds",
        "Transactions",
        "Customers",
        "Webhooks",
    ]
    assert all(finding.ok and not finding.remedy for finding in findings.values())
    told = findings["Store"].detail
    assert all(part in told for part in ("USD", "without tax", "America/Chicago", "Standard"))


async def test_examining_changes_nothing(shop: Shop) -> None:
    shop.store.place_order(an_order())
    await shop.connector.examine()
    assert {method for method, _, _ in shop.asked} == {"GET"}


async def test_a_clock_that_is_off_would_cost_the_webhooks_and_is_found(shop: Shop) -> None:
    shop.clock.now = datetime.now(UTC) - timedelta(minutes=10)
    clock = by_check(await shop.connector.examine())["Clock"]
    assert not clock.ok
    assert "NTP" in clock.remedy


@pytest.mark.parametrize(
    ("missing", "checks"),
    [
        ("store_v2_orders", {"Orders", "Refunds"}),
        ("store_v2_transactions", {"Transactions"}),
        ("store_v2_customers", {"Customers"}),
        ("store_v2_information", {"Clock", "Store"}),
    ],
)
async def test_each_missing_scope_is_found_and_named(
    shop: Shop, missing: str, checks: set[str]
) -> None:
    shop.clock.now = datetime.now(UTC)
    shop.store.settings.tokens["narrow"] = Token(ALL_SCOPES - {missing})
    findings = await shop.connect(access_token="narrow").examine()
    found = {finding.check: finding.remedy for finding in findings if not finding.ok}
    assert set(found) == checks
    assert all(missing in remedy for remedy in found.values())


async def test_a_wrong_token_fails_every_check_with_the_same_remedy(shop: Shop) -> None:
    findings = await shop.connect(access_token="wrong").examine()
    assert not any(finding.ok for finding in findings)
    assert len({finding.remedy for finding in findings}) == 1


async def test_a_store_that_is_away_says_nothing_about_its_settings(shop: Shop) -> None:
    await shop.server.stop()
    with pytest.raises(Unavailable):
        await shop.connector.examine()
