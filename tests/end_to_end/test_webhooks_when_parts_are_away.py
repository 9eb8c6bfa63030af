"""Real processes under a stream of signed webhooks, each part killed in turn.

Whatever was answered 200 must be found in Temporal's histories as a start or a signal that came
after it was sent.
"""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from psycopg import sql
from sqlalchemy import make_url
from temporalio.client import Client

from sandbox.assortment import ASSORTMENT
from sandbox.bigcommerce.drafts import LineDraft, OrderDraft
from starters.demo.configuration import CONNECTION
from starters.demo.stage import Stage, staged
from starters.faults.storm.judge import lost
from starters.faults.storm.run import handed_on, place, wave
from starters.faults.storm.sender import Sender, Told, Wave
from starters.processes import Child, claimed_port
from tests.end_to_end.drafts import an_order
from tests.support.postgres import Postgres
from tests.support.waiting import until
from tests.support.world import World
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(90)

RATE, SECONDS = 100, 2.5
PATIENCE = 90.0
NEVER_FINISHED = OrderDraft(
    lines=(LineDraft(sku=ASSORTMENT[0].sku, price=ASSORTMENT[0].price),),
    status_id=0,
    payment=None,
)


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Temporal with its data in a file, worker and webhook service as processes of their own."""
    folder = tmp_path_factory.mktemp("stage")
    overrides = {f"TILLBRIDGE_CONNECTIONS__{CONNECTION.upper()}__POLICY__LINGER_SECONDS": "1"}
    async with staged(folder, lambda _: None, overrides=overrides) as stage:
        stage.store.hold_webhooks()  # only the stream's are counted
        yield stage


@dataclass
class Stream:
    """A stream of webhooks under way. After its block `told` holds all answers."""

    sender: Sender
    told: list[Told] = field(default_factory=list)

    async def answered(self, seconds: float) -> None:
        """Wait until so many seconds' worth more of it were answered."""
        await asyncio.wait_for(self.sender.answered(int(RATE * seconds)), PATIENCE)


@asynccontextmanager
async def stream(stage: Stage) -> AsyncIterator[Stream]:
    """Send 100 webhooks a second over 50 orders; the block begins when a part of it is under way.

    After the block all that was acknowledged has arrived.
    """
    orders = await place(stage, 50, NEVER_FINISHED)
    waves = wave(stage, f"stream{orders[0]}", orders, rate=RATE, count=int(RATE * SECONDS))
    sent = Stream(Sender(waves))
    sending = asyncio.create_task(sent.sender.run())
    await sent.answered(0.5)
    yield sent
    sent.told += await sending
    await all_arrived(stage, sent.told)


async def waiting(stage: Stage) -> int:
    """Return of how many orders events lie in the inbox."""
    return (await stage.journal.inbox.waiting()).resources


async def all_arrived(stage: Stage, told: Sequence[Told]) -> None:
    """Wait until the inbox is empty, and judge by Temporal's histories."""

    async def empty() -> bool | None:
        return None if await waiting(stage) else True

    await until(empty, "an empty inbox", within=PATIENCE)
    assert await lost(stage.client, CONNECTION, told) == ()


def taken(told: Sequence[Told]) -> bool:
    """Tell whether every webhook was answered, and most were taken.

    A machine too busy for the rate refuses some, to be delivered again; how many a merchant's
    would is for `tillbridge faults storm` to tell. Without the inbox four of five are refused.
    """
    accepted = sum(each.status == 200 for each in told)
    return accepted > 0.5 * len(told) and {each.status for each in told} <= {200, 503}


def answered(told: Sequence[Told]) -> bool:
    """Tell whether some were taken, and none refused but with the wish to have it again.

    How many depends on how busy this machine is; one that got no answer comes again as well.
    """
    return {200} <= {each.status for each in told} <= {200, 503, None}


async def test_temporal_killed_under_a_stream_costs_no_webhook(stage: Stage) -> None:
    async with stream(stage) as sent:
        stage.temporal.send(signal.SIGKILL)
    assert taken(sent.told)
    assert stage.temporal.restarts == 1

    async def told_of() -> int | None:
        return handed_on(stage.serve.log) or None

    await until(told_of, "a line about what was handed on", within=PATIENCE)


async def test_the_worker_killed_under_a_stream_costs_no_webhook(stage: Stage) -> None:
    async with stream(stage) as sent:
        stage.worker.send(signal.SIGKILL)
    assert taken(sent.told)


async def test_while_the_journal_cannot_be_written_temporal_takes_the_webhooks(
    stage: Stage,
) -> None:
    other = sqlite3.connect(stage.folder / "journal.db", isolation_level=None, timeout=10)
    async with stream(stage) as sent:
        other.execute("BEGIN IMMEDIATE")  # nobody else can write
        await sent.answered(1)
        other.execute("ROLLBACK")
    other.close()
    assert answered(sent.told)


async def test_nothing_acknowledged_of_a_burst_of_2000_in_five_seconds_is_lost(
    stage: Stage,
) -> None:
    """Whether all are acknowledged is a question of the machine: `tillbridge faults storm`."""
    orders = await place(stage, 200, NEVER_FINISHED)
    told = await Sender(wave(stage, "burst", orders, rate=400, count=2000)).run()
    await all_arrived(stage, told)
    assert answered(told)


async def test_the_webhook_service_killed_under_a_stream_loses_nothing_it_acknowledged(
    stage: Stage,
) -> None:
    async with stream(stage) as sent:
        stage.serve.send(signal.SIGKILL)
    # Where nobody answered the store delivers again.
    assert {200, None} <= {each.status for each in sent.told}
    await ready(f"http://127.0.0.1:{stage.ports.webhooks}")


async def test_the_webhook_service_killed_with_a_full_inbox_hands_it_on_when_it_is_back(
    stage: Stage,
) -> None:
    async with stream(stage) as sent:
        stage.temporal.send(signal.SIGKILL)
        await until(lambda: many_wait(stage), "a full inbox", within=PATIENCE)
        stage.serve.send(signal.SIGKILL)
    assert {200, None} <= {each.status for each in sent.told}
    await ready(f"http://127.0.0.1:{stage.ports.webhooks}")


async def many_wait(stage: Stage) -> bool | None:
    return True if await waiting(stage) >= 10 else None


async def ready(url: str) -> None:
    """Wait until the webhook service takes webhooks."""
    async with httpx.AsyncClient(trust_env=False) as http:

        async def answers() -> bool | None:
            with contextlib.suppress(httpx.TransportError):
                return (await http.get(f"{url}/readyz")).status_code == 200 or None
            return None

        await until(answers, "a webhook service that is ready", within=PATIENCE)


@pytest.fixture
async def on_postgresql(
    client: Client, tmp_path: Path, postgres: Postgres
) -> AsyncIterator[tuple[World, str]]:
    """A world whose journal is a database of PostgreSQL, and that database's name."""
    with postgres.fresh_database() as url:
        async with a_world(client, tmp_path, journal_url=url) as world:
            await world.stop_worker()
            yield world, str(make_url(url).database)


@asynccontextmanager
async def webhook_service(world: World, folder: Path) -> AsyncIterator[str]:
    """Run `tillbridge serve` on a port of its own; yields its address."""
    port = claimed_port()
    tillbridge = str(Path(sys.executable).with_name("tillbridge"))
    command = [tillbridge, "serve", "--no-codec", "--config", str(world.settings_file(folder))]
    env = {**os.environ, "TILLBRIDGE_WEBHOOK_SERVICE__PORT": str(port)}
    async with Child("serve", command, log=folder / "serve.log", env=env) as child:
        url = f"http://127.0.0.1:{port}"
        try:
            await ready(url)
        except AssertionError as failure:
            failure.add_note(child.last_words())
            raise
        yield url


async def test_while_the_journals_database_is_gone_temporal_takes_the_webhooks(
    on_postgresql: tuple[World, str], postgres: Postgres, tmp_path: Path
) -> None:
    world, database = on_postgresql
    world.store.hold_webhooks()
    orders = [world.place(an_order()) for _ in range(20)]
    webhooks = world.settings.connection(world.connection).webhooks
    assert webhooks.client_secret is not None
    path = f"/webhooks/{world.connection}/{webhooks.path_secret.get_secret_value()}"
    async with webhook_service(world, tmp_path) as url:
        sender = Sender(
            Wave(
                name="dying",
                destination=url + path,
                secret=webhooks.client_secret.get_secret_value(),
                producer=f"stores/{world.store.settings.store_hash}",
                orders=tuple(orders),
                rate=100,
                count=200,
            )
        )
        told = asyncio.create_task(sender.run())
        await asyncio.wait_for(sender.answered(50), PATIENCE)
        await asyncio.to_thread(take_away, postgres, database)
        answers = await told
        await asyncio.to_thread(give_back, postgres, database)
    assert answered(answers)
    assert await lost(world.client, world.connection, answers) == ()


def take_away(postgres: Postgres, database: str) -> None:
    """Break every connection to the database, and let nobody in."""
    name = sql.Identifier(database)
    with postgres.connect() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        )


def give_back(postgres: Postgres, database: str) -> None:
    name = sql.Identifier(database)
    with postgres.connect() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
