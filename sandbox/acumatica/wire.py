"""Between plain values and the endpoint's JSON, in which every value is wrapped."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sandbox.acumatica.refusals import malformed
from sandbox.acumatica.shapes import Kind, Shape
from sandbox.acumatica.views import View

Values = dict[str, Any]
"""Fields by name; a linked entity is Values, details are a list of them; `id` and `note` too."""

_SYSTEM = frozenset({"rowNumber", "files", "error", "_links"})
_WIDTHS = {"InventoryID": 30, "WarehouseID": 10, "CustomerID": 10, "Customer": 10}
"""Codes that come back padded to the length of their segmented key."""


def decode(body: bytes) -> Any:
    """JSON with exact numbers; raises a 400 for anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_int=_whole)
    except (ValueError, RecursionError):
        raise malformed(
            {"entity": ["Unexpected character encountered while parsing value."]}
        ) from None


def encode(value: Any) -> str:
    """JSON with Decimals as numbers, digit for digit."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(k))}:{encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(one) for one in value) + "]"
    return json.dumps(value)


def read(shape: Shape, body: Any, *, offset_hours: int = 0) -> Values:
    """The plain values that a body sends; raises a 400 that names every field that does not fit."""
    problems: dict[str, list[str]] = {}
    values = _read(shape, body, "entity", problems, timezone(timedelta(hours=offset_hours)))
    if problems:
        raise malformed(problems)
    return values


def show(shape: Shape, values: Values, view: View, *, path: str = "", pad: bool = False) -> Any:
    """The JSON of a record or a row as far as the view wants it."""
    shown: dict[str, Any] = {"id": values.get("id"), "rowNumber": values.get("rowNumber", 1)}
    shown["note"] = {"value": values["note"]} if values.get("note") else {}
    for name, kind in shape.fields.items():
        if view.wants(path, name):
            shown[name] = _wrapped(name, kind, values.get(name), pad=pad)
    for name, part in shape.linked.items():
        if view.expands(path, name):
            shown[name] = show(part, values.get(name) or {}, view, path=f"{path}{name}/", pad=pad)
            if shown[name]["id"] is None:
                del shown[name]["id"]
    for name, part in shape.details.items():
        if view.expands(path, name):
            rows = enumerate(values.get(name) or [], 1)
            shown[name] = [
                show(part, {**row, "rowNumber": n}, view, path=f"{path}{name}/", pad=pad)
                for n, row in rows
            ]
    shown["custom"] = values.get("custom") or {} if view.custom else {}
    return shown


def moment(value: datetime) -> str:
    """A moment as the endpoint writes it, with its offset."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) < 19 else Decimal(text)


def _read(
    shape: Shape, body: Any, path: str, problems: dict[str, list[str]], zone: timezone
) -> Values:
    if not isinstance(body, Mapping):
        problems[path] = [f"Error converting value {body!r} to type '{shape.name}'."]
        return {}
    values: Values = {}
    for name, sent in body.items():
        here = f"{path}.{name}"
        part = shape.nested(name)
        if name in ("id", "delete", "custom"):
            values[name] = sent
        elif name == "note":
            values[name] = sent.get("value") if isinstance(sent, Mapping) else None
        elif name in shape.fields:
            values[name] = _unwrapped(shape.fields[name], sent, here, problems, zone)
        elif name in shape.details and part is not None:
            rows = sent if isinstance(sent, list) else [sent]
            values[name] = [
                _read(part, row, f"{here}[{n}]", problems, zone) for n, row in enumerate(rows)
            ]
        elif part is not None:
            values[name] = _read(part, sent, here, problems, zone)
        elif name not in _SYSTEM:
            problems[here] = [f"Could not find member '{name}' on object of type '{shape.name}'."]
    return values


def _unwrapped(
    kind: Kind, sent: Any, path: str, problems: dict[str, list[str]], zone: timezone
) -> Any:
    if not isinstance(sent, Mapping):
        problems[path] = [f"Error converting value {sent!r} to type '{kind.title()}Value'."]
        return None
    value = sent.get("value")
    if value is None or value == "":
        return None
    try:
        return _typed(kind, value, zone)
    except (ValueError, TypeError, InvalidOperation):
        problems[f"{path}.value"] = [f"Could not convert {value!r} to {kind.value}."]
        return None


def _typed(kind: Kind, value: Any, zone: timezone) -> Any:
    match kind:
        case Kind.DECIMAL if not isinstance(value, bool):
            return Decimal(str(value))
        case Kind.INTEGER if not isinstance(value, bool):
            return int(value)
        case Kind.BOOLEAN if value in (True, False, "true", "false", "True", "False"):
            return str(value).lower() == "true"
        case Kind.TIME | Kind.DAY:
            return read_moment(str(value), zone, day=kind is Kind.DAY)
        case Kind.GUID:
            return str(UUID(str(value)))
        case Kind.TEXT if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            return str(value)
        case _:
            raise ValueError(value)


def read_moment(text: str, zone: timezone = UTC, *, day: bool) -> date | datetime:
    """ISO 8601 or month/day/year; one without an offset is in the instance's time zone."""
    head = text.split("T")[0]
    if "/" in head:
        month, of_month, year = head.split("/")
        read_time = datetime.combine(date(int(year), int(month), int(of_month)), time(), zone)
    else:
        read_time = datetime.fromisoformat(text.replace("Z", "+00:00"))
        read_time = read_time if read_time.tzinfo else read_time.replace(tzinfo=zone)
    return read_time.astimezone(zone).date() if day else read_time.astimezone(UTC)


def _wrapped(name: str, kind: Kind, value: Any, *, pad: bool) -> dict[str, Any]:
    if value is None or value == "":
        return {}
    if kind is Kind.DAY:
        return {"value": f"{value.isoformat()}T00:00:00+00:00"}
    if kind is Kind.TIME:
        return {"value": moment(value)}
    if pad and name in _WIDTHS:
        return {"value": str(value).ljust(_WIDTHS[name])}
    return {"value": value}
