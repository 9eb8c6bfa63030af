"""Re-encrypts what lies sealed with the current key, in batches, while others read and write."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Table, Update, select, update

from domain.record import Record
from journal.database import Database, uninterrupted
from journal.sealing import Seal
from journal.tables import secrets, sessions, snapshots
from settings.keyring import Keyring

_BATCH_ROWS = 200


class Rotation(Record):
    """How many rows of each table were encrypted anew."""

    secrets: int = 0
    sessions: int = 0
    snapshots: int = 0

    @property
    def total(self) -> int:
        """Return the sum."""
        return self.secrets + self.sessions + self.snapshots


async def rotate(database: Database, keyring: Keyring) -> Rotation:
    """Bring every sealed row to the current key. Repeating it continues where it stopped.

    All processes must know the new key before one of them makes it current; the old one may go
    when this has returned.

    Raises:
        KeyUnknown: a row is encrypted with a key that this process was not given.
    """
    return Rotation(
        secrets=await _rotate(database, keyring, secrets),
        sessions=await _rotate(database, keyring, sessions),
        snapshots=await _rotate(database, keyring, snapshots),
    )


async def _rotate(database: Database, keyring: Keyring, table: Table) -> int:
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
        count += await _reseal(database, [_resealed(table, seal, row, names) for row in rows])


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
