"""Whom an erasure is about, and everything of theirs that one connection's journal keeps."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Table, and_, func, or_, select

from domain.customer import customer_of
from domain.hold import HoldCode
from domain.mapping import RuleKind
from domain.order import Order
from domain.privacy import personal_words
from domain.record import Record
from journal.database import Database
from journal.mappings import mapping_key
from journal.progress import Progress, unheard
from journal.sealing import Seal
from journal.tables import (
    holds,
    leases,
    links,
    mapping_history,
    mappings,
    snapshots,
    trail,
    watermarks,
)
from settings.keyring import Keyring

ERASED = "(erased)"
# What the messages of these outcomes say is ours: step names, document numbers, amounts.
_OUR_WORDS = ("planned", "done")
_PAGE = 200


class Subject(Record):
    """A person: as the store's customers, by e-mail address, and by orders that are theirs."""

    customer_ids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()  # in lower case
    order_ids: frozenset[str] = frozenset()


class ErpReference(Record):
    """A number in the ERP that one step of a resource made or found."""

    resource: str
    step: str
    ref: str


class Kept(Record):
    """What the journal keeps of a person. Resources are `order:118`, `customer:7`."""

    subject: Subject
    orders: tuple[str, ...] = ()  # resources
    customers: tuple[str, ...] = ()  # resources; a guest's holds a hash of the e-mail
    snapshots: Mapping[str, tuple[str, ...]] = {}  # an order's digests, by its resource
    accounts: tuple[ErpReference, ...] = ()  # which ERP account is theirs
    documents: tuple[ErpReference, ...] = ()  # of the orders; they stay, and name nobody
    held: tuple[str, ...] = ()  # resources that wait for a decision
    texts: int = 0  # of the trail, where others than we may have written
    notes: int = 0  # rules about them, closed holds, watermarks, leases

    @property
    def resources(self) -> tuple[str, ...]:
        """Return orders and customers together."""
        return (*self.orders, *self.customers)

    @property
    def total(self) -> int:
        """Return how many things there are to erase; zero: nothing is left of the person."""
        records = sum(map(len, self.snapshots.values()))
        return records + len(self.accounts) + self.texts + self.notes


class Buyer(Record):
    """What one snapshot of an order tells of who bought. Without words nobody."""

    digest: str
    order_id: str
    customer_id: str
    billed_to: str  # e-mail
    emails: frozenset[str]
    customer: str  # resource
    words: frozenset[str]


def order_in(text: str) -> Order | None:
    """Read an order out of a snapshot; None when it is of something else."""
    try:
        return Order.model_validate_json(text)
    except ValidationError:
        return None


class Search:
    """Finds a person in one connection's journal, by opening every snapshot."""

    def __init__(self, database: Database, keyring: Keyring, connection: str) -> None:
        self._database = database
        self._seal = Seal(keyring, "snapshots")
        self._connection = connection

    async def of(self, subject: Subject, progress: Progress = unheard) -> Kept:
        """Return all that is kept of the person; who they are is completed from their orders.

        Raises:
            KeyUnknown: a snapshot cannot be opened, so nobody can say whose it is.
        """
        buyers = [buyer async for buyer in self._buyers(progress)]
        subject = completed(subject, buyers)
        theirs = [buyer for buyer in buyers if buyer.order_id in subject.order_ids and buyer.words]
        guests = {buyer.customer for buyer in theirs if not buyer.customer_id}
        guests |= {f"customer:{mapping_key(RuleKind.CUSTOMER, one)}" for one in subject.emails}
        registered = {f"customer:{customer_id}" for customer_id in subject.customer_ids}
        kept = Kept(
            subject=subject,
            orders=tuple(sorted(f"order:{order_id}" for order_id in subject.order_ids)),
            customers=tuple(sorted(guests | registered)),
            snapshots=_by_order(theirs),
        )
        notes = [await self._count(*one) for one in notes_of(kept, self._connection)]
        return kept.model_copy(
            update={
                "accounts": await self._references(kept.customers),
                "documents": await self._references(kept.orders),
                "held": await self._held(kept.resources),
                "texts": await self._count(trail, texts_of(kept, self._connection)),
                "notes": sum(notes),
            }
        )

    async def _buyers(self, progress: Progress) -> AsyncIterator[Buyer]:
        mine = snapshots.c.connection == self._connection
        total = await self._count(snapshots, mine)
        page = select(snapshots).where(mine).order_by(snapshots.c.digest).limit(_PAGE)
        last, done = "", 0
        while True:
            async with self._database.read() as reading:
                rows = (await reading.execute(page.where(snapshots.c.digest > last))).all()
            for row in rows:
                text = self._seal.open(row.key_id, row.sealed, self._connection, row.digest)
                if (order := order_in(text)) is not None:
                    yield _buyer(row.digest, order)
            done += len(rows)
            progress(done, max(total, done))
            if len(rows) < _PAGE:
                return
            last = rows[-1].digest

    async def _references(self, resources: Collection[str]) -> tuple[ErpReference, ...]:
        made = (
            select(links.c.resource, links.c.step, links.c.ref)
            .where(links.c.connection == self._connection, links.c.resource.in_(resources))
            .order_by(links.c.resource, links.c.linked_at, links.c.step)
        )
        async with self._database.read() as reading:
            rows = (await reading.execute(made)).all()
        return tuple(ErpReference(resource=r.resource, step=r.step, ref=r.ref) for r in rows)

    async def _held(self, resources: Collection[str]) -> tuple[str, ...]:
        waiting = (
            select(holds.c.resource)
            .where(holds.c.connection == self._connection, holds.c.resource.in_(resources))
            .where(holds.c.closed_at.is_(None), holds.c.code != HoldCode.AWAITING_STORE)
            .order_by(holds.c.resource)
        )
        async with self._database.read() as reading:
            return tuple(await reading.scalars(waiting))

    async def _count(self, table: Table, where: ColumnElement[bool]) -> int:
        async with self._database.read() as reading:
            query = select(func.count()).select_from(table).where(where)
            return await reading.scalar(query) or 0


def completed(subject: Subject, buyers: Iterable[Buyer]) -> Subject:
    """Add the customers that used an address, the addresses of a customer, and their orders.

    One step only: an address that many share must not draw in what else those have bought.
    """
    buyers = list(buyers)
    by_email = [buyer for buyer in buyers if buyer.emails & subject.emails]
    by_id = [buyer for buyer in buyers if buyer.customer_id in subject.customer_ids]
    ids = subject.customer_ids | {buyer.customer_id for buyer in by_email if buyer.customer_id}
    emails = subject.emails | {buyer.billed_to for buyer in by_id if buyer.billed_to}
    orders = {
        buyer.order_id
        for buyer in buyers
        if buyer.customer_id in ids
        or buyer.emails & subject.emails
        or (not buyer.customer_id and buyer.billed_to in emails)
    }
    return Subject(customer_ids=frozenset(ids), emails=emails, order_ids=subject.order_ids | orders)


def _by_order(buyers: Iterable[Buyer]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for buyer in buyers:
        resource = f"order:{buyer.order_id}"
        found[resource] = (*found.get(resource, ()), buyer.digest)
    return found


def texts_of(kept: Kept, connection: str) -> ColumnElement[bool]:
    """Choose the trail's texts that may quote the person: of their records, or with an address."""
    said = func.lower(trail.c.message)
    named = [said.contains(email, autoescape=True) for email in sorted(kept.subject.emails)]
    theirs = and_(trail.c.resource.in_(kept.resources), trail.c.outcome.not_in(_OUR_WORDS))
    return and_(
        trail.c.connection == connection,
        trail.c.message.not_in(("", ERASED)),
        or_(theirs, *named),
    )


def notes_of(kept: Kept, connection: str) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """Choose the rows of other tables that go: what is theirs alone, or may quote them."""
    keys = [resource.removeprefix("customer:") for resource in kept.customers]
    names = [f"customer:{connection}:{resource}" for resource in kept.customers]
    return (
        (holds, and_(_of(holds, connection, kept.resources), holds.c.closed_at.is_not(None))),
        (mappings, _rules(mappings, connection, keys)),
        (mapping_history, _rules(mapping_history, connection, keys)),
        (watermarks, _of(watermarks, connection, kept.customers)),
        (leases, leases.c.name.in_(names)),
    )


def _of(table: Table, connection: str, resources: Collection[str]) -> ColumnElement[bool]:
    return and_(table.c.connection == connection, table.c.resource.in_(resources))


def _rules(table: Table, connection: str, keys: Collection[str]) -> ColumnElement[bool]:
    return and_(
        table.c.connection == connection, table.c.kind == RuleKind.CUSTOMER, table.c.key.in_(keys)
    )


def _buyer(digest: str, order: Order) -> Buyer:
    billed_to = order.email.strip().lower()
    others = {address.email.strip().lower() for address in order.shipping}
    return Buyer(
        digest=digest,
        order_id=order.id,
        customer_id=order.customer_id,
        billed_to=billed_to,
        emails=frozenset({billed_to, *others} - {""}),
        customer=customer_of(order).resource,
        words=personal_words(order),
    )
