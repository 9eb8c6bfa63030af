"""Reads everything that is kept, opened with the real keys, to be searched for planted words."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf.message import Message
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from journal.database import journal_url
from journal.sealing import Seal
from journal.tables import metadata
from settings.codec import PayloadEncryption
from settings.keyring import Keyring


async def opened_rows(url: str, keyring: Keyring) -> list[str]:
    """Return every row of every table of a journal, what is sealed in it opened."""
    engine = create_async_engine(journal_url(url))
    rows: list[str] = []
    try:
        async with engine.connect() as connection:
            for table in metadata.sorted_tables:
                names = [column.name for column in table.primary_key]
                for row in (await connection.execute(select(table))).mappings():
                    shown = dict(row)
                    if shown.get("sealed") is not None:
                        key = [shown[name] for name in names]
                        seal = Seal(keyring, table.name)
                        shown["sealed"] = seal.open(shown["key_id"], shown["sealed"], *key)
                    rows.append(f"{table.name} {shown}")
    finally:
        await engine.dispose()
    return rows


async def opened_histories(client: Client, query: str, keyring: Keyring) -> list[str]:
    """Return every event of the executions that a query lists, every payload opened."""
    codec = PayloadEncryption(keyring)
    told: list[str] = []
    async for found in client.list_workflows(query):
        handle = client.get_workflow_handle(found.id, run_id=found.run_id)
        told.append(f"{found.id} {found.typed_search_attributes}")
        for event in (await handle.fetch_history()).events:
            payloads = list(payloads_in(event))
            for payload in payloads:
                [plain] = await codec.decode([payload])
                payload.CopyFrom(plain)
            told.append(f"{found.id} {event}")
    return told


def payloads_in(message: Message) -> Iterator[Payload]:
    """Return every payload anywhere in a message."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        is_map = isinstance(value, Mapping)
        inner = value.values() if is_map else [value] if isinstance(value, Message) else value
        for one in inner:
            if isinstance(one, Message):
                yield from payloads_in(one)


def bytes_on_disk(folder: Path) -> bytes:
    """Return all files of a folder, one behind the other."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
