import asyncio

import pytest

from domain.customer import Customer
from domain.mapping import RuleKind
from domain.order import Address
from journal.mappings import MappingRow
from journal.opening import Journal


def row(key: str, value: str, *, kind: RuleKind = RuleKind.ITEM) -> MappingRow:
    return MappingRow(connection="acme", kind=kind, key=key, value=value)


async def test_rules_that_were_set_resolve(journal: Journal):
    await journal.mappings.set("acme", RuleKind.ITEM, "MUG", "B100", "ann")
    await journal.mappings.set("acme", RuleKind.WAREHOUSE, "*", "N", "ann")
    rules = await journal.mappings.rules("acme")
    assert rules.find(RuleKind.ITEM, "MUG") == "B100"
    assert rules.find(RuleKind.WAREHOUSE, "anything") == "N"
    assert rules.find(RuleKind.ITEM, "CUP") is None
    assert (await journal.mappings.rules("zeta")).table == {}


async def test_history_tells_who_changed_what(journal: Journal):
    assert await journal.mappings.set("acme", RuleKind.ITEM, "MUG", "B100", "ann")
    assert await journal.mappings.set("acme", RuleKind.ITEM, "MUG", "B200", "bob")
    assert await journal.mappings.remove("acme", RuleKind.ITEM, "MUG", "cid")
    history = await journal.mappings.history("acme", RuleKind.ITEM, "MUG")
    assert [(change.old, change.new, change.actor) for change in history] == [
        (None, "B100", "ann"),
        ("B100", "B200", "bob"),
        ("B200", None, "cid"),
    ]


async def test_setting_what_is_set_already_changes_nothing(journal: Journal):
    await journal.mappings.set("acme", RuleKind.ITEM, "MUG", "B100", "ann")
    assert not await journal.mappings.set("acme", RuleKind.ITEM, "MUG", "B100", "bob")
    assert not await journal.mappings.remove("acme", RuleKind.ITEM, "CUP", "bob")
    (rule,) = await journal.mappings.list("acme")
    assert rule.actor == "ann"
    assert len(await journal.mappings.history("acme")) == 1


async def test_many_rules_are_set_together_and_the_others_stay(journal: Journal):
    await journal.mappings.set("acme", RuleKind.ITEM, "MUG", "B100", "ann")
    await journal.mappings.set("acme", RuleKind.ITEM, "POT", "B300", "ann")
    changed = await journal.mappings.replace_many(
        [row("MUG", "B101"), row("CUP", "B200"), row("POT", "B300")], "bob"
    )
    assert changed == 2
    rules = await journal.mappings.list("acme", RuleKind.ITEM)
    assert [(rule.key, rule.value) for rule in rules] == [
        ("CUP", "B200"),
        ("MUG", "B101"),
        ("POT", "B300"),
    ]


async def test_an_import_that_breaks_off_sets_no_rule(journal: Journal):
    def rows():
        yield row("MUG", "B100")
        raise EOFError

    with pytest.raises(EOFError):
        await journal.mappings.replace_many(rows(), "ann")
    assert await journal.mappings.list("acme") == ()
    assert await journal.mappings.history("acme") == ()


async def test_two_people_setting_one_rule_leave_an_unbroken_history(
    journal: Journal, other_process: Journal
):
    await asyncio.gather(
        *(
            place.mappings.set("acme", RuleKind.ITEM, "MUG", f"{name}{number}", name)
            for number in range(5)
            for place, name in ((journal, "ann"), (other_process, "bob"))
        )
    )
    history = await journal.mappings.history("acme")
    assert len(history) == 10
    news = [None, *(change.new for change in history)]
    assert [change.old for change in history] == news[:-1]


async def test_a_rule_for_a_guest_meets_them_without_keeping_their_address(journal: Journal):
    address = Address.model_construct()
    guest = Customer.model_construct(
        id="", email="Jane.Doe@Example.com", currency="USD", billing=address, shipping=address
    )
    _, _, key = guest.resource.partition(":")
    await journal.mappings.set("acme", RuleKind.CUSTOMER, " jane.doe@example.com", "C7", "ann")
    rules = await journal.mappings.rules("acme")
    assert rules.find(RuleKind.CUSTOMER, key) == "C7"
    assert "example" not in repr(await journal.mappings.list("acme"))
    (change,) = await journal.mappings.history("acme", RuleKind.CUSTOMER, "JANE.DOE@example.com")
    assert change.key == key
    assert await journal.mappings.remove("acme", RuleKind.CUSTOMER, guest.email, "ann")
