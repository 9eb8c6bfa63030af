"""Journals with their tables, copied from one that is migrated once in a process."""

import asyncio
import tempfile
from functools import cache
from pathlib import Path

from journal.opening import migrate


def fresh_journal(file: Path) -> str:
    """Put a journal there with its tables and nothing in them; return its URL.

    Call it in a thread where a loop is running.
    """
    file.touch(mode=0o600)
    file.write_bytes(_migrated())
    return f"sqlite+aiosqlite:///{file}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.db"
        asyncio.run(migrate(f"sqlite+aiosqlite:///{file}"))
        return file.read_bytes()
