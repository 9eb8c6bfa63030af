from typing import Any

import pytest


def ann(**changed: Any) -> dict[str, Any]:
    return {
        "CustomerName": "Ann Łukasz",
        "MainContact": {
            "Email": "ann@example.com",
            "Phone1": "1",
            "Address": {"AddressLine1": "1 High St", "PostalCode": "10115", "Country": "DE"},
        },
    } | changed


async def test_a_customer_is_numbered_by_the_erp(site: Any) -> None:
    shown = await site.entered("Customer", ann(), select="CustomerID,Status,CurrencyID,TaxZone")
    assert shown["CustomerID"] == "C000003"
    assert (shown["Status"], shown["CurrencyID"], shown["TaxZone"]) == (
        "Active", "USD", "STOREZONE",
    )  # fmt: skip


async def test_a_customer_may_have_to_bring_its_code(site: Any) -> None:
    site.settings.auto_number_customers = False
    told = await site.refused("Customer", ann())
    assert "cannot be empty" in told["CustomerID"]["error"]
    await site.entered("Customer", ann(CustomerID="ann"))
    assert site.stand_in.books.customers[-1].code == "ANN"


async def test_a_customer_is_found_by_e_mail_and_by_name(site: Any) -> None:
    await site.entered("Customer", ann())
    await site.entered("Customer", ann(CustomerName="Anna"))
    for text, count in (
        ("MainContact/Email eq 'ANN@example.com'", 2),
        ("CustomerName eq 'ann łukasz' and MainContact/Address/PostalCode eq '10115'", 1),
        ("MainContact/Email eq 'nobody@example.com'", 0),
    ):
        found = await site.get("Customer", filter=text, select="CustomerID")
        assert len(found.json()) == count, text


async def test_the_nested_address_is_shown_where_its_whole_path_is_expanded(site: Any) -> None:
    await site.entered("Customer", ann())
    shallow = (await site.get("Customer/C000003", expand="MainContact")).json()
    assert "Address" not in shallow["MainContact"]
    deep = (await site.get("Customer/C000003", expand="MainContact,MainContact/Address")).json()
    assert deep["MainContact"]["Address"]["PostalCode"]["value"] == "10115"


async def test_billing_follows_the_main_contact_until_it_is_overridden(site: Any) -> None:
    await site.entered("Customer", ann())
    expand = "BillingContact,BillingContact/Address"
    shown = (await site.get("Customer/C000003", expand=expand)).json()
    assert shown["BillingContact"]["Email"]["value"] == "ann@example.com"
    own = {"Email": "bills@example.com", "Address": {"City": "Oslo", "Country": "NO"}}
    changed = {"CustomerID": "C000003", "BillingContactOverride": True, "BillingContact": own}
    await site.entered("Customer", changed | {"BillingAddressOverride": True})
    shown = (await site.get("Customer/C000003", expand=expand)).json()
    assert shown["BillingContact"]["Email"]["value"] == "bills@example.com"
    assert shown["BillingContact"]["Address"]["City"]["value"] == "Oslo"


async def test_a_change_leaves_alone_what_it_does_not_name(site: Any) -> None:
    await site.entered("Customer", ann())
    await site.entered("Customer", {"CustomerID": "C000003", "MainContact": {"Phone1": "2"}})
    expand = "MainContact,MainContact/Address"
    shown = (await site.get("Customer/C000003", expand=expand)).json()["MainContact"]
    assert shown["Phone1"]["value"] == "2"
    assert shown["Email"]["value"] == "ann@example.com"
    assert shown["Address"]["AddressLine1"]["value"] == "1 High St"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"CustomerName": None}, "CustomerName"),
        ({"CustomerClass": "NOCLASS"}, "CustomerClass"),
        ({"CurrencyID": "XXX"}, "CurrencyID"),
        ({"Terms": "99D"}, "Terms"),
    ],
)
async def test_a_wrong_code_of_a_customer_is_refused(
    site: Any, changed: dict[str, Any], field: str
) -> None:
    told = await site.refused("Customer", ann(**changed))
    assert told[field]["error"]
    assert len(site.stand_in.books.customers) == 2


async def test_countries_are_codes_and_states_where_they_are_validated(site: Any) -> None:
    def living(**address: str) -> dict[str, Any]:
        return ann(MainContact={"Address": address})

    told = await site.refused("Customer", living(Country="Germany"))
    assert "'Germany'" in told["MainContact"]["Address"]["Country"]["error"]
    await site.entered("Customer", living(State="California", Country="US"))
    site.settings.state_codes_only = True
    told = await site.refused("Customer", living(State="California", Country="US"))
    assert "'California'" in told["MainContact"]["Address"]["State"]["error"]


async def test_a_field_made_mandatory_after_go_live_breaks_new_customers(site: Any) -> None:
    site.settings.required_customer_fields = ("PriceClassID",)
    told = await site.refused("Customer", ann())
    assert told["PriceClassID"]["error"] == "'Price Class ID' cannot be empty."
    await site.entered("Customer", ann(PriceClassID="WEB"))


async def test_a_contact_belongs_to_a_customer(site: Any) -> None:
    body = {"LastName": "Łukasz", "FirstName": "Ann", "BusinessAccount": "NOBODY"}
    told = await site.refused("Contact", body)
    assert "'NOBODY'" in told["BusinessAccount"]["error"]
    shown = await site.entered(
        "Contact", body | {"BusinessAccount": "WEBSTORE"}, select="ContactID,DisplayName"
    )
    assert (shown["ContactID"], shown["DisplayName"]) == (1, "Ann Łukasz")
    assert (await site.get("Contact/1")).status_code == 200


async def test_credit_is_worked_out_from_orders_and_balance(site: Any) -> None:
    await site.ordered()
    expand = "CreditVerificationRules"
    shown = (await site.get("Customer/WEBSTORE", expand=expand)).json()
    assert shown["CreditVerificationRules"]["OpenOrdersBalance"]["value"] == 26.85
