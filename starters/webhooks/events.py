"""What a webhook's body says, reduced to the one thing we use of it: which record to look at again.

Bodies carry no figures we trust; the record itself is fetched afterwards.
"""

import logging
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

Kind = Literal["order", "customer"]

_log = logging.getLogger(__name__)
_ID = re.compile(r"[1-9][0-9]{0,18}")  # without leading zeros: one record must have one name
_SCOPE = re.compile(r"[A-Za-z0-9_./*-]{1,200}")  # it goes on into logs, the journal and Temporal
_IGNORED = re.compile(r"store/order/metafield/")
_ORDER = re.compile(r"store/order/(?!transaction/)")
_TRANSACTION = re.compile(r"store/order/transaction/")
_SHIPMENT = re.compile(r"store/shipment/")
_CUSTOMER = re.compile(r"store/customer/(created|updated|deleted)/?$")
_ADDRESS = re.compile(r"store/customer/address/")


class BodyUnreadable(Exception):
    """The body is not a JSON object with a scope. Never carries the body itself."""


def _or_default(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return validate(None)


# A field that came in a shape nobody expected must not cost us the event.
_Text = Annotated[str | None, WrapValidator(_or_default)]
_UnixSeconds = Annotated[
    Annotated[int, Field(ge=0, le=10**11)] | None,
    WrapValidator(_or_default),
]
_Content = Annotated[dict[str, Any] | list[Any] | None, WrapValidator(_or_default)]


class Callback(BaseModel):
    """A callback's envelope. `data` is an object, or a list for the plural price list scopes.

    Source: BigCommerce documentation, webhooks overview, "Callback structure".
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    scope: str
    data: _Content = None
    store_id: _Text = None
    producer: _Text = None  # stores/{store_hash}
    hash: _Text = None  # unkeyed, opaque: proves nothing
    created_at: _UnixSeconds = None


def read_callback(body: bytes) -> Callback:
    """Read a body as sent.

    Raises:
        BodyUnreadable: not UTF-8, not JSON, nested too deep, or without a scope.
    """
    try:
        return Callback.model_validate_json(body)
    except ValidationError as error:
        # The error's own text repeats the input, so only its kind goes on.
        kinds = sorted({fault["type"] for fault in error.errors(include_input=False)})
        raise BodyUnreadable(", ".join(kinds)) from None


def resource_of(event: Callback) -> tuple[Kind, str] | None:
    """Return the order or customer to look at again; None when the event concerns neither.

    Each family of scopes keeps the id elsewhere (documentation, "Webhook events"): transactions in
    `order_id` as a string, shipments in `orderId`, addresses in `address.customer_id` because their
    `id` is the address's own.
    """
    found = _raw_resource(event)
    if found is None:
        return None
    kind, raw = found
    # JSON's true is an int to Python.
    text = str(raw) if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    if not _ID.fullmatch(text):
        _log.warning("webhook %.80r names no usable %s id; ignored", event.scope, kind)
        return None
    return kind, text


def _raw_resource(event: Callback) -> tuple[Kind, Any] | None:
    content = event.data if isinstance(event.data, dict) else {}
    scope = event.scope
    if _IGNORED.match(scope) or not _SCOPE.fullmatch(scope):
        return None
    if _TRANSACTION.match(scope):
        return "order", content.get("order_id")
    if _ORDER.match(scope):
        return "order", content.get("id")
    if _SHIPMENT.match(scope):
        return "order", content.get("orderId")
    if _CUSTOMER.match(scope):
        return "customer", content.get("id")
    if _ADDRESS.match(scope):
        address = content.get("address")
        return "customer", address.get("customer_id") if isinstance(address, dict) else None
    return None
