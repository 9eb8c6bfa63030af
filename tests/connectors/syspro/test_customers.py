from typing import Any

import pytest

from connectors.errors import CredentialsRejected, Rejected
from connectors.syspro.connector import Syspro
from sandbox.faults import Fault, FaultKind

Erp = Syspro


async def test_a_created_customer_is_found_again_by_email_whatever_its_case(
    erp: Erp, make: Any
) -> None:
    assert await erp.find_customers(make.buyer()) == ()
    created = await erp.create_customer(make.buyer())
    assert created.code == "W42"
    assert [c.code for c in await erp.find_customers(make.buyer())] == ["W42"]


async def test_a_customer_without_the_email_is_found_by_name_and_postcode(
    erp: Erp, make: Any
) -> None:
    await erp.create_customer(make.buyer())
    moved = make.buyer(email="other@example.com")
    assert [c.code for c in await erp.find_customers(moved)] == ["W42"]
    elsewhere = moved.billing.model_copy(update={"postcode": "1"})
    assert await erp.find_customers(moved.model_copy(update={"billing": elsewhere})) == ()


async def test_several_accounts_with_one_email_are_all_returned(
    site: Any, erp: Erp, make: Any
) -> None:
    for code in ("A1", "A2"):
        site.stand_in.add_customer(code, name="Ann", email="ann.person@example.com")
    assert [c.code for c in await erp.find_customers(make.buyer())] == ["A1", "A2"]


async def test_accounts_in_another_currency_do_not_count(site: Any, erp: Erp, make: Any) -> None:
    site.stand_in.add_customer("E1", name="A", currency="EUR", email="ann.person@example.com")
    assert await erp.find_customers(make.buyer()) == ()
    found = await erp.find_customers(make.buyer(currency="EUR"))
    assert [(c.code, c.currency) for c in found] == [("E1", "EUR")]


@pytest.mark.parametrize(
    "email", ["o'brien@x.com' or 1 eq 1", "' or '1' eq '1", "*", 'a" or <b>&amp;']
)
async def test_an_email_can_never_become_a_condition(
    site: Any, erp: Erp, make: Any, email: str
) -> None:
    site.stand_in.add_customer("OB", name="O'Brien", email="o'brien@x.com")
    assert await erp.find_customers(make.buyer(email=email)) == ()
    assert [c.code for c in await erp.find_customers(make.buyer(email="o'brien@x.com"))] == ["OB"]


async def test_names_outside_windows_1252_are_transliterated_and_then_found(
    site: Any, erp: Erp, make: Any
) -> None:
    wanted = make.buyer(email="", name="Łukasz Dvořák 東京 & Söhne <GmbH>")
    await erp.create_customer(wanted)
    assert site.stand_in.books.customers["W42"]["Name"] == "Lukasz Dvorák ?? & Söhne <GmbH>"
    assert [c.code for c in await erp.find_customers(wanted)] == ["W42"]


async def test_over_long_names_are_cut_to_their_columns(site: Any, erp: Erp, make: Any) -> None:
    site.stand_in.settings.over_width = "refuse"
    await erp.create_customer(make.buyer(name="N" * 80, phone="1" * 30, contact="C" * 80))
    assert site.stand_in.books.customers["W42"]["Name"] == "N" * 50


async def test_a_site_that_numbers_by_itself_gets_an_empty_key(site: Any, make: Any) -> None:
    site.stand_in.settings.customer_method = "A"
    created = await site.connect().create_customer(make.buyer())
    assert created.code == "000001"
    assert (await site.connect().customer("000001")).email == "ann.person@example.com"


async def test_a_guests_code_is_the_same_every_time_and_fits(site: Any, make: Any) -> None:
    created = await site.connect().create_customer(make.buyer(id=""))
    assert created.code.startswith("W")
    assert len(created.code) == 6


async def test_numeric_codes_are_compared_without_their_padding(make: Any) -> None:
    from connectors.syspro.keys import KeyRules, canonical_key

    rules = KeyRules(customer_numeric=True, customer_zeros=True, customer_length=6)
    assert rules.shown_customer("000000000015574") == "015574"
    assert rules.stored_customer("15574") == "000000000015574"
    assert canonical_key("000000000015574") == canonical_key("015574")
    assert canonical_key("web0001 ") == canonical_key("WEB0001")


async def test_an_update_changes_contact_and_address_and_leaves_codes_alone(
    site: Any, erp: Erp, make: Any
) -> None:
    await erp.create_customer(make.buyer())
    await erp.update_customer("W42", make.buyer(name="Ann Other"))
    customer = site.stand_in.books.customers["W42"]
    assert (customer["Name"], customer["TermsCode"]) == ("Ann Other", "0")
    assert customer["SoldPostalCode"] == "78701"


async def test_a_refused_customer_carries_syspros_words(site: Any, make: Any) -> None:
    erp = site.connect(terms="9")
    with pytest.raises(Rejected, match="Invoice terms '9' not found"):
        await erp.create_customer(make.buyer())


async def test_a_held_account_says_so(site: Any, erp: Erp) -> None:
    site.stand_in.hold_customer("WEB0001")
    found = await erp.customer("WEB0001")
    assert found is not None
    assert found.on_hold
    assert await erp.customer("NOBODY") is None


def test_a_standing_customer_is_chosen_by_currency(site: Any) -> None:
    single = site.connect(customer_strategy="single", web_customers={"USD": "WEB0001"})
    assert single.standing_customer("USD") == "WEB0001"
    assert site.connect().standing_customer("USD") == ""
    with pytest.raises(Rejected, match="no web customer for orders in EUR"):
        single.standing_customer("EUR")


async def test_items_are_those_that_exist_with_their_product_class(site: Any, erp: Erp) -> None:
    site.stand_in.add_item("O'X", name="Quoted", price=1)
    found = await erp.items(["O'X", "NOPE", "", *(f"NO-{n}" for n in range(30))])
    assert {code: item.revenue_class for code, item in found.items()} == {"O'X": "GOODS"}


@pytest.mark.parametrize("next_link", [False, True], ids=["keyset", "next-link"])
async def test_odata_is_read_page_by_page_to_the_end(site: Any, next_link: bool) -> None:
    site.stand_in.settings.odata_cap = 2
    site.stand_in.settings.odata_next_link = next_link
    codes = [f"X-{number}" for number in range(7)]
    for code in codes:
        site.stand_in.add_item(code, name=code, price=1)
    erp = site.connect(odata=True, profile={"odata_page_size": 2, "odata_cap": 2})
    assert sorted(await erp.items(codes)) == codes


async def test_without_odata_on_the_site_everything_is_read_by_comfnd_with_one_warning(
    site: Any, caplog: pytest.LogCaptureFixture
) -> None:
    site.stand_in.settings.odata = False
    erp = site.connect(odata=True)
    assert await erp.customer("WEB0001") is not None
    assert await erp.customer("WEBEUR") is not None
    assert [r.levelname for r in caplog.records if "COMFND" in r.message] == ["WARNING"]


async def test_wrong_odata_credentials_are_not_hidden_behind_comfnd(site: Any) -> None:
    erp = site.connect(odata=True, odata_password="wrong")
    with pytest.raises(CredentialsRejected, match="OData"):
        await erp.customer("WEB0001")


async def test_an_account_that_may_have_been_opened_is_found_by_looking_again(
    site: Any, make: Any
) -> None:
    from connectors.errors import OutcomeUnknown

    erp = site.connect()
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, path="/Setup/"))
    with pytest.raises(OutcomeUnknown):
        await erp.create_customer(make.buyer())
    assert [c.code for c in await erp.find_customers(make.buyer())] == ["W42"]
