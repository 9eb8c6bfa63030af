"""The demo shows and keeps no more than production does: what is secret lies in .env alone."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values

from domain.order import Address
from domain.privacy import personal_words
from sandbox.bigcommerce.drafts import AddressDraft
from sandbox.shopper import shopping
from tests.support.orders import an_order
from tests.support.processes import TILLBRIDGE

SEED, ORDERS = 11, 8


async def test_the_demo_prints_and_writes_no_secret_and_no_shopper(tmp_path: Path) -> None:
    demo = await asyncio.create_subprocess_exec(
        TILLBRIDGE, "demo", "--orders", str(ORDERS), "--seed", str(SEED), "--json",
        cwd=tmp_path, env=os.environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, told = await asyncio.wait_for(demo.communicate(), 110)
    assert demo.returncode == 0, told.decode()
    assert json.loads(printed)["placed"] == ORDERS

    folder = tmp_path / "var" / "demo"
    secrets = folder / ".env"
    assert secrets.stat().st_mode & 0o777 == 0o600
    files = {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    places = {"printed": printed, "told": told, **files}
    del places[".env"]
    planted = {*shoppers(), *(value for value in values_of(secrets))}
    found = [
        (word, place)
        for place, content in places.items()
        for word in planted
        if word.lower().encode() in content.lower()
    ]
    assert found == []


def shoppers() -> Iterator[str]:
    """Return what names the demo's shoppers; parts that are words of ours too are left out."""
    for draft in shopping(SEED, ORDERS):
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
