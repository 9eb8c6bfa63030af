"""Customers, items and the lists that a company sets up once."""

from decimal import Decimal
from typing import Any

import pytest

BILL = {"AddressName": "Web", "AddressType": "bo_BillTo", "Street": "1 High St", "State": "TX"}
BILL |= {"Country": "US", "ZipCode": "78701"}


async def test_a_customer_is_opened_with_addresses_and_contacts(site: Any) -> None:
    body = {
        "CardCode": "W42",
        "CardName": "Bea",
        "BPAddresses": [BILL, BILL | {"AddressType": "bo_ShipTo"}],
        "ContactEmployees": [{"Name": "Bea", "E_Mail": "bea@example.com"}],
    }
    told = await site.post("BusinessPartners", body)
    assert [one["RowNum"] for one in told["BPAddresses"]] == [0, 1]
    assert (told["BilltoDefault"], told["ShipToDefault"], told["ZipCode"]) == (
        "Web",
        "Web",
        "78701",
    )
    assert told["ContactEmployees"][0]["InternalCode"] == 1
    assert (told["CardType"], told["Currency"], told["Frozen"]) == ("cCustomer", "USD", "tNO")


async def test_a_code_that_is_left_out_comes_from_the_series(site: Any) -> None:
    assert (await site.post("BusinessPartners", {"CardName": "A"}))["CardCode"] == "C20001"
    assert (await site.post("BusinessPartners", {"CardName": "B"}))["CardCode"] == "C20002"


async def test_a_code_that_is_taken_is_a_duplicate(site: Any) -> None:
    code, text = await site.refused("BusinessPartners", {"CardCode": "C1", "CardName": "X"})
    assert code == -2035
    assert "already exists" in text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"CardName": ""}, -10),
        ({"CardName": "X", "Currency": "XXX"}, -2028),
        ({"CardName": "X" * 101}, -1004),
        ({"CardName": "X", "CardType": "C"}, -1000),
        ({"CardName": "X", "BPAddresses": [{"Street": "1"}]}, -10),
        ({"CardName": "X", "BPAddresses": [{"AddressName": "A", "State": "Texas"}]}, -1004),
        (
            {"CardName": "X", "BPAddresses": [BILL | {"State": "ZZ"}]},
            -2028,
        ),
    ],
)
async def test_what_is_wrong_with_a_customer_is_refused(
    site: Any, body: dict[str, Any], code: int
) -> None:
    assert (await site.refused("BusinessPartners", body))[0] == code
    assert len(site.stand_in.partners) == 3


async def test_addresses_merge_by_name_and_kind_and_others_stay(site: Any) -> None:
    await site.post("BusinessPartners", {"CardCode": "W1", "CardName": "A", "BPAddresses": [BILL]})
    change = {
        "BPAddresses": [
            {"AddressName": "Web", "AddressType": "bo_BillTo", "Street": "2 Low St"},
            {"AddressName": "New", "AddressType": "bo_ShipTo"},
        ]
    }
    assert (await site.send("PATCH", "BusinessPartners('W1')", change)).status_code == 204
    told = await site.get("BusinessPartners('W1')")
    assert [(one["AddressName"], one["Street"]) for one in told["BPAddresses"]] == [
        ("Web", "2 Low St"),
        ("New", None),
    ]
    assert told["BPAddresses"][0]["ZipCode"] == "78701"
    assert told["ShipToDefault"] == "New"


async def test_an_e_mail_is_not_unique_and_finds_every_customer(site: Any) -> None:
    for code in ("W1", "W2"):
        body = {"CardCode": code, "CardName": code, "EmailAddress": "a@example.com"}
        await site.post("BusinessPartners", body)
    path = "BusinessPartners?$select=CardCode&$filter=EmailAddress%20eq%20'a@example.com'"
    assert [row["CardCode"] for row in (await site.get(path))["value"]] == ["W1", "W2"]


async def test_card_types_are_found_by_name_or_code(site: Any) -> None:
    for kind in ("cCustomer", "C"):
        answer = await site.send("GET", f"BusinessPartners/$count?$filter=CardType%20eq%20'{kind}'")
        assert answer.text == "3"


async def test_a_customer_with_documents_cannot_be_removed(site: Any) -> None:
    await site.invoice()
    assert (await site.send("DELETE", "BusinessPartners('C1')")).status_code == 400
    assert (await site.send("DELETE", "BusinessPartners('WEBEUR')")).status_code == 204


async def test_an_item_tells_stock_by_warehouse_and_prices_by_list(site: Any) -> None:
    site.stand_in.set_stock("APRON", on_hand=7, warehouse="02")
    site.stand_in.set_price("APRON", price=Decimal("39.95"), price_list=2)
    told = await site.get("Items('APRON')")
    stock = {w["WarehouseCode"]: w["InStock"] for w in told["ItemWarehouseInfoCollection"]}
    prices = {p["PriceList"]: p["Price"] for p in told["ItemPrices"]}
    assert (stock["01"], stock["02"], told["QuantityOnStock"]) == (48, 7, 55)
    assert (prices[1], prices[2]) == (Decimal("42.95"), Decimal("39.95"))
    assert told["AvgStdPrice"] == Decimal("17.18")


async def test_stock_moves_leave_the_item_s_version_alone(site: Any) -> None:
    before = (await site.send("GET", "Items('MUG-BLUE')")).headers["etag"]
    await site.invoice()
    assert (await site.send("GET", "Items('MUG-BLUE')")).headers["etag"] == before
    site.stand_in.set_price("MUG-BLUE", price=Decimal(1))
    assert (await site.send("GET", "Items('MUG-BLUE')")).headers["etag"] != before


async def test_an_item_can_be_filed_and_priced(site: Any) -> None:
    body = {"ItemCode": "NEW 1", "ItemName": "New", "ItemPrices": [{"PriceList": 1, "Price": 3.5}]}
    told = await site.post("Items", body)
    assert told["ItemPrices"][0]["Price"] == Decimal("3.5")
    assert (await site.get("Items('NEW%201')"))["ItemName"] == "New"
    assert (await site.refused("Items", body))[0] == -2035


async def test_lists_are_read_by_key(site: Any) -> None:
    assert (await site.get("Warehouses('01')"))["WarehouseName"] == "General warehouse"
    assert (await site.get("ChartOfAccounts('161010')"))["Name"] == "Card processor clearing"
    assert (await site.get("AdditionalExpenses(1)"))["Name"] == "Shipping"
    assert (await site.get("SalesTaxCodes('CA')"))["Rate"] == Decimal("8.25")
    assert (await site.get("PriceLists(2)"))["PriceListName"] == "Web shop"
    assert (await site.get("States(Code='TX',Country='US')"))["Name"] == "Texas"
    assert (await site.send("GET", "Warehouses('99')")).status_code == 404


async def test_user_fields_are_found_created_and_deleted(site: Any) -> None:
    path = "UserFieldsMD?$filter=TableName%20eq%20'OINV'%20and%20Name%20eq%20'C2_ExtRef'"
    (field,) = (await site.get(path))["value"]
    assert field["Size"] == 100
    key = f"UserFieldsMD(TableName='OINV',FieldID={field['FieldID']})"
    assert (await site.send("DELETE", key)).status_code == 204
    assert (await site.get(path))["value"] == []
    new = {"TableName": "OINV", "Name": "C2_ExtRef", "Type": "db_Alpha", "Size": 50}
    await site.post("UserFieldsMD", new)
    assert (await site.refused("UserFieldsMD", new))[0] == -2035
    assert (await site.invoice(U_C2_ExtRef="k"))["U_C2_ExtRef"] == "k"


async def test_the_company_tells_itself(site: Any) -> None:
    assert (await site.get("CompanyService_GetCompanyInfo"))["Version"] == 1000280
    admin = await site.get("CompanyService_GetAdminInfo")
    assert (admin["LocalCurrency"], admin["EnableBranches"]) == ("USD", "tNO")
    site.version = "v1"
    answer = await site.send("POST", "CompanyService_GetCompanyInfo")
    assert answer.json()["CompanyName"] == "OEC Computers"


async def test_exchange_rates_are_asked_by_function_or_by_body(site: Any) -> None:
    path = "SBOBobService_GetCurrencyRate(Currency='EUR',Date='2026-05-11')"
    assert (await site.get(path))["value"] == Decimal("1.085")
    body = {"Currency": "EUR", "Date": "20260511"}
    answer = await site.send("POST", "SBOBobService_GetCurrencyRate", body)
    assert answer.json()["value"] == 1.085
    site.stand_in.remove_rate("EUR")
    assert (await site.refused(path, method="GET"))[1].startswith("Update the exchange rate")


async def test_the_effective_price_follows_the_customer_s_list(site: Any) -> None:
    await site.post("BusinessPartners", {"CardCode": "W1", "CardName": "A", "PriceListNum": 2})
    site.stand_in.set_price("APRON", price=Decimal("39.95"), price_list=2)
    asked = {"ItemPriceParams": {"ItemCode": "APRON", "CardCode": "W1"}}
    answer = await site.send("POST", "CompanyService_GetItemPrice", asked)
    assert (answer.json()["Price"], answer.json()["Currency"]) == (39.95, "USD")


async def test_a_series_tells_what_it_numbers(site: Any) -> None:
    asked = {"SeriesParams": {"Series": 13}}
    answer = await site.send("POST", "SeriesService_GetSeries", asked)
    assert answer.json()["Document"] == "13"
    code, _ = await site.refused("SeriesService_GetSeries", {"SeriesParams": {"Series": 7}})
    assert code == -2028
