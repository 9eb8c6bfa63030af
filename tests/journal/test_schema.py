import asyncio
import os
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from journal import schema
from journal.opening import (
    JournalUrlInvalid,
    SchemaOutdated,
    migrate,
    open_journal,
)
from journal.tables import metadata
from settings.keyring import Keyring

SCRIPTS = Path(schema.__file__).with_name("migrations")
REVISIONS = [s.revision for s in ScriptDirectory(str(SCRIPTS)).walk_revisions()][::-1]
HEAD = REVISIONS[-1][:4]


@pytest.fixture
async def url(empty_url: str) -> str:
    """The very database that `engine` looks into, migrated."""
    await migrate(empty_url)
    return empty_url


@pytest.fixture
async def engine(empty_url: str):
    engine = create_async_engine(empty_url)
    yield engine
    await engine.dispose()


async def table_names(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda c: inspect(c).get_table_names()))


async def test_migrating_creates_every_table_and_repeating_it_is_harmless(
    empty_url: str, engine: AsyncEngine, keyring: Keyring
):
    await migrate(empty_url)
    async with open_journal(empty_url, keyring) as journal:
        await journal.secrets.set("acme", "password", "kept")
    await migrate(empty_url)
    async with open_journal(empty_url, keyring) as journal:
        assert await journal.secrets.get("acme", "password") == "kept"
    assert await table_names(engine) == {*metadata.tables, "alembic_version"}


async def test_the_migrations_lead_to_exactly_the_tables_that_the_code_knows(
    url: str, engine: AsyncEngine
):
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_several_processes_may_migrate_an_empty_database_at_once(
    empty_url: str, keyring: Keyring
):
    program = "import asyncio, sys; from journal.opening import migrate; "
    program += "asyncio.run(migrate(sys.argv[1]))"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, empty_url, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0, 0], ends
    async with open_journal(empty_url, keyring) as journal:
        assert await journal.holds.list() == ()


async def test_a_journal_without_tables_says_what_to_run(empty_url: str, keyring: Keyring):
    with pytest.raises(SchemaOutdated, match="Run: tillbridge journal migrate"):
        async with open_journal(empty_url, keyring):
            pass


async def test_opening_creates_no_file(tmp_path: Path, keyring: Keyring):
    with pytest.raises(SchemaOutdated):
        async with open_journal(f"sqlite:///{tmp_path}/typo.db", keyring):
            pass
    assert os.listdir(tmp_path) == []


async def test_a_journal_of_a_newer_version_is_left_alone(
    url: str, engine: AsyncEngine, keyring: Keyring
):
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaOutdated, match="newer one"):
        async with open_journal(url, keyring):
            pass
    with pytest.raises(SchemaOutdated, match="newer one"):
        await migrate(url)


async def test_a_journal_that_a_newer_version_expanded_serves_what_runs_and_what_starts_anew(
    url: str, engine: AsyncEngine, keyring: Keyring
):
    async with open_journal(url, keyring) as journal:
        await journal.secrets.set("acme", "password", "kept")
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE secrets ADD COLUMN note TEXT"))
            await expanded(connection, since=HEAD)
        await journal.secrets.set("acme", "password", "set by what runs")
    async with open_journal(url, keyring) as journal:
        assert await journal.secrets.get("acme", "password") == "set by what runs"
        await journal.secrets.set("acme", "token", "set by what started anew")
    await migrate(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(note) FROM secrets")) == 0
        left = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        assert left == f"9999_since_{HEAD}"


async def test_a_journal_that_a_newer_version_changed_beyond_this_one_is_left_alone(
    url: str, engine: AsyncEngine, keyring: Keyring
):
    async with engine.begin() as connection:
        await expanded(connection, since="9998")
    with pytest.raises(SchemaOutdated, match="newer one"):
        async with open_journal(url, keyring):
            pass
    with pytest.raises(SchemaOutdated, match="newer one"):
        await migrate(url)


async def expanded(connection: AsyncConnection, *, since: str) -> None:
    await connection.execute(
        text("UPDATE alembic_version SET version_num = :revision"),
        {"revision": f"9999_since_{since}"},
    )


def test_what_the_tables_serve_never_goes_back_and_fits_its_column():
    served = ""
    for revision in REVISIONS:
        _, marked, since = revision.partition("_since_")
        since = since if marked else revision
        assert served <= since <= revision[:4]
        assert len(revision) <= 32
        served = since


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite+aiosqlite:///:memory:", "mysql://root:hunter2@db/tillbridge"],
)
async def test_a_url_that_cannot_hold_a_journal_is_refused_without_showing_it(url: str):
    with pytest.raises(JournalUrlInvalid) as refusal:
        await migrate(url)
    assert "hunter2" not in str(refusal.value)


async def test_sqlite_runs_in_wal_mode_with_foreign_keys(tmp_path: Path, keyring: Keyring):
    url = f"sqlite:///{tmp_path}/journal.db"
    await migrate(url)
    async with open_journal(url, keyring) as journal, journal.links._database.read() as reading:
        pragmas = {
            name: await reading.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


async def test_databases_migrated_at_the_same_time_get_their_own_tables(tmp_path: Path) -> None:
    urls = [f"sqlite+aiosqlite:///{tmp_path}/{n}.db" for n in range(4)]
    await asyncio.gather(*(migrate(url) for url in urls))
    for url in urls:
        async with open_journal(url, Keyring.parse(Keyring.new_key("test"))):
            pass
