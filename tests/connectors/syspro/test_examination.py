from typing import Any

import pytest

SINGLE = {"customer_strategy": "single", "web_customers": {"USD": "WEB0001"}}


async def test_a_sound_connection_passes_every_check_and_changes_nothing(site: Any) -> None:
    findings = await site.connect(odata=True, **SINGLE).examine(revenue_classes=["GOODS", "FEES"])
    assert [f.check for f in findings if not f.ok] == []
    assert len(findings) == 8
    assert any("outdoor" in f.detail.lower() for f in findings)
    assert site.stand_in.invoices == []


async def test_a_missing_account_is_found_with_its_remedy(site: Any) -> None:
    findings = await site.connect().examine(revenue_classes=["SHOES"])
    [failed] = [f for f in findings if not f.ok]
    assert "SHOES has no sales account" in failed.detail
    assert "sales ledger interface" in failed.remedy


@pytest.mark.parametrize("code", ["IMPQIK", "IMPQ29", "GENQGL", "COMFND", "ARSTIN"])
async def test_an_unlicensed_object_is_found_by_its_code(site: Any, code: str) -> None:
    site.stand_in.settings.licensed = site.stand_in.settings.licensed - {code}
    findings = await site.connect(**SINGLE).examine(revenue_classes=["GOODS"])
    failed = [f for f in findings if not f.ok]
    assert any(code in f.detail and "License Apportionment" in f.remedy for f in failed)


async def test_a_wrong_password_ends_the_examination_early(site: Any) -> None:
    findings = await site.connect(operator_password="wrong").examine(revenue_classes=["GOODS"])
    assert [f.ok for f in findings] == [True, False]


async def test_another_local_currency_is_noticed(site: Any) -> None:
    findings = await site.connect(local_currency="EUR").examine()
    assert "keeps its books in USD" in findings[1].detail


async def test_missing_odata_is_noticed(site: Any) -> None:
    site.stand_in.settings.odata = False
    findings = await site.connect(odata=True).examine()
    assert not findings[-1].ok


@pytest.mark.parametrize("odata", [True, False], ids=["OData", "COMFND"])
async def test_every_warehouse_that_is_sold_from_is_looked_for(site: Any, odata: bool) -> None:
    findings = await site.connect(odata=odata).examine(warehouses={"FG", "NOSUCH"})
    found = {one.check: one for one in findings}
    assert found["Sold from FG (InvWarehouse)"].ok
    missing = found["Sold from NOSUCH (InvWarehouse)"]
    assert not missing.ok
    assert missing.detail == "No stock code is kept in a warehouse NOSUCH."
    assert "map set location" in missing.remedy
