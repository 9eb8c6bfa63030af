"""Secrets, sessions and snapshots: encrypted, re-encrypted, pruned."""

import asyncio
import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from domain.plan import Link
from journal.opening import Journal, migrate, open_journal
from journal.rotation import Rotation
from settings.keyring import Keyring, KeyUnknown
from tests.journal.conftest import Clock

PLANTED = "correct-horse-battery-staple"


async def planted_token() -> str:
    return PLANTED


async def plant_everywhere(journal: Journal) -> None:
    await journal.secrets.set("acme", "password", PLANTED)
    await journal.snapshots.put("acme", f'{{"name": "{PLANTED}"}}')
    await journal.sessions.for_connection("acme").renew(None, planted_token)


async def test_a_secret_is_kept_replaced_and_removed(journal: Journal):
    assert await journal.secrets.get("acme", "password") is None
    await journal.secrets.set("acme", "password", "old")
    await journal.secrets.set("acme", "password", "née")
    await journal.secrets.set("acme", "api-key", "k")
    assert await journal.secrets.get("acme", "password") == "née"
    assert await journal.secrets.names("acme") == ("api-key", "password")
    assert await journal.secrets.names("zeta") == ()
    assert await journal.secrets.remove("acme", "password")
    assert not await journal.secrets.remove("acme", "password")


async def test_the_same_content_is_kept_once_under_its_hash(journal: Journal):
    digest = await journal.snapshots.put("acme", "an order")
    assert digest == hashlib.sha256(b"an order").hexdigest()
    assert await journal.snapshots.put("acme", "an order") == digest
    assert await journal.snapshots.get("acme", digest) == "an order"
    assert await journal.snapshots.get("zeta", digest) is None


async def test_old_snapshots_are_pruned_unless_used_since_or_linked(journal: Journal, clock: Clock):
    old, used, linked = [
        await journal.snapshots.put("acme", content) for content in ("old", "used", "linked")
    ]
    await journal.links.put("acme", "order:1", Link(step="document", ref="I1", snapshot=linked))
    clock.advance(timedelta(days=30))
    await journal.snapshots.put("acme", "used")
    assert await journal.snapshots.prune(clock()) == 1
    assert await journal.snapshots.get("acme", old) is None
    assert await journal.snapshots.get("acme", used) == "used"
    assert await journal.snapshots.get("acme", linked) == "linked"
    assert await journal.snapshots.prune(clock(), keep_linked=False) == 1
    assert await journal.snapshots.get("acme", linked) is None


async def test_a_secret_moved_to_another_row_does_not_open(journal: Journal, url: str):
    await journal.secrets.set("acme", "password", PLANTED)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE secrets SET connection = 'zeta'"))
    await engine.dispose()
    with pytest.raises(KeyUnknown):
        await journal.secrets.get("zeta", "password")


async def test_rotation_brings_everything_to_the_new_key(url: str):
    old, new = os.urandom(32), os.urandom(32)
    async with open_journal(url, Keyring({"2025": old})) as journal:
        await plant_everywhere(journal)
        await journal.sessions.for_connection("zeta").renew(None, planted_token)
    async with open_journal(url, Keyring({"2026": new, "2025": old})) as journal:
        rotated = await journal.secrets.rotate()
        assert rotated == Rotation(secrets=1, sessions=2, snapshots=1)
        assert (await journal.secrets.rotate()).total == 0
    async with open_journal(url, Keyring({"2026": new})) as journal:
        assert await journal.secrets.get("acme", "password") == PLANTED
        session = await journal.sessions.for_connection("acme").current()
        assert session is not None
        assert session.token == PLANTED


async def test_readers_and_writers_go_on_during_a_rotation(url: str):
    old, new = os.urandom(32), os.urandom(32)
    names = [f"secret-{number:03}" for number in range(450)]
    async with open_journal(url, Keyring({"2025": old})) as journal:
        for name in names:
            await journal.secrets.set("acme", name, "before")
    keys = Keyring({"2026": new, "2025": old})
    late = Keyring({"2025": old, "2026": new})  # a process that has not changed over yet
    async with open_journal(url, keys) as journal, open_journal(url, late) as other:
        rotation = asyncio.create_task(journal.secrets.rotate())
        for name in names[::10]:
            assert await other.secrets.get("acme", name) == "before"
            await other.secrets.set("acme", name, "after")
        assert (await rotation).secrets >= len(names) - len(names[::10])
        await journal.secrets.rotate()
    async with open_journal(url, Keyring({"2026": new})) as journal:
        values = [await journal.secrets.get("acme", name) for name in names]
    expected = ["after" if name in names[::10] else "before" for name in names]
    assert values == expected


async def test_without_the_key_nothing_opens_and_nothing_is_lost(url: str):
    ours, strange = Keyring({"2025": os.urandom(32)}), Keyring({"2026": os.urandom(32)})
    async with open_journal(url, ours) as journal:
        await plant_everywhere(journal)
    async with open_journal(url, strange) as journal:
        with pytest.raises(KeyUnknown, match="2025"):
            await journal.secrets.get("acme", "password")
        with pytest.raises(KeyUnknown, match="2025"):
            await journal.secrets.rotate()
    async with open_journal(url, ours) as journal:
        assert await journal.secrets.get("acme", "password") == PLANTED


async def test_a_planted_secret_is_nowhere_in_the_sqlite_files(tmp_path: Path, keyring: Keyring):
    url = f"sqlite:///{tmp_path}/journal.db"
    await migrate(url)
    async with open_journal(url, keyring) as journal:
        await plant_everywhere(journal)
        files = {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)}
    assert {"journal.db", "journal.db-wal"} <= files.keys()
    assert b"password" in b"".join(files.values())
    assert not [name for name, content in files.items() if PLANTED.encode() in content]
    assert PLANTED.encode() not in (tmp_path / "journal.db").read_bytes()
    assert (tmp_path / "journal.db").stat().st_mode & 0o777 == 0o600
