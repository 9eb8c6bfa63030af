"""What a request wants to see of a record: `$select`, `$expand` and, after a PUT, what was sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.acumatica.refusals import internal
from sandbox.acumatica.shapes import Shape


@dataclass(frozen=True)
class View:
    """Which fields and nested entities are shown; paths are written `Details/InventoryID`."""

    expanded: frozenset[str] = frozenset()
    selected: frozenset[str] | None = None
    """None is every field."""
    custom: bool = False

    def wants(self, path: str, name: str) -> bool:
        """Whether a field is shown; `path` is empty or ends with a slash."""
        if self.selected is None:
            return True
        return f"{path}{name}" in self.selected or path.rstrip("/") in self.selected

    def expands(self, path: str, name: str) -> bool:
        """Whether a linked entity or details are shown: listed, and not dropped by `$select`."""
        here = f"{path}{name}"
        if here not in self.expanded:
            return False
        if self.selected is None or here in self.selected:
            return True
        inside = (one.startswith(f"{here}/") for one in self.selected)
        return any(inside) or path.rstrip("/") in self.selected


def view_of(shape: Shape, query: Mapping[str, str]) -> View:
    """What a GET shows; raises a 500 for names that the entity does not have."""
    expanded = _names(query.get("$expand", ""))
    selected = _names(query["$select"]) if query.get("$select") else None
    for path in (*expanded, *(selected or ())):
        _check(shape, path)
    return View(
        expanded=frozenset(expanded),
        selected=None if selected is None else frozenset(selected),
        custom="$custom" in query,
    )


def view_after_put(shape: Shape, query: Mapping[str, str], sent: Mapping[str, Any]) -> View:
    """What a PUT shows: the fields sent and those asked for, nested ones only where expanded."""
    asked = view_of(shape, query)
    shown = set(_paths(sent)) | (asked.selected or set())
    if asked.selected is None:
        shown |= asked.expanded
    return View(expanded=asked.expanded, selected=frozenset(shown), custom=asked.custom)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _check(shape: Shape, path: str) -> None:
    part: Shape | None = shape
    *parents, last = path.split("/")
    for name in parents:
        part = part.nested(name) if part else None
    known = part is not None and (
        last in part.fields or part.nested(last) is not None or last in ("id", "note", "files")
    )
    if not known:
        raise internal(
            f"Could not find a property named '{path}' on type '{shape.name}'.",
            "Microsoft.OData.ODataException",
        )


def _paths(sent: Mapping[str, Any], path: str = "") -> Iterable[str]:
    for name, value in sent.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            if isinstance(row, Mapping):
                yield from _paths(row, f"{path}{name}/")
            else:
                yield f"{path}{name}"
