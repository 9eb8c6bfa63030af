"""The demo with each ERP: orders to the cent, stock back, and what is secret in .env alone."""

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dotenv import dotenv_values

from domain.order import Address
from domain.privacy import personal_words
from sandbox.bigcommerce.drafts import AddressDraft
from sandbox.erps import ERPS
from sandbox.shopper import shopping
from tests.support.orders import an_order
from tests.support.processes import TILLBRIDGE

pytestmark = pytest.mark.seconds(50)

SEED = 11
ORDERS = {"syspro": 8, "acumatica": 2, "sap-business-one": 2}
HASTE = {
    "TILLBRIDGE_CONNECTIONS__DEMO__POLICY__LINGER_SECONDS": "0.2",
    "TILLBRIDGE_CONNECTIONS__DEMO__STORE__STOCK_SETTLES_SECONDS": "0.1",
}


@dataclass(frozen=True)
class Played:
    """A demo that has ended: what it printed, what it said, and the folder it left."""

    orders: int
    printed: bytes
    told: bytes
    folder: Path


@pytest.fixture(scope="module", params=list(ERPS))
async def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Played:
    erp, folder = request.param, tmp_path_factory.mktemp("demo")
    demo = await asyncio.create_subprocess_exec(
        TILLBRIDGE, "demo", "--erp", erp, "--orders", str(ORDERS[erp]), "--seed", str(SEED),
        "--json", cwd=folder, env={**os.environ, **HASTE},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, told = await asyncio.wait_for(demo.communicate(), 110)
    assert demo.returncode == 0, told.decode()
    return Played(ORDERS[erp], printed, told, folder / "var" / "demo")


async def test_the_demo_posts_to_the_cent_and_brings_the_stock_back(played: Played) -> None:
    result = json.loads(played.printed)
    assert (result["placed"], result["posted"]) == (played.orders, played.orders)
    assert (result["duplicates"], result["lost"]) == (0, 0)
    totals = [(one["store_total"], one["erp_total"]) for one in result["orders"]]
    assert [told for told, booked in totals if told != booked] == []
    stock = result["stock"]
    assert (stock["agrees"], stock["differing"], stock["trouble"]) == (True, [], "")
    assert stock["compared"] > 15
    assert len(stock["counted_anew"]) <= stock["changed"] == stock["pushed"] < stock["read"]


async def test_the_demo_prints_and_writes_no_secret_and_no_shopper(played: Played) -> None:
    secrets = played.folder / ".env"
    assert secrets.stat().st_mode & 0o777 == 0o600
    files = {file.name: file.read_bytes() for file in played.folder.rglob("*") if file.is_file()}
    places = {"printed": played.printed, "told": played.told, **files}
    del places[".env"]
    planted = {*shoppers(played.orders), *(value for value in values_of(secrets))}
    found = [
        (word, place)
        for place, content in places.items()
        for word in planted
        if word.lower().encode() in content.lower()
    ]
    assert found == []


def shoppers(orders: int) -> Iterator[str]:
    """Return what names the demo's shoppers; parts that are words of ours too are left out."""
    for draft in shopping(SEED, orders):
        for address in (draft.billing, *(ship.address for ship in draft.shipping)):
            whole = {f"{address.first_name} {address.last_name}", address.email, address.street_1}
            yield from whole & set(_words(address)) - {""}


def _words(address: AddressDraft) -> frozenset[str]:
    given = address.model_dump(include=set(Address.model_fields))
    return personal_words(an_order(billing=Address.model_validate(given)))


def values_of(secrets: Path) -> Iterator[str]:
    for value in dotenv_values(secrets).values():
        assert value is not None
        yield value.partition(":")[2] or value
