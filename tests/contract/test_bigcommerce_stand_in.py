"""The stand-in's answers, held against the platform's own OpenAPI descriptions."""

import os
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from openapi_schema_validator import OAS30Validator

from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.bigcommerce.drafts import LineDraft, OrderDraft
from sandbox.serving import StandInServer
from sandbox.shopper import shop, shopping

_HERE = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("TILLBRIDGE_SPECS", _HERE.parent / "shared" / "specs")) / "bigcommerce"

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason=f"the official API descriptions are not at {SPECS}"
)


def tolerant(schema: Any) -> Any:
    """The schema without the demands that live answers are known not to meet."""
    if isinstance(schema, list):
        return [tolerant(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: tolerant(part) for name, part in schema.items() if name != "example"}
    # orderProducts forbids other fields, which live answers add (card, section 13).
    if kept.get("additionalProperties") is False:
        del kept["additionalProperties"]
    if "oneOf" in kept:
        # The alternatives (a link or the thing itself) require no field, so that every object
        # meets all of them: at least one has to fit, not exactly one.
        kept["anyOf"] = kept.pop("oneOf")
    return kept


@dataclass(frozen=True)
class Leniency:
    """Where an answer may depart from its description, each with its reason."""

    drop: frozenset[str]

    def clean(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.clean(part) for part in value if not _is_warning(part)]
        if isinstance(value, dict):
            return {n: self.clean(v) for n, v in value.items() if not self._departs(n, v)}
        return value

    def _departs(self, name: str, value: Any) -> bool:
        return name in self.drop and (value is None or value == {} or value == "")


def _is_warning(part: Any) -> bool:
    # The mark of a list cut at fifty is in no description (card, section 4.1).
    return isinstance(part, dict) and "__warning__" in part


LENIENT = Leniency(
    frozenset(
        {
            # `{}` where null is meant (card, section 11); described as an integer.
            "reference_transaction_id",
            # Null for a shared login (card, section 5); described as an array.
            "channel_ids",
            # Null for what is refunded by quantity (card, section 4.5 sample); described as number.
            "requested_amount",
            # Null for anything but an item (its own description says so); described as a string.
            "order_product_id",
            # Null for a base variant (its own description says so); described as an integer.
            "sku_id",
            # Null where a variant inherits (`x-nullable`, which is no word of OpenAPI).
            *("price", "sale_price", "retail_price", "map_price", "weight"),
            # Empty for offline methods (card, section 4.2); the enum has no blank.
            "payment_status",
        }
    )
)


@cache
def spec(name: str) -> dict[str, Any]:
    return yaml.safe_load((SPECS / name).read_text())


def schema_of(document: dict[str, Any], path: str, method: str, status: str) -> dict[str, Any]:
    answer = document["paths"][path][method]["responses"][status]
    if "$ref" in answer:
        node: Any = document
        for part in answer["$ref"].split("/")[1:]:
            node = node[part]
        answer = node
    schema = deepcopy(answer["content"]["application/json"]["schema"])
    return tolerant({**schema, "components": document["components"]})


def problems(name: str, path: str, body: Any, *, method: str, status: str) -> list[str]:
    schema = schema_of(spec(name), path, method, status)
    validator = OAS30Validator(schema)
    return [f"{list(e.path)}: {e.message[:200]}" for e in validator.iter_errors(body)]


ORDERS_V2, ORDERS_V3, CUSTOMERS = "orders.v2.oas2.yml", "orders.v3.yml", "customers.v3.yml"
READS = [
    (ORDERS_V2, "/orders", "/v2/orders?limit=250"),
    (ORDERS_V2, "/orders/count", "/v2/orders/count"),
    (ORDERS_V2, "/orders/{order_id}", "/v2/orders/111"),
    (ORDERS_V2, "/orders/{order_id}/products", "/v2/orders/117/products?limit=250"),
    (ORDERS_V2, "/orders/{order_id}/shipping_addresses", "/v2/orders/111/shipping_addresses"),
    (ORDERS_V2, "/orders/{order_id}/coupons", "/v2/orders/102/coupons"),
    (ORDERS_V2, "/orders/{order_id}/taxes", "/v2/orders/111/taxes?details=true"),
    (ORDERS_V2, "/order_statuses", "/v2/order_statuses"),
    (ORDERS_V3, "/orders/{order_id}/transactions", "/v3/orders/106/transactions"),
    (
        ORDERS_V3,
        "/orders/{order_id}/payment_actions/refunds",
        "/v3/orders/114/payment_actions/refunds",
    ),
    (ORDERS_V3, "/orders/payment_actions/refunds", "/v3/orders/payment_actions/refunds"),
    (CUSTOMERS, "/customers", "/v3/customers?include=addresses,storecredit"),
    (CUSTOMERS, "/customers/addresses", "/v3/customers/addresses"),
    ("webhooks.v3.yml", "/hooks", "/v3/hooks"),
    ("webhooks.v3.yml", "/hooks/admin", "/v3/hooks/admin"),
    ("products_catalog.v3.yml", "/catalog/products", "/v3/catalog/products?include=variants"),
    ("product-variants_catalog.v3.yml", "/catalog/variants", "/v3/catalog/variants?limit=250"),
    ("inventory.v3.yml", "/inventory/items", "/v3/inventory/items?location_id:in=1"),
    ("locations.v3.yml", "/inventory/locations", "/v3/inventory/locations"),
    ("store_information.v2.yml", "/store", "/v2/store"),
    ("store_information.v2.yml", "/time", "/v2/time"),
]


@pytest.fixture(scope="module", params=[False, True], ids=["tax-exclusive", "tax-inclusive"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    settings = StoreSettings(quota=100_000, prices_include_tax=request.param)
    stand_in = BigCommerceStandIn(settings)
    async with (
        StandInServer(stand_in.app) as server,
        httpx.AsyncClient(
            base_url=f"{server.base_url}/stores/abc123", headers={"X-Auth-Token": "sandbox-token"}
        ) as http,
    ):
        sent = {"scope": "store/order/archived", "destination": "https://example.com/hooks"}
        created = await http.post("/v3/hooks", json=sent)
        assert created.status_code == 200
        await shop(server.base_url, shopping(7, 25))
        yield http


@pytest.mark.parametrize(("name", "path", "url"), READS, ids=[read[2] for read in READS])
async def test_a_read_answers_as_described(
    store: httpx.AsyncClient, name: str, path: str, url: str
) -> None:
    response = await store.get(url)
    assert response.status_code == 200
    body = LENIENT.clean(response.json())
    assert problems(name, path, body, method="get", status="200") == []


async def test_fees_answer_as_a_list_of_what_is_described(store: httpx.AsyncClient) -> None:
    # The schema describes one fee where its own example has several (card, section 13).
    fees = (await store.get("/v2/orders/105/fees")).json()
    found = [
        problems(ORDERS_V2, "/orders/{order_id}/fees", fee, method="get", status="200")
        for fee in fees
    ]
    assert found == [[]]


async def test_an_order_with_included_parts_answers_as_described(store: httpx.AsyncClient) -> None:
    response = await store.get("/v2/orders/117", params={"include": "fees,consignments.line_items"})
    cleaned = LENIENT.clean(response.json())
    described = "/orders/{order_id}"
    assert problems(ORDERS_V2, described, cleaned, method="get", status="200") == []


async def test_a_refund_and_its_quote_answer_as_described(store: httpx.AsyncClient) -> None:
    order = OrderDraft(lines=(LineDraft(sku="MUG-BLUE", price=Decimal("12.40")),))
    (order_id,) = await shop(str(store.base_url).split("/stores")[0], (order,))
    lines = (await store.get(f"/v2/orders/{order_id}/products")).json()
    items = {"items": [{"item_type": "PRODUCT", "item_id": lines[0]["id"], "quantity": 1}]}
    root, path = f"/v3/orders/{order_id}/payment_actions", "/orders/{order_id}/payment_actions"
    quoted = await store.post(f"{root}/refund_quotes", json=items)
    method = quoted.json()["data"]["refund_methods"][0]
    refunded = await store.post(f"{root}/refunds", json={**items, "payments": method})
    for response, part in ((quoted, "refund_quotes"), (refunded, "refunds")):
        assert response.status_code == 201
        body = LENIENT.clean(response.json())
        assert problems(ORDERS_V3, f"{path}/{part}", body, method="post", status="201") == []


async def test_written_customers_and_addresses_answer_as_described(
    store: httpx.AsyncClient,
) -> None:
    [entry] = (await store.get("/v3/customers/addresses?limit=1")).json()["data"]
    place = {k: v for k, v in entry.items() if k not in ("id", "country", "address_type")}
    writes = [
        ("put", "/customers", [{"id": entry["customer_id"], "phone": "1"}]),
        ("put", "/customers/addresses", [{"id": entry["id"], "address1": "2 Low St"}]),
        ("post", "/customers/addresses", [{**place, "address1": "3 Low St"}]),
    ]
    for method, path, sent in writes:
        response = await store.request(method, f"/v3{path}", json=sent)
        assert len(response.json()["data"]) == 1
        body = LENIENT.clean(response.json())
        assert problems(CUSTOMERS, path, body, method=method, status="200") == []
    taken = (await store.get("/v3/customers?limit=2")).json()["data"]
    sent = [{"id": taken[0]["id"], "email": taken[1]["email"]}]
    refused = await store.put("/v3/customers", json=sent)
    assert problems(CUSTOMERS, "/customers", refused.json(), method="put", status="422") == []


async def test_a_written_order_answers_as_described(store: httpx.AsyncClient) -> None:
    response = await store.put("/v2/orders/100", json={"external_order_id": "SO-1001"})
    body = LENIENT.clean(response.json())
    described = "/orders/{order_id}"
    assert problems(ORDERS_V2, described, body, method="put", status="200") == []


async def test_an_amount_sent_as_a_number_would_be_noticed(store: httpx.AsyncClient) -> None:
    body = LENIENT.clean((await store.get("/v2/orders/100")).json()) | {"total_inc_tax": 5}
    found = problems(ORDERS_V2, "/orders/{order_id}", body, method="get", status="200")
    assert any("total_inc_tax" in problem for problem in found)
