"""The key of a record as a request names it, in the form in which it is filed."""

from collections.abc import Mapping
from typing import Any

from sandbox.acumatica.money import payment_type
from sandbox.acumatica.order_lines import invoice_type
from sandbox.acumatica.records import Key
from sandbox.acumatica.refusals import Invalid
from sandbox.acumatica.shapes import Shape

_DEFAULTS = {"SalesOrder": ("OrderType", "SO"), "Payment": ("Type", "Payment")}


def key_of(shape: Shape, sent: Mapping[str, Any]) -> Key | None:
    """The key that the values spell out; None when they do not, so that a record would be new."""
    values = dict(sent)
    field, default = _DEFAULTS.get(shape.name, ("", ""))
    if field and not values.get(field):
        values[field] = default
    if shape.name == "SalesInvoice" and not values.get("Type"):
        values["Type"] = "Invoice"
    parts = [str(values.get(name) or "").strip() for name in shape.keys]
    if not all(parts) or parts[-1] == "<NEW>":
        return None
    try:
        if shape.name == "Payment":
            parts[0] = payment_type(parts[0])
        elif shape.name == "SalesInvoice":
            parts[0] = invoice_type(parts[0])
    except Invalid:
        return None
    return tuple(parts)
