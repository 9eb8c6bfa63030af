from typing import Any

import pytest

from connectors.acumatica.connector import Acumatica
from connectors.errors import Conflict, OutcomeUnknown, Rejected, Unsupported
from domain.hold import HoldCode
from sandbox.faults import Fault, FaultKind


async def test_a_new_buyer_is_nobody_then_opened_then_found(
    site: Any, erp: Acumatica, make: Any
) -> None:
    assert await erp.find_customers(make.buyer()) == ()
    opened = await erp.create_customer(make.buyer())
    [found] = await erp.find_customers(make.buyer())
    assert (found.code, found.currency, found.on_hold) == (opened.code, "USD", False)
    assert (found.name, found.postcode) == ("Ann Person", "78701")


async def test_a_mail_address_is_found_however_it_is_typed(erp: Acumatica, make: Any) -> None:
    await erp.create_customer(make.buyer())
    assert len(await erp.find_customers(make.buyer(email="ANN.person@Example.com"))) == 1


async def test_an_apostrophe_ends_no_filter(erp: Acumatica, make: Any) -> None:
    named = make.buyer(email="ann.o'hara@example.com", name="Ann O'Hara")
    opened = await erp.create_customer(named)
    assert [one.code for one in await erp.find_customers(named)] == [opened.code]
    nameless = named.model_copy(update={"email": ""})
    assert [one.code for one in await erp.find_customers(nameless)] == [opened.code]


async def test_without_a_mail_address_name_and_postcode_decide(erp: Acumatica, make: Any) -> None:
    await erp.create_customer(make.buyer())
    other = make.address.model_copy(update={"postcode": "10001"})
    assert len(await erp.find_customers(make.buyer(email=""))) == 1
    assert await erp.find_customers(make.buyer(email="", billing=other)) == ()


async def test_several_accounts_with_one_address_are_all_returned(
    erp: Acumatica, make: Any
) -> None:
    for _ in range(2):
        await erp.create_customer(make.buyer())
    assert len(await erp.find_customers(make.buyer())) == 2


async def test_an_account_in_another_currency_is_not_the_buyers(
    site: Any, erp: Acumatica, make: Any
) -> None:
    await erp.create_customer(make.buyer(currency="EUR"))
    assert await erp.find_customers(make.buyer()) == ()
    assert len(await erp.find_customers(make.buyer(currency="EUR"))) == 1


async def test_an_account_that_allows_other_currencies_is_everybodys(
    site: Any, erp: Acumatica, make: Any
) -> None:
    opened = await erp.create_customer(make.buyer(currency="EUR"))
    site.stand_in.change_customer(opened.code, EnableCurrencyOverride=True)
    [found] = await erp.find_customers(make.buyer())
    assert found.currency == "USD"


async def test_codes_come_without_their_padding_and_in_any_case(site: Any, erp: Acumatica) -> None:
    assert site.stand_in.settings.pad_codes
    account = await erp.customer("webstore")
    assert account is not None
    assert account.code == "WEBSTORE"


async def test_an_unknown_code_is_nobody(erp: Acumatica) -> None:
    assert await erp.customer("NOBODY") is None


@pytest.mark.parametrize("status", ["On Hold", "Credit Hold", "Inactive"])
async def test_an_account_that_takes_no_order_is_told_as_on_hold(
    site: Any, erp: Acumatica, status: str
) -> None:
    site.stand_in.deactivate_customer("WEBSTORE", status)
    account = await erp.customer("WEBSTORE")
    assert account is not None
    assert account.on_hold


async def test_an_update_changes_name_contact_and_addresses_and_can_be_repeated(
    site: Any, erp: Acumatica, make: Any
) -> None:
    opened = await erp.create_customer(make.buyer())
    moved = make.address.model_copy(update={"city": "Dallas", "postcode": "75201"})
    for _ in range(2):
        await erp.update_customer(opened.code, make.buyer(billing=moved, name="Ann Newname"))
    account = await erp.customer(opened.code)
    assert account is not None
    assert (account.name, account.postcode) == ("Ann Newname", "75201")


async def test_an_update_opens_no_account(site: Any, erp: Acumatica, make: Any) -> None:
    before = len(site.stand_in.books.customers)
    with pytest.raises(Conflict):
        await erp.update_customer("NOSUCH", make.buyer())
    assert len(site.stand_in.books.customers) == before


async def test_where_acumatica_does_not_number_we_do_and_never_twice(site: Any, make: Any) -> None:
    site.stand_in.settings.auto_number_customers = False
    erp = site.connect(customer_prefix="W")
    assert (await erp.create_customer(make.buyer())).code == "W42"
    with pytest.raises(Conflict):
        await erp.create_customer(make.buyer())
    guest = await erp.create_customer(make.buyer(id="", email="guest@example.com"))
    assert guest.code.startswith("W")
    assert len(guest.code) == 9


async def test_a_field_that_was_made_mandatory_is_named_in_the_hold(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.required_customer_fields = ("TaxRegistrationID",)
    with pytest.raises(Rejected, match="TaxRegistrationID"):
        await erp.create_customer(make.buyer())


async def test_a_lost_answer_leaves_one_account_that_the_next_look_finds(
    site: Any, erp: Acumatica, make: Any
) -> None:
    await erp.find_customers(make.buyer())
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="PUT", path="/Customer$"))
    with pytest.raises(OutcomeUnknown):
        await erp.create_customer(make.buyer())
    assert len(await erp.find_customers(make.buyer())) == 1


async def test_a_buyer_without_a_name_is_held(erp: Acumatica, make: Any) -> None:
    with pytest.raises(Rejected, match="needs a name"):
        await erp.create_customer(make.buyer(name=" "))


async def test_items_are_found_with_what_they_are_called(site: Any, erp: Acumatica) -> None:
    site.stand_in.deactivate_item("SCALE", "No Sales")
    found = await erp.items(["MUG-BLUE", "mug-white", "ENGRAVING", "SCALE", "NOSUCH", ""])
    assert {code: one.code for code, one in found.items()} == {
        "MUG-BLUE": "MUG-BLUE",
        "mug-white": "MUG-WHITE",
        "ENGRAVING": "ENGRAVING",
    }
    assert found["MUG-BLUE"].description == "Stoneware mug, blue"
    assert found["MUG-BLUE"].revenue_class == "ADJUST"


async def test_one_account_may_stand_for_all_web_orders(site: Any) -> None:
    erp = site.connect(customer_strategy="single", web_customers={"USD": "WEBSTORE"})
    assert erp.standing_customer("USD") == "WEBSTORE"
    with pytest.raises(Rejected) as held:
        erp.standing_customer("EUR")
    assert held.value.hold is HoldCode.CURRENCY_DIFFERS


async def test_records_that_were_not_asked_for_are_never_taken_for_an_answer(
    site: Any, make: Any
) -> None:
    import httpx

    from connectors.acumatica.connector import acumatica
    from connectors.acumatica.settings import AcumaticaSettings

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            return httpx.Response(204, headers={"Set-Cookie": "a=b"})
        return httpx.Response(200, json=[{"CustomerID": {"value": "SOMEBODY"}}])

    settings = AcumaticaSettings.model_validate(
        {
            "base_url": "https://erp.example.com",
            "tenant": "T",
            "auth": {"kind": "cookie", "username": "u", "password": "p"},
            "logout_on_close": False,
        }
    )
    erp = acumatica(settings, site.sessions, transport=httpx.MockTransport(answer))
    with pytest.raises(Unsupported, match="look-up of WEBSTORE with other records"):
        await erp.customer("WEBSTORE")
    await erp.aclose()
