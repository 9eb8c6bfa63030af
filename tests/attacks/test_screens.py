"""Attacks on who looks at screens: what a shopper wrote is printed, and obeyed by nothing."""

import asyncio
import shlex
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from domain.hold import HoldCode, MappingMissing
from sandbox.bigcommerce.drafts import LineDraft
from tests.end_to_end.drafts import GOODS, a_person, an_order
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(20)

PATIENCE = 120.0
EVIL_SKU = "SKU\x1b[2J\x9b31m\u202e\r\n[red]all is well[/red]\x07\x00'; id; '"


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["for people", "for programs"])
async def test_the_command_line_prints_what_a_shopper_wrote_and_obeys_nothing_in_it(
    client: Client, tmp_path: Path, options: tuple[str, ...]
) -> None:
    async with a_world(client, tmp_path) as world:
        person = a_person(EVIL_SKU, EVIL_SKU, "mallory@example.com")
        goods = LineDraft(sku=EVIL_SKU, price=GOODS.price, name=EVIL_SKU)
        order = world.place(an_order(lines=(goods,), billing=person))
        await world.held(order, HoldCode.MAPPING_MISSING)
        settings = world.settings_file(tmp_path)
        for command in (("preview", order), ("status", order), ("status",), ("audit", order)):
            printed = await run_tillbridge(*command, *options, f"--config={settings}")
            assert printed.replace("\n", "").isprintable(), command
            assert "[red]" in printed or command[0] == "audit", command
            assert not any(line.startswith("[red]") for line in printed.splitlines()), command


async def run_tillbridge(*arguments: str) -> str:
    program = "from starters.cli.main import main; main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE):
        printed, _ = await process.communicate()
    return printed.decode("utf-8")


@pytest.mark.parametrize("key", ["A'; rm -rf ~; '", "$(id)", "A B", "-rf", "plain"])
def test_a_remedy_may_be_pasted_into_a_shell_whatever_the_sku(key: str) -> None:
    remedy = MappingMissing("item", key, step="document", reason="unknown").hold.remedy
    command = remedy.removeprefix("Map it: ")
    assert shlex.split(command) == ["tillbridge", "map", "set", "item", key, "VALUE"]
