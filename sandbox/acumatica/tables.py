"""The tenant's records: kept by entity and key, found again by id, taken back when refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.acumatica import company
from sandbox.acumatica.links import Links
from sandbox.acumatica.records import Application, Journal, Key, Level, Record, Reservation
from sandbox.acumatica.settings import AcumaticaSettings


def normal(key: Key) -> Key:
    """Keys differ neither by case nor by trailing blanks."""
    return tuple(part.strip().upper() for part in key)


class Tables:
    """Every record of the tenant. Writes inside `trial()` vanish when it raises."""

    def __init__(self, settings: AcumaticaSettings) -> None:
        self.settings = settings
        self.records: dict[str, dict[Key, Record]] = {}
        self.applications: Links[Application] = Links()
        """Payments and credit memos put against invoices, refunds against what they give back."""
        self.reservations: Links[Reservation] = Links()
        """Payments kept for sales orders."""
        self.levels: dict[tuple[str, str], Level] = {}
        self.journals: dict[str, Journal] = {}
        self.counters: dict[str, int] = {}
        self._latest = datetime.min.replace(tzinfo=UTC)

    @property
    def now(self) -> datetime:
        """The server's clock, to the microsecond and never twice the same."""
        self._latest = max(datetime.now(UTC), self._latest + timedelta(microseconds=1))
        return self._latest

    @property
    def today(self) -> date:
        """The business date."""
        zone = timedelta(hours=self.settings.utc_offset_hours)
        return self.settings.today or (datetime.now(UTC) + zone).date()

    def all(self, entity: str) -> list[Record]:
        """Every record of an entity, in no order that a caller may count on."""
        return sorted(self.records.get(entity, {}).values(), key=lambda record: record.id)

    def find(self, entity: str, *key: str) -> Record | None:
        """The record with that key."""
        return self.records.get(entity, {}).get(normal(key))

    def by_id(self, entity: str, sought: str) -> Record | None:
        """The record with that id."""
        found = self.records.get(entity, {}).values()
        return next((one for one in found if one.id.lower() == sought.lower()), None)

    def add(self, entity: str, key: Key, values: dict[str, Any]) -> Record:
        """Files a new record under a fresh id."""
        now = self.now
        told = {**values, "id": str(uuid4())}
        record = Record(entity=entity, key=normal(key), values=told, created=now, modified=now)
        self.records.setdefault(entity, {})[record.key] = record
        return record

    def change(self, record: Record, **changed: Any) -> Record:
        """Files a record with some values replaced, and moves its time of change."""
        newer = replace(record, values={**record.values, **changed}, modified=self.now)
        self.records[record.entity][record.key] = newer
        return newer

    def touch(self, entity: str, *key: str) -> None:
        """Moves a record's time of change."""
        record = self.find(entity, *key)
        if record is not None:
            self.change(record)

    def levels_of(self, item: str) -> list[Level]:
        """An item's stock in every warehouse that has ever held it."""
        found = (self.levels.get((item, code)) for code in company.WAREHOUSES)
        return [level for level in found if level is not None]

    def next_number(self, name: str) -> str:
        """The next of a numbering sequence, six digits."""
        self.counters[name] = self.counters.get(name, 0) + 1
        return f"{self.counters[name]:06d}"

    def next_row_id(self) -> str:
        """An id for a row of details."""
        return str(uuid4())

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Takes every write back when the block raises; numbers stay spent."""
        records = {entity: dict(filed) for entity, filed in self.records.items()}
        applications, reservations = self.applications.copy(), self.reservations.copy()
        levels, journals = dict(self.levels), dict(self.journals)
        try:
            yield
        except BaseException:
            self.records = records
            self.applications, self.reservations = applications, reservations
            self.levels, self.journals = levels, journals
            raise
