"""What each step made in the ERP, and the receipt that proves it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select

from domain.document import Receipt
from domain.money import Money
from domain.plan import Link
from domain.record import Record
from journal.database import Database, uninterrupted
from journal.tables import links

_AT_ONCE = 500


class LinkConflict(Exception):
    """A step is already linked to another document: two were made for one purpose."""


class Linked(Record):
    """A link with whose it is. The receipt is None where nothing was posted."""

    connection: str
    resource: str
    link: Link
    receipt: Receipt | None = None
    linked_at: datetime


class Links:
    """Links of a resource's steps (`order:118`, `customer:5`) to documents in the ERP."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, connection: str, resource: str) -> dict[str, Link]:
        """Return the links of a resource by step."""
        rows = await self._where(links.c.connection == connection, links.c.resource == resource)
        return {row.link.step: row.link for row in rows}

    async def receipts(self, connection: str, resource: str) -> dict[str, Receipt]:
        """Return the receipts of a resource by step."""
        rows = await self._where(links.c.connection == connection, links.c.resource == resource)
        return {row.link.step: row.receipt for row in rows if row.receipt}

    async def find(self, connection: str, step: str, ref: str) -> tuple[Linked, ...]:
        """Return whose step of that name made the document; customers may share an account."""
        return await self._where(
            links.c.connection == connection, links.c.ref == ref, links.c.step == step
        )

    async def by_ref(self, connection: str, ref: str) -> tuple[Linked, ...]:
        """Return every link to an ERP reference."""
        return await self._where(links.c.connection == connection, links.c.ref == ref)

    async def by_refs(self, connection: str, refs: Collection[str]) -> tuple[Linked, ...]:
        """Return every link to one of many ERP references."""
        wanted = sorted(refs)
        found: list[Linked] = []
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            found += await self._where(links.c.connection == connection, links.c.ref.in_(some))
        return tuple(found)

    @uninterrupted
    async def put(
        self, connection: str, resource: str, link: Link, receipt: Receipt | None = None
    ) -> None:
        """Remember a link. Repeated with the same reference it brings the rest up to date.

        A receipt, once kept, stays until another one replaces it.

        Raises:
            LinkConflict: the step is linked to another reference already.
        """
        state: dict[str, object] = {
            "fingerprint": link.fingerprint,
            "snapshot": link.snapshot,
            "total_amount": format(link.total.amount, "f") if link.total else None,
            "total_currency": link.total.currency if link.total else None,
            "skipped": link.skipped,
        }
        if receipt is not None:
            state["receipt"] = receipt.model_dump_json()
        key = {"connection": connection, "resource": resource, "step": link.step}
        added = self._database.insert(links).values(
            **key, **state, ref=link.ref, linked_at=self._database.now()
        )
        repeated = added.on_conflict_do_update(
            index_elements=list(key), set_=state, where=links.c.ref == link.ref
        ).returning(links.c.ref)
        async with self._database.write() as transaction:
            if (await transaction.execute(repeated)).first() is not None:
                return
            existing = await transaction.scalar(select(links.c.ref).filter_by(**key))
        raise LinkConflict(
            f"Step {link.step} of {connection} {resource} is linked to '{existing}' already; "
            f"'{link.ref}' would be a second one."
        )

    @uninterrupted
    async def forget(self, connection: str, resource: str) -> int:
        """Forget a resource's links, for repair; what the ERP holds is found again by its key."""
        async with self._database.write() as transaction:
            found = await transaction.execute(
                delete(links).where(links.c.connection == connection, links.c.resource == resource)
            )
            return found.rowcount

    async def _where(self, *conditions: ColumnElement[bool]) -> tuple[Linked, ...]:
        query = select(links).where(*conditions).order_by(links.c.linked_at, links.c.step)
        async with self._database.read() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return tuple(_linked(row) for row in rows)


def _linked(row: Row[Any]) -> Linked:
    total = None
    if row.total_amount is not None:
        total = Money(amount=Decimal(row.total_amount), currency=row.total_currency)
    return Linked(
        connection=row.connection,
        resource=row.resource,
        link=Link(
            step=row.step,
            ref=row.ref,
            fingerprint=row.fingerprint,
            snapshot=row.snapshot,
            total=total,
            skipped=row.skipped,
        ),
        receipt=Receipt.model_validate_json(row.receipt) if row.receipt else None,
        linked_at=row.linked_at,
    )
