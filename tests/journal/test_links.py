from decimal import Decimal

import pytest

from domain.document import Receipt
from domain.money import Money
from domain.plan import Link
from journal.links import LinkConflict
from journal.opening import Journal

TOTAL = Money(amount=Decimal("1234567890123.4500"), currency="USD")
DOCUMENT = Link(step="document", ref="W100118", fingerprint="f1", snapshot="s1", total=TOTAL)
RECEIPT = Receipt(
    step="document", key="W118-D", ref="W100118", customer="WEB", total=TOTAL, digest="d"
)


async def test_a_link_comes_back_exactly_as_it_was_put(journal: Journal):
    await journal.links.put("acme", "order:118", DOCUMENT)
    waived = Link(step="refund:12", skipped=True)
    await journal.links.put("acme", "order:118", waived)
    links = await journal.links.of("acme", "order:118")
    assert links == {"document": DOCUMENT, "refund:12": waived}
    assert links["document"].total is not None
    assert str(links["document"].total.amount) == "1234567890123.4500"


async def test_links_are_kept_apart_by_connection_and_resource(journal: Journal):
    await journal.links.put("acme", "order:118", DOCUMENT)
    assert await journal.links.of("zeta", "order:118") == {}
    assert await journal.links.of("acme", "order:1180") == {}


async def test_putting_a_link_again_brings_its_fingerprint_up_to_date(journal: Journal):
    await journal.links.put("acme", "order:118", DOCUMENT)
    newer = DOCUMENT.model_copy(update={"fingerprint": "f2"})
    await journal.links.put("acme", "order:118", newer)
    assert await journal.links.of("acme", "order:118") == {"document": newer}


async def test_a_second_document_for_the_same_step_is_refused(journal: Journal):
    await journal.links.put("acme", "order:118", DOCUMENT)
    with pytest.raises(LinkConflict, match=r"W100118.*W100119"):
        await journal.links.put("acme", "order:118", DOCUMENT.model_copy(update={"ref": "W100119"}))
    assert await journal.links.of("acme", "order:118") == {"document": DOCUMENT}


async def test_a_receipt_is_kept_with_its_link_and_survives_a_put_without_one(journal: Journal):
    await journal.links.put("acme", "order:118", DOCUMENT, RECEIPT)
    await journal.links.put("acme", "order:118", DOCUMENT)
    assert await journal.links.receipts("acme", "order:118") == {"document": RECEIPT}


async def test_a_document_leads_back_to_what_it_was_made_for(journal: Journal):
    account = Link(step="USD", ref="C0042")
    await journal.links.put("acme", "customer:5", account)
    await journal.links.put("acme", "customer:6", account)
    await journal.links.put("acme", "order:118", DOCUMENT, RECEIPT)
    shared = await journal.links.find("acme", "USD", "C0042")
    assert {found.resource for found in shared} == {"customer:5", "customer:6"}
    (found,) = await journal.links.by_ref("acme", "W100118")
    assert (found.resource, found.link, found.receipt) == ("order:118", DOCUMENT, RECEIPT)
    assert await journal.links.by_ref("zeta", "W100118") == ()


async def test_forgetting_a_resource_leaves_the_others(journal: Journal):
    await journal.links.put("acme", "order:118", DOCUMENT)
    await journal.links.put("acme", "order:119", DOCUMENT)
    assert await journal.links.forget("acme", "order:118") == 1
    assert await journal.links.of("acme", "order:118") == {}
    assert await journal.links.of("acme", "order:119") == {"document": DOCUMENT}


async def test_links_are_found_by_many_references_at_once(journal: Journal):
    for number in (1, 400, 1300):
        link = Link(step="USD", ref=f"C{number}")
        await journal.links.put("acme", f"customer:{number}", link)
    wanted = {f"C{number}" for number in range(1200)}
    found = await journal.links.by_refs("acme", wanted)
    assert {one.link.ref for one in found} == {"C1", "C400"}
    assert await journal.links.by_refs("zeta", wanted) == ()
    assert await journal.links.by_refs("acme", ()) == ()
