"""How entities are typed: what a property may hold, and how it is read from a body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from sandbox.sap_business_one.enumerations import ENUMERATIONS
from sandbox.sap_business_one.refusals import invalid_property, invalid_value, too_long

Row = dict[str, Any]
"""An entity by its property names. Rows are never changed in place once they are on file; names
that start with an underscore are the stand-in's own and never leave it."""


_TOO_LARGE = Decimal(10) ** 15


class Kind(StrEnum):
    """What a simple property holds."""

    TEXT = "String"
    WHOLE = "Int32"
    NUMBER = "Double"
    DATE = "Date"
    TIME = "Time"


@dataclass(frozen=True)
class EntityType:
    """An entity or one of its inline parts: the properties this stand-in knows of it."""

    name: str
    kinds: Mapping[str, Kind]
    enums: Mapping[str, str] = field(default_factory=dict)
    collections: Mapping[str, "EntityType"] = field(default_factory=dict)
    parts: Mapping[str, "EntityType"] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)
    open: bool = False
    """Takes user fields."""

    @property
    def names(self) -> list[str]:
        """Every property, simple ones first."""
        return [*self.kinds, *self.enums, *self.parts, *self.collections]

    @property
    def blank(self) -> Row:
        """An entity with nothing in it."""
        simple: Row = dict.fromkeys([*self.kinds, *self.enums, *self.parts])
        return simple | {name: [] for name in self.collections}


def entity_type(
    name: str,
    *,
    text: str = "",
    whole: str = "",
    number: str = "",
    date: str = "",
    time: str = "",
    enums: Mapping[str, str] | None = None,
    collections: Mapping[str, EntityType] | None = None,
    parts: Mapping[str, EntityType] | None = None,
    takes_user_fields: bool = False,
) -> EntityType:
    """A type from lists of names; `CardName:100` gives a text its width."""
    kinds: dict[str, Kind] = {}
    widths: dict[str, int] = {}
    groups = ((Kind.TEXT, text), (Kind.WHOLE, whole), (Kind.NUMBER, number), (Kind.DATE, date))
    for kind, names in (*groups, (Kind.TIME, time)):
        for one in names.split():
            plain, _, width = one.partition(":")
            kinds[plain] = kind
            if width:
                widths[plain] = int(width)
    enumerated = {p: e for e, names in (enums or {}).items() for p in names.split()}
    return EntityType(
        name=name,
        kinds=kinds,
        enums=enumerated,
        collections=collections or {},
        parts=parts or {},
        widths=widths,
        open=takes_user_fields,
    )


Allowed = Callable[[EntityType, str], int | None]
"""The width of a user field on a type; None when the company does not have it."""


def read_entity(kind: EntityType, body: Mapping[str, Any], user_field: Allowed) -> Row:
    """What a body says, in typed values; raises `Refused` for what the type does not know."""
    row: Row = {}
    for name, value in body.items():
        if name.startswith(("@", "odata.")):
            continue
        row[name] = _property(kind, name, value, user_field)
    return row


def _property(kind: EntityType, name: str, value: Any, user_field: Allowed) -> Any:
    if name in kind.collections:
        return _members(kind.collections[name], name, value, user_field)
    if name in kind.parts:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise invalid_value(name, kind.name, value)
        return read_entity(kind.parts[name], value, user_field)
    if name in kind.enums:
        if value is not None and value not in ENUMERATIONS[kind.enums[name]]:
            raise invalid_value(name, kind.name, value)
        return value
    if name in kind.kinds:
        read = read_simple(kind.kinds[name], value)
        if read is None and value is not None:
            raise invalid_value(name, kind.name, value)
        _check_width(kind, name, read, kind.widths.get(name))
        return read
    width = user_field(kind, name) if name.startswith("U_") and kind.open else None
    if width is None:
        raise invalid_property(name, kind.name)
    text = None if value is None else str(value)
    _check_width(kind, name, text, width)
    return text


def _members(kind: EntityType, name: str, value: Any, user_field: Allowed) -> list[Row]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid_value(name, kind.name, value)
    return [read_entity(kind, one, user_field) for one in value]


def _check_width(kind: EntityType, name: str, value: Any, width: int | None) -> None:
    if width is not None and isinstance(value, str) and len(value) > width:
        raise too_long(name, kind.name)


def read_simple(kind: Kind, value: Any) -> Any:
    """One typed value; None for what cannot be read (and for null)."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    try:
        match kind:
            case Kind.TEXT:
                return str(value)
            case Kind.WHOLE:
                number = Decimal(str(value))
                return int(number) if number == int(number) else None
            case Kind.NUMBER:
                number = Decimal(str(value))
                return number if number.is_finite() and abs(number) < _TOO_LARGE else None
            case Kind.DATE:
                return read_date(str(value))
            case Kind.TIME:
                return time.fromisoformat(str(value))
    except (ValueError, InvalidOperation, OverflowError):
        return None


def read_date(text: str) -> date:
    """`2024-01-31` or `20240131`; the part after a T counts for nothing. Raises ValueError."""
    day = text.partition("T")[0]
    return datetime.strptime(day, "%Y-%m-%d" if "-" in day else "%Y%m%d").date()  # noqa: DTZ007
