"""The connections' passwords and keys, encrypted."""

from sqlalchemy import delete, select

from journal.database import Database, uninterrupted
from journal.progress import Progress, unheard
from journal.rotation import KeyUse, Rotation, keys_in_use, rotate
from journal.sealing import Seal
from journal.tables import secrets
from settings.keyring import Keyring


class Secrets:
    """Secrets by connection and name. Never logged, never listed with their values."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._seal = Seal(keyring, "secrets")

    @uninterrupted
    async def set(self, connection: str, name: str, value: str) -> None:
        """Keep a secret; it replaces an earlier one of that name."""
        state = {**self._seal.close(value, connection, name), "set_at": self._database.now()}
        added = self._database.insert(secrets).values(connection=connection, name=name, **state)
        async with self._database.write() as transaction:
            await transaction.execute(
                added.on_conflict_do_update(index_elements=["connection", "name"], set_=state)
            )

    async def get(self, connection: str, name: str) -> str | None:
        """Return a secret; None when there is none of that name.

        Raises:
            KeyUnknown: it is encrypted with a key that this process was not given.
        """
        query = select(secrets.c.key_id, secrets.c.sealed).filter_by(
            connection=connection, name=name
        )
        async with self._database.read() as reading:
            row = (await reading.execute(query)).first()
        return self._seal.open(row.key_id, row.sealed, connection, name) if row else None

    async def names(self, connection: str) -> tuple[str, ...]:
        """List the names of a connection's secrets."""
        query = select(secrets.c.name).filter_by(connection=connection).order_by(secrets.c.name)
        async with self._database.read() as reading:
            return tuple(await reading.scalars(query))

    @uninterrupted
    async def remove(self, connection: str, name: str) -> bool:
        """Forget a secret; tells whether there was one."""
        removed = delete(secrets).filter_by(connection=connection, name=name)
        async with self._database.write() as transaction:
            return (await transaction.execute(removed)).rowcount > 0

    async def rotate(self, *, progress: Progress = unheard) -> Rotation:
        """Encrypt all that the journal keeps sealed with the current key; see `rotation`.

        Raises:
            KeyUnknown: something is encrypted with a key that this process was not given.
        """
        return await rotate(self._database, self._keyring, progress=progress)

    async def keys_in_use(self) -> tuple[KeyUse, ...]:
        """Count by key what lies sealed in the journal, whoever sealed it."""
        return await keys_in_use(self._database)
