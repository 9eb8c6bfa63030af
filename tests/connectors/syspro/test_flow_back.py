from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract import Capability
from connectors.syspro.connector import Syspro
from domain.contacts import AccountContact, AccountPart

Erp = Syspro
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def every_account(erp: Erp) -> list[AccountContact]:
    found: list[AccountContact] = []
    cursor, more = "", True
    while more:
        page = await erp.changed_customers(LONG_AGO, cursor=cursor)
        found += page.accounts
        cursor, more = page.next_cursor, bool(page.next_cursor)
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"name": "The Analytical Engine and Difference Machine Company of London"},
        {"name": "\u0141ukasz Dvo\u0159\u00e1k", "contact": "\u0141ukasz Dvo\u0159\u00e1k"},
        {"phone": "+44 (0) 1225 555 0100 ext. 77"},
    ],
    ids=["plain", "too long", "other letters", "a long number"],
)
async def test_what_we_write_reads_back_as_what_would_be_kept(
    erp: Erp, make: Any, changed: dict[str, str]
) -> None:
    buyer = make.buyer(**changed)
    account = await erp.create_customer(buyer)
    there = await erp.customer_contact(account.code)
    assert there is not None
    assert there.model_copy(update={"code": ""}) == await erp.contact_as_kept(buyer)


async def test_an_account_that_does_not_exist_is_none(erp: Erp) -> None:
    assert await erp.customer_contact("NOBODY") is None


@pytest.mark.parametrize("part", AccountPart)
async def test_one_part_is_written_and_what_a_person_wrote_elsewhere_stays(
    site: Any, erp: Erp, make: Any, part: AccountPart
) -> None:
    code = (await erp.create_customer(make.buyer())).code
    before = site.stand_in.contact_of(code)
    by_hand = {
        "name": "By Hand",
        "contact": "By Hand",
        "email": "by@hand.test",
        "phone": "9",
        "street": "9 Hand St",
    }
    site.stand_in.change_contact(code, **by_hand)
    await erp.update_customer(code, make.buyer(), parts={part})
    put_back = "street" if part is AccountPart.ADDRESS else part.value
    expected = {**by_hand, put_back: getattr(before, put_back)}
    assert site.stand_in.contact_of(code) == before.model_copy(update=expected)


async def test_every_account_is_listed_once_whatever_the_size_of_a_page(
    site: Any, erp: Erp
) -> None:
    for number in range(5):
        site.stand_in.add_customer(f"A{number}", name=f"Number {number}")
    small = site.connect(profile={"find_limit": 2})
    told = await every_account(small)
    assert [one.code for one in told] == [one.code for one in await every_account(erp)]
    assert len({one.code for one in told}) == len(told) == len(site.stand_in.customers)


def test_nothing_in_the_table_tells_when_it_changed(erp: Erp) -> None:
    assert Capability.CUSTOMERS in erp.capabilities
    assert Capability.CHANGED_CUSTOMERS not in erp.capabilities
