"""Acumatica's JSON: every general field wrapped as `{"value": ...}`, numbers exact."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_serializer

from connectors.exact_json import encode_json

T = TypeVar("T")

# Codes come back padded to their column's width.
Stripped = Annotated[str, StringConstraints(strip_whitespace=True)]

_AS_THEY_ARE = {"id": "ID", "uom": "UOM", "msrp": "MSRP", "cc": "CC"}


class Value(BaseModel, Generic[T]):
    """A general field. `{}` is an empty one, which is something else than zero."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    value: T | None = None

    @field_serializer("value")
    def _written(self, value: T | None) -> object:
        # Without an offset: what we send are business dates.
        return value.isoformat() if isinstance(value, datetime) else value


def name_of(field: str) -> str:
    """Return Acumatica's spelling of a field, e.g. InventoryID for `inventory_id`."""
    return "".join(_AS_THEY_ARE.get(word, word.capitalize()) for word in field.split("_"))


class Entity(BaseModel):
    """A record of the endpoint, named like the class. None: not sent, or not asked for."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=name_of,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    guid: str | None = Field(default=None, alias="id")


def of(value: T) -> Value[T]:
    """Wrap a value that is sent."""
    return Value[T](value=value)


def given(value: str) -> Value[str] | None:
    """Wrap a text, unless it is empty and so left to Acumatica."""
    return Value[str](value=value) if value else None


def text(field: Value[str] | None) -> str:
    """Return a text; empty when there is none."""
    return (field.value or "") if field is not None else ""


def number(field: Value[Decimal] | None) -> Decimal:
    """Return a number of which empty means none at all, such as an amount."""
    return (field.value or Decimal(0)) if field is not None else Decimal(0)


def body_of(entity: Entity) -> bytes:
    """Return the JSON of a record."""
    return encode_json(_sent(entity))


def action_on(entity: Entity) -> bytes:
    """Return the JSON of an action's target."""
    return encode_json({"entity": _sent(entity)})


def _sent(entity: Entity) -> dict[str, object]:
    return entity.model_dump(by_alias=True, exclude_none=True)
