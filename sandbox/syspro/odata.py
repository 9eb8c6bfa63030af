"""SYSPRO's OData service: the tables, read-only, with credentials of its own."""

import base64
import json
import secrets
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sandbox.syspro.books import Books
from sandbox.syspro.odata_filter import BadFilter, parse_filter
from sandbox.syspro.tables import TABLES, Row, SqlTable, Value, sort_key

PATH = "/syspro8odata/sysproodata/"
_HEADERS = {"OData-Version": "4.0"}


def serve(books: Books, request: Request) -> Response:
    """Answers one request below the service's root."""
    settings = books.settings
    if not settings.odata:
        return Response("Not Found", 404)
    if not _allowed(request, settings.odata_user, settings.odata_password):
        challenge = {"WWW-Authenticate": 'Basic realm="SYSPRO OData"'}
        return Response("", 401, headers=challenge)
    if request.method != "GET":
        return _problem(405, "The service is read-only")
    segments = [part for part in request.url.path[len(PATH) :].split("/") if part]
    if not segments or segments[0].upper() != settings.company_id.upper():
        return _problem(404, "Company not found")
    if segments[1:] == ["$metadata"]:
        return Response(_metadata(), headers=_HEADERS, media_type="application/xml")
    if len(segments) == 1:
        sets = [{"name": name, "kind": "EntitySet", "url": name} for name in TABLES]
        return _json({"@odata.context": "$metadata", "value": sets})
    table = TABLES.get(segments[1])
    if table is None or len(segments) > 2:
        return _problem(404, f"Resource not found for the segment '{segments[1]}'")
    try:
        return _page(books, request, table)
    except BadFilter as problem:
        return _problem(400, str(problem))


def _allowed(request: Request, user: str, password: str) -> bool:
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    given = request.headers.get("authorization", "")
    return secrets.compare_digest(given.encode(), wanted.encode())


def _page(books: Books, request: Request, table: SqlTable) -> Response:
    query = request.query_params
    rows = table.read(books)
    if query.get("$filter"):
        functions = books.settings.odata_functions
        keep = parse_filter(query["$filter"], table.columns, functions=functions)
        rows = [row for row in rows if keep(row)]
    found = len(rows)
    _sort(rows, query.get("$orderby") or ",".join(table.key), table)
    skip = _whole(query.get("$skip"), "$skip") or 0
    top = _whole(query.get("$top"), "$top")
    cap = books.settings.odata_cap
    size = cap if top is None else min(top, cap)
    page = rows[skip : skip + size]
    selected = _selected(query.get("$select"), table)
    content: dict[str, object] = {"@odata.context": f"$metadata#{table.name}"}
    if query.get("$count") == "true":
        content["@odata.count"] = found
    content["value"] = [{name: row[name] for name in selected} for row in page]
    more = skip + size < found and (top is None or top > size)
    if books.settings.odata_next_link and more:
        following = dict(query) | {"$skip": str(skip + size)}
        if top is not None:
            following["$top"] = str(top - size)
        content["@odata.nextLink"] = f"{request.url.replace(query='')}?{urlencode(following)}"
    return _json(content)


def _sort(rows: list[Row], order_by: str, table: SqlTable) -> None:
    for term in reversed(order_by.split(",")):
        column, _, direction = term.strip().partition(" ")
        if column not in table.columns or direction.strip() not in ("", "asc", "desc"):
            raise BadFilter(f"cannot order by '{term.strip()}'")
        rows.sort(key=lambda row, name=column: sort_key(row[name]), reverse=direction == "desc")


def _selected(select: str | None, table: SqlTable) -> list[str]:
    if not select or select == "*":
        return list(table.columns)
    names = [name.strip() for name in select.split(",")]
    for name in names:
        if name not in table.columns:
            raise BadFilter(f"could not find a property named '{name}'")
    return names


def _whole(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    if not text.isdigit():
        raise BadFilter(f"{option} must be a whole number")
    return int(text)


def _problem(status: int, message: str) -> Response:
    return _json({"error": {"code": "", "message": message}}, status)


def _json(content: object, status: int = 200) -> Response:
    media_type = "application/json; odata.metadata=minimal"
    return Response(as_json(content), status, headers=_HEADERS, media_type=media_type)


def as_json(content: object) -> str:
    """JSON with decimals as exact numbers and dates as midnight, UTC."""
    if isinstance(content, dict):
        parts = (f"{json.dumps(str(name))}: {as_json(one)}" for name, one in content.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(content, list | tuple):
        return "[" + ", ".join(as_json(one) for one in content) + "]"
    if isinstance(content, Decimal):
        return f"{content:f}"
    if isinstance(content, date):
        return f'"{content.isoformat()}T00:00:00Z"'
    return json.dumps(content)


def _edm(column: str) -> str:
    if "Date" in column:
        return "Edm.DateTimeOffset"
    decimals = ("Qty", "Value", "Bal", "Cost", "Price", "Mass", "CreditLimit", "TaxPortion")
    if any(part in column for part in decimals) and column not in ("PriceCode", "BalanceType"):
        return "Edm.Decimal"
    whole = ("Year", "Month", "Period", "Journal", "Register", "Line", "EntryNumber")
    return "Edm.Int32" if column.endswith(whole) else "Edm.String"


def _metadata() -> str:
    types: list[str] = []
    sets: list[str] = []
    for table in TABLES.values():
        keys = "".join(f'<PropertyRef Name="{name}"/>' for name in table.key)
        properties = "".join(
            f'<Property Name="{name}" Type="{_edm(name)}"/>' for name in table.columns
        )
        types.append(f'<EntityType Name="{table.name}"><Key>{keys}</Key>{properties}</EntityType>')
        sets.append(f'<EntitySet Name="{table.name}" EntityType="Syspro.{table.name}"/>')
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        '<edmx:DataServices><Schema Namespace="Syspro" '
        'xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'{"".join(types)}<EntityContainer Name="Container">{"".join(sets)}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def plain(value: Value) -> str | int | None:
    """A column's value for the control API: decimals and dates as text."""
    return str(value) if isinstance(value, Decimal | date) else value
