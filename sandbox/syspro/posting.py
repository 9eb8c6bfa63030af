"""Runs the items of a setup or transaction document: one by one, and all or none when asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from sandbox.syspro import refusals
from sandbox.syspro.books import Books
from sandbox.syspro.document import Fields
from sandbox.syspro.records import Period
from sandbox.syspro.refusals import Refused
from sandbox.syspro.xml import Node


@dataclass(frozen=True)
class Common:
    """The parameters nearly every posting object shares."""

    ignore_warnings: bool
    all_or_none: bool
    validate_only: bool
    fields: Fields

    @classmethod
    def read(cls, parameters: Element | None, books: Books) -> "Common":
        """Reads `Parameters` below the root, with SYSPRO's defaults."""
        below = parameters.find("Parameters") if parameters is not None else None
        fields = Fields(below, books.settings)
        return cls(
            ignore_warnings=fields.choice("IgnoreWarnings", "NYW", default="N") != "N",
            all_or_none=fields.yes("ApplyIfEntireDocumentValid", default="Y"),
            validate_only=fields.yes("ValidateOnly"),
            fields=fields,
        )

    def period(self, books: Books) -> Period:
        """The AR period that PostingPeriod names; raises when it is closed."""
        code = self.fields.choice("PostingPeriod", "CPB", default="C")
        if code in books.closed:
            raise refusals.period_closed("PostingPeriod", code, "AR")
        return books.period(code)

    def warn(self, field: str, value: str, why: str) -> None:
        """Refuses under IgnoreWarnings=N, passes otherwise."""
        if not self.ignore_warnings:
            raise refusals.warning(field, value, why)


@dataclass
class Outcome:
    """What became of one item: the answer's elements, or why it was refused."""

    answer: list[Node]
    refused: Refused | None = None


PostItem = Callable[[Fields], list[Node]]


def run_items(
    books: Books,
    items: list[Fields],
    post: PostItem,
    *,
    all_or_none: bool,
    validate_only: bool,
) -> list[Outcome]:
    """Posts each item on top of the ones before it and takes back what must not stay."""
    outcomes: list[Outcome] = []
    with books.undo.trial() as take_back:
        for item in items:
            try:
                with books.undo.trial():
                    outcomes.append(Outcome(answer=post(item)))
            except Refused as refused:
                outcomes.append(Outcome(answer=[], refused=refused))
        failed = any(outcome.refused for outcome in outcomes)
        if validate_only or (failed and all_or_none):
            take_back()
            for outcome in outcomes:
                # Nothing was posted, so no key may be shown.
                outcome.answer = []
    return outcomes


def error_node(refused: Refused, *, case: Literal["kept", "lower"] = "kept") -> Node:
    """The child that carries an error: named after the failing field, beside the key."""
    name = refused.field.lower() if case == "lower" else refused.field
    return (
        name,
        [
            ("Value", refused.value),
            ("ErrorNumber", str(refused.number)),
            ("ErrorDescription", refused.text),
        ],
    )
