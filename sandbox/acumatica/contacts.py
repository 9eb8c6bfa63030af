"""A customer's name and main contact, as a person sees and changes them on the form AR303000."""

from typing import Any

from sandbox.acumatica.records import Record
from sandbox.common_contacts import CommonContact

_MAIN = {"contact": "Attention", "email": "Email", "phone": "Phone1"}
_PLACE = {
    "street": "AddressLine1",
    "city": "City",
    "state": "State",
    "postcode": "PostalCode",
    "country": "Country",
}


def contact_of(record: Record) -> CommonContact:
    """What the form shows."""
    main = record["MainContact"] or {}
    place = main.get("Address") or {}
    shown = {name: main.get(field) or "" for name, field in _MAIN.items()}
    shown |= {name: place.get(field) or "" for name, field in _PLACE.items()}
    return CommonContact(name=record["CustomerName"] or "", **shown)


def changed_contact(record: Record, changes: dict[str, str]) -> dict[str, Any]:
    """The form's values after a person changed fields. Raises KeyError for one that it lacks."""
    main = dict(record["MainContact"] or {})
    place = dict(main.get("Address") or {})
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "name":
            values["CustomerName"] = value
        elif name in _PLACE:
            place[_PLACE[name]] = value
        else:
            main[_MAIN[name]] = value
    return {**values, "MainContact": {**main, "Address": place}}
