"""What an entity of the endpoint consists of: typed fields, linked entities, details, keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a field's value travels inside its `{"value": ...}`."""

    TEXT = "text"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIME = "time"
    DAY = "day"
    """A business date: travels as a time, is kept as a date."""
    GUID = "guid"


@dataclass(frozen=True)
class Shape:
    """An entity, a linked entity, or one row of details."""

    name: str
    fields: Mapping[str, Kind]
    linked: Mapping[str, "Shape"] = field(default_factory=dict)
    details: Mapping[str, "Shape"] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    form: str = ""
    """Number of the form behind the entity, which access rights hang on."""
    one_at_a_time: frozenset[str] = frozenset()
    """Details that a list request cannot return."""
    inquiry: bool = False

    def nested(self, name: str) -> "Shape | None":
        """The linked entity or the details of that name."""
        return self.linked.get(name) or self.details.get(name)


def _kinds(kind: Kind, names: str) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


def texts(names: str) -> dict[str, Kind]:
    """Text fields."""
    return _kinds(Kind.TEXT, names)


def decimals(names: str) -> dict[str, Kind]:
    """Amounts, quantities, prices and rates."""
    return _kinds(Kind.DECIMAL, names)


def integers(names: str) -> dict[str, Kind]:
    """Whole numbers."""
    return _kinds(Kind.INTEGER, names)


def flags(names: str) -> dict[str, Kind]:
    """Check boxes."""
    return _kinds(Kind.BOOLEAN, names)


def times(names: str) -> dict[str, Kind]:
    """Moments."""
    return _kinds(Kind.TIME, names)


def days(names: str) -> dict[str, Kind]:
    """Business dates."""
    return _kinds(Kind.DAY, names)


def guids(names: str) -> dict[str, Kind]:
    """Identifiers."""
    return _kinds(Kind.GUID, names)
