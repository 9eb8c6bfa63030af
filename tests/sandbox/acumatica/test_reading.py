from decimal import Decimal
from typing import Any

import pytest


async def test_every_value_is_wrapped_and_an_empty_one_is_an_empty_object(site: Any) -> None:
    shown = (await site.get("Customer/WEBSTORE")).json()
    assert shown["CustomerName"] == {"value": "Web store"}
    assert shown["AccountRef"] == {}
    assert shown["_links"]["self"].endswith(shown["id"])


async def test_codes_come_back_padded(site: Any) -> None:
    shown = (await site.get("StockItem/KETTLE-1L", select="InventoryID,DefaultPrice")).json()
    assert shown["InventoryID"]["value"] == "KETTLE-1L".ljust(30)
    assert shown["DefaultPrice"]["value"] == 38.5


async def test_amounts_are_numbers_with_every_digit(site: Any) -> None:
    await site.ordered()
    text = (await site.get("SalesOrder", select="OrderTotal")).text
    assert '"OrderTotal":{"value":26.85}' in text


async def test_nothing_nested_is_shown_unless_it_is_expanded(site: Any) -> None:
    await site.ordered()
    bare = (await site.get("SalesOrder/SO/000001")).json()
    assert "Details" not in bare
    shown = (await site.get("SalesOrder/SO|000001", expand="Details,Totals")).json()
    assert shown["Totals"]["UnpaidBalance"]["value"] == 26.85
    assert shown["Details"][0]["OrderQty"]["value"] == 2


async def test_what_is_expanded_but_not_selected_is_dropped(site: Any) -> None:
    await site.ordered()
    query = {"expand": "Details,TaxDetails", "select": "OrderNbr,Details/InventoryID"}
    shown = (await site.get("SalesOrder/SO/000001", **query)).json()
    assert "TaxDetails" not in shown
    assert "OrderTotal" not in shown
    assert set(shown["Details"][0]) == {"id", "rowNumber", "note", "custom", "InventoryID"}


async def test_a_put_shows_what_was_sent_and_what_is_selected(site: Any) -> None:
    shown = await site.ordered()
    assert shown["OrderTotal"] == 26.85
    assert shown["CustomerOrder"] == "100"
    assert "Details" not in shown
    assert "Branch" not in shown


@pytest.mark.parametrize("option", ["select", "expand", "filter"])
async def test_an_unknown_name_in_an_option_is_an_exception(site: Any, option: str) -> None:
    text = "Colour eq 'red'" if option == "filter" else "Colour"
    answer = await site.get("SalesOrder", **{option: text})
    assert answer.status_code == 500
    assert "Colour" in answer.json()["exceptionMessage"]


async def test_a_record_is_found_by_its_id_and_by_its_keys_in_any_case(site: Any) -> None:
    shown = (await site.get("Customer/webstore")).json()
    again = (await site.get(f"Customer/{shown['id']}")).json()
    assert again["CustomerID"] == shown["CustomerID"]


@pytest.mark.parametrize("status", [404, 500])
async def test_a_missing_record_is_answered_as_the_build_does(site: Any, status: int) -> None:
    site.settings.missing_record_status = status
    assert (await site.get("SalesOrder/SO/999999")).status_code == status


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CustomerOrder eq '100'", {"100"}),
        ("CustomerOrder ne '100'", {"101", "102"}),
        ("OrderType eq 'SO' and ExternalRef eq 'bc-101'", {"101"}),
        ("CustomerOrder eq '100' or CustomerOrder eq '102'", {"100", "102"}),
        ("(CustomerOrder eq '100' or CustomerOrder eq '102') and OrderTotal gt 30", {"102"}),
        ("OrderTotal ge 26.85 and OrderTotal lt 30", {"100", "101"}),
        ("startswith(ExternalRef,'BC-10')", {"100", "101", "102"}),
        ("substringof('-102',ExternalRef)", {"102"}),
        ("substringof('-102',ExternalRef) eq true", set()),
        ("endswith(ExternalRef,'1')", {"101"}),
        ("ShipToAddress/City eq 'Łódź'", {"101"}),
        ("Date ge datetimeoffset'2026-05-02T00:00:00+00:00'", {"101", "102"}),
        ("Date lt datetimeoffset'2026-05-02T01:00:00+01:00'", {"100"}),
        ("Description eq null", {"100", "101", "102"}),
        ("Hold eq false", {"100", "101", "102"}),
        ("CustomerID eq 'webstore   '", {"100", "101", "102"}),
        ("Details/InventoryID eq 'MUG-BLUE'", set()),
    ],
)
async def test_a_filter_finds(site: Any, text: str, found: set[str]) -> None:
    cities = {"100": "Oslo", "101": "Łódź", "102": "Rome"}
    dear = {"InventoryID": "POT-CAST", "OrderQty": 1}
    for day, (number, city) in enumerate(cities.items(), 1):
        await site.ordered(
            CustomerOrder=number,
            ExternalRef=f"BC-{number}",
            Date=f"2026-05-0{day}T00:00:00",
            ShipToAddress={"City": city},
            **({"Details": [dear]} if number == "102" else {}),
        )
    answer = await site.get("SalesOrder", filter=text, select="CustomerOrder")
    assert answer.status_code == 200, answer.text
    assert {row["CustomerOrder"]["value"] for row in answer.json()} == found


async def test_a_negated_search_is_an_exception(site: Any) -> None:
    answer = await site.get("SalesOrder", filter="not substringof('a',ExternalRef)")
    assert answer.status_code == 500


async def test_pages_hold_everything_once_in_an_order_that_says_nothing(site: Any) -> None:
    numbers = []
    for skip in range(0, 40, 5):
        page = await site.get("StockItem", select="InventoryID", top="5", skip=str(skip))
        numbers += [row["InventoryID"]["value"].strip() for row in page.json()]
    everything = (await site.get("StockItem", select="InventoryID")).json()
    assert len(set(numbers)) == len(numbers) == len(everything)
    assert numbers != sorted(numbers)


async def test_an_order_tells_its_change_as_last_modified(site: Any) -> None:
    await site.ordered()
    first = (await site.get("SalesOrder/SO/000001")).json()
    assert "LastModifiedDateTime" not in first
    moment = first["LastModified"]["value"]
    assert moment.endswith("+00:00")
    since = f"LastModified ge datetimeoffset'{moment}'"
    assert len((await site.get("SalesOrder", filter=since)).json()) == 1
    await site.entered("SalesOrder", {"OrderNbr": "000001", "Description": "Changed"})
    later = (await site.get("SalesOrder/SO/000001")).json()["LastModified"]["value"]
    assert later > moment


async def test_a_list_of_payments_cannot_show_their_applications(site: Any) -> None:
    key = await site.paid()
    answer = await site.get("Payment", expand="DocumentsToApply")
    assert answer.status_code == 500
    assert "CannotOptimizeException" in answer.json()["exceptionType"]
    alone = await site.get(f"Payment/{key['Type']}/{key['ReferenceNbr']}", expand="OrdersToApply")
    assert alone.status_code == 200


async def test_if_none_match_creates_only_and_if_match_changes_only(site: Any) -> None:
    body = {"CustomerID": "WEBSTORE", "CustomerName": "Web"}
    exists = await site.put("Customer", body, {"If-None-Match": "*"})
    missing = await site.put("Customer", body | {"CustomerID": "NOBODY"}, {"If-Match": "*"})
    assert (exists.status_code, missing.status_code) == (412, 412)
    changed = await site.put("Customer", body, {"If-Match": "*"})
    assert changed.status_code == 200


async def test_a_filter_in_the_address_of_a_put_says_which_record_is_meant(site: Any) -> None:
    await site.ordered()
    body = {"Description": "Found"}
    text = "ExternalRef eq 'BC-100'"
    refused = await site.put("SalesOrder", body, {"If-None-Match": "*"}, filter=text)
    assert refused.status_code == 412
    assert (await site.put("SalesOrder", body, filter=text)).status_code == 200
    assert len(site.stand_in.books.orders) == 1


async def test_dates_shift_when_they_are_sent_with_another_offset(site: Any) -> None:
    site.settings.utc_offset_hours = -5
    await site.ordered(Date="2026-05-10T00:00:00Z")
    await site.ordered(CustomerOrder="101", Date="2026-05-10T00:00:00")
    assert [one.on.day for one in site.stand_in.books.orders] == [9, 10]


async def test_the_ledger_is_shown_to_whoever_asks_the_sandbox(site: Any) -> None:
    await site.ordered()
    told = (await site.http.get("/_sandbox/ledger")).json()
    assert Decimal(told["orders"][0]["total"]) == Decimal("26.85")
    assert told["totals"]["orders"] == 1
