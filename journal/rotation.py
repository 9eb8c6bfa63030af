"""Re-encrypts what lies sealed with the current key, in batches, while others read and write."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Table, Update, func, select, update

from domain.record import Record
from journal.database import Database, uninterrupted
from journal.progress import Progress, unheard
from journal.sealing import Seal
from journal.tables import secrets, sessions, snapshots
from settings.keyring import Keyring

SEALED_TABLES = (secrets, sessions, snapshots)
_BATCH_ROWS = 200


class Rotation(Record):
    """How many rows of each table were encrypted anew; `left`: rows by another key's id since."""

    secrets: int = 0
    sessions: int = 0
    snapshots: int = 0
    left: Mapping[str, int] = {}

    @property
    def total(self) -> int:
        """Return the sum of what was encrypted anew."""
        return self.secrets + self.sessions + self.snapshots


class KeyUse(Record):
    """How many rows of each table one key seals."""

    key_id: str
    secrets: int = 0
    sessions: int = 0
    snapshots: int = 0

    @property
    def total(self) -> int:
        """Return the sum."""
        return self.secrets + self.sessions + self.snapshots


async def rotate(database: Database, keyring: Keyring, *, progress: Progress = unheard) -> Rotation:
    """Bring every sealed row to the current key. Repeating it continues where it stopped.

    All processes must know the new key before one of them makes it current; the old one may go
    when this has returned with nothing left, and every process seals with the new one.

    Raises:
        KeyUnknown: a row is encrypted with a key that this process was not given.
    """
    old = sum(use.total for use in await keys_in_use(database) if use.key_id != keyring.current)
    done = 0
    counts: dict[str, int] = {}
    for table in SEALED_TABLES:

        def told(rows: int) -> None:
            nonlocal done
            done += rows
            progress(done, max(old, done))

        counts[table.name] = await _rotate(database, keyring, table, told)
    left = {
        use.key_id: use.total
        for use in await keys_in_use(database)
        if use.key_id != keyring.current
    }
    return Rotation.model_validate({**counts, "left": left})


async def keys_in_use(database: Database) -> tuple[KeyUse, ...]:
    """Count by key what lies sealed, whether or not this process was given the key."""
    counts: dict[str, dict[str, int]] = {}
    async with database.read() as reading:
        for table in SEALED_TABLES:
            query = (
                select(table.c.key_id, func.count())
                .where(table.c.sealed.is_not(None))
                .group_by(table.c.key_id)
            )
            for key_id, rows in await reading.execute(query):
                counts.setdefault(key_id, {})[table.name] = rows
    return tuple(
        KeyUse.model_validate({"key_id": key_id, **tables})
        for key_id, tables in sorted(counts.items())
    )


async def _rotate(
    database: Database, keyring: Keyring, table: Table, told: Callable[[int], None]
) -> int:
    seal = Seal(keyring, table.name)
    names = [column.name for column in table.primary_key]
    old = (
        select(*table.primary_key, table.c.key_id, table.c.sealed)
        .where(table.c.sealed.is_not(None), table.c.key_id != seal.current)
        .limit(_BATCH_ROWS)
    )
    count = 0
    while True:
        async with database.read() as reading:
            rows = (await reading.execute(old)).all()
        if not rows:
            return count
        changed = await _reseal(database, [_resealed(table, seal, row, names) for row in rows])
        told(changed)
        count += changed


@uninterrupted
async def _reseal(database: Database, changes: Sequence[Update]) -> int:
    async with database.write() as transaction:
        return sum([(await transaction.execute(change)).rowcount for change in changes])


def _resealed(table: Table, seal: Seal, row: Row[Any], names: list[str]) -> Update:
    """Replace exactly the sealed text that was read; one written meanwhile is left alone."""
    identity = {name: row._mapping[name] for name in names}
    plain = seal.open(row.key_id, row.sealed, *identity.values())
    return (
        update(table)
        .filter_by(**identity)
        .where(table.c.key_id == row.key_id, table.c.sealed == row.sealed)
        .values(**seal.close(plain, *identity.values()))
    )
