from typing import Any

import pytest

from connectors.contract import Finding


def by_check(findings: tuple[Finding, ...], part: str) -> Finding:
    return next(one for one in findings if part in one.check)


async def test_a_well_set_up_tenant_passes_every_check(site: Any) -> None:
    findings = await site.connect().examine(revenue_classes={"FREIGHT", "FEES"})
    assert [one.check for one in findings if not one.ok] == []
    assert "25.093.0036" in by_check(findings, "Endpoint").detail
    assert "books in USD" in by_check(findings, "Branch").detail
    assert "STORECC/10600" in by_check(findings, "cash accounts").detail
    assert site.stand_in.books.orders == []


async def test_what_cannot_be_read_is_said_and_where_to_look(site: Any) -> None:
    findings = await site.connect().examine()
    assert "Forbid Duplicates" in by_check(findings, "Duplicates").detail


async def test_a_version_that_is_not_served_lists_those_that_are_and_logs_nobody_on(
    site: Any,
) -> None:
    site.stand_in.settings.versions = ("20.200.001", "22.200.001")
    [finding] = await site.connect().examine()
    assert not finding.ok
    assert "20.200.001, 22.200.001" in finding.detail
    assert site.sessions.session is None


async def test_older_builds_that_list_their_endpoints_bare_are_understood(site: Any) -> None:
    site.stand_in.settings.bare_versions = True
    assert (await site.connect().examine())[0].ok


async def test_instances_that_list_their_endpoints_to_users_only_are_understood(site: Any) -> None:
    site.stand_in.settings.versions_need_login = True
    assert (await site.connect().examine())[0].ok


@pytest.mark.parametrize(
    ("changed", "check", "says"),
    [
        ({"branch": "NOWHERE"}, "Branch", "NOWHERE"),
        ({"tax_id": "NOTAX"}, "Tax", "There is no tax NOTAX"),
        ({"default_warehouse": "MOON"}, "Warehouse", "no active warehouse MOON"),
        ({"rounding_item": "NOITEM"}, "Charge item NOITEM", "no non-stock item NOITEM"),
        ({"adjustment_item": "MUG-BLUE"}, "Charge item MUG-BLUE", "no non-stock item"),
        ({"local_currency": "EUR"}, "Branch", "keeps its books in USD"),
    ],
)
async def test_a_wrong_code_is_found(
    site: Any, changed: dict[str, Any], check: str, says: str
) -> None:
    finding = by_check(await site.connect(**changed).examine(), check)
    assert not finding.ok
    assert says in finding.detail
    assert finding.remedy


async def test_a_charge_item_that_is_missing_is_found(site: Any) -> None:
    finding = by_check(await site.connect().examine(revenue_classes={"NOSUCH"}), "NOSUCH")
    assert not finding.ok


async def test_missing_rights_are_a_finding_of_their_own(site: Any) -> None:
    site.stand_in.settings.forbidden = {"Payment"}
    findings = await site.connect().examine()
    assert [one.check for one in findings if not one.ok] == ["Payments"]


async def test_a_wrong_password_ends_the_test_there(site: Any) -> None:
    erp = site.connect()
    site.stand_in.settings.password = "another"
    findings = await erp.examine()
    assert [one.ok for one in findings] == [True, False]
    assert findings[-1].check == "Log-on"


async def test_a_web_customer_in_the_wrong_currency_is_found(site: Any) -> None:
    erp = site.connect(
        customer_strategy="single", web_customers={"USD": "WEBSTORE", "EUR": "WEBSTORE"}
    )
    findings = await erp.examine()
    assert by_check(findings, "WEBSTORE in USD").ok
    assert "takes no other" in by_check(findings, "WEBSTORE in EUR").detail


async def test_a_cookie_proves_no_tenant_and_the_test_says_so(site: Any) -> None:
    finding = by_check(await site.connect(kind="cookie").examine(), "Log-on")
    assert "takes any name" in finding.detail


async def test_an_instance_that_is_away_is_one_finding(site: Any) -> None:
    erp = site.connect(base_url="http://127.0.0.1:9")
    [finding] = await erp.examine()
    assert "base_url" in finding.remedy


async def test_every_warehouse_that_is_sold_from_is_looked_for(site: Any) -> None:
    findings = await site.connect().examine(warehouses={"EAST", "NOSUCH"})
    assert by_check(findings, "Sold from EAST").ok
    missing = by_check(findings, "Sold from NOSUCH")
    assert not missing.ok
    assert missing.detail == "There is no active warehouse NOSUCH."
    assert "map set location" in missing.remedy
