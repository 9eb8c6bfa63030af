"""`tillbridge erase`: a person is gone from journal and histories; the ledger stays exact."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from typer.testing import CliRunner, Result

from domain.hold import HoldCode
from sandbox.assortment import UNLISTED_SKU
from sandbox.bigcommerce.drafts import (
    AddressDraft,
    CustomerDraft,
    OrderEdit,
    RefundDraft,
    RefundItemDraft,
    ShippingDraft,
)
from settings.keyring import Keyring
from starters.cli.main import app
from tests.end_to_end.drafts import JANE, an_order, line
from tests.support.own_temporal import own_temporal
from tests.support.searching import bytes_on_disk, opened_histories, opened_rows
from tests.support.temporal import PAYLOAD_KEY
from tests.support.world import World
from tests.support.worlds import a_world

HIS = {
    "first_name": "Quirinus",
    "last_name": "Plantedname",
    "company": "Planted Trading",
    "street_1": "17 Planted Crescent",
    "street_2": "Floor Quirin",
    "city": "Plantedville",
    "zip": "PL49TD",
    "phone": "0555471199",
    "email": "quirinus@planted.example",
}
ADDRESS = AddressDraft.model_validate(HIS)
CUSTOMER = CustomerDraft(
    email=HIS["email"], first_name=HIS["first_name"], last_name=HIS["last_name"]
)
HIS_ORDER: dict[str, object] = {
    "billing": ADDRESS,
    "shipping": (ShippingDraft(address=ADDRESS, cost=Decimal("9.95")),),
}


@dataclass
class Office:
    """A world whose orders can be amended, and somebody at its command line."""

    world: World
    folder: Path

    async def erase(self, *arguments: str, answer: str = "") -> Result:
        env = {"TILLBRIDGE_CONFIG": str(self.world.settings_file(self.folder))}
        command = ["erase", *arguments]
        return await asyncio.to_thread(CliRunner().invoke, app, command, input=answer, env=env)

    async def report(self, *arguments: str) -> dict[str, Any]:
        result = await self.erase(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    async def found(self) -> list[str]:
        """Return what the journal and every history still hold of the person, all opened."""
        world = self.world
        ours = f"WorkflowId STARTS_WITH '{world.connection}:'"
        rings = (world.keyring, Keyring.parse(PAYLOAD_KEY))
        told = await opened_rows(world.journal_url, rings[0])
        told += await opened_histories(world.client, ours, rings[1])
        everything = "\n".join(told).lower()
        files = bytes_on_disk(self.folder / "journal").lower()
        return [
            name
            for name, word in HIS.items()
            if word.lower() in everything or word.lower().encode() in files
        ]


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with own_temporal() as client:
        yield client


@pytest.fixture
async def office(client: Client, tmp_path: Path) -> AsyncIterator[Office]:
    (tmp_path / "journal").mkdir()
    async with a_world(client, tmp_path / "journal", policy={"edits": "amend"}) as world:
        yield Office(world, tmp_path)


async def test_a_person_is_erased_and_what_stays_in_the_erp_is_listed_by_number(
    office: Office,
) -> None:
    world = office.world
    his = [
        await world.post(an_order(customer=CUSTOMER, **HIS_ORDER)),
        await world.post(an_order(**HIS_ORDER)),  # as a guest
    ]
    hers = await world.post(an_order(customer=JANE))
    assert set(await office.found()) == set(HIS)

    preview = await office.report("--customer", HIS["email"], "--dry-run")
    report = await office.report("--customer", HIS["email"], "--yes")
    assert report["executions"] == preview["executions"] >= len(his)
    assert report["orders"] == his
    assert {f"BC-{order}" for order in his} <= {one["ref"] for one in report["documents"]}
    assert report["accounts"] == sorted({world.invoice(order).customer for order in his})
    assert await office.found() == []
    assert "Jane" in "\n".join(await opened_rows(world.journal_url, world.keyring))
    described = await world.workflow(hers).describe()
    assert described.status is WorkflowExecutionStatus.COMPLETED


async def test_a_refund_and_an_edit_after_the_erasure_are_booked_once_and_to_the_cent(
    office: Office,
) -> None:
    world = office.world
    order = await world.post(an_order(customer=CUSTOMER, **HIS_ORDER))
    customer_id = str(world.store.order(int(order)).customer_id)
    await office.report("--customer", customer_id, "--yes")

    world.store.edit_order(int(order), OrderEdit(quantities={0: 3}))
    await world.settled(order)
    assert world.invoice(order).value == world.store_total(order)

    item = RefundItemDraft(item_type="PRODUCT", quantity=1)
    refund_id = world.store.refund(int(order), RefundDraft(items=(item,), reason="for Quirinus"))
    await world.look_again(order)
    await world.settled(order)
    refund = next(one for one in world.store.refunds if one.id == refund_id)
    assert world.credits(order) == [refund.total]
    assert len(world.payments(order)) == 1
    # The store still tells who bought; the journal does not keep it again.
    assert await office.found() == []


async def test_a_webhook_of_an_erased_order_posts_nothing_again(office: Office) -> None:
    world = office.world
    order = await world.post(an_order(**HIS_ORDER))
    await office.report("--order", order, "--yes")
    postings = len(world.erp.invoices)

    world.store.touch(world.store.order(int(order)))
    await world.look_again(order)
    await world.settled(order)
    assert len(world.erp.invoices) == postings
    assert await office.found() == []


async def test_the_same_person_may_order_again_and_goes_to_the_same_account(
    office: Office,
) -> None:
    world = office.world
    first = await world.post(an_order(**HIS_ORDER))
    await office.report("--customer", HIS["email"], "--yes")

    second = await world.post(an_order(**HIS_ORDER))
    assert world.invoice(second).customer == world.invoice(first).customer
    assert world.invoice(second).value == world.store_total(second)


async def test_an_order_that_is_held_is_named_and_nothing_is_erased(office: Office) -> None:
    world = office.world
    posted = await world.post(an_order(**HIS_ORDER))
    held = world.place(an_order(lines=(line(sku=UNLISTED_SKU),), **HIS_ORDER))
    await world.held(held, HoldCode.MAPPING_MISSING)
    refused = await office.erase("--customer", HIS["email"], "--yes")
    assert refused.exit_code == 1
    assert f"Order {held} is held" in refused.output
    assert set(await office.found()) == set(HIS)

    await world.signal(held, "skip", {"actor": "ann", "reason": "a test"})
    await world.settled(held)
    report = await office.report("--customer", HIS["email"], "--yes")
    assert report["orders"] == [posted, held]
    assert await office.found() == []


async def test_an_order_on_its_way_is_named_and_nothing_is_erased(office: Office) -> None:
    world = office.world
    order = await world.post(an_order(**HIS_ORDER))
    await world.stop_worker()
    await world.look_again(order)
    refused = await office.erase("--customer", HIS["email"], "--yes")
    assert refused.exit_code == 1
    assert f"Order {order} is still on its way" in refused.output
    assert (await world.links(order))["document"].ref == f"BC-{order}"

    await world.start_worker()
    await world.settled(order)
    assert (await office.erase("--customer", HIS["email"], "--yes")).exit_code == 0


async def test_nothing_is_erased_by_a_dry_run_nor_without_a_yes(office: Office) -> None:
    world = office.world
    order = await world.post(an_order(**HIS_ORDER))
    preview = await office.report("--customer", HIS["email"], "--dry-run")
    assert (preview["dry_run"], preview["orders"], preview["executions"]) == (True, [order], 1)

    declined = await office.erase("--customer", HIS["email"], answer="n\n")
    assert declined.exit_code == 1
    assert "Nothing was erased." in declined.output
    assert (await office.erase("--customer", HIS["email"])).exit_code == 1  # nobody answers
    assert (await office.erase("--customer", HIS["email"], "--json")).exit_code == 2
    assert set(await office.found()) == set(HIS)

    agreed = await office.erase("--customer", HIS["email"], answer="y\n")
    assert agreed.exit_code == 0
    assert f"orders {order}" in agreed.output
    assert "nothing of this person is left" in agreed.output
    assert f"BC-{order}" in agreed.output


async def test_the_trail_says_that_an_erasure_happened_and_not_of_whom(office: Office) -> None:
    world = office.world
    await world.post(an_order(**HIS_ORDER))
    await office.report("--customer", HIS["email"], "--yes", "--actor", "ann")
    # Once more, the address now read from standard input: options end up in a shell's history.
    again = await office.erase("--customer", "-", "--yes", answer=f"{HIS['email']}\n")
    assert (again.exit_code, "Nothing of this person is kept" in again.output) == (0, True)
    assert HIS["email"] not in again.output

    [entry] = await world.journal.trail.of(world.connection, "erasure")
    assert (entry.actor, entry.action, entry.outcome) == ("ann", "erase", "done")
    assert entry.message.startswith("Erased a person: 1 orders")
    key_id, _, digest = entry.details["person"].partition(":")
    assert (key_id, len(digest)) == ("test", 64)


async def test_an_unpaid_order_is_erased_and_fetched_whole_when_it_is_paid(
    office: Office,
) -> None:
    world = office.world
    order = world.place(an_order(payment=None, status_id=7, **HIS_ORDER))
    await world.waiting_in_store(order)
    await office.report("--customer", HIS["email"], "--yes")
    assert await office.found() == []

    world.store.pay(int(order))
    world.store.set_status(int(order), 11)
    await world.settled(order)
    assert world.invoice(order).value == world.store_total(order)
    [account] = [one for one in world.erp.books.customers.values() if HIS["email"] in str(one)]
    assert account.customer.endswith(world.invoice(order).customer)
