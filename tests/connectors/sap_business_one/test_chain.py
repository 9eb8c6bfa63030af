from typing import Any

import pytest

from connectors.contract import Capability
from connectors.errors import Conflict, OutcomeUnknown, Rejected
from connectors.sap_business_one.connector import SapBusinessOne
from domain.document import DocumentKind, mismatch
from sandbox.faults import Fault, FaultKind

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


@pytest.fixture
def chain(protocol: str, site: Any) -> SapBusinessOne:
    return site.connect(protocol=protocol, document="order-delivery-invoice")


def ready(erp: SapBusinessOne, make: Any, **changed: Any) -> Any:
    return erp.prepared(make.document(**changed), tolerance=make.money("0.05"))


def counted(site: Any) -> tuple[int, int, int]:
    stand_in = site.stand_in
    return (len(stand_in.orders), len(stand_in.delivery_notes), len(stand_in.invoices))


@both_protocols
async def test_order_delivery_and_invoice_follow_each_other_to_the_cent(
    site: Any, chain: SapBusinessOne, make: Any
) -> None:
    meant = ready(chain, make)
    posted = await make.posted(chain, meant)
    assert mismatch(meant, posted, lines=chain.line_count(meant)) == ""
    assert counted(site) == (1, 1, 1)
    assert {one.reference for one in site.stand_in.by_reference("BC-100")} == {"BC-100"}
    assert site.stand_in.orders[0].status == "bost_Close"
    assert site.stand_in.invoices[0].lines[0].base == (
        15,
        site.stand_in.delivery_notes[0].doc_entry,
        0,
    )
    assert site.stand_in.books.level(make.item, "01").in_stock == 98


@pytest.mark.parametrize("step", ["Orders", "DeliveryNotes", "Invoices"])
@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE])
async def test_a_chain_that_broke_off_is_completed_without_doubling_a_step(
    site: Any, make: Any, step: str, kind: FaultKind
) -> None:
    chain = site.connect(document="order-delivery-invoice")
    meant = ready(chain, make)
    site.stand_in.faults.add(Fault(kind=kind, method="POST", path=f"/{step}$"))
    with pytest.raises(OutcomeUnknown):
        await chain.post_document(meant)
    if await chain.find_document(meant) is None:
        await chain.post_document(meant)
    assert counted(site) == (1, 1, 1)


async def test_missing_stock_waits_after_the_order_and_goes_on_when_it_is_there(
    site: Any, chain: SapBusinessOne, make: Any
) -> None:
    site.stand_in.settings.block_negative_inventory = True
    site.stand_in.set_stock(make.item, on_hand=1)
    meant = ready(chain, make)
    with pytest.raises(Rejected, match="negative inventory"):
        await chain.post_document(meant)
    assert counted(site) == (1, 0, 0)
    site.stand_in.set_stock(make.item, on_hand=2)
    await chain.post_document(meant)
    assert counted(site) == (1, 1, 1)


async def test_an_order_that_somebody_cancelled_is_made_anew(
    site: Any, chain: SapBusinessOne, make: Any
) -> None:
    site.stand_in.refuse_next("DeliveryNotes", method="POST")
    with pytest.raises(Rejected):
        await chain.post_document(ready(chain, make))
    entry = site.stand_in.orders[0].doc_entry
    await chain._client.create(f"Orders({entry})/Cancel", {})
    await chain.post_document(ready(chain, make))
    assert counted(site) == (2, 1, 1)


async def test_two_orders_under_one_key_are_not_chosen_between(site: Any, make: Any) -> None:
    chain = site.connect(document="order-delivery-invoice")
    site.stand_in.refuse_next("DeliveryNotes", method="POST", times=2)
    for _ in range(2):
        with pytest.raises(Rejected):
            await chain.post_document(ready(chain, make))
    rows = site.stand_in.books.documents["Orders"]
    first = next(iter(rows.values()))
    await chain._client.create(
        "Orders",
        {
            "CardCode": make.customer,
            "DocDueDate": f"{first['DocDueDate']}"[:10],
            "U_C2_ExtRef": "BC-100",
            "DocumentLines": [{"ItemCode": make.item, "Quantity": 1}],
        },
    )
    with pytest.raises(Conflict, match="stands twice"):
        await chain.post_document(ready(chain, make))


async def test_a_refund_of_a_chain_credits_its_invoice(
    site: Any, chain: SapBusinessOne, make: Any
) -> None:
    invoice = await make.posted(chain, ready(chain, make))
    refund = make.document(
        "BC-100-R1",
        make.line("50.00", "4.15", quantity="2"),
        kind=DocumentKind.CREDIT,
        against=invoice.ref,
    )
    posted = await make.posted(chain, refund)
    assert posted.total == make.money("54.15")
    assert site.stand_in.credit_notes[0].lines[0].base is not None


def test_a_chain_is_not_amended(site: Any) -> None:
    chain = site.connect(document="order-delivery-invoice")
    assert Capability.AMENDMENTS not in chain.capabilities
    assert Capability.CHANGED_STOCK not in chain.capabilities
