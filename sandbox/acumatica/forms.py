"""What stands behind an entity: a form that enters, changes and shows its records."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, ClassVar, Protocol

from sandbox.acumatica.checks import Context
from sandbox.acumatica.records import Record
from sandbox.acumatica.shapes import Shape

Action = Callable[[Record, Context], None]
"""Carries out an action on a record. Raises Invalid."""

_WORKED_OUT = frozenset(
    {
        "Status", "OrderTotal", "TaxTotal", "OrderedQty", "CreditHold", "Amount", "Balance",
        "DetailTotal", "PaymentTotal", "AppliedToDocuments", "AppliedToOrders", "AvailableBalance",
        "NoteID", "LastModified", "LastModifiedDateTime", "LastModifiedDate", "CreatedDate",
        "CreatedDateTime", "BaseCurrencyID", "DiscountTotal", "UnpaidBalance", "LineTotalAmount",
        "MiscTotalAmount", "BAccountID", "ContactID", "PrimaryContactID",
    }
)  # fmt: skip
"""Fields that a request may name and the form works out itself all the same."""
_FIXED = frozenset({"CustomerID", "CurrencyID", "Currency"})
"""Fields that keep their first value."""


class Form(Protocol):
    """One entity's business logic. Writes run inside a trial of the tables."""

    shape: ClassVar[Shape]

    def create(self, sent: dict[str, Any], context: Context, /) -> Record:
        """Enters a new record. Raises Invalid."""
        ...

    def update(self, record: Record, sent: dict[str, Any], context: Context, /) -> Record:
        """Changes a record. Raises Invalid."""
        ...

    def present(self, record: Record) -> dict[str, Any]:
        """The record's values as they are shown."""
        ...

    @property
    def actions(self) -> Mapping[str, Action]:
        """The form's actions by name."""
        ...


def new_values(
    shape: Shape, sent: Mapping[str, Any], *, leave: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The values of a new record as far as they can be taken as sent; details start empty."""
    return merged(shape, {name: [] for name in shape.details}, sent, first=True, leave=leave)


def merged(
    shape: Shape,
    old: Mapping[str, Any],
    sent: Mapping[str, Any],
    *,
    first: bool = False,
    leave: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Old values under those sent; keys and worked-out fields stay, details are the form's."""
    values = deepcopy(dict(old))
    kept = _WORKED_OUT | frozenset(shape.keys) | (frozenset() if first else _FIXED)
    for name, value in sent.items():
        if name in shape.linked:
            inner = merged(shape.linked[name], values.get(name) or {}, value or {}, first=first)
            values[name] = inner
        elif name in shape.fields and name not in kept and name not in leave:
            values[name] = value
        elif name == "note":
            values["note"] = value
        elif name == "custom" and isinstance(value, dict):
            values["custom"] = {**(values.get("custom") or {}), **value}
    return values
