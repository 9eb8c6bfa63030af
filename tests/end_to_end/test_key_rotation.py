"""Keys are replaced in service: orders flow on, and what the old keys sealed stays readable."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads
from temporalio.client import Client
from typer.testing import CliRunner

from domain.hold import HoldCode
from journal.opening import open_journal
from sandbox.assortment import UNLISTED_SKU
from sandbox.syspro import SysproSettings as SysproSite
from settings.codec import data_converter
from settings.keyring import Keyring
from starters.cli.main import app
from starters.codec_server import codec_app
from tests.end_to_end.drafts import an_order, line
from tests.support.own_temporal import own_temporal
from tests.support.searching import payloads_in
from tests.support.temporal import PAYLOAD_KEY
from tests.support.world import World
from tests.support.worlds import a_world

PASSWORD = SysproSite().operator_password
OLD_SNAPSHOTS = 450


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with own_temporal() as client:
        yield client


@asynccontextmanager
async def restarted(world: World, **keys: str) -> AsyncIterator[None]:
    """Restart the worker with other keys, as every process is when its settings change."""
    await world.stop_worker()
    cast(dict[str, str], world.tree["keys"]).update(keys)
    world.settings = type(world.settings).model_validate(world.tree)
    before = world.journal, world.client
    async with AsyncExitStack() as stack:
        ring = Keyring.parse(world.settings.keys.journal.get_secret_value())
        world.journal = await stack.enter_async_context(open_journal(world.journal_url, ring))
        payloads = Keyring.parse(world.settings.keys.payloads.get_secret_value())
        world.client = await Client.connect(
            before[1].service_client.config.target_host, data_converter=data_converter(payloads)
        )
        await world.start_worker()
        yield
        await world.stop_worker()
    world.journal, world.client = before


async def command(world: World, folder: Path, *arguments: str) -> Any:
    env = {"TILLBRIDGE_CONFIG": str(world.settings_file(folder))}
    words = [*arguments, "--json"]
    result = await asyncio.to_thread(CliRunner().invoke, app, words, env=env)
    assert result.stdout, result.output
    return json.loads(result.stdout)


async def test_the_journals_key_is_replaced_while_orders_flow_and_then_the_old_one_is_gone(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path, erp={"operator_password": "secret:erp"}) as world:
        await world.journal.secrets.set(world.connection, "erp", PASSWORD)
        first = await world.post(an_order())
        for number in range(OLD_SNAPSHOTS):
            await world.journal.snapshots.put(world.connection, f"an old record {number}")
        old = world.settings.keys.journal.get_secret_value()
        new = Keyring.new_key("2027")

        async with restarted(world, journal=f"{new},{old}"):
            rotating = asyncio.create_task(command(world, tmp_path, "secrets", "rotate"))
            meanwhile = [world.place(an_order())]
            while not rotating.done():
                meanwhile.append(world.place(an_order()))
                await asyncio.wait({rotating}, timeout=0.1)
            told = await rotating
            assert told["snapshots"] > OLD_SNAPSHOTS
            assert (told["left"], told["may_go"]) == ({}, ["test"])
            for order in meanwhile:
                await world.settled(order)
                assert world.invoice(order).value == world.store_total(order)

        async with restarted(world, journal=new):
            world.erp.steal_session()  # so that the stored password is needed
            world.store.refund(int(first))
            await world.look_again(first)
            await world.settled(first)
            assert sum(world.credits(first)) == world.store_total(first)
            [key] = await command(world, tmp_path, "secrets", "keys")
            assert (key["key_id"], key["verdict"]) == ("2027", "the current key")


async def test_a_key_that_somebody_still_seals_with_is_not_called_free(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path) as world:
        old = world.settings.keys.journal.get_secret_value()
        new = Keyring.new_key("2027")
        async with restarted(world, journal=f"{new},{old}"):
            await command(world, tmp_path, "secrets", "rotate")
            late = Keyring.parse(f"{old},{new}")  # a process that was not restarted yet
            async with open_journal(world.journal_url, late) as journal:
                await journal.snapshots.put(world.connection, "sealed late")
            keys = {key["key_id"]: key for key in await command(world, tmp_path, "secrets", "keys")}
            assert keys["test"]["verdict"] == "needed until tillbridge secrets rotate"
            told = await command(world, tmp_path, "secrets", "rotate")
            assert (told["snapshots"], told["may_go"]) == (1, ["test"])


async def test_an_order_held_across_a_change_of_the_payload_key_finishes_and_stays_readable(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path) as world:
        order = world.place(an_order(lines=(line(sku=UNLISTED_SKU),)))
        await world.held(order, HoldCode.MAPPING_MISSING)
        new = Keyring.new_key("2027")

        async with restarted(world, payloads=f"{new},{PAYLOAD_KEY}"):
            await world.map("item", UNLISTED_SKU, line(0).sku)
            await world.settled(order)
            assert world.invoice(order).value == world.store_total(order)
            keys = await command(world, tmp_path, "secrets", "keys", "--histories")
            verdicts = {key["key_id"]: key for key in keys if key["of"] == "payloads"}
            assert verdicts["2027"]["verdict"] == "the current key"
            assert verdicts["test"]["verdict"].startswith("needed until Temporal has let go")
            history = await world.workflow(order).fetch_history()

    payloads = [payload for event in history.events for payload in payloads_in(event)]
    sealed_with = {p.metadata.get("encryption-key-id") for p in payloads} - {None}
    assert sealed_with == {b"test", b"2027"}
    both, only_new = Keyring.parse(f"{new},{PAYLOAD_KEY}"), Keyring.parse(new)
    assert f'"order_id":"{order}"' in await shown(both, payloads)
    assert "was not given to this process" in await shown(only_new, payloads)


async def shown(ring: Keyring, payloads: list[Any]) -> str:
    """Return what the codec server answers the Temporal UI."""
    transport = httpx.ASGITransport(codec_app(ring, allowed_origins=[], token="t0ken"))
    async with httpx.AsyncClient(transport=transport, base_url="http://codec") as http:
        answer = await http.post(
            "/decode",
            content=json_format.MessageToJson(Payloads(payloads=payloads)),
            headers={"authorization": "Bearer t0ken"},
        )
    if answer.is_error:
        return answer.text
    opened = json_format.Parse(answer.text, Payloads()).payloads
    return "\n".join(payload.data.decode("utf-8", "replace") for payload in opened)


async def test_a_key_that_is_missing_is_named_before_anything_is_lost(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path) as world:
        await world.journal.secrets.set(world.connection, "erp", PASSWORD)
        cast(dict[str, str], world.tree["keys"])["journal"] = Keyring.new_key("other")
        env = {"TILLBRIDGE_CONFIG": str(world.settings_file(tmp_path)), **os.environ}
        for words in (["secrets", "rotate"], ["secrets", "keys"]):
            result = await asyncio.to_thread(CliRunner().invoke, app, words, env=env)
            assert result.exit_code != 0
            assert "test" in result.output
        assert await world.journal.secrets.get(world.connection, "erp") == PASSWORD
