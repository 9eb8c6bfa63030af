"""System query options over rows: filter, order, page, select, count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any
from urllib.parse import quote, unquote

from sandbox.sap_business_one.entity_types import EntityType, Row
from sandbox.sap_business_one.odata_filter import Filter, functions_of
from sandbox.sap_business_one.refusals import bad_query, invalid_property, not_navigable
from sandbox.sap_business_one.wire import Version, etag, etag_of_a_selection, mark, rendered

Rows = Callable[[dict[str, str]], Sequence[Row]]
"""Rows of a set, at least those with the given texts; a set may ignore what it is given."""


@dataclass(frozen=True)
class Question:
    """What a request asks of a set."""

    version: Version
    options: dict[str, str]
    page_size: int
    """0: no pages."""
    ignore_case: bool = False
    drop_filter_from_link: bool = False


def options_of(query: str) -> dict[str, str]:
    """The options of a query string. A plus is a plus, not a blank."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def collection(
    question: Question, kind: EntityType, rows: Rows, *, path: str, fields: frozenset[str]
) -> Row:
    """The members asked for with their count and the link to the next page."""
    options, version = question.options, question.version
    _refuse_expansion(options)
    found = matching(question, kind, rows, fields=fields)
    _sort(found, options.get("$orderby", ""), kind, fields)
    skip = _whole(options, "$skip") or 0
    top = _whole(options, "$top")
    rest = found[skip:] if top is None else found[skip : skip + top]
    page = rest[: question.page_size] if question.page_size else rest
    content: Row = {}
    if options.get("$count") == "true" or options.get("$inlinecount") == "allpages":
        content[mark(version, "count")] = len(found)
    select = selected(options, kind, fields)
    content["value"] = [
        _tagged(version, row, select) | rendered(kind, row, version=version, select=select)
        if select is not None
        else _tagged(version, row, None)
        | rendered(kind, row, version=version, fields=sorted(fields))
        for row in page
    ]
    if len(page) < len(rest):
        link = _next(question, skip + len(page), None if top is None else top - len(page))
        content[mark(version, "nextLink")] = f"{path}?{link}"
    return content


def matching(
    question: Question, kind: EntityType, rows: Rows, *, fields: frozenset[str]
) -> list[Row]:
    """The rows that pass the filter."""
    text = question.options.get("$filter", "")
    if not text:
        return list(rows({}))
    keep = Filter(
        text,
        kind,
        fields=fields,
        functions=functions_of(question.version),
        ignore_case=question.ignore_case,
    )
    return [row for row in rows(keep.wanted) if keep(row)]


def selected(options: dict[str, str], kind: EntityType, fields: frozenset[str]) -> list[str] | None:
    """The properties that `$select` names; None for all of them."""
    text = options.get("$select", "").strip()
    if not text or text == "*":
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in kind.names and name not in fields:
            raise invalid_property(name, kind.name)
    return names


def _refuse_expansion(options: dict[str, str]) -> None:
    if options.get("$expand"):
        raise not_navigable(options["$expand"].split("(")[0])


def _tagged(version: Version, row: Row, select: list[str] | None) -> Row:
    tag = etag(row)
    if tag is None:
        return {}
    return {mark(version, "etag"): tag if select is None else etag_of_a_selection()}


def _next(question: Question, skip: int, top: int | None) -> str:
    options = {k: v for k, v in question.options.items() if k not in ("$skip", "$top")}
    if question.drop_filter_from_link:
        options.pop("$filter", None)
    if top is not None:
        options["$top"] = str(top)
    options["$skip"] = str(skip)
    return "&".join(f"{name}={quote(value, safe='(),/')}" for name, value in options.items())


def _sort(rows: list[Row], order_by: str, kind: EntityType, fields: frozenset[str]) -> None:
    for term in reversed([one for one in order_by.split(",") if one.strip()]):
        name, _, direction = term.strip().partition(" ")
        simple = name in kind.kinds or name in kind.enums or name in fields
        if not simple:
            raise invalid_property(name, kind.name)
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_query(f"cannot order by '{term.strip()}'")
        rows.sort(key=_sortable(name), reverse=direction.strip() == "desc")


def _sortable(name: str) -> Callable[[Row], Any]:
    def compared(left: Row, right: Row) -> int:
        mine, other = left.get(name), right.get(name)
        if mine is None or other is None:
            return (mine is not None) - (other is not None)
        return (mine > other) - (mine < other)

    return cmp_to_key(compared)


def _whole(options: dict[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise bad_query(f"{name} must be a whole number")
    return int(text)
