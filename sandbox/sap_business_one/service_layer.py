"""The Service Layer: which request means what, under whose session, answered in which version."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sandbox.sap_business_one import batch
from sandbox.sap_business_one.books import Books
from sandbox.sap_business_one.entity_sets import SETS, EntitySet
from sandbox.sap_business_one.entity_types import Row, read_entity
from sandbox.sap_business_one.metadata import metadata
from sandbox.sap_business_one.querying import (
    Question,
    collection,
    matching,
    options_of,
    selected,
)
from sandbox.sap_business_one.refusals import (
    Refused,
    bad_query,
    modified_meanwhile,
    no_match,
    not_allowed_here,
    unknown_path,
)
from sandbox.sap_business_one.services import SERVICES
from sandbox.sap_business_one.sql_queries import check_query, run_query
from sandbox.sap_business_one.wire import (
    PROXY_PAGE,
    Answer,
    Version,
    answered,
    context,
    etag,
    etag_of_a_selection,
    mark,
    refusal,
    rendered,
)

_ADDRESS = re.compile(r"(?P<name>[A-Za-z0-9_]+)(?:\((?P<key>.*)\))?(?:/(?P<rest>[^/]+))?")


@dataclass(frozen=True)
class Request:
    """One request below a version's root."""

    version: Version
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    root: str
    """The version's root as the client addressed it, without a slash at the end."""

    @property
    def content(self) -> dict[str, Any]:
        """The JSON object in the body, empty when there is none."""
        if not self.body.strip():
            return {}
        try:
            content = json.loads(self.body, parse_float=Decimal)
        except ValueError:
            raise Refused(400, -1000, "Invalid JSON in the body") from None
        if not isinstance(content, dict):
            raise Refused(400, -1000, "The body must be a JSON object")
        return content


class ServiceLayer:
    """Answers requests of a session that lives. Nothing here awaits, so postings never mix."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def serve(self, request: Request) -> Answer:
        """One answer; what is refused has left no trace in the books."""
        try:
            with self._books.undo.trial():
                return self._routed(request)
        except Refused as refused:
            return refusal(request.version, refused)

    def change_set(self, requests: list[Request]) -> list[Answer]:
        """All of them or nothing: the answers, or only the refusal that undid the rest."""
        answers: list[Answer] = []
        try:
            with self._books.undo.trial():
                for request in requests:
                    answers.append(self._routed(request))
        except Refused as refused:
            return [refusal(requests[0].version, refused)]
        return answers

    def _routed(self, request: Request) -> Answer:
        path = request.path.strip("/")
        if path == "$metadata":
            return Answer(200, metadata(self._books), {}, "application/xml")
        if path == "$batch":
            return batch.serve(self, request)
        found = _ADDRESS.fullmatch(path)
        if found is None:
            raise unknown_path(path)
        name, key, rest = found["name"], found["key"], found["rest"]
        if name in SERVICES:
            return self._service(request, name, key or "")
        if name not in SETS:
            raise unknown_path(path)
        entity_set = SETS[name]
        if rest == "$count" and key is None:
            return self._count(request, entity_set)
        if key is None:
            return self._on_set(request, entity_set)
        row = entity_set.find(self._books, entity_set.key_of(key))
        if row is None:
            raise no_match(status=404)
        if rest is None:
            return self._on_entity(request, entity_set, row)
        if name == "SQLQueries" and rest == "List":
            return self._run_query(request, row)
        return self._act(request, entity_set, row, rest)

    def _service(self, request: Request, name: str, arguments: str) -> Answer:
        given = dict(request.content)
        for part in re.findall(r"(\w+)='([^']*)'", arguments):
            given[part[0]] = part[1]
        content = SERVICES[name](self._books, request.version, request.root, given)
        if content is None:
            return Answer(204)
        return answered(request.version, content)

    def _on_set(self, request: Request, entity_set: EntitySet) -> Answer:
        if request.method == "POST":
            return self._add(request, entity_set)
        if request.method != "GET":
            raise not_allowed_here(entity_set.name)
        question, preference = self._question(request)
        page = collection(
            question,
            entity_set.kind,
            lambda wanted: entity_set.rows(self._books, wanted),
            path=entity_set.name,
            fields=self._fields(entity_set),
        )
        content = context(request.version, request.root, entity_set.name) | page
        return answered(request.version, content, headers=preference)

    def _count(self, request: Request, entity_set: EntitySet) -> Answer:
        question, _ = self._question(request)
        try:
            found = matching(
                question,
                entity_set.kind,
                lambda wanted: entity_set.rows(self._books, wanted),
                fields=self._fields(entity_set),
            )
        except Refused:
            # Seen on real servers: what is wrong in a filter kills the answer on this path.
            return Answer(502, PROXY_PAGE, {}, "text/html")
        return Answer(200, str(len(found)), {}, "text/plain")

    def _add(self, request: Request, entity_set: EntitySet) -> Answer:
        if entity_set.add is None:
            raise not_allowed_here(entity_set.name)
        body = self._read(entity_set, request.content)
        if entity_set.name == "SQLQueries":
            check_query(str(body.get("SqlText") or ""))
        row = entity_set.add(self._books, body)
        if row is None:
            return Answer(204)
        location = {"Location": f"{request.root}/{entity_set.address(row)}"}
        if "return-no-content" in request.headers.get("prefer", ""):
            return Answer(204, None, location)
        answer = self._entity(request, entity_set, row)
        return replace(answer, status=201, headers={**answer.headers, **location})

    def _on_entity(self, request: Request, entity_set: EntitySet, row: Row) -> Answer:
        if request.method == "GET":
            return self._entity(request, entity_set, row, options_of(request.query))
        stated = request.headers.get("if-match")
        if stated and stated != "*" and etag(row) not in (None, stated):
            raise modified_meanwhile()
        if request.method in ("PATCH", "PUT") and entity_set.change is not None:
            replaces = request.headers.get("b1s-replacecollectionsonpatch", "") == "true"
            body = self._read(entity_set, request.content)
            body = {k: v for k, v in body.items() if k not in entity_set.key or v != row[k]}
            entity_set.change(self._books, row, body, replaces)
            return Answer(204)
        if request.method == "DELETE" and entity_set.remove is not None:
            entity_set.remove(self._books, row)
            return Answer(204)
        raise not_allowed_here(entity_set.name)

    def _act(self, request: Request, entity_set: EntitySet, row: Row, name: str) -> Answer:
        action = entity_set.actions.get(name)
        if action is None:
            raise unknown_path(f"{entity_set.name}/{name}")
        if request.method != "POST":
            raise not_allowed_here(name)
        made = action(self._books, row)
        return Answer(204) if made is None else self._entity(request, entity_set, made)

    def _run_query(self, request: Request, query: Row) -> Answer:
        parameters = request.query if request.method == "GET" else ""
        options = options_of(request.query)
        if request.method == "POST":
            parameters = str(request.content.get("ParamList") or "")
        else:
            parameters = "&".join(f"{k}={v}" for k, v in options.items() if k[0] != "$")
        question, preference = self._question(request)
        rows = run_query(self._books, query, parameters)
        skip = options.get("$skip", "0")
        if not skip.isdigit():
            raise bad_query("$skip must be a whole number")
        size = question.page_size or len(rows)
        page = rows[int(skip) : int(skip) + size]
        content = context(request.version, request.root, "SAPB1.SQLQueryResult")
        content |= {"SqlText": query["SqlText"], "value": page}
        following = int(skip) + len(page)
        if following < len(rows):
            kept = [f"{k}={v}" for k, v in options.items() if k != "$skip"]
            link = "&".join([*kept, f"$skip={following}"])
            where = f"SQLQueries('{query['SqlCode']}')/List?{link}"
            content[mark(request.version, "nextLink")] = where
        return answered(request.version, content, headers=preference)

    def _entity(
        self,
        request: Request,
        entity_set: EntitySet,
        row: Row,
        options: dict[str, str] | None = None,
    ) -> Answer:
        version, fields = request.version, self._fields(entity_set)
        select = selected(options or {}, entity_set.kind, fields)
        content = context(version, request.root, f"{entity_set.name}/$entity")
        headers: dict[str, str] = {}
        tag = etag(row)
        if tag is not None:
            content[mark(version, "etag")] = tag if select is None else etag_of_a_selection()
            if select is None:
                headers["ETag"] = tag
        shown = rendered(
            entity_set.kind, row, version=version, select=select, fields=sorted(fields)
        )
        return answered(version, content | shown, headers=headers)

    def _read(self, entity_set: EntitySet, content: dict[str, Any]) -> Row:
        return read_entity(
            entity_set.kind,
            content,
            lambda kind, name: self._books.field_width(kind, name, entity_set.name),
        )

    def _fields(self, entity_set: EntitySet) -> frozenset[str]:
        return self._books.field_names(entity_set.kind, entity_set.name)

    def _question(self, request: Request) -> tuple[Question, dict[str, str]]:
        settings = self._books.settings
        size, preference = settings.page_size, {}
        preferred = re.search(r"odata\.maxpagesize=(\d+)", request.headers.get("prefer", ""))
        if preferred:
            size = int(preferred[1])
            preference = {"Preference-Applied": preferred[0]}
        elif request.headers.get("b1s-pagesize", "").isdigit():
            size = int(request.headers["b1s-pagesize"])
        ignore_case = request.headers.get("b1s-caseinsensitive", "").lower() == "true"
        drop = settings.next_link_drops_filter
        question = Question(request.version, options_of(request.query), size, ignore_case, drop)
        return question, preference
