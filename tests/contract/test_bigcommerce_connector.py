"""The connector's requests, held against the platform's own OpenAPI descriptions."""

import json
import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from connectors.bigcommerce.connector import BigCommerce, bigcommerce
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.contract import Capability
from connectors.errors import Conflict
from domain.contacts import ContactChange
from domain.money import Money
from domain.order import Address
from domain.price import StorePrice
from domain.stock import StoreStock, Taken
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.bigcommerce.drafts import (
    AddressDraft,
    CouponDraft,
    CustomerDraft,
    LineDraft,
    OrderDraft,
    RefundDraft,
)
from sandbox.serving import StandInServer

_HERE = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("TILLBRIDGE_SPECS", _HERE.parent / "shared" / "specs")) / "bigcommerce"
VERSIONS = {
    "v2": ("orders.v2.oas2.yml", "store_information.v2.yml"),
    "v3": (
        *("orders.v3.yml", "customers.v3.yml", "webhooks.v3.yml", "inventory.v3.yml"),
        *("products_catalog.v3.yml", "product-variants_catalog.v3.yml", "locations.v3.yml"),
    ),
}
# The description of transactions lists no paging, yet the answer has it; the documentation
# leaves the default page's size open (card, section 4.4).
UNDESCRIBED = {("/orders/{order_id}/transactions", "limit")}

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason=f"the official API descriptions are not at {SPECS}"
)


@cache
def spec(name: str) -> dict[str, Any]:
    return yaml.safe_load((SPECS / name).read_text())


def resolved(document: dict[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target: Any = document
        for part in node["$ref"].split("/")[1:]:
            target = target[part.replace("~1", "/")]
        node = target
    return node


def described(version: str, path: str, method: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Find the operation: its path template, its document and its description."""
    found: list[tuple[int, str, dict[str, Any], dict[str, Any]]] = []
    for name in VERSIONS[version]:
        document = spec(name)
        for template, item in document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", r"[0-9]+", template), path) and method in item:
                operation = {
                    **item[method],
                    "parameters": [
                        resolved(document, one)
                        for one in (
                            *item.get("parameters", ()),
                            *item[method].get("parameters", ()),
                        )
                    ],
                }
                found.append((template.count("{"), template, document, operation))
    assert found, f"{method.upper()} {version}{path} is not described"
    _, template, document, operation = min(found, key=lambda one: one[0])
    return template, document, operation


def fields_of(document: dict[str, Any], schema: Any) -> set[str]:
    schema = resolved(document, schema)
    names = set(schema.get("properties", {}))
    for combined in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(combined, ()):
            names |= fields_of(document, part)
    return names


class Recording(httpx.AsyncHTTPTransport):
    """The network, with a memory."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return await super().handle_async_request(request)


async def everything(connector: BigCommerce, store: BigCommerceStandIn) -> None:
    address = AddressDraft()
    jane = CustomerDraft(
        email="jane@example.com",
        first_name="Jane",
        last_name="Doe",
        addresses=(address,) * 12,
    )
    order_id = store.place_order(
        OrderDraft(
            lines=(LineDraft(sku="MUG-BLUE", price=Decimal("12.40")),),
            customer=jane,
            coupons=(CouponDraft(code="TEN", type="percent", amount=Decimal(10)),),
        )
    )
    store.refund(order_id, RefundDraft())
    since = datetime(2020, 1, 1, tzinfo=UTC)
    await connector.examine(
        needed={Capability.STOCK_IN, Capability.PRICES_IN}, locations={"1", "2"}
    )
    await connector.order(str(order_id))
    await connector.customer("1")
    cursor = (await connector.changed_orders(since)).next_cursor
    assert (await connector.changed_orders(since, cursor=cursor)).changes
    await connector.changed_customers(since)
    await every_field_of_a_customer(connector, store)
    await connector.report_posted(str(order_id), "INV-1")
    destination = "https://hooks.example.com/x"
    await connector.create_webhook("store/order/updated", destination, {"X-Sync-Token": "a"})
    await connector.create_webhook("store/order/updated", destination, {"X-Sync-Token": "b"})
    hooks = (await connector.webhooks()).hooks
    await connector.activate_webhook(hooks[0].id)
    await stock_and_prices(connector, store)


async def every_field_of_a_customer(connector: BigCommerce, store: BigCommerceStandIn) -> None:
    joe = CustomerDraft(email="joe@example.com", first_name="Joe", last_name="Roe")
    without_a_book = store.add_customer(joe)
    place = Address(
        id=str(store.customers[1].addresses[0].id),
        street_1="2 Low St",
        street_2="B",
        city="Austin",
        state="Texas",
        postcode="78108",
        country_code="US",
    )
    change = ContactChange(
        first_name="Janet", last_name="Dow", company="Dow Ltd", email="j@dow.test", phone="1"
    )
    await connector.update_customer("1", change.model_copy(update={"address": place}))
    new = ContactChange(address=place.model_copy(update={"id": ""}))
    await connector.update_customer(str(without_a_book), new)
    with pytest.raises(Conflict):
        await connector.update_customer("1", ContactChange(email="joe@example.com"))


async def stock_and_prices(connector: BigCommerce, store: BigCommerceStandIn) -> None:
    price = Money(amount=Decimal("9.90"), currency="USD")
    store.catalogue.add_product_with_options("Sock", ["SOCK-S"], price=Decimal(9))
    items = {item.sku: item for item in (await connector.variants()).items}
    stock = tuple(
        StoreStock(sku=sku, stock_id=items[sku].stock_id, location="1", quantity=3)
        for sku in ("SOCK-S", "MUG-BLUE")
    )
    assert await connector.set_stock(stock) == Taken()
    assert await connector.stock_now(stock)
    assert (await connector.stock_listed(["1"])).stock
    for sku in ("SOCK-S", "MUG-BLUE"):
        told = StorePrice(sku=sku, price_id=items[sku].price_id, price=price, cost=price)
        assert await connector.set_prices([told]) == Taken()
        assert await connector.set_prices([told.model_copy(update={"sale_price": price})])


@pytest.fixture(scope="module")
async def requests() -> AsyncIterator[list[httpx.Request]]:
    store = BigCommerceStandIn(StoreSettings(quota=100_000))
    recording = Recording()
    async with StandInServer(store.app) as server:
        given = {
            "api_url": server.base_url,
            "store_hash": "abc123",
            "access_token": "sandbox-token",
        }
        connector = bigcommerce(BigCommerceSettings.model_validate(given), transport=recording)
        await everything(connector, store)
        yield recording.requests
        await connector.aclose()


def parts(request: httpx.Request) -> tuple[str, str, str]:
    """The API version, the path below it, and the method."""
    _, stores, store_hash, version, rest = request.url.path.split("/", 4)
    assert (stores, store_hash) == ("stores", "abc123")
    return version, f"/{rest}", request.method.lower()


def test_every_path_and_method_is_described(requests: list[httpx.Request]) -> None:
    asked = {described(*parts(request))[0] for request in requests}
    assert len(asked) >= 14


def test_every_parameter_is_described(requests: list[httpx.Request]) -> None:
    for request in requests:
        template, _, operation = described(*parts(request))
        known = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        for name in request.url.params:
            assert name in known or (template, name) in UNDESCRIBED, (template, name, known)


def test_every_choice_is_one_of_those_described(requests: list[httpx.Request]) -> None:
    for request in requests:
        _, document, operation = described(*parts(request))
        for one in operation["parameters"]:
            schema = resolved(document, one.get("schema", {}))
            choices = resolved(document, schema.get("items", schema)).get("enum")
            value = request.url.params.get(one["name"])
            if choices and value is not None:
                # The description names only the columns; the direction is in its text.
                asked = {part.removesuffix(":asc") for part in value.split(",")}
                known = {choice.removesuffix(":asc") for choice in choices}
                assert asked <= known, (one["name"], value)


def test_every_field_of_a_body_is_described_and_the_required_ones_are_there(
    requests: list[httpx.Request],
) -> None:
    bodies = 0
    for request in requests:
        if not request.content:
            continue
        bodies += 1
        template, document, operation = described(*parts(request))
        body = json.loads(request.content)
        wanted = resolved(document, operation["requestBody"])
        schema = resolved(document, wanted["content"]["application/json"]["schema"])
        entries = body if isinstance(body, list) else [body]  # the catalogue's batches
        if isinstance(body, list):
            schema = resolved(document, schema["items"])
        for entry in entries:
            assert set(entry) <= fields_of(document, schema), template
            assert set(schema.get("required", ())) <= set(entry), template
        assert request.headers["Content-Type"] == "application/json"
    assert bodies >= 9


def test_the_token_travels_in_its_header_and_nowhere_else(requests: list[httpx.Request]) -> None:
    for request in requests:
        assert request.headers["X-Auth-Token"] == "sandbox-token"
        assert request.headers["Accept"] == "application/json"
        assert "sandbox-token" not in str(request.url)
        assert b"sandbox-token" not in request.content
