"""The stand-in's shapes and answers, held against the vendor's own OpenAPI description."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30Validator

from sandbox.acumatica import AcumaticaStandIn, shapes_masters, shapes_sales
from sandbox.acumatica.shapes import Kind, Shape
from sandbox.serving import StandInServer

_HERE = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("TILLBRIDGE_SPECS", _HERE.parent / "shared" / "specs")) / "acumatica"
CORE = SPECS / "default-24.200.001.core.openapi.json"
ROOT = "/entity/Default/24.200.001"

pytestmark = pytest.mark.skipif(
    not CORE.is_file(), reason=f"the official API description is not at {CORE}"
)

_WRAPPERS = {
    Kind.TEXT: {"StringValue"},
    Kind.DECIMAL: {"DecimalValue"},
    Kind.INTEGER: {"IntValue", "ShortValue"},
    Kind.BOOLEAN: {"BooleanValue"},
    Kind.TIME: {"DateTimeValue"},
    Kind.DAY: {"DateTimeValue"},
    Kind.GUID: {"GuidValue"},
}


@cache
def spec() -> dict[str, Any]:
    return json.loads(CORE.read_text())


@cache
def properties(name: str) -> dict[str, Any]:
    schema = spec()["components"]["schemas"][name]
    found: dict[str, Any] = {}
    for part in schema.get("allOf", [schema]):
        reference = part.get("$ref", "").rpartition("/")[2]
        found |= properties(reference) if reference else part.get("properties", {})
    return found


def top_shapes() -> list[Shape]:
    named = (*vars(shapes_sales).values(), *vars(shapes_masters).values())
    shapes = {one.name: one for one in named if isinstance(one, Shape) and (one.form)}
    return list(shapes.values())


def all_shapes(shape: Shape) -> Iterator[Shape]:
    yield shape
    for part in (*shape.linked.values(), *shape.details.values()):
        yield from all_shapes(part)


@pytest.mark.parametrize("shape", top_shapes(), ids=lambda shape: shape.name)
def test_every_field_of_a_shape_is_in_the_contract_under_its_kind(shape: Shape) -> None:
    assert f"/{shape.name}" in spec()["paths"]
    for part in all_shapes(shape):
        described = properties(part.name)
        for name, kind in part.fields.items():
            wrapper = described[name]["$ref"].rpartition("/")[2]
            assert wrapper in _WRAPPERS[kind], f"{part.name}.{name}"
        for name, inner in part.linked.items():
            assert described[name]["$ref"].endswith(f"/{inner.name}"), f"{part.name}.{name}"
        for name, inner in part.details.items():
            reference = described[name]["items"]["$ref"]
            assert reference.endswith(f"/{inner.name}"), f"{part.name}.{name}"


def problems(name: str, body: Any) -> list[str]:
    """Where a body departs from a schema, names that the schema does not have included."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": spec()["components"]}
    found = [f"{list(e.path)}: {e.message[:200]}" for e in OAS30Validator(schema).iter_errors(body)]
    return found + list(strangers(name, body))


def strangers(name: str, body: Any, path: str = "") -> Iterator[str]:
    described = properties(name)
    for field, value in body.items():
        if field in ("_links", "delete"):
            # Links stand on every record and `delete` marks a row; neither is described.
            continue
        if field not in described:
            yield f"{path}{field} is not described"
            continue
        inner = described[field].get("$ref") or described[field].get("items", {}).get("$ref", "")
        for row in value if isinstance(value, list) else [value]:
            if isinstance(row, dict) and inner:
                yield from strangers(inner.rpartition("/")[2], row, f"{path}{field}.")


def value(of: Any) -> dict[str, Any]:
    return {"value": of}


LINE = {"InventoryID": value("MUG-BLUE"), "OrderQty": value(2)}
ORDER = {
    "OrderType": value("SO"),
    "CustomerID": value("WEBSTORE"),
    "CustomerOrder": value("100"),
    "ExternalRef": value("BC-100"),
    "Hold": value(False),
    "IsTaxValid": value(True),
    "ShipToAddress": {"City": value("Oslo")},
    "Details": [LINE],
    "TaxDetails": [{"TaxID": value("STORETAX"), "TaxAmount": value(2.05)}],
    "Payments": [
        {
            "DocType": value("Prepayment"),
            "PaymentMethod": value("STORECC"),
            "PaymentAmount": value(10),
            "Hold": value(False),
        }
    ],
}


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    stand_in = AcumaticaStandIn()
    async with (
        StandInServer(stand_in.app) as server,
        httpx.AsyncClient(base_url=f"{server.base_url}{ROOT}", timeout=30) as http,
    ):
        site = stand_in.settings
        form = {"grant_type": "password", "scope": "api", "username": site.username}
        form |= {"client_id": site.client_id, "client_secret": site.client_secret}
        told = await http.post(
            f"{server.base_url}/identity/connect/token", data=form | {"password": site.password}
        )
        http.headers["authorization"] = f"Bearer {told.json()['access_token']}"
        entered = await http.put("/SalesOrder", json=ORDER)
        assert entered.status_code == 200, entered.text
        key = {"Type": value("Prepayment"), "ReferenceNbr": value("000001")}
        started = await http.post("/Payment/ReleasePayment", json={"entity": key})
        for status in (202, 204):
            asked = await http.get(f"{server.base_url}{started.headers['location']}")
            assert asked.status_code == status
        stand_in.fulfil("000001")
        await http.put("/Contact", json={"LastName": value("Łukasz")})
        yield http
        stand_in.audit()


READS = [
    (shape.name, ",".join(shape.details.keys() - shape.one_at_a_time) or "")
    for shape in top_shapes()
    if not shape.inquiry
]


@pytest.mark.parametrize(("entity", "details"), READS, ids=[read[0] for read in READS])
async def test_a_list_answers_as_described(
    http: httpx.AsyncClient, entity: str, details: str
) -> None:
    answer = await http.get(f"/{entity}", params={"$expand": details})
    assert answer.status_code == 200, answer.text
    rows = answer.json()
    assert rows
    assert [problems(entity, row) for row in rows] == [[]] * len(rows)


@pytest.mark.parametrize(
    ("path", "expand"),
    [
        ("SalesOrder/SO/000001", "Details,Payments,TaxDetails,Shipments,Totals,ShipToAddress"),
        ("SalesInvoice/Invoice/000001", "Details,TaxDetails,ApplicationsInvoice,FinancialDetails"),
        ("Payment/Prepayment/000001", "DocumentsToApply,OrdersToApply,ApplicationHistory"),
        ("Customer/WEBSTORE", "MainContact,MainContact/Address,CreditVerificationRules"),
        ("StockItem/KETTLE-1L", "WarehouseDetails,CrossReferences"),
    ],
)
async def test_a_single_record_answers_as_described(
    http: httpx.AsyncClient, path: str, expand: str
) -> None:
    answer = await http.get(f"/{path}", params={"$expand": expand})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert {name.partition("/")[0] for name in expand.split(",")} <= body.keys()
    assert problems(path.partition("/")[0], body) == []


@pytest.mark.parametrize(
    ("inquiry", "parameters"),
    [
        ("StorageDetailsInquiry", {"WarehouseID": value("MAIN")}),
        ("InventoryQuantityAvailable", {"LastModifiedDateTime": value("2024-06-07T00:00:00Z")}),
        ("InventorySummaryInquiry", {"InventoryID": value("KETTLE-1L")}),
        ("CompaniesStructure", {}),
    ],
)
async def test_an_inquiry_answers_as_described(
    http: httpx.AsyncClient, inquiry: str, parameters: dict[str, Any]
) -> None:
    rows = "StorageDetails" if inquiry == "StorageDetailsInquiry" else "Results"
    answer = await http.put(f"/{inquiry}", json=parameters, params={"$expand": rows})
    assert answer.status_code == 200, answer.text
    assert answer.json()[rows]
    assert problems(inquiry, answer.json()) == []


async def test_a_refused_record_answers_as_described(http: httpx.AsyncClient) -> None:
    wrong = ORDER | {"CustomerOrder": value("101"), "Details": [{"InventoryID": value("NOPE")}]}
    answer = await http.put("/SalesOrder", json=wrong)
    assert answer.status_code == 422
    assert problems("SalesOrder", answer.json()) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/Customer", {"CustomerName": "flat"}, 400),
        ("GET", "/SalesOrder?$filter=Nope eq 1", None, 500),
        ("GET", "/SalesOrder/SO/999999", None, 404),
        ("POST", "/SalesOrder/Nope", {"entity": {}}, 404),
    ],
)
async def test_an_error_answers_as_described(
    http: httpx.AsyncClient, method: str, path: str, body: Any, status: int
) -> None:
    answer = await http.request(method, path, json=body)
    assert answer.status_code == status
    schema = {"$ref": "#/components/schemas/HttpError", "components": spec()["components"]}
    assert list(OAS30Validator(schema).iter_errors(answer.json())) == []


@pytest.mark.parametrize(
    "path",
    [
        "/SalesOrder/CancelSalesOrder",
        "/SalesOrder/ReopenSalesOrder",
        "/SalesOrder/OpenSalesOrder",
        "/SalesOrder/ReleaseFromCreditHoldSalesOrder",
        "/SalesOrder/PrepareSalesInvoice",
        "/SalesInvoice/ReleaseSalesInvoice",
        "/Payment/ReleasePayment",
        "/Payment/VoidPayment",
    ],
)
def test_an_action_of_the_stand_in_is_one_of_the_contract(path: str) -> None:
    assert "post" in spec()["paths"][path]


async def test_a_flat_amount_would_be_noticed(http: httpx.AsyncClient) -> None:
    body = (await http.get("/SalesOrder/SO/000001")).json()
    assert problems("SalesOrder", body | {"OrderTotal": {"value": "26.85"}}) != []
    assert problems("SalesOrder", body | {"Colour": {}}) == ["Colour is not described"]
