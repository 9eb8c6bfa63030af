"""The connection test."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Capability, Finding
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


PUSHES = frozenset({Capability.STOCK_IN, Capability.PRICES_IN})


async def test_what_pushes_need_is_checked_where_there_are_pushes(shop: Shop) -> None:
    shop.clock.now = datetime.now(UTC)
    shop.store.catalogue.add_location("Annex")
    findings = await shop.connector.examine(needed=PUSHES, locations={"1", "2"})
    assert [one.check for one in findings][-4:] == [
        "Products",
        "Inventory",
        "Location 1",
        "Location 2",
    ]
    assert all(one.ok for one in findings)
    assert "only a write can prove" in by_check(findings)["Inventory"].detail
    assert {method for method, _, _ in shop.asked} == {"GET"}


async def test_a_location_that_is_not_there_is_named_with_those_that_are(shop: Shop) -> None:
    findings = by_check(await shop.connector.examine(locations={"1", "7", "annex"}))
    assert findings["Location 1"].ok
    for missing in ("7", "annex"):
        finding = findings[f"Location {missing}"]
        assert not finding.ok
        assert f"no location {missing}; it has 1 (Default)" in finding.detail
        assert "map set location" in finding.remedy


@pytest.mark.parametrize(
    ("missing", "check"), [("store_v2_products", "Products"), ("store_inventory", "Inventory")]
)
async def test_each_scope_that_a_push_lacks_is_found_and_named(
    shop: Shop, missing: str, check: str
) -> None:
    shop.clock.now = datetime.now(UTC)
    shop.store.settings.tokens["narrow"] = Token(ALL_SCOPES - {missing})
    connector = shop.connect(access_token="narrow")
    findings = await connector.examine(needed=PUSHES, locations={"1"})
    [failed] = [finding for finding in findings if not finding.ok]
    assert failed.check == check
    assert missing in failed.remedy


async def test_without_the_scope_for_locations_it_says_that_it_cannot_tell(shop: Shop) -> None:
    shop.store.settings.tokens["narrow"] = Token(ALL_SCOPES - {"store_locations"})
    connector = shop.connect(access_token="narrow")
    location = by_check(await connector.examine(needed=PUSHES, locations={"7"}))["Location 7"]
    assert location.ok
    assert "Cannot be checked" in location.detail
