"""Customers changed in the ERP: what it owns flows back, what the store owns is put back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from domain.hold import Hold, HoldCode
from sandbox.bigcommerce.drafts import AddressDraft, CustomerDraft
from sandbox.faults import Fault, FaultKind
from tests.end_to_end.drafts import an_order
from tests.support.world import World
from tests.support.worlds import a_world

JANE = CustomerDraft(
    email="jane.doe@example.com",
    first_name="Jane",
    last_name="Doe",
    phone="5125550100",
    addresses=(AddressDraft(),),
)
PHONE_AND_EMAIL = {"flow_back": True, "owner": {"phone": "erp", "email": "erp"}}


class Jane:
    """A customer who has ordered once, in the store and in the ERP."""

    def __init__(self, world: World, order: str) -> None:
        self.world = world
        self.id = world.store.order(int(order)).customer_id
        [document] = world.ledger.documents_of(world.number(order))
        self.account = document.customer

    @property
    def in_store(self) -> CustomerDraft:
        return CustomerDraft.model_validate(
            {name: getattr(self.world.store.customers[self.id], name) for name in _SHOWN}
        )

    @property
    def writes(self) -> tuple[int, int]:
        """How often the store's customers and the ERP's accounts were written to."""
        accounts = [
            call
            for call in self.world.site.faults.calls
            if call.path.endswith("Setup/Update")
            or (call.method in ("PUT", "PATCH") and "/Customer" in call.path)
            or (call.method == "PATCH" and "/BusinessPartners" in call.path)
        ]
        return len(self.world.store.directory.writes), len(accounts)

    def changed_in_erp(self, **changes: str) -> None:
        self.world.site.change_contact(self.account, **changes)

    async def looked_at(self, *, every: bool = False) -> int:
        """Look through the accounts and see everything that follows through."""
        summary = await self.world.look_at_accounts(every=every)
        await self.settled()
        return summary.started

    async def settled(self) -> None:
        await self.world.settled_customer(f"customer:{self.id}")

    async def held(self, code: HoldCode) -> Hold:
        async def hold() -> Hold | None:
            found = await self.world.journal.holds.of(self.world.connection, f"customer:{self.id}")
            return found.hold if found is not None and found.hold.code is code else None

        return await self.world.until(hold, f"a hold {code}")


_SHOWN = ("email", "first_name", "last_name", "company", "phone")


async def a_jane(world: World) -> Jane:
    order = await world.post(an_order(customer=JANE))
    jane = Jane(world, order)
    await jane.looked_at()
    return jane


@pytest.fixture
async def jane(client: Client, tmp_path: Path) -> AsyncIterator[Jane]:
    async with a_world(client, tmp_path, customers=PHONE_AND_EMAIL) as world:
        yield await a_jane(world)


async def test_each_field_follows_its_owner_and_then_nobody_writes_any_more(
    client: Client, tmp_path: Path, system: str
) -> None:
    async with a_world(client, tmp_path, system=system, customers=PHONE_AND_EMAIL) as world:
        jane = await a_jane(world)
        jane.changed_in_erp(phone="5125550199", name="Somebody Else")
        assert await jane.looked_at() == 1
        assert jane.in_store.phone == "5125550199"
        assert jane.in_store.last_name == "Doe"
        assert world.site.contact_of(jane.account).name == "Jane Doe"

        before = jane.writes
        assert [await jane.looked_at(), await jane.looked_at(every=True)] == [0, 0]
        world.store.update_customer(jane.id, last_name="Roe")
        await jane.settled()
        assert world.site.contact_of(jane.account).name == "Jane Roe"
        assert world.site.contact_of(jane.account).phone == "5125550199"
        assert await jane.looked_at() == 0
        assert jane.writes == (before[0], before[1] + 1)


async def test_switched_off_nothing_flows_back(world: World) -> None:
    jane = await a_jane(world)
    jane.changed_in_erp(phone="5125550199")
    assert await jane.looked_at() == 0
    assert jane.in_store.phone == "5125550100"
    assert jane.writes[0] == 0


async def test_an_email_of_another_customer_is_held_once_and_freed_by_correcting_it(
    jane: Jane,
) -> None:
    other = CustomerDraft(email="taken@example.com", first_name="Ada", last_name="Byron")
    owner = jane.world.store.add_customer(other)
    jane.changed_in_erp(email=other.email)
    await jane.world.look_at_accounts()
    hold = await jane.held(HoldCode.CONFLICT)
    assert f"customer {owner} in BigCommerce" in hold.reason
    assert "taken" not in hold.reason
    assert (await jane.world.look_at_accounts()).started == 0

    jane.changed_in_erp(email="jane@example.com")
    assert await jane.looked_at() == 1
    assert jane.in_store.email == "jane@example.com"
    assert await jane.world.journal.holds.of(jane.world.connection, f"customer:{jane.id}") is None


async def test_a_customer_deleted_in_the_store_is_told_once_and_the_account_left(
    jane: Jane,
) -> None:
    jane.world.store.directory.delete_customer(jane.id)
    jane.changed_in_erp(phone="5125550199")
    await jane.world.look_at_accounts()
    hold = await jane.held(HoldCode.NOT_IN_STORE)
    assert "left as it is" in hold.reason
    assert jane.account.lstrip("0") in hold.reason
    assert (await jane.world.look_at_accounts()).started == 0


async def test_the_account_of_all_web_orders_is_nobody_s(jane: Jane) -> None:
    web = jane.world.erp.settings.web_customer
    jane.world.site.change_contact(web, phone="5125550199")
    assert await jane.looked_at(every=True) == 0


async def test_an_account_that_two_customers_share_does_not_flow_back(jane: Jane) -> None:
    world = jane.world
    other = CustomerDraft(email="ada@example.com", first_name="Ada", last_name="Byron")
    ada = f"customer:{world.store.add_customer(other)}"
    await world.settled_customer(ada)
    [link] = (await world.journal.links.of(world.connection, f"customer:{jane.id}")).values()
    await world.journal.links.put(world.connection, ada, link)
    jane.changed_in_erp(phone="5125550199", name="Somebody Else")
    assert await jane.looked_at() == 2
    await world.settled_customer(ada)
    assert jane.in_store.phone == "5125550100"
    before = jane.writes
    await jane.looked_at()  # one of the two has seen what was written for the other
    assert await jane.looked_at() == 0
    assert jane.writes == before


async def test_without_the_scope_to_change_customers_they_are_held_and_orders_go_on(
    jane: Jane,
) -> None:
    tokens = jane.world.store.settings.tokens
    for token, account in tokens.items():
        scopes = account.scopes - {"store_v2_customers"} | {"store_v2_customers_read_only"}
        tokens[token] = type(account)(scopes=scopes)
    jane.changed_in_erp(phone="5125550199")
    await jane.world.look_at_accounts()
    hold = await jane.held(HoldCode.CREDENTIALS_REJECTED)
    assert "store_v2_customers" in hold.remedy
    await jane.world.post(an_order())


async def test_what_a_person_changes_while_we_write_is_not_taken_for_agreed(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path, customers=PHONE_AND_EMAIL) as world:
        jane = await a_jane(world)
        held_back = Fault(kind=FaultKind.HOLD, path="Setup/Update", seconds=60)
        world.site.faults.add(held_back)
        jane.changed_in_erp(name="Somebody Else")
        handle = await world.start_catch_up("erp-customers")
        before = jane.writes[1]

        async def writing() -> bool | None:
            return True if jane.writes[1] > before else None

        await world.until(writing, "the write to the ERP")
        jane.changed_in_erp(phone="5125550199")
        world.site.faults.release()
        await handle.result()
        await jane.settled()
        assert world.site.contact_of(jane.account).name == "Jane Doe"
        assert jane.in_store.phone == "5125550199"
