from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.acumatica.connector import Acumatica
from connectors.contract import Capability
from domain.contacts import AccountContact, AccountPart

Erp = Acumatica
BY_HAND = {
    "name": "By Hand",
    "contact": "By Hand",
    "email": "by@hand.test",
    "phone": "9",
    "street": "9 Hand St",
}


async def changed(erp: Erp, since: datetime | None) -> dict[str, AccountContact]:
    found: dict[str, AccountContact] = {}
    cursor, more = "", True
    while more:
        page = await erp.changed_customers(since, cursor=cursor)
        assert found.keys().isdisjoint({one.code for one in page.accounts})
        found |= {one.code: one for one in page.accounts}
        cursor, more = page.next_cursor, bool(page.next_cursor)
    return found


@pytest.mark.parametrize("name", ["Ann Person", "x" * 300])
async def test_what_we_write_reads_back_as_what_would_be_kept(
    erp: Erp, make: Any, name: str
) -> None:
    buyer = make.buyer(name=name)
    account = await erp.create_customer(buyer)
    there = await erp.customer_contact(account.code)
    assert there is not None
    assert there.model_copy(update={"code": ""}) == await erp.contact_as_kept(buyer)
    assert there.address.state == "Texas"


async def test_an_account_that_does_not_exist_is_none(erp: Erp) -> None:
    assert await erp.customer_contact("NOBODY") is None


@pytest.mark.parametrize("part", [AccountPart.NAME, AccountPart.PHONE, AccountPart.ADDRESS])
async def test_one_part_is_written_and_what_a_person_wrote_elsewhere_stays(
    site: Any, erp: Erp, make: Any, part: AccountPart
) -> None:
    code = (await erp.create_customer(make.buyer())).code
    before = site.stand_in.contact_of(code)
    site.stand_in.change_contact(code, **BY_HAND)
    await erp.update_customer(code, make.buyer(), parts={part})
    put_back = "street" if part is AccountPart.ADDRESS else part.value
    expected = {**BY_HAND, put_back: getattr(before, put_back)}
    assert site.stand_in.contact_of(code) == before.model_copy(update=expected)


async def test_a_change_by_a_person_is_listed_with_what_it_says(
    site: Any, erp: Erp, make: Any
) -> None:
    code = (await erp.create_customer(make.buyer())).code
    site.stand_in.change_contact(code, **BY_HAND)
    there = (await changed(erp, datetime.now(UTC) - timedelta(minutes=1)))[code]
    assert (there.name, there.email, there.phone) == ("By Hand", "by@hand.test", "9")
    assert there == await erp.customer_contact(code)
    assert code not in await changed(erp, datetime.now(UTC) + timedelta(days=3))


async def test_without_a_time_every_account_is_listed_page_by_page(
    site: Any, erp: Erp, make: Any
) -> None:
    for number in range(3):
        await erp.create_customer(make.buyer(id=f"{number}", email=f"{number}@example.com"))
    small = site.connect(profile={"page_size": 2})
    assert await changed(small, None) == await changed(erp, None)
    assert len(await changed(erp, None)) == len(site.stand_in.books.customers)


def test_it_tells_what_changed(erp: Erp) -> None:
    assert {Capability.CUSTOMERS, Capability.CHANGED_CUSTOMERS} <= erp.capabilities
