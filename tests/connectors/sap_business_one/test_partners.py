from typing import Any

import pytest

from connectors.errors import Conflict, OutcomeUnknown, Rejected, Unavailable
from sandbox.faults import Fault, FaultKind

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


@both_protocols
async def test_a_new_customer_is_opened_under_the_stores_id_with_both_addresses(
    site: Any, erp: Any, make: Any
) -> None:
    account = await erp.create_customer(make.buyer())
    assert (account.code, account.currency, account.postcode) == ("W42", "USD", "78701")
    row = site.stand_in.books.partners["W42"]
    assert (row["CardName"], row["EmailAddress"]) == ("Ann O'Hara", "ann.ohara@example.com")
    assert row["Currency"] == "##"
    kinds = {(one["AddressType"], one["Street"]) for one in row["BPAddresses"]}
    assert kinds == {("bo_BillTo", "1 High St"), ("bo_ShipTo", "1 High St")}


@pytest.mark.parametrize("typed", ["Ann.OHara@example.com", "ann.ohara@example.com"])
@both_protocols
async def test_a_customer_is_found_by_e_mail(erp: Any, make: Any, typed: str) -> None:
    await erp.create_customer(make.buyer())
    [found] = await erp.find_customers(make.buyer(email=typed, name="Somebody else"))
    assert found.code == "W42"


async def test_a_customer_without_that_e_mail_is_found_by_name_and_postcode(
    erp: Any, make: Any
) -> None:
    await erp.create_customer(make.buyer())
    [found] = await erp.find_customers(make.buyer(email="other@example.com"))
    assert found.code == "W42"
    elsewhere = make.buyer().billing.model_copy(update={"postcode": "99999"})
    assert await erp.find_customers(make.buyer(email="", billing=elsewhere)) == ()


async def test_customers_that_cannot_be_told_apart_are_all_returned(
    site: Any, erp: Any, make: Any
) -> None:
    for code in ("C-1", "C-2"):
        site.stand_in.add_partner(code, name="Ann", email="ann.ohara@example.com")
    found = await erp.find_customers(make.buyer())
    assert [one.code for one in found] == ["C-1", "C-2"]


async def test_a_customer_kept_in_another_currency_is_not_theirs(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.add_partner("C-1", name="Ann", email="ann.ohara@example.com", currency="EUR")
    assert await erp.find_customers(make.buyer()) == ()
    [found] = await erp.find_customers(make.buyer(currency="EUR"))
    assert found.code == "C-1"


async def test_a_quote_in_a_name_ends_no_text_of_a_question(erp: Any, make: Any) -> None:
    assert await erp.find_customers(make.buyer(email="o'hara' or 'a' eq 'a@x.com")) == ()


async def test_a_guest_has_a_code_made_of_who_they_are(erp: Any, make: Any) -> None:
    one = await erp.create_customer(make.buyer(id=""))
    other = await erp.create_customer(make.buyer(id="", email="bob@example.com"))
    assert one.code != other.code
    assert len(one.code) == 15


async def test_opening_twice_finds_the_one_that_is_there(site: Any, erp: Any, make: Any) -> None:
    first = await erp.create_customer(make.buyer())
    assert (await erp.create_customer(make.buyer())).code == first.code


async def test_a_code_that_is_somebody_elses_is_a_conflict(site: Any, erp: Any, make: Any) -> None:
    site.stand_in.add_partner("W42", name="Bob", email="bob@example.com")
    with pytest.raises(Conflict, match="W42 is taken by somebody else"):
        await erp.create_customer(make.buyer())


async def test_a_numbering_series_of_saps_gives_the_code(site: Any, make: Any) -> None:
    erp = site.connect(series={"customer": 1})
    account = await erp.create_customer(make.buyer())
    assert account.code == "C20001"


async def test_a_customer_without_a_name_is_refused(erp: Any, make: Any) -> None:
    with pytest.raises(Rejected, match="needs a name"):
        await erp.create_customer(make.buyer(name=" "))


@both_protocols
async def test_an_update_changes_our_addresses_and_leaves_the_others(
    site: Any, erp: Any, make: Any
) -> None:
    await erp.create_customer(make.buyer())
    path = "BusinessPartners('W42')"
    head_office = {"AddressName": "Head office", "AddressType": "bo_BillTo", "Street": "9 Main"}
    await erp._client.change(path, {"BPAddresses": [head_office]}, etag="")
    moved = make.buyer().billing.model_copy(update={"street_1": "2 Low Rd"})
    await erp.update_customer("W42", make.buyer(name="Ann Smith", billing=moved, phone="1"))
    row = site.stand_in.books.partners["W42"]
    assert (row["CardName"], row["Phone1"]) == ("Ann Smith", "1")
    streets = {(one["AddressName"], one["Street"]) for one in row["BPAddresses"]}
    assert streets == {
        ("Web billing", "2 Low Rd"),
        ("Web shipping", "1 High St"),
        ("Head office", "9 Main"),
    }


async def test_an_update_that_crosses_somebody_elses_is_read_again(
    site: Any, erp: Any, make: Any
) -> None:
    await erp.create_customer(make.buyer())
    words = "Another user or another operation modified data"
    site.stand_in.refuse_next(
        "BusinessPartners", method="PATCH", status=412, code=-2039, text=words
    )
    await erp.update_customer("W42", make.buyer(name="Ann Smith"))
    assert site.stand_in.books.partners["W42"]["CardName"] == "Ann Smith"


async def test_an_update_that_keeps_crossing_is_tried_later(site: Any, erp: Any, make: Any) -> None:
    await erp.create_customer(make.buyer())
    site.stand_in.refuse_next(
        "BusinessPartners", method="PATCH", status=412, code=-2039, text="modified", times=9
    )
    with pytest.raises(Unavailable, match="Somebody else changed it"):
        await erp.update_customer("W42", make.buyer())


async def test_an_update_of_a_customer_that_is_gone_says_so(erp: Any, make: Any) -> None:
    with pytest.raises(Rejected, match="W42 does not exist"):
        await erp.update_customer("W42", make.buyer())


async def test_a_frozen_customer_is_told_as_on_hold(site: Any, erp: Any, make: Any) -> None:
    site.stand_in.freeze_partner(make.customer)
    assert (await erp.customer(make.customer)).on_hold is True


async def test_a_lost_answer_to_an_opening_is_looked_up_and_not_repeated(
    site: Any, erp: Any, make: Any
) -> None:
    fault = Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/BusinessPartners")
    site.stand_in.faults.add(fault)
    with pytest.raises(OutcomeUnknown):
        await erp.create_customer(make.buyer())
    [found] = await erp.find_customers(make.buyer())
    assert found.code == "W42"


def test_a_single_web_customer_is_named_by_currency(site: Any) -> None:
    erp = site.connect(customer_strategy="single", web_customers={"USD": "WEB0001"})
    assert erp.standing_customer("USD") == "WEB0001"
    with pytest.raises(Rejected, match="no web customer for orders in EUR"):
        erp.standing_customer("EUR")
    assert site.connect().standing_customer("EUR") == ""
