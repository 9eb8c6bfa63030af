"""Brings the journal's database to the tables that this version of Tillbridge needs."""

import asyncio
import re
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from journal.database import Database, journal_url, sqlite_file, uninterrupted

# Any number, the same in all processes: PostgreSQL's advisory locks are named by numbers.
_MIGRATION_LOCK = 0x7469_6C6C
_ONE_AT_A_TIME = asyncio.Lock()  # in this process: Alembic keeps what it works on in globals
_SCRIPTS = Path(__file__).with_name("migrations")
_COMMAND = "tillbridge journal migrate"
# Workers of the release before run while a new one is deployed. Tables that a revision
# `0006_since_0004` has left behind serve code that needs 0004 or later; those of a plain `0006`
# serve only code that knows it.
_SERVES_SINCE = re.compile(r"\d{4}_since_(\d{4})")


class SchemaOutdated(Exception):
    """The journal's tables and this version of Tillbridge do not belong together."""


@uninterrupted
async def migrate(url: str) -> None:
    """Create or upgrade the tables. Repeating it is harmless, also by several at once.

    Tables of a newer Tillbridge that serve this one too are left as they are.

    Raises:
        JournalUrlInvalid: the URL names no SQLite file and no PostgreSQL database.
        SchemaOutdated: a newer Tillbridge has upgraded them beyond what serves this one.
    """
    parsed = journal_url(url)
    if file := sqlite_file(parsed):
        await asyncio.to_thread(_make_private, file)
    database = Database(parsed)
    try:
        # Beginning to write is what excludes others in SQLite.
        async with _ONE_AT_A_TIME, database.write() as transaction:
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
        SchemaOutdated: they are older, or newer than what serves this version, or there are no
            tables yet; says what to run.
    """
    file = sqlite_file(database.url)
    if file is not None and not await asyncio.to_thread(file.exists):
        found = None  # connecting would create an empty file
    else:
        async with database.read() as reading:
            found = await reading.run_sync(_revision)
    needed = _head()
    if found == needed or (found is not None and _serves(found, needed)):
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
        if _serves(found, _head()):
            return
        _refuse_newer(found)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head() -> str:
    """Return the revision that this version needs."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head() or ""


def _serves(found: str, needed: str) -> bool:
    """Tell whether tables of a later revision serve the code that needs an earlier one as well."""
    since = _SERVES_SINCE.fullmatch(found)
    return since is not None and since[1] <= needed[:4] < found[:4]


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
