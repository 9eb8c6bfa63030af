from decimal import Decimal
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from sandbox.serving import StandInServer


async def quantities(site: Any, warehouse: str = "MAIN") -> dict[str, dict[str, Any]]:
    shown = await site.entered(
        "StorageDetailsInquiry", {"WarehouseID": warehouse}, expand="StorageDetails"
    )
    return {row["InventoryID"]: row for row in shown["StorageDetails"]}


async def test_storage_details_list_every_item_of_a_warehouse(site: Any) -> None:
    rows = await quantities(site)
    assert rows["KETTLE-1L"]["QtyOnHand"] == 140
    assert "FREIGHT" not in rows
    assert (await quantities(site, "EAST"))["KETTLE-1L"]["QtyOnHand"] == 0


async def test_an_open_order_takes_stock_and_one_on_hold_does_not(site: Any) -> None:
    await site.ordered()
    await site.ordered(CustomerOrder="101", Hold=True)
    row = (await quantities(site))["MUG-BLUE"]
    assert (row["QtyOnHand"], row["QtyAvailable"]) == (600, 598)
    site.stand_in.fulfil("000001")
    row = (await quantities(site))["MUG-BLUE"]
    assert (row["QtyOnHand"], row["QtyAvailable"]) == (598, 598)


async def test_what_moved_since_a_moment_is_listed_and_its_item_has_not_changed(
    site: Any,
) -> None:
    item = (await site.get("StockItem/GRINDER", select="LastModified")).json()
    since = max(
        row["LastModifiedDateTime"]
        for row in (await site.entered("InventoryQuantityAvailable", {}, expand="Results"))[
            "Results"
        ]
    )
    site.stand_in.set_stock("GRINDER", on_hand=7, warehouse="EAST")
    shown = await site.entered(
        "InventoryQuantityAvailable", {"LastModifiedDateTime": since}, expand="Results"
    )
    moved = {row["InventoryID"]: row["QtyAvailable"] for row in shown["Results"]}
    assert moved["GRINDER"] == 62
    assert len(moved) <= 2
    again = (await site.get("StockItem/GRINDER", select="LastModified")).json()
    assert again["LastModified"] == item["LastModified"]


async def test_a_moment_may_be_written_the_american_way(site: Any) -> None:
    for written, some in (("6/7/2024", True), ("6/7/2199", False)):
        shown = await site.entered(
            "InventoryQuantityAvailable", {"LastModifiedDateTime": written}, expand="Results"
        )
        assert bool(shown["Results"]) is some


async def test_a_summary_needs_an_item(site: Any) -> None:
    nothing = await site.entered(
        "InventorySummaryInquiry", {"WarehouseID": "MAIN"}, expand="Results"
    )
    assert nothing["Results"] == []
    shown = await site.entered(
        "InventorySummaryInquiry", {"InventoryID": "KETTLE-1L"}, expand="Results"
    )
    assert {row["WarehouseID"]: row["QtyAvailable"] for row in shown["Results"]} == {
        "MAIN": 140, "EAST": 0, "OUTLET": 0,
    }  # fmt: skip


async def test_an_inquiry_shows_no_rows_unless_they_are_expanded(site: Any) -> None:
    shown = await site.entered("StorageDetailsInquiry", {"WarehouseID": "MAIN"})
    assert "StorageDetails" not in shown


async def test_price_lists_cannot_be_optimized(site: Any) -> None:
    answer = await site.put("SalesPricesInquiry", {}, expand="SalesPriceDetails")
    assert answer.status_code == 500
    assert "CannotOptimize" in answer.json()["exceptionType"]


async def test_an_unknown_cost_is_empty_and_not_nought(site: Any) -> None:
    site.stand_in.add_item("NEW", name="New", price=Decimal("5"), stock=3)
    shown = (await site.get("StockItem/NEW", select="AverageCost,LastCost,DefaultPrice")).json()
    assert shown["AverageCost"] == shown["LastCost"] == {}
    assert shown["DefaultPrice"]["value"] == 5


async def test_which_cost_is_kept_follows_the_valuation_method(site: Any) -> None:
    kept = {"Average": "AverageCost", "Standard": "CurrentStdCost", "FIFO": "LastCost"}
    fields = ",".join(("InventoryID", "ValuationMethod", *kept.values()))
    for item in (await site.get("StockItem", select=fields)).json():
        assert item[kept[item["ValuationMethod"]["value"]]] != {}


async def test_a_new_price_moves_the_items_time_of_change(site: Any) -> None:
    items = (await site.get("StockItem", select="LastModified")).json()
    before = max(item["LastModified"]["value"] for item in items)
    site.stand_in.set_price("GRINDER", Decimal("70.00"), cost=Decimal("30.00"))
    since = f"LastModifiedDateTime gt datetimeoffset'{before}'"
    found = await site.get("StockItem", filter=since, select="InventoryID,DefaultPrice,LastCost")
    (item,) = found.json()
    assert item["InventoryID"]["value"].strip() == "GRINDER"
    assert (item["DefaultPrice"]["value"], item["LastCost"]["value"]) == (70, 30)


async def test_on_hand_by_warehouse_is_among_the_items_details(site: Any) -> None:
    query = {"expand": "WarehouseDetails", "select": "InventoryID,WarehouseDetails/QtyOnHand"}
    shown = (await site.get("StockItem/GRINDER", **query)).json()
    assert [row["QtyOnHand"]["value"] for row in shown["WarehouseDetails"]] == [55, 0, 0]


async def test_branches_and_ways_of_paying_can_be_read(site: Any) -> None:
    shown = await site.entered("CompaniesStructure", {}, expand="Results")
    assert [row["BranchID"] for row in shown["Results"]] == ["MAIN", "WEST"]
    method = (await site.get("PaymentMethod/STORECC", expand="AllowedCashAccounts")).json()
    accounts = [row["CashAccount"]["value"] for row in method["AllowedCashAccounts"]]
    assert accounts == ["10600", "10610", "10620"]
    assert (await site.get("Tax/STORETAX")).status_code == 200
    assert (await site.get("TaxZone/STOREZONE", expand="ApplicableTaxes")).status_code == 200
    assert (await site.get("Warehouse/MAIN")).status_code == 200


class Listener:
    """A webhook that refuses as often as it is told to."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.heard: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        self.heard.append(await request.json())
        self.secrets.append(request.headers.get("x-tillbridge"))
        self.refusals -= 1
        await Response(status_code=500 if self.refusals >= 0 else 204)(scope, receive, send)


async def listening(site: Any, listener: Listener, url: str, **meddling: int) -> None:
    site.stand_in.push.subscribe(url, header_name="X-Tillbridge", header_value="hush")
    site.stand_in.push.repeat_next(meddling.get("repeat", 0))
    site.stand_in.push.lose_next(meddling.get("lose", 0))
    site.stand_in.set_stock("GRINDER", on_hand=7)
    await site.stand_in.push.settle()


async def test_a_notification_tells_what_was_and_what_is_with_the_secret(site: Any) -> None:
    listener = Listener()
    async with StandInServer(listener) as server:
        await listening(site, listener, server.base_url)
    (notice,) = listener.heard
    assert listener.secrets == ["hush"]
    assert notice["CompanyId"] == site.settings.tenant
    assert notice["Inserted"] == [{"InventoryID": "GRINDER", "QtyAvailable": 7}]
    assert notice["Deleted"][0]["InventoryID"].strip() == "GRINDER"
    assert notice["Deleted"][0]["QtyAvailable"] == 55
    assert notice["TimeStamp"] > 638_000_000_000_000_000


async def test_a_refused_notification_comes_again_under_the_same_id(site: Any) -> None:
    listener = Listener(refusals=2)
    async with StandInServer(listener) as server:
        await listening(site, listener, server.base_url)
    assert len(listener.heard) == 3
    assert len({notice["Id"] for notice in listener.heard}) == 1


async def test_a_notification_is_given_up_after_five_attempts(site: Any) -> None:
    listener = Listener(refusals=99)
    async with StandInServer(listener) as server:
        await listening(site, listener, server.base_url)
    assert [one.number for one in site.stand_in.push.attempts] == [1, 2, 3, 4, 5]


async def test_a_notification_may_come_twice_or_never(site: Any) -> None:
    listener = Listener()
    async with StandInServer(listener) as server:
        await listening(site, listener, server.base_url, repeat=1)
        assert len(listener.heard) == 2
        site.stand_in.push.destinations.clear()
        await listening(site, listener, server.base_url, lose=1)
    assert len(listener.heard) == 2


async def test_the_knobs_turn_over_http(site: Any) -> None:
    turned = await site.http.post(
        "/_sandbox/set-stock", json={"code": "GRINDER", "on_hand": 3, "warehouse": "EAST"}
    )
    assert turned.status_code == 204
    told = {one["InventoryID"]: one for one in (await site.http.get("/_sandbox/items")).json()}
    assert told["GRINDER"]["stock"]["EAST"] == {"on_hand": "3", "available": "3"}
    await site.http.post("/_sandbox/settings", json={"seats": 5, "forbid_duplicates": ["SO"]})
    shown = (await site.http.get("/_sandbox/settings")).json()
    assert shown["seats"] == 5
    assert "password" not in shown
    unknown: httpx.Response = await site.http.post("/_sandbox/settings", json={"colour": 1})
    assert unknown.status_code == 422
