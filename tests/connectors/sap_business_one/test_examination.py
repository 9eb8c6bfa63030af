from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.sap_business_one.connector import SapBusinessOne

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


CLASSES = ["400010", "expense:2", "item:FEES", "default"]


async def findings(erp: SapBusinessOne, *classes: str) -> dict[str, Any]:
    return {one.check: one for one in await erp.examine(revenue_classes=classes)}


@both_protocols
async def test_a_connection_that_is_set_up_well_has_nothing_to_put_right(
    site: Any, erp: Any
) -> None:
    found = await findings(erp, *CLASSES)
    assert [one for one in found.values() if not one.ok] == []
    assert "version 1000280" in found["Log-in"].detail
    assert found["Our field on documents (OINV)"].detail == "U_C2_ExtRef, 100 characters"
    assert found["Revenue class 400010"].detail == "Sales, goods"
    assert found["Revenue class expense:2"].detail == "Handling, account 420020"
    assert site.stand_in.invoices == []


async def test_a_refused_log_in_is_the_only_finding(site: Any) -> None:
    [only] = await site.connect(password="wrong").examine()
    assert (only.check, only.ok) == ("Log-in", False)
    assert "Correct username" in only.remedy


async def test_an_unreachable_server_says_what_to_check(site: Any) -> None:
    [only] = await site.connect(base_url="http://127.0.0.1:9").examine()
    assert not only.ok
    assert "base_url" in only.remedy


async def test_a_missing_field_says_where_and_how_to_add_it(site: Any, erp: Any) -> None:
    site.stand_in.remove_user_field(table="ORCT")
    found = await findings(erp)
    assert found["Our field on documents (OINV)"].ok
    finding = found["Our field on payments (ORCT)"]
    assert not finding.ok
    assert "Banking > Payments, title C2_ExtRef" in finding.remedy


@pytest.mark.parametrize(
    ("changed", "check", "said"),
    [
        ({"tax_code": "XX"}, "Tax code XX", "no XX among SalesTaxCodes"),
        ({"default_warehouse": "99"}, "Warehouse 99", "no 99 among Warehouses"),
        ({"charge_item": "THING"}, "Charge item THING", "without inventory"),
        ({"charge_item": "NONE"}, "Charge item NONE", "no NONE among Items"),
        ({"price_list": 99}, "Price list 99", "no price list 99"),
        ({"local_currency": "EUR"}, "Company", "keeps its books in USD"),
        ({"freight_expense": 99}, "Revenue class expense:99", "no 99 among AdditionalExpenses"),
        (
            {"customer_strategy": "single", "web_customers": {"EUR": "WEB0001"}},
            "Web customer WEB0001 in EUR",
            "kept in USD",
        ),
        (
            {"tax_code": "CA", "profile": {"tax_amounts": "computed", "tax_rate": "9"}},
            "Tax code CA",
            "CA is 8.25 %",
        ),
    ],
)
async def test_a_wrong_code_is_named_with_what_to_do(
    site: Any, changed: dict[str, Any], check: str, said: str
) -> None:
    finding = (await findings(site.connect(**changed)))[check]
    assert not finding.ok
    assert said in finding.detail
    assert finding.remedy


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("499999", "no G/L account 499999"),
        ("400800", "takes no postings"),
        ("expense:X", "no number"),
        ("item:NONE", "no NONE among Items"),
    ],
)
async def test_a_revenue_class_that_leads_nowhere_is_named(erp: Any, name: str, said: str) -> None:
    finding = (await findings(erp, name))[f"Revenue class {name}"]
    assert not finding.ok
    assert said in finding.detail
    assert finding.remedy


async def test_an_account_as_people_see_it_is_translated(site: Any, erp: Any) -> None:
    accounts = site.stand_in.books.lists["ChartOfAccounts"]
    accounts["_SYS00000000042"] = {
        **accounts["400010"], "Code": "_SYS00000000042", "FormatCode": "4000101",
    }  # fmt: skip
    finding = (await findings(erp, "4000101"))["Revenue class 4000101"]
    assert finding.remedy == "Map to its internal code, _SYS00000000042."


async def test_branches_that_no_setting_names_are_found(site: Any, erp: Any) -> None:
    site.stand_in.settings.branches = True
    finding = (await findings(erp))["Company"]
    assert (finding.ok, finding.remedy) == (False, "Set branch.")


async def test_approvals_that_no_setting_looks_for_are_found(site: Any) -> None:
    site.stand_in.settings.approval = frozenset({"Invoices"})
    erp = site.connect(profile={"approval_procedures": False})
    assert "Approval procedures" in (await findings(erp))["Company"].detail


async def test_prices_finer_than_the_company_keeps_them_are_found(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp = site.connect(profile={"price_decimals": 6})
    plain = erp._client.function

    async def coarser(name: str, arguments: Any = None) -> Any:
        told = await plain(name, arguments)
        return {**told, "PriceAccuracy": 2} if name.endswith("AdminInfo") else told

    monkeypatch.setattr(erp._client, "function", coarser)
    finding = (await findings(erp))["Company"]
    assert finding.remedy == "Set profile.price_decimals = 2."


async def test_clocks_that_differ_are_found(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    erp = site.connect()
    await erp.customer("C-WEB")
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(type(erp._client), "server_time", hour_ago, raising=False)
    monkeypatch.delattr(erp._client, "server_time")
    monkeypatch.setattr(type(erp._client), "_note_time", _forget)
    finding = (await findings(erp))["Clock"]
    assert not finding.ok
    assert "NTP" in finding.remedy


def _forget(client: Any, response: Any) -> None:
    """Leave the time as it is."""


async def test_without_user_fields_the_weaker_key_is_told(site: Any) -> None:
    found = await findings(site.connect(reference_field="NumAtCard"))
    assert "people may change" in found["Our field on documents (OINV)"].detail


async def test_a_user_field_of_the_settings_that_does_not_exist_is_found(site: Any) -> None:
    site.stand_in.add_user_field("Shop", table="OINV")
    found = await findings(site.connect(user_fields={"U_Shop": "web", "U_Till": "web"}))
    assert found["U_Shop on documents (OINV)"].ok
    missing = found["U_Till on documents (OINV)"]
    assert not missing.ok
    assert "title Till" in missing.remedy


async def test_every_warehouse_that_is_sold_from_is_looked_for(erp: Any) -> None:
    found = {one.check: one for one in await erp.examine(warehouses={"01", "99"})}
    assert found["Sold from 01"].ok
    missing = found["Sold from 99"]
    assert not missing.ok
    assert missing.detail == "There is no 99 among Warehouses."
    assert "map set location" in missing.remedy
