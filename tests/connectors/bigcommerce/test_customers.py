from typing import Any

import pytest

from connectors.errors import Conflict, NotFound, OutcomeUnknown, Rejected
from domain.contacts import ContactChange
from domain.customer import StoreContact
from domain.order import Address
from sandbox.bigcommerce.drafts import AddressDraft, CustomerDraft
from sandbox.faults import FaultKind
from tests.connectors.bigcommerce.conftest import Shop

HOME = AddressDraft(street_1="1 High St", city="Austin")
WORK = AddressDraft(street_1="9 Mill Ln", city="Austin")


def registered(shop: Shop, *addresses: AddressDraft, email: str = "ada@example.com") -> str:
    draft = CustomerDraft(
        email=email, first_name="Ada", last_name="Byron", phone="1", addresses=addresses
    )
    return str(shop.store.add_customer(draft))


async def own(shop: Shop, customer_id: str) -> StoreContact:
    found = (await shop.connector.customer(customer_id)).own
    assert found is not None
    return found


async def test_a_customer_tells_their_own_fields_and_the_oldest_address(shop: Shop) -> None:
    told = await own(shop, registered(shop, HOME, WORK))
    assert (told.first_name, told.last_name, told.company) == ("Ada", "Byron", "")
    assert told.address is not None
    assert told.address.street_1 == "1 High St"
    assert (await own(shop, registered(shop, email="bare@example.com"))).address is None


async def test_only_what_is_named_changes_in_one_call_for_fields_and_one_for_the_address(
    shop: Shop,
) -> None:
    ada = registered(shop, HOME, WORK)
    before = await own(shop, ada)
    assert before.address is not None
    moved = before.address.model_copy(update={"street_1": "2 Low St"})
    shop.store.faults.forget_calls()
    await shop.connector.update_customer(ada, ContactChange(last_name="King", address=moved))
    assert [call[0] for call in shop.asked] == ["PUT", "PUT"]
    now = await own(shop, ada)
    assert now.model_copy(update={"last_name": "Byron", "address": before.address}) == before
    assert now.address is not None
    assert now.address.street_1 == "2 Low St"
    assert shop.store.customers[int(ada)].addresses[1].address == WORK


async def test_a_customer_without_an_address_gets_one_under_their_name(shop: Shop) -> None:
    ada = registered(shop)
    place = Address(
        street_1="2 Low St", city="Austin", state="Texas", postcode="78108", country_code="us"
    )
    await shop.connector.update_customer(ada, ContactChange(address=place))
    [entry] = shop.store.customers[int(ada)].addresses
    assert (entry.address.first_name, entry.address.country_iso2) == ("Ada", "US")


async def test_an_address_that_is_there_twice_is_left_without_a_word(shop: Shop) -> None:
    ada = registered(shop, HOME, WORK)
    before = await own(shop, ada)
    assert before.address is not None
    same = before.address.model_copy(update={"street_1": WORK.street_1})
    await shop.connector.update_customer(ada, ContactChange(address=same))
    assert await own(shop, ada) == before


async def test_an_email_that_another_customer_has_is_a_conflict_that_names_them_by_id(
    shop: Shop,
) -> None:
    ada, other = registered(shop), registered(shop, email="taken@example.com")
    with pytest.raises(Conflict, match=f"customer {other} in BigCommerce") as refused:
        await shop.connector.update_customer(ada, ContactChange(email="Taken@example.com"))
    assert "taken@" not in str(refused.value).lower()
    assert (await own(shop, ada)).email == "ada@example.com"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"company": "x" * 256}, "company has 256 characters; BigCommerce takes at most 255"),
        ({"phone": "5" * 51}, "phone has 51 characters"),
        ({"first_name": ""}, "first name is empty; BigCommerce takes at least 1"),
        ({"address": Address(street_1="1", country="Freedonia")}, "names no country"),
    ],
)
async def test_what_does_not_fit_is_refused_before_anything_is_sent(
    shop: Shop, change: dict[str, Any], said: str
) -> None:
    ada = registered(shop)
    with pytest.raises(Rejected, match=said) as refused:
        await shop.connector.update_customer(ada, ContactChange.model_validate(change))
    assert "ERP" in refused.value.remedy
    assert shop.store.directory.writes == []


async def test_a_deleted_customer_is_not_found(shop: Shop) -> None:
    ada = registered(shop)
    shop.store.directory.delete_customer(int(ada))
    with pytest.raises(NotFound):
        await shop.connector.customer(ada)


async def test_an_answer_lost_after_the_write_is_repeated_without_harm(shop: Shop) -> None:
    ada = registered(shop)
    shop.breaks(FaultKind.DROP_AFTER, method="PUT", path="/v3/customers")
    change = ContactChange(phone="2")
    with pytest.raises(OutcomeUnknown):
        await shop.connector.update_customer(ada, change)
    await shop.connector.update_customer(ada, change)
    assert (await own(shop, ada)).phone == "2"
