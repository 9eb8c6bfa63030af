"""Persons are erased from the journal; what the ledger needs of their orders stays."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.customer import customer_of
from domain.document import Receipt
from domain.hold import Hold, HoldCode
from domain.mapping import RuleKind
from domain.order import Address, Order
from domain.plan import Link
from domain.privacy import personal_words
from journal.opening import Journal, migrate, open_journal
from journal.subjects import ERASED, Subject
from journal.trail import TrailEntry
from settings.keyring import Keyring, KeyUnknown
from tests.journal.conftest import Clock
from tests.support.orders import a_refund, an_order
from tests.support.searching import bytes_on_disk, opened_rows

ADDRESS = Address(
    id="65",
    first_name="Quirinus",
    last_name="Plantedname",
    company="Planted Trading",
    street_1="17 Planted Crescent",
    street_2="Floor Quirin",
    city="Plantedville",
    postcode="PL4 9TD",
    country="Utopia",
    country_code="UT",
    phone="0555-4711-99",
    email="Quirinus@planted.example",
)
EMAIL = "quirinus@planted.example"
JANE = Address(first_name="Jane", last_name="Doe", email="jane@example.com")


def his_order(order_id: str = "118", **facts: Any) -> Order:
    usual: dict[str, Any] = {
        "id": order_id,
        "number": order_id,
        "customer_id": "7",
        "billing": ADDRESS,
        "shipping": (ADDRESS,),
        "refunds": (a_refund(reason="Quirinus called"),),
    }
    return an_order(**{**usual, **facts})


async def keep(journal: Journal, order: Order, *, posted: bool = True) -> str:
    """Keep an order as a plan does, and link it as posting does."""
    digest = await journal.snapshots.put("acme", order.model_dump_json())
    if posted:
        resource = f"order:{order.id}"
        link = Link(step="document", ref=f"BC-{order.id}", snapshot=digest, total=order.total)
        account = Link(step="customer", ref="W5")
        receipt = Receipt(
            step="document", key=link.ref, ref=link.ref, customer="W5", total=order.total, digest=""
        )
        await journal.links.put("acme", resource, account)
        await journal.links.put("acme", resource, link, receipt)
    return digest


def told(clock: Clock, outcome: str, message: str, resource: str = "order:118") -> TrailEntry:
    return TrailEntry(
        connection="acme",
        resource=resource,
        at=clock(),
        action="post_document",
        outcome=outcome,
        message=message,
    )


async def erase(journal: Journal, **whom: object) -> Subject:
    subject = Subject.model_validate(whom)
    erasures = journal.snapshots.erasures
    kept = await erasures.find("acme", subject)
    await erasures.erase("acme", kept)
    assert (await erasures.find("acme", kept.subject)).total == 0
    return kept.subject


async def lived_with(journal: Journal, clock: Clock) -> None:
    """Leave traces of a person everywhere the journal may have any."""
    order = his_order()
    await journal.snapshots.put("acme", his_order(payment_method="early").model_dump_json())
    await keep(journal, order)
    customer = customer_of(order)
    await journal.links.put("acme", "customer:7", Link(step="USD", ref="W5", fingerprint="f"))
    guest = customer.model_copy(update={"id": ""}).resource
    await journal.links.put("acme", guest, Link(step="USD", ref="W6"))
    await journal.mappings.set("acme", RuleKind.CUSTOMER, "7", "W5", "ann")
    await journal.mappings.set("acme", RuleKind.CUSTOMER, EMAIL, "W6", "ann")
    await journal.watermarks.advance("acme", "customer:7", seen=None, to=clock())
    hold = Hold(step="customer", code=HoldCode.REJECTED, reason="Name 'Plantedname' is refused")
    await journal.holds.open("acme", "order:118", hold, since=clock())
    await journal.holds.close("acme", "order:118")
    await journal.trail.append(told(clock, "held", hold.reason))
    await journal.trail.append(told(clock, "skip", "Quirinus asked us to"))
    await journal.trail.append(told(clock, "done", "BC-118 (10.00 USD)"))
    elsewhere = told(clock, "waiting", f"The store said: {EMAIL.title()}", "catch-up:orders")
    await journal.trail.append(elsewhere)


async def test_after_an_erasure_no_row_holds_a_word_of_the_person(
    journal: Journal, url: str, keyring: Keyring, clock: Clock
) -> None:
    await lived_with(journal, clock)
    words = personal_words(his_order()) - {"Quirinus Plantedname"}  # its halves stand for it
    before = "\n".join(await opened_rows(url, keyring))
    assert [word for word in words if word not in before] == []

    await erase(journal, emails={EMAIL})
    rows = "\n".join(await opened_rows(url, keyring)).lower()
    assert [word for word in words if word.lower() in rows] == []
    assert customer_of(his_order(customer_id="")).resource not in rows
    assert "customer:7" not in rows


async def test_the_bytes_are_gone_from_the_sqlite_files_too(
    tmp_path: Path, keyring: Keyring, clock: Clock
) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"
    await migrate(url)
    async with open_journal(url, keyring, clock=clock) as journal:
        await lived_with(journal, clock)
        assert b"Name 'Plantedname' is refused" in bytes_on_disk(tmp_path)
        await erase(journal, customer_ids={"7"})
        files = bytes_on_disk(tmp_path).lower()
    assert [word for word in personal_words(his_order()) if word.lower().encode() in files] == []


async def test_the_trail_keeps_who_did_what_and_when(journal: Journal, clock: Clock) -> None:
    await lived_with(journal, clock)
    await erase(journal, customer_ids={"7"})
    entries = await journal.trail.of("acme", "order:118")
    assert [(e.action, e.outcome, e.message) for e in entries] == [
        ("post_document", "held", ERASED),
        ("post_document", "skip", ERASED),
        ("post_document", "done", "BC-118 (10.00 USD)"),
    ]


async def test_what_was_posted_stays_linked_with_all_that_refunds_need(journal: Journal) -> None:
    order = his_order()
    await keep(journal, order)
    await erase(journal, customer_ids={"7"})

    links = await journal.links.of("acme", "order:118")
    assert (links["document"].ref, links["document"].total) == ("BC-118", order.total)
    assert set(await journal.links.receipts("acme", "order:118")) == {"document"}
    text = await journal.snapshots.get("acme", links["document"].snapshot)
    assert text is not None
    anonymous = Order.model_validate_json(text)
    assert anonymous.fingerprint == order.fingerprint
    assert (anonymous.lines, anonymous.total, anonymous.tax) == (
        order.lines,
        order.total,
        order.tax,
    )
    assert anonymous.shipping[0].id == "65"  # lines name the address that they go to
    assert personal_words(anonymous) == frozenset()
    assert anonymous.refunds[0].reason == ""


async def test_an_erased_order_that_is_fetched_again_is_kept_without_its_person(
    journal: Journal, url: str, keyring: Keyring
) -> None:
    order = his_order()
    await keep(journal, order)
    await erase(journal, customer_ids={"7"})

    digest = await journal.snapshots.put("acme", order.model_dump_json())
    text = await journal.snapshots.get("acme", digest)
    assert text is not None
    assert personal_words(Order.model_validate_json(text)) == frozenset()
    assert "Plantedname" not in "\n".join(await opened_rows(url, keyring))


async def test_an_order_that_was_not_posted_yet_is_fetched_whole_when_the_store_lets_it_go(
    journal: Journal,
) -> None:
    order = his_order()
    await keep(journal, order, posted=False)
    await erase(journal, customer_ids={"7"})

    digest = await journal.snapshots.put("acme", order.model_dump_json())
    assert await journal.snapshots.get("acme", digest) == order.model_dump_json()


async def test_another_connections_customer_of_that_number_is_somebody_else(
    journal: Journal,
) -> None:
    await keep(journal, his_order())
    theirs = await journal.snapshots.put("zeta", his_order().model_dump_json())
    await journal.links.put("zeta", "customer:7", Link(step="USD", ref="W9"))
    await erase(journal, customer_ids={"7"})
    assert await journal.snapshots.get("zeta", theirs) == his_order().model_dump_json()
    assert "USD" in await journal.links.of("zeta", "customer:7")


async def test_other_peoples_orders_and_texts_stay(journal: Journal, clock: Clock) -> None:
    await keep(journal, his_order())
    others = an_order(id="119", number="119", billing=JANE)
    digest = await keep(journal, others)
    await journal.trail.append(told(clock, "held", "a reason", "order:119"))
    await erase(journal, customer_ids={"7"})
    assert await journal.snapshots.get("acme", digest) == others.model_dump_json()
    assert (await journal.trail.of("acme", "order:119"))[0].message == "a reason"


async def test_the_orders_of_one_person_are_found_whichever_way_they_are_named(
    journal: Journal,
) -> None:
    guest = his_order("121", customer_id="")
    gift = an_order(id="122", customer_id="9", billing=JANE, shipping=(ADDRESS,))
    other_address = his_order("123", billing=ADDRESS.model_copy(update={"email": "q@example.com"}))
    for order in (his_order(), guest, gift, other_address):
        await keep(journal, order)

    async def orders(**whom: object) -> tuple[str, ...]:
        subject = Subject.model_validate(whom)
        kept = await journal.snapshots.erasures.find("acme", subject)
        return tuple(resource.removeprefix("order:") for resource in kept.orders)

    assert await orders(customer_ids={"7"}) == ("118", "121", "123")
    assert await orders(emails={EMAIL}) == ("118", "121", "122", "123")
    assert await orders(order_ids={"121"}) == ("121",)
    assert await orders(customer_ids={"8"}, emails={"nobody@example.com"}) == ()


async def test_an_erasure_that_was_cut_short_is_completed_by_the_next(journal: Journal) -> None:
    for number in range(3):
        await keep(journal, his_order(str(118 + number)))
    erasures = journal.snapshots.erasures
    kept = await erasures.find("acme", Subject(customer_ids=frozenset({"7"})))
    await erasures.erase("acme", kept.model_copy(update={"orders": kept.orders[:1]}))

    again = await erasures.find("acme", Subject(customer_ids=frozenset({"7"})))
    assert again.orders == ("order:119", "order:120")
    await erasures.erase("acme", again)
    assert (await erasures.find("acme", kept.subject)).total == 0


async def test_what_is_held_is_named_and_what_awaits_its_store_is_not(
    journal: Journal, clock: Clock
) -> None:
    await keep(journal, his_order(), posted=False)
    await keep(journal, his_order("119"), posted=False)
    held = Hold(step="document", code=HoldCode.MAPPING_MISSING, reason="SKU")
    waiting = Hold(step="plan", code=HoldCode.AWAITING_STORE, reason="not yet")
    await journal.holds.open("acme", "order:118", held, since=clock())
    await journal.holds.open("acme", "order:119", waiting, since=clock())
    kept = await journal.snapshots.erasures.find("acme", Subject(customer_ids=frozenset({"7"})))
    assert kept.held == ("order:118",)


async def test_a_snapshot_that_cannot_be_opened_stops_the_search(url: str) -> None:
    async with open_journal(url, Keyring({"lost": b"l" * 32})) as journal:
        await keep(journal, his_order())
    async with open_journal(url, Keyring({"new": b"n" * 32})) as journal:
        with pytest.raises(KeyUnknown, match="lost"):
            await erase(journal, customer_ids={"7"})


async def test_the_hash_of_a_person_confirms_a_name_only_to_who_has_the_key(
    journal: Journal, url: str
) -> None:
    asked = Subject(emails=frozenset({EMAIL}))
    named = journal.snapshots.erasures.recognisable(asked)
    assert named == journal.snapshots.erasures.recognisable(asked)
    assert EMAIL not in named
    async with open_journal(url, Keyring({"2026": b"x" * 32})) as other:
        assert other.snapshots.erasures.recognisable(asked) != named


REWRITINGS = (
    "UPDATE trail SET message = 'something else'",
    "UPDATE trail SET message = '(erased)', actor = 'somebody else'",
    "UPDATE trail SET message = '(erased)', outcome = 'done'",
    "DELETE FROM trail",
)


async def test_the_trail_may_be_blanked_and_not_rewritten(
    journal: Journal, clock: Clock, url: str
) -> None:
    await journal.trail.append(told(clock, "held", "why"))
    engine = create_async_engine(url)
    try:
        for rewriting in REWRITINGS:
            with pytest.raises(DBAPIError, match="append-only"):
                async with engine.begin() as connection:
                    await connection.execute(text(rewriting))
    finally:
        await engine.dispose()
    assert (await journal.trail.of("acme", "order:118"))[0].message == "why"


async def test_pruning_spares_what_the_erasure_left_for_refunds(
    journal: Journal, clock: Clock
) -> None:
    await keep(journal, his_order())
    await erase(journal, customer_ids={"7"})
    clock.advance(timedelta(days=400))
    assert await journal.snapshots.prune(clock()) == 0
