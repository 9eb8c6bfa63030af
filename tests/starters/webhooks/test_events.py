import json
from typing import Any

import pytest

from starters.webhooks.events import BodyUnreadable, Callback, read_callback, resource_of


def callback(scope: str, data: Any) -> Callback:
    return read_callback(json.dumps({"scope": scope, "data": data}).encode())


@pytest.mark.parametrize(
    ("scope", "data", "resource"),
    [
        ("store/order/created", {"type": "order", "id": 250}, ("order", "250")),
        ("store/order/updated", {"type": "order", "id": 250}, ("order", "250")),
        ("store/order/archived", {"type": "order", "id": 250}, ("order", "250")),
        (
            "store/order/statusUpdated",
            {"type": "order", "id": 250, "status": {"new_status_id": 11}},
            ("order", "250"),
        ),
        (
            "store/order/refund/created",
            {"type": "order", "id": 250, "refund": {"refund_id": 3}},
            ("order", "250"),
        ),
        (
            "store/order/transaction/updated",
            {"type": "transaction", "order_id": "250", "transaction_id": "1763"},
            ("order", "250"),
        ),
        (
            "store/shipment/created",
            {"type": "shipment", "id": 12, "orderId": 251},
            ("order", "251"),
        ),
        ("store/customer/updated", {"type": "customer", "id": 32}, ("customer", "32")),
        (
            "store/customer/address/created",
            {"type": "customer", "id": 60, "address": {"customer_id": 32}},
            ("customer", "32"),
        ),
    ],
)
def test_each_scope_names_the_record_to_look_at_again(
    scope: str, data: Any, resource: tuple[str, str]
) -> None:
    assert resource_of(callback(scope, data)) == resource


@pytest.mark.parametrize(
    ("scope", "data"),
    [
        ("store/order/metafield/created", {"metafield_id": 14, "resource_id": "270", "id": 270}),
        ("store/product/updated", {"type": "product", "id": 205}),
        ("store/priceList/records/updated", [{"id": 1}]),
        ("store/customer/payment/instrument/default/updated", {"id": 32}),
        ("store/cart/created", {"id": "09346904"}),
        ("store/hook/deliveryException", {"type": "webhook", "id": 123}),
        ("xstore/order/created", {"id": 250}),
        ("", {"id": 250}),
    ],
)
def test_other_scopes_concern_neither_orders_nor_customers(scope: str, data: Any) -> None:
    assert resource_of(callback(scope, data)) is None


@pytest.mark.parametrize(
    "order_id",
    [None, True, 0, -5, 250.0, 1e400, "", "0250", " 250", "250\n", "2٥0", "a:order:1", "9" * 20,
     10**30, ["250"], {"id": 250}],
)  # fmt: skip
def test_an_id_that_is_not_plain_digits_is_ignored_with_a_log(
    order_id: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert resource_of(callback("store/order/created", {"id": order_id})) is None
    assert "names no usable order id" in caplog.text


@pytest.mark.parametrize("data", [None, [], "x", 5, {}, [{"id": 250}], {"address": [1]}])
@pytest.mark.parametrize(
    "scope",
    ["store/order/created", "store/order/transaction/created", "store/shipment/created",
     "store/customer/created", "store/customer/address/updated"],
)  # fmt: skip
def test_data_of_an_unexpected_shape_is_ignored(scope: str, data: Any) -> None:
    assert resource_of(callback(scope, data)) is None


@pytest.mark.parametrize("tail", ["\n", "\0", "\x1b[31m", " x", "\u2028", "é", "x" * 200])
def test_a_scope_that_does_not_look_like_one_concerns_nothing(tail: str) -> None:
    assert resource_of(callback("store/order/created" + tail, {"id": 250})) is None


def test_envelope_fields_of_an_unexpected_shape_do_not_cost_the_event() -> None:
    body = (
        b'{"scope":"store/order/created","data":{"id":250},"store_id":5,"hash":[],'
        b'"created_at":{},"producer":null,"new":1}'
    )
    event = read_callback(body)
    assert resource_of(event) == ("order", "250")
    assert (event.store_id, event.hash, event.created_at, event.producer) == ("5", None, None, None)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"5", b"{", b'{"scope":null}', b'{"data":{}}', b"\xff\xfe",
     b'{"scope":"a\xc3"}', b'{"scope":"\\ud800"}', b"[" * 60_000, b'{"a":' * 10_000],
)  # fmt: skip
def test_a_body_that_is_no_callback_is_unreadable_and_never_repeated(body: bytes) -> None:
    with pytest.raises(BodyUnreadable) as unreadable:
        read_callback(body)
    assert len(str(unreadable.value)) < 60


@pytest.mark.parametrize("number", [b"1" * 4_000, b"1" * 60_000, b"1e99999", b"-1e-99999"])
def test_a_huge_number_is_ignored(number: bytes) -> None:
    body = b'{"scope":"store/order/created","data":{"id":' + number + b"}}"
    try:
        resource = resource_of(read_callback(body))
    except BodyUnreadable:
        resource = None
    assert resource is None


def test_of_duplicate_keys_one_is_taken() -> None:
    body = b'{"scope":"store/order/created","data":{"id":1,"id":250},"scope":"store/order/updated"}'
    assert resource_of(read_callback(body)) == ("order", "250")
