"""The entities of the endpoint: list, read, upsert and act, as the contract lays it down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context
from sandbox.acumatica.filters import parse_filter
from sandbox.acumatica.forms import Form
from sandbox.acumatica.inquiries import INQUIRIES
from sandbox.acumatica.keys import key_of
from sandbox.acumatica.operations import LongOperation
from sandbox.acumatica.records import Record
from sandbox.acumatica.refusals import (
    HttpRefusal,
    Invalid,
    cannot_optimize,
    internal,
    malformed,
    no_rights,
    precondition,
)
from sandbox.acumatica.sessions import Session
from sandbox.acumatica.shapes import Shape
from sandbox.acumatica.views import View, view_after_put, view_of
from sandbox.acumatica.wire import decode, read, show


@dataclass(frozen=True)
class Call:
    """A request to an entity, taken apart."""

    method: str
    path: Sequence[str]
    """What follows the entity's name."""
    query: Mapping[str, str]
    body: bytes
    context: Context
    session: Session
    url: str
    """Path of the entity's collection, for links."""
    if_match: bool = False
    if_none_match: bool = False


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Endpoint:
    """One entity behind its form."""

    def __init__(self, books: Books, forms: Mapping[str, Form], shapes: Sequence[Shape]) -> None:
        self._books = books
        self._forms = forms
        self._inquiries = {shape.name: shape for shape in shapes if shape.inquiry}

    def serve(self, entity: str, call: Call) -> Reply:
        """Answers a request. Raises HttpRefusal."""
        form = self._forms.get(entity)
        shape = form.shape if form else self._inquiries.get(entity)
        if shape is None:
            raise HttpRefusal(404, f"Entity {entity} cannot be found in the endpoint.")
        if entity in self._books.settings.forbidden:
            raise no_rights(entity, shape.form)
        if form is None:
            return self._inquire(shape, call)
        match call.method:
            case "GET" if len(call.path) == 3 and call.path[1] == "status":
                return self._status(call)
            case "GET" if call.path:
                return self._get(form, call)
            case "GET":
                return self._list(form, call)
            case "PUT" if not call.path:
                return self._put(form, call)
            case "POST" if len(call.path) == 1:
                return self._act(form, call)
            case _:
                raise HttpRefusal(405, "The requested resource does not support http method.")

    def _list(self, form: Form, call: Call) -> Reply:
        shape = form.shape
        view = view_of(shape, call.query)
        for name in shape.one_at_a_time:
            if name in view.expanded:
                raise cannot_optimize(shape.name, name)
        found = self._matching(shape, call.query.get("$filter", ""))
        # Sorted by id: an order, but not one that says anything.
        found.sort(key=lambda record: record.id)
        skip, top = _count(call.query, "$skip", 0), _count(call.query, "$top", len(found))
        records = found[skip : skip + top]
        return Reply(200, [self._shown(form, record, view, call) for record in records])

    def _get(self, form: Form, call: Call) -> Reply:
        view = view_of(form.shape, call.query)
        parts = [part for piece in call.path for part in piece.split("|")]
        record = None
        if len(parts) == 1 and _is_guid(parts[0]):
            record = self._books.by_id(form.shape.name, parts[0])
        elif len(parts) == len(form.shape.keys):
            sent = dict(zip(form.shape.keys, parts, strict=True))
            key = key_of(form.shape, sent)
            record = self._books.find(form.shape.name, *key) if key else None
        if record is None:
            raise _missing(self._books.settings.missing_record_status)
        return Reply(200, self._shown(form, record, view, call))

    def _put(self, form: Form, call: Call) -> Reply:
        raw = decode(call.body)
        shape = form.shape
        sent = read(shape, raw, offset_hours=self._books.settings.utc_offset_hours)
        view = view_after_put(shape, call.query, sent)
        record = self._addressed(shape, sent, call.query.get("$filter", ""))
        if record is not None and call.if_none_match:
            raise precondition("The entity already exists and cannot be inserted.")
        if record is None and call.if_match:
            raise precondition("There is no entity that satisfies the condition.")
        try:
            with self._books.trial():
                if record is None:
                    record = form.create(sent, call.context)
                else:
                    record = form.update(record, sent, call.context)
        except Invalid as refusal:
            return Reply(422, _with_errors(shape, raw, refusal, record))
        return Reply(200, self._shown(form, record, view, call))

    def _act(self, form: Form, call: Call) -> Reply:
        action = form.actions.get(call.path[0])
        if action is None:
            raise HttpRefusal(404, f"Action {call.path[0]} cannot be found.")
        body = decode(call.body)
        if not isinstance(body, Mapping) or not isinstance(body.get("entity"), Mapping):
            raise malformed({"invocation.entity": ["The entity field is required."]})
        sent = read(form.shape, body["entity"])
        record = self._addressed(form.shape, sent, "")
        if record is None:
            raise _missing(self._books.settings.missing_record_status)
        entity, key = record.entity, record.key

        def work() -> None:
            with self._books.trial():
                action(self._books.records[entity][key], call.context)

        settings = self._books.settings
        if not settings.long_operation_polls:
            try:
                work()
            except Invalid as refusal:
                return Reply(422, _with_errors(form.shape, body["entity"], refusal, record))
            return Reply(204)
        operation = LongOperation(work, settings.long_operation_polls)
        operation.start(settings.long_operation_seconds)
        call.session.operation = operation
        return Reply(202, headers=_location(call, operation))

    def _status(self, call: Call) -> Reply:
        operation = call.session.operation
        if operation is None or operation.id != call.path[2]:
            raise HttpRefusal(404, "The operation cannot be found.")
        if not operation.ask():
            return Reply(202, headers=_location(call, operation))
        if isinstance(operation.failure, HttpRefusal):
            raise operation.failure
        if operation.failure is not None:
            raise internal(str(operation.failure), "PX.Data.PXOperationCompletedException")
        return Reply(204)

    def _inquire(self, shape: Shape, call: Call) -> Reply:
        if call.method != "PUT" or call.path:
            raise internal("An inquiry is read with PUT.")
        raw = decode(call.body)
        sent = read(shape, raw, offset_hours=self._books.settings.utc_offset_hours)
        view = view_after_put(shape, call.query, sent)
        if view.selected is not None and not call.query.get("$select"):
            view = View(expanded=view.expanded, custom=view.custom)
        values = {**INQUIRIES[shape.name](self._books, sent), "id": str(uuid4())}
        return Reply(200, show(shape, values, view, pad=self._books.settings.pad_codes))

    def _addressed(self, shape: Shape, sent: Mapping[str, Any], filter_text: str) -> Record | None:
        """The record that a body means: by id, by its keys, or by the filter in the address."""
        if sent.get("id"):
            record = self._books.by_id(shape.name, str(sent["id"]))
            if record is not None:
                return record
        key = key_of(shape, sent)
        if key is not None:
            return self._books.find(shape.name, *key)
        if not filter_text:
            return None
        found = self._matching(shape, filter_text)
        if len(found) > 1:
            raise internal(
                "More than one entity satisfies the condition.",
                "PX.Api.ContractBased.MoreThanOneEntitySatisfiesTheConditionException",
            )
        return found[0] if found else None

    def _matching(self, shape: Shape, text: str) -> list[Record]:
        records = list(self._books.records.get(shape.name, {}).values())
        if not text:
            return records
        test = parse_filter(text, shape)
        return [one for one in records if test(one.stamped)]

    def _shown(self, form: Form, record: Record, view: View, call: Call) -> Any:
        current = self._books.records[record.entity][record.key]
        values = {**form.present(current), **current.stamps}
        shown = show(form.shape, values, view, pad=self._books.settings.pad_codes)
        files = f"{call.url}/{'/'.join(current.key)}/files/{{filename}}"
        shown["_links"] = {"self": f"{call.url}/{current.id}", "files:put": files}
        return shown


def _with_errors(shape: Shape, raw: Any, refusal: Invalid, record: Record | None) -> Any:
    """The entity as it was sent, with each error beside its value."""
    told: dict[str, Any] = dict(raw)
    told["id"] = record.id if record else str(uuid4())
    if record is None and len(shape.keys) > 1:
        told[shape.keys[-1]] = {"value": "<NEW>"}
    texts = [text for path, text in refusal.errors if not path]
    for path, text in refusal.errors:
        _place(told, path, text)
    summary = (
        f"Inserting '{shape.name}' record raised at least one error. Please review the errors."
    )
    told["error"] = texts[0] if texts else summary
    return told


def _place(told: dict[str, Any], path: tuple[str | int, ...], text: str) -> None:
    """Writes an error beside a value, on copies of what leads there."""
    node: Any = told
    for step in path:
        if isinstance(step, int):
            node[step] = {**node[step], "rowNumber": step + 1}
        else:
            sent = node.get(step) or {}
            node[step] = list(sent) if isinstance(sent, list) else dict(sent)
        node = node[step]
    if path:
        node["error"] = text


def _location(call: Call, operation: LongOperation) -> dict[str, str]:
    return {"Location": f"{call.url}/{call.path[0]}/status/{operation.id}"}


def _count(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, "")
    if not text:
        return otherwise
    if not text.isdigit():
        raise HttpRefusal(400, f"The value '{text}' is not valid for {name}.")
    return int(text)


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _missing(status: int) -> HttpRefusal:
    text = "No entity satisfies the condition."
    if status == 500:
        return internal(text, "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException")
    return HttpRefusal(status, text)
