"""What can be asked of a set: filter, order, pages, selections, counts."""

from typing import Any
from urllib.parse import quote

import pytest


def codes(page: Any) -> list[str]:
    return [row["ItemCode"] for row in page["value"]]


async def filtered(site: Any, text: str, **headers: str) -> list[str]:
    path = f"Items?$select=ItemCode&$filter={quote(text)}&$orderby=ItemCode"
    return codes(await site.get(path, **headers))


async def test_a_page_has_twenty_rows_and_a_relative_link_to_the_next(site: Any) -> None:
    first = await site.get("Items?$select=ItemCode&$orderby=ItemCode")
    assert len(first["value"]) == 20
    assert first["@odata.nextLink"] == "Items?$select=ItemCode&$orderby=ItemCode&$skip=20"
    second = await site.get(first["@odata.nextLink"])
    assert "@odata.nextLink" not in second
    assert len(set(codes(first) + codes(second))) == len(site.stand_in.books.items)


@pytest.mark.parametrize(
    "headers", [{"Prefer": "odata.maxpagesize=5"}, {"B1S_PageSize": "5"}], ids=["prefer", "b1s"]
)
async def test_the_page_size_can_be_asked_for(site: Any, headers: dict[str, str]) -> None:
    answer = await site.send("GET", "Items", **headers)
    assert len(answer.json()["value"]) == 5
    preferred = headers.get("Prefer")
    assert answer.headers.get("preference-applied") == preferred


async def test_page_size_nought_switches_pages_off(site: Any) -> None:
    page = await site.get("Items?$select=ItemCode", Prefer="odata.maxpagesize=0")
    assert len(page["value"]) == len(site.stand_in.books.items)


async def test_top_is_never_more_than_was_asked_over_all_pages(site: Any) -> None:
    first = await site.get("Items?$select=ItemCode&$top=23")
    assert len(first["value"]) == 20
    assert len((await site.get(first["@odata.nextLink"]))["value"]) == 3


async def test_some_releases_forget_the_filter_in_the_link(site: Any) -> None:
    site.settings.next_link_drops_filter = True
    page = await site.get("Items?$filter=Valid%20eq%20'tYES'")
    assert "$filter" not in page["@odata.nextLink"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ItemCode eq 'MUG-BLUE' or ItemCode eq 'APRON'", ["APRON", "MUG-BLUE"]),
        ("startswith(ItemCode, 'MUG')", ["MUG-BLUE", "MUG-WHITE"]),
        ("endswith(ItemCode,'-WHITE')", ["MUG-WHITE"]),
        ("contains(ItemCode,'UG-B')", ["MUG-BLUE"]),
        ("substringof('UG-B', ItemCode)", ["MUG-BLUE"]),
        ("InventoryItem eq 'tNO' and startswith(ItemCode,'E')", ["EBOOK-BREW", "ENGRAVING"]),
        ("InventoryItem eq 'N' and startswith(ItemCode,'E')", ["EBOOK-BREW", "ENGRAVING"]),
        ("QuantityOnStock gt 800.5 and not (ItemCode eq 'JAR-500')", ["FILTER-100"]),
        ("ItemCode gt 'TOWEL' and ItemCode le 'TRAY-OAK'", ["TOWEL-LINEN", "TRAY-OAK"]),
        ("startswith(ItemCode,'mug')", []),
        ("ForeignName ne 'x' and ItemCode eq 'APRON'", []),
        ("ForeignName eq null and ItemCode eq 'APRON'", ["APRON"]),
    ],
)
async def test_filters_follow_the_manual(site: Any, text: str, found: list[str]) -> None:
    assert await filtered(site, text) == found


async def test_a_filter_ignores_case_only_when_asked_to(site: Any) -> None:
    assert await filtered(site, "ItemCode eq 'mug-blue'") == []
    header = {"B1S_CaseInsensitive": "true"}
    assert await filtered(site, "ItemCode eq 'mug-blue'", **header) == ["MUG-BLUE"]


async def test_dates_are_compared_as_texts_of_either_form(site: Any) -> None:
    await site.invoice()
    for text, found in (("2026-05-11", 1), ("20260511", 1), ("2026-05-12", 0)):
        page = await site.get(f"Invoices?$filter=DocDate%20ge%20'{text}'")
        assert len(page["value"]) == found


async def test_a_plus_is_no_blank(site: Any) -> None:
    answer = await site.send("GET", "Items?$filter=ItemCode+eq+'APRON'")
    assert answer.status_code == 400


async def test_quotes_are_doubled_inside_a_literal(site: Any) -> None:
    page = await site.get(
        f"BusinessPartners?$filter={quote(chr(67))}ardName%20eq%20'Ann%20O''Hara'"
    )
    assert [row["CardCode"] for row in page["value"]] == ["C1"]


async def test_an_inline_collection_is_selected_and_never_expanded(site: Any) -> None:
    await site.invoice()
    page = await site.get("Invoices?$select=DocEntry,DocumentLines")
    assert page["value"][0]["DocumentLines"][0]["ItemCode"] == "MUG-BLUE"
    code, text = await site.refused("Invoices?$expand=DocumentLines", method="GET")
    assert code == 201
    assert "DocumentLines" in text


async def test_a_property_that_the_company_lacks_cannot_be_asked_for(site: Any) -> None:
    for path in ("Invoices?$select=U_Nope", "Invoices?$filter=U_Nope%20eq%20'1'"):
        assert await site.refused(path, method="GET") == (
            -1000,
            "Property 'U_Nope' of 'Document' is invalid",
        )


async def test_a_count_is_a_plain_number_and_a_bad_filter_there_kills_the_proxy(site: Any) -> None:
    answer = await site.send("GET", "Items/$count")
    assert answer.text == str(len(site.stand_in.books.items))
    assert answer.headers["content-type"].startswith("text/plain")
    answer = await site.send("GET", "Items/$count?$filter=nonsense")
    assert answer.status_code == 502
    assert "<html>" in answer.text


@pytest.mark.parametrize(
    ("version", "asked", "name"),
    [("v2", "$count=true", "@odata.count"), ("v1", "$inlinecount=allpages", "odata.count")],
)
async def test_a_count_comes_with_the_page(site: Any, version: str, asked: str, name: str) -> None:
    site.version = version
    page = await site.get(f"Items?$top=1&{asked}")
    assert page[name] == len(site.stand_in.books.items)


async def test_a_selection_has_an_etag_that_is_worth_nothing(site: Any) -> None:
    whole = await site.send("GET", "BusinessPartners('C1')")
    chosen = await site.send("GET", "BusinessPartners('C1')?$select=CardName")
    assert whole.headers["etag"] == whole.json()["@odata.etag"]
    assert "etag" not in chosen.headers
    assert chosen.json()["@odata.etag"] != whole.headers["etag"]


async def test_payments_have_no_etag(site: Any) -> None:
    await site.pay((await site.invoice())["DocEntry"], 12.40)
    answer = await site.send("GET", "IncomingPayments(1)")
    assert "etag" not in answer.headers
    assert "@odata.etag" not in answer.json()


async def test_contains_is_unknown_to_version_1(site: Any) -> None:
    site.version = "v1"
    code, _ = await site.refused("Items?$filter=contains(ItemCode,'A')", method="GET")
    assert code == 200


async def test_the_metadata_names_the_company_s_own_fields(site: Any) -> None:
    answer = await site.send("GET", "$metadata")
    assert answer.headers["content-type"].startswith("application/xml")
    assert 'Name="U_C2_ExtRef"' in answer.text
    site.stand_in.remove_user_field()
    assert "U_C2_ExtRef" not in (await site.send("GET", "$metadata")).text
