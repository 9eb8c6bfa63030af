"""How answers look in the two versions of the protocol: dates, marks, errors, numbers."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal

from sandbox.sap_business_one.entity_types import EntityType, Row
from sandbox.sap_business_one.refusals import Refused

Version = Literal["v1", "v2"]
_PROTOCOL = {"v1": {"DataServiceVersion": "3.0"}, "v2": {"OData-Version": "4.0"}}
_MEDIA = {
    "v1": "application/json;odata=minimalmetadata;charset=utf-8",
    "v2": "application/json;odata.metadata=minimal;charset=utf-8",
}
PROXY_PAGE = (
    "<!DOCTYPE HTML><html><head><title>502 Proxy Error</title></head><body><h1>Proxy Error</h1>"
    "<p>The proxy server received an invalid response from an upstream server.</p></body></html>"
)


@dataclass
class Answer:
    """One answer before it is written out; `content` is JSON unless it is text."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = ""
    cookies: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        """What is sent."""
        if self.content is None:
            return b""
        if isinstance(self.content, str) and self.media_type:
            return self.content.encode()
        return as_json(self.content).encode()


def answered(
    version: Version, content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """A JSON answer of that version."""
    return Answer(status, content, {**_PROTOCOL[version], **(headers or {})}, _MEDIA[version])


def refusal(version: Version, refused: Refused) -> Answer:
    """An error in the version's own shape."""
    if version == "v1":
        message: Any = {"lang": "en-us", "value": refused.text}
        content = {"error": {"code": refused.code, "message": message}}
    else:
        details = [{"code": "", "message": ""}]
        content = {
            "error": {"code": str(refused.code), "message": refused.text, "details": details}
        }
    return answered(version, content, status=refused.status)


def mark(version: Version, name: str) -> str:
    """An annotation's name, such as `@odata.etag`."""
    return f"odata.{name}" if version == "v1" else f"@odata.{name}"


def context(version: Version, root: str, what: str) -> dict[str, str]:
    """The first property of an answer."""
    if version == "v1":
        return {"odata.metadata": f"{root}/$metadata#{what.replace('/$entity', '/@Element')}"}
    return {"@odata.context": f"{root}/$metadata#{what}"}


def etag(row: Row) -> str | None:
    """The mark of a row's state; None for what has no concurrency control."""
    version = row.get("DataVersion")
    return None if version is None else _weak(str(version))


def etag_of_a_selection() -> str:
    """With `$select` the mark is always this one, whatever the row's state."""
    return _weak("0")


def _weak(text: str) -> str:
    return f'W/"{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().upper()}"'


def rendered(
    kind: EntityType,
    row: Row,
    *,
    version: Version,
    select: Iterable[str] | None = None,
    fields: Iterable[str] = (),
) -> Row:
    """A row as JSON values, without what is the stand-in's own; null where nothing is known."""
    names = list(select) if select is not None else [*kind.names, *fields]
    return {name: _value(kind, name, row.get(name), version) for name in names}


def _value(kind: EntityType, name: str, value: Any, version: Version) -> Any:
    if name in kind.collections:
        member = kind.collections[name]
        return [_part(member, one, version) for one in value or ()]
    if name in kind.parts:
        return None if value is None else _part(kind.parts[name], value, version)
    if isinstance(value, date):
        # The Z is not true: it is a plain date, and nobody's midnight.
        return value.isoformat() if version == "v1" else f"{value.isoformat()}T00:00:00Z"
    if isinstance(value, time):
        return value.strftime("%H:%M:%S")
    return value


def _part(kind: EntityType, row: Row, version: Version) -> Row:
    own = [name for name in row if name.startswith("U_")]
    return rendered(kind, row, version=version, fields=own)


def as_json(content: Any) -> str:
    """JSON with decimals as exact numbers."""
    if isinstance(content, dict):
        parts = (f"{json.dumps(str(name))}:{as_json(one)}" for name, one in content.items())
        return "{" + ",".join(parts) + "}"
    if isinstance(content, list | tuple):
        return "[" + ",".join(as_json(one) for one in content) + "]"
    if isinstance(content, Decimal):
        return _number(content)
    return json.dumps(content)


def _number(value: Decimal) -> str:
    # Doubles carry no scale: 12.50 is written 12.5, and 20.00 is 20.0.
    text = f"{value.normalize():f}"
    return text if "." in text else f"{text}.0"
