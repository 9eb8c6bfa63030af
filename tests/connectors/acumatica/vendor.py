"""The vendor's OpenAPI document, and a vendor that answers as it says and refuses the rest."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx

_ROOT = Path(__file__).parents[3]
_SPECS = Path(os.environ.get("TILLBRIDGE_SPECS", str(_ROOT.parent / "shared" / "specs")))
SPEC = _SPECS / "acumatica" / "default-24.200.001.openapi.json"
_PATH = "/entity/Default/24.200.001"

_SAMPLES: dict[str, object] = {
    "StringValue": "X1",
    "DecimalValue": 1.5,
    "BooleanValue": True,
    "IntValue": 1,
    "ShortValue": 1,
    "DateTimeValue": "2026-11-21T10:00:00+00:00",
    "GuidValue": "6f0a1c52-65cd-4b2e-8a53-11d1d1f7a001",
}
_OURS = {
    "Status": "Open",
    "ItemStatus": "Active",
    "Type": "Invoice",
    "ValuationMethod": "Average",
    "ExternalRef": "BC-1",
    "Email": "ann.o'hara@example.com",
    "CurrencyID": "USD",
    "Currency": "USD",
    "BaseCurrencyID": "USD",
}


_TEXT = r"('(?:[^']|'')*')"
_COMPARISON = re.compile(
    rf"([\w/]+) (?:eq |ge datetimeoffset){_TEXT}|startswith\(([\w/]+),{_TEXT}\)"
)


class Document:
    """The OpenAPI document, as far as it is asked here."""

    def __init__(self) -> None:
        self.content = json.loads(SPEC.read_text())

    def schema(self, name: str) -> dict[str, Any]:
        """Return the properties of a schema, with what it inherits."""
        found = self.content["components"]["schemas"][name]
        properties: dict[str, Any] = {}
        for part in found.get("allOf", [found]):
            if "$ref" in part:
                properties |= self.schema(_named(part))
            properties |= part.get("properties", {})
        return properties

    def part(self, schema: str, name: str) -> str:
        """Return the schema of a property, a list's entries being meant."""
        found = self.schema(schema)
        assert name in found, f"{schema} has no {name}"
        return _named(found[name].get("items", found[name]))

    def field(self, schema: str, path: str) -> None:
        """Check that a path such as `MainContact/Address/City` leads to a field."""
        *parts, last = path.split("/")
        for part in parts:
            schema = self.part(schema, part)
        assert last in self.schema(schema), f"{schema} has no {last}"

    def body(self, schema: str, sent: Any) -> None:
        """Check every name of a record that is sent, and the JSON type of every value."""
        properties = self.schema(schema)
        for name, value in sent.items():
            assert name in properties, f"{schema} has no {name}"
            if isinstance(value, list):
                for row in value:
                    self.body(self.part(schema, name), row)
            elif set(value) == {"value"}:
                self.value(self.part(schema, name), value["value"])
            else:
                self.body(self.part(schema, name), value)

    def value(self, wrapper: str, value: object) -> None:
        kind = self.schema(wrapper)["value"]["type"]
        wanted = {"string": str, "number": int | float, "boolean": bool, "integer": int}[kind]
        assert isinstance(value, wanted), f"{value!r} is no {kind}"

    def sample(self, schema: str, depth: int = 0) -> dict[str, Any]:
        """Make up a record with every field filled."""
        record: dict[str, Any] = {"id": "6f0a1c52-65cd-4b2e-8a53-11d1d1f7a001", "rowNumber": 1}
        for name, found in self.schema(schema).items():
            if "items" in found and depth < 2 and "$ref" in found["items"]:
                record[name] = [self.sample(_named(found["items"]), depth + 1)]
            elif "$ref" in found:
                of = _named(found)
                if of in _SAMPLES:
                    record[name] = {"value": _OURS.get(name, _SAMPLES[of])}
                elif depth < 2 and not of.endswith("Value"):
                    record[name] = self.sample(of, depth + 1)
        return record


def _named(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


class Vendor:
    """Answers as the document says, and refuses what it does not know."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.asked: list[str] = []
        self.nothing_there = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/identity/connect/token":
            return httpx.Response(200, json={"access_token": "a", "refresh_token": "r"})
        if path == "/entity":
            served = [{"name": "Default", "version": "24.200.001"}]
            return httpx.Response(200, json={"version": {}, "endpoints": served})
        if path == "/entity/auth/logout":
            return httpx.Response(204)
        assert path.startswith(f"{_PATH}/"), path
        name, _, keys = path.removeprefix(f"{_PATH}/").partition("/")
        if request.method == "POST":
            return self._action(f"/{name}/{keys}", name, json.loads(request.content))
        operation = f"/{name}/{{ids}}" if keys else f"/{name}"
        assert request.method.lower() in self.document.content["paths"][operation]
        self.asked.append(f"{request.method} {operation}")
        self._options(name, operation, request)
        if request.method == "PUT":
            self.document.body(name, json.loads(request.content))
            return httpx.Response(200, json=self.document.sample(name))
        if keys:
            return httpx.Response(200, json=self.document.sample(name))
        absent = self.nothing_there and name in ("SalesOrder", "SalesInvoice", "Payment")
        return httpx.Response(200, json=[] if absent else [self.document.sample(name)])

    def _action(self, operation: str, name: str, sent: dict[str, Any]) -> httpx.Response:
        assert "post" in self.document.content["paths"][operation]
        self.asked.append(f"POST {operation}")
        assert set(sent) == {"entity"}
        self.document.body(name, sent["entity"])
        return httpx.Response(204)

    def _options(self, name: str, operation: str, request: httpx.Request) -> None:
        method = self.document.content["paths"][operation][request.method.lower()]
        known = {
            self.document.content["components"]["parameters"][_named(one)]["name"]
            for one in method["parameters"]
        }
        query = request.url.query.decode()
        assert "+" not in query
        options = dict(parse_qsl(query))
        assert set(options) <= known
        expanded = [one for one in options.get("$expand", "").split(",") if one]
        for path in expanded:
            self.document.field(name, path)
        for path in options["$select"].split(","):
            self.document.field(name, path)
            parent = path.rpartition("/")[0]
            assert not parent or parent in expanded, f"{path} is not expanded"
        selected = {path.partition("/")[0] for path in options["$select"].split(",")}
        assert {path.partition("/")[0] for path in expanded} <= selected
        for field, literal in _comparisons(options.get("$filter", "")):
            self.document.field(name, field)
            assert re.fullmatch(r"'(?:[^']|'')*'", literal), literal


def _comparisons(filter_text: str) -> Iterator[tuple[str, str]]:
    left = unquote(filter_text)
    for found in _COMPARISON.finditer(left):
        yield (found.group(1) or found.group(3)), (found.group(2) or found.group(4))
    # Nothing but what joins them may be left.
    assert not set(_COMPARISON.sub("", left).replace("(", " ").replace(")", " ").split()) - {
        "and",
        "or",
    }
