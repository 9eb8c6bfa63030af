"""Brings the journal's database to the tables that this version of Tillbridge needs."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from journal.database import Database, journal_url, sqlite_file, uninterrupted

# Any number, the same in all processes: PostgreSQL's advisory locks are named by numbers.
_MIGRATION_LOCK = 0x7469_6C6C
_SCRIPTS = Path(__file__).with_name("migrations")
_COMMAND = "tillbridge journal migrate"


class SchemaOutdated(Exception):
    """The journal's tables and this version of Tillbridge do not belong together."""


@uninterrupted
async def migrate(url: str) -> None:
    """Create or upgrade the tables. Repeating it is harmless, also by several at once.

    Raises:
        JournalUrlInvalid: the URL names no SQLite file and no PostgreSQL database.
        SchemaOutdated: the database was upgraded by a newer Tillbridge than this one.
    """
    parsed = journal_url(url)
    if file := sqlite_file(parsed):
        await asyncio.to_thread(_make_private, file)
    database = Database(parsed)
    try:
        # Beginning to write is what excludes others in SQLite.
        async with database.write() as transaction:
            if not database.is_sqlite:
                await transaction.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK}
                )
            await transaction.run_sync(_upgrade)
    finally:
        await database.close()


async def check_schema(database: Database) -> None:
    """Compare the tables' revision with what this version needs; changes nothing.

    Raises:
        SchemaOutdated: they differ, or there are no tables yet; says what to run.
    """
    file = sqlite_file(database.url)
    if file is not None and not await asyncio.to_thread(file.exists):
        found = None  # connecting would create an empty file
    else:
        async with database.read() as reading:
            found = await reading.run_sync(_revision)
    needed = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    if found == needed:
        return
    where = database.url.render_as_string(hide_password=True)
    if found is None:
        raise SchemaOutdated(f"The journal at {where} has no tables yet. Run: {_COMMAND}")
    _refuse_newer(found)
    raise SchemaOutdated(
        f"The journal at {where} is at revision {found}, this version needs {needed}. "
        f"Run: {_COMMAND}"
    )


def _upgrade(connection: Connection) -> None:
    if found := _revision(connection):
        _refuse_newer(found)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str) -> None:
    known = {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}
    if found not in known:
        raise SchemaOutdated(
            f"The journal is at revision {found}, which this version of Tillbridge does not know: "
            "a newer one has upgraded it. Install that version here too."
        )


def _make_private(file: Path) -> None:
    """Create the file where there is none, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
