"""Reads the answers that are no refusals: JSON with exact numbers, as the records we need."""

from collections.abc import Mapping
from typing import TypeVar, cast

import httpx
from pydantic import ValidationError

from connectors.errors import Rejected
from connectors.exact_json import NotExact, decode_json
from connectors.sap_business_one.verdict import unexpected
from connectors.sap_business_one.wire import Wire
from connectors.transport import Effect

_W = TypeVar("_W", bound=Wire)


def decoded(response: httpx.Response, operation: str, effect: Effect) -> object:
    """Return the body of a success; None where there is none.

    Raises:
        Unavailable, OutcomeUnknown: it is no JSON, so nothing of SAP's.
    """
    if response.status_code == 204:
        return None
    try:
        return decode_json(response.content)
    except NotExact as reason:
        raise unexpected(str(reason), operation, effect) from None


def object_of(content: object, operation: str, effect: Effect) -> Mapping[str, object]:
    """Return an answer that must be an object. Raises as `decoded`."""
    if not isinstance(content, dict):
        raise unexpected("no object", operation, effect)
    return cast(Mapping[str, object], content)


def parsed(model: type[_W], content: object, operation: str, effect: Effect = Effect.READ) -> _W:
    """Return an answer as a record.

    Raises:
        Unavailable, OutcomeUnknown: it is nothing of SAP's.
        Rejected: a property that we cannot do without is missing or no such thing.
    """
    try:
        return model.model_validate(object_of(content, operation, effect))
    except ValidationError as error:
        # The error's own text would quote the customer's details.
        fields = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
        if effect is Effect.WRITE:
            raise unexpected(f"no {', '.join(fields)}", operation, effect) from None
        raise Rejected(
            f"SAP Business One's answer to {operation} has no usable {', '.join(fields)}.",
            remedy="Report it: the feature pack differs from what we know.",
        ) from None
