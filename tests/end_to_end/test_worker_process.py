"""The worker as a process of its own: killed, told to stop, replaced by another build."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from sandbox.faults import Fault, FaultKind
from tests.end_to_end.drafts import JANE, an_order
from tests.support.world import World

pytestmark = pytest.mark.seconds(80)

TILLBRIDGE = str(Path(sys.executable).with_name("tillbridge"))


@asynccontextmanager
async def worker_process(settings_file: Path, **settings: str) -> AsyncIterator[Process]:
    """Run `tillbridge worker`, with a log beside the settings file; `settings` are the worker's."""
    environment = {f"TILLBRIDGE_WORKER__{name.upper()}": value for name, value in settings.items()}
    with log_of(settings_file, **settings).open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            TILLBRIDGE,
            "worker",
            "--config",
            str(settings_file),
            stdout=DEVNULL,
            stderr=log,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def log_of(settings_file: Path, **settings: str) -> Path:
    return settings_file.with_name(f"worker{settings.get('build_id', '')}.log")


async def tillbridge(settings_file: Path, *command: str) -> tuple[int | None, str, str]:
    """Run a command; return its exit code and what it printed and complained."""
    process = await asyncio.create_subprocess_exec(
        TILLBRIDGE, *command, "--config", str(settings_file), stdout=PIPE, stderr=PIPE
    )
    printed, complained = await process.communicate()
    return process.returncode, printed.decode(), complained.decode()


async def test_a_worker_killed_while_it_posts_loses_and_doubles_nothing(
    world: World, tmp_path: Path
) -> None:
    await world.stop_worker()
    settings = world.settings_file(tmp_path)
    # The answer to the first posting comes late: the worker dies knowing nothing of it.
    world.erp.faults.add(
        Fault(kind=FaultKind.HANG_AFTER, path="Transaction/Post", seconds=30, times=2)
    )
    orders = [world.place(an_order(customer=JANE)) for _ in range(6)]

    async with worker_process(settings) as worker:
        await world.first_posting()
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    world.erp.faults.clear()
    async with worker_process(settings):
        for order in orders:
            await world.settled(order, within=90)  # the dead worker's leases run out first
            world.assert_posted_once(order)


async def test_a_worker_told_to_stop_finishes_what_it_has_in_hand(
    world: World, tmp_path: Path
) -> None:
    await world.stop_worker()
    world.erp.faults.add(Fault(kind=FaultKind.HANG_AFTER, path="Transaction/Post", seconds=0.5))
    order = world.place(an_order())

    async with worker_process(world.settings_file(tmp_path)) as worker:
        await world.first_posting()
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    await world.start_worker()
    await world.settled(order)
    assert world.invoice(order).balance == 0
    assert len(world.payments(order)) == 1


async def test_a_worker_with_no_time_to_finish_leaves_nothing_undone_and_nothing_done_twice(
    world: World, tmp_path: Path
) -> None:
    await world.stop_worker()
    settings = world.settings_file(tmp_path)
    world.erp.faults.add(Fault(kind=FaultKind.HANG_AFTER, path="Transaction/Post", seconds=30))
    orders = [world.place(an_order(customer=JANE)) for _ in range(3)]

    async with worker_process(settings, graceful_seconds="0") as worker:
        await world.first_posting()
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    await world.start_worker()
    for order in orders:
        await world.settled(order, within=90)
        world.assert_posted_once(order)


async def test_a_new_build_takes_over_while_orders_are_in_flight(
    world: World, tmp_path: Path
) -> None:
    await world.stop_worker()
    settings = world.settings_file(tmp_path)
    world.erp.faults.add(
        Fault(kind=FaultKind.HANG_AFTER, path="Transaction/Post", seconds=0.5, times=3)
    )

    async with worker_process(settings, build_id="a") as old:
        assert await tillbridge(settings, "deploys", "use", "a") == (0, "Build a is current.\n", "")
        orders = [world.place(an_order(customer=JANE)) for _ in range(4)]
        await world.first_posting()
        async with worker_process(settings, build_id="b"):
            assert (await tillbridge(settings, "deploys", "use", "b"))[0] == 0
            old.send_signal(signal.SIGTERM)
            assert await old.wait() == 0
            for order in orders:
                await world.settled(order, within=90)
                world.assert_posted_once(order)
            code, listed, _ = await tillbridge(settings, "deploys", "list", "--json")
    states = {build["build_id"]: build["state"] for build in json.loads(listed)["builds"]}
    assert (code, states["a"], states["b"]) == (0, "replaced", "current")
    lines = [json.loads(line) for line in log_of(settings, build_id="b").read_text().splitlines()]
    assert [line["build_id"] for line in lines if "Working on" in line["message"]] == ["b"]
    assert any("Run: tillbridge deploys use b" in line["message"] for line in lines)


async def test_a_worker_refuses_a_journal_that_is_older_than_it_needs_in_one_sentence(
    world: World, tmp_path: Path
) -> None:
    await world.stop_worker()
    settings = world.settings_file(tmp_path)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as journal, journal:
        journal.execute("UPDATE alembic_version SET version_num = '0001'")
    code, _, complained = await tillbridge(settings, "worker")
    assert code == 3
    assert complained.strip().endswith("Run: tillbridge journal migrate")
    assert "is at revision 0001, this version needs" in complained
