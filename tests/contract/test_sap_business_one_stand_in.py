"""The Business One stand-in against SAP's own `$metadata` in both versions."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.sap_business_one import SapBusinessOneStandIn
from sandbox.sap_business_one.entity_sets import SETS
from sandbox.sap_business_one.entity_types import EntityType, Kind
from sandbox.sap_business_one.enumerations import ENUMERATIONS
from sandbox.sap_business_one.services import SERVICES
from sandbox.serving import StandInServer

# lxml ships no types.
etree: Any = import_module("lxml.etree")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "specs"
SCHEMAS = Path(os.environ.get("TILLBRIDGE_SPECS", SHARED)) / "sap-business-one"
VERSIONS = ("v1", "v2")

pytestmark = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason=f"no Service Layer schema in {SCHEMAS}; set TILLBRIDGE_SPECS"
)

_EDM = {
    "v1": {Kind.DATE: "Edm.DateTime", Kind.TIME: "Edm.Time"},
    "v2": {Kind.DATE: "Edm.DateTimeOffset", Kind.TIME: "Edm.TimeOfDay"},
}
_PLAIN = {Kind.TEXT: "Edm.String", Kind.WHOLE: "Edm.Int32", Kind.NUMBER: "Edm.Double"}


class Schema:
    """One version's `$metadata`, as far as answers are concerned."""

    def __init__(self, version: str) -> None:
        self._tree = etree.parse(SCHEMAS / f"service-layer-{version}.core.edmx")
        self.sets = {
            one.get("Name"): one.get("EntityType").removeprefix("SAPB1.")
            for one in self._all("EntitySet")
        }
        self.enums = {
            one.get("Name"): {m.get("Name") for m in one.iterfind("{*}Member")}
            for one in self._all("EnumType")
        }
        self.types = {
            one.get("Name"): {p.get("Name"): p.get("Type") for p in one.iterfind("{*}Property")}
            for one in (*self._all("EntityType"), *self._all("ComplexType"))
        }
        self.keys = {
            one.get("Name"): {p.get("Name") for p in one.iterfind("{*}Key/{*}PropertyRef")}
            for one in self._all("EntityType")
        }
        operations = ("Action", "Function", "FunctionImport", "ActionImport")
        self.operations = {one.get("Name") for kind in operations for one in self._all(kind)}
        self.guarded = {
            one.get("Name")
            for one in self._all("EntitySet")
            if any("OptimisticConcurrency" in a.get("Term") for a in one.iterfind("{*}Annotation"))
        }

    def _all(self, name: str) -> Iterator[Any]:
        return self._tree.iterfind(f".//{{*}}{name}")


@pytest.fixture(scope="module")
def schemas() -> dict[str, Schema]:
    return {version: Schema(version) for version in VERSIONS}


def every_type() -> dict[str, EntityType]:
    found: dict[str, EntityType] = {}
    waiting = [one.kind for one in SETS.values()]
    while waiting:
        kind = waiting.pop()
        found[kind.name] = kind
        waiting += [*kind.collections.values(), *kind.parts.values()]
    return found


def expected(kind: EntityType, version: str) -> dict[str, str]:
    edm = _PLAIN | _EDM[version]
    return {
        **{name: edm[held] for name, held in kind.kinds.items()},
        **{name: f"SAPB1.{enumeration}" for name, enumeration in kind.enums.items()},
        **{name: f"SAPB1.{part.name}" for name, part in kind.parts.items()},
        **{name: f"Collection(SAPB1.{one.name})" for name, one in kind.collections.items()},
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(SETS))
def test_every_set_exists_with_its_type_and_key(
    schemas: dict[str, Schema], name: str, version: str
) -> None:
    schema, entity_set = schemas[version], SETS[name]
    assert schema.sets[name] == entity_set.kind.name
    assert schema.keys[entity_set.kind.name] == set(entity_set.key)
    assert set(entity_set.actions) <= schema.operations


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(every_type()))
def test_every_property_exists_with_its_type(
    schemas: dict[str, Schema], name: str, version: str
) -> None:
    kind = every_type()[name]
    real = schemas[version].types[name]
    told = expected(kind, version)
    assert {one: real.get(one) for one in told} == told


def test_sets_have_etags_exactly_where_the_schema_says_so(schemas: dict[str, Schema]) -> None:
    tagged = {name for name, one in SETS.items() if "DataVersion" in one.kind.kinds}
    assert tagged == schemas["v2"].guarded & set(SETS)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_service_exists(schemas: dict[str, Schema], version: str) -> None:
    assert {*SERVICES, "Login", "Logout"} <= schemas[version].operations


@pytest.mark.parametrize("version", VERSIONS)
def test_every_member_of_an_enumeration_exists(schemas: dict[str, Schema], version: str) -> None:
    for name, members in ENUMERATIONS.items():
        assert set(members) <= schemas[version].enums[name], name


def test_every_stored_code_is_the_database_s() -> None:
    codes = json.loads((SCHEMAS / "enum-storage-codes.json").read_text())
    for name, members in ENUMERATIONS.items():
        assert {member: codes[name].get(member) for member in members} == members, name


class Reader:
    """Finds whatever in an answer the schema does not know."""

    def __init__(self, schema: Schema, version: str) -> None:
        self.schema = schema
        self.version = version

    def unknown(self, row: dict[str, Any], kind: str, at: str) -> list[str]:
        found: list[str] = []
        for name, value in row.items():
            if name.startswith(("@odata.", "odata.", "U_")):
                continue
            real = self.schema.types[kind].get(name)
            if real is None:
                found.append(f"{at}.{name} does not exist")
            elif value is not None:
                found += self._value(value, real, f"{at}.{name}")
        return found

    def _value(self, value: Any, kind: str, at: str) -> list[str]:
        if kind.startswith("Collection("):
            member = kind.removeprefix("Collection(SAPB1.").removesuffix(")")
            return [bad for one in value for bad in self.unknown(one, member, at)]
        name = kind.removeprefix("SAPB1.")
        if name in self.schema.enums:
            return [] if value in self.schema.enums[name] else [f"{at} is '{value}'"]
        if kind.startswith("SAPB1."):
            return self.unknown(value, name, at)
        return [] if self._fits(value, kind) else [f"{at} is {value!r}, no {kind}"]

    def _fits(self, value: Any, kind: str) -> bool:
        match kind:
            case "Edm.String":
                return isinstance(value, str)
            case "Edm.Int32":
                return isinstance(value, int) and not isinstance(value, bool)
            case "Edm.Double":
                return isinstance(value, Decimal)
            case "Edm.DateTimeOffset":
                return isinstance(value, str) and value.endswith("T00:00:00Z")
            case "Edm.DateTime":
                return len(value) == 10 and bool(datetime.fromisoformat(value))
            case _:
                return isinstance(value, str) and len(value) == 8


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    stand_in = SapBusinessOneStandIn()
    async with (
        StandInServer(stand_in.app) as server,
        httpx.AsyncClient(base_url=f"{server.base_url}/b1s", timeout=30) as http,
    ):
        login = {
            "CompanyDB": stand_in.settings.company_db,
            "UserName": stand_in.settings.username,
            "Password": stand_in.settings.password,
        }
        answer = await http.post("v2/Login", json=login)
        http.headers["Cookie"] = f"B1SESSION={answer.json()['SessionId']}"
        http.cookies.clear()
        yield http


async def a_day_s_trade(http: httpx.AsyncClient) -> None:
    line = {"ItemCode": "MUG-BLUE", "Quantity": 2, "TaxCode": "CA", "TaxTotal": 2.05}
    freight = {"ExpenseCode": 1, "LineTotal": 5, "TaxCode": "CA"}
    address = {"AddressName": "Web", "AddressType": "bo_BillTo", "Country": "US", "State": "TX"}
    contact = {"Name": "Ann", "E_Mail": "ann@example.com"}
    extension = {"ShipToStreet": "1 High St", "ShipToCountry": "US"}
    order = {
        "CardCode": "W1",
        "DocDueDate": "2030-01-01",
        "NumAtCard": "BC-1",
        "U_C2_ExtRef": "bc:1",
        "AddressExtension": extension,
        "DocumentLines": [line],
        "DocumentAdditionalExpenses": [freight],
    }
    money = {"CardCode": "W1", "TransferAccount": "161010", "TransferSum": 26.85}
    for path, body in (
        (
            "BusinessPartners",
            {
                "CardCode": "W1",
                "CardName": "Ann",
                "BPAddresses": [address],
                "ContactEmployees": [contact],
            },
        ),
        ("Orders", order),
        ("DeliveryNotes", based(17)),
        ("Invoices", based(15)),
        ("IncomingPayments", {**money, "PaymentInvoices": [{"DocEntry": 1}]}),
        ("Invoices(1)/Reopen", {}),
        ("CreditNotes", based(13)),
        (
            "VendorPayments",
            {**money, "PaymentInvoices": [{"DocEntry": 1, "InvoiceType": "it_CredItnote"}]},
        ),
        ("SQLQueries", {"SqlCode": "c2", "SqlText": "select ItemCode from OITM"}),
    ):
        answer = await http.post(f"v2/{path}", json=body)
        assert answer.status_code in (201, 204), answer.text


def based(number: int) -> dict[str, Any]:
    line = {"BaseType": number, "BaseEntry": 1, "BaseLine": 0}
    return {"CardCode": "W1", "DocumentLines": [line]}


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_answer_holds_only_what_the_schema_knows(
    schemas: dict[str, Schema], http: httpx.AsyncClient, version: str
) -> None:
    await a_day_s_trade(http)
    reader = Reader(schemas[version], version)
    unknown: list[str] = []
    for name, entity_set in SETS.items():
        answer = await http.get(f"{version}/{name}")
        rows = json.loads(answer.content, parse_float=Decimal)["value"]
        empty = {"Drafts", "PaymentDrafts", "VatGroups"}
        assert bool(rows) is (name not in empty), name
        for row in rows:
            unknown += reader.unknown(row, entity_set.kind.name, name)
    assert unknown == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("CompanyService_GetCompanyInfo", "CompanyInfo"),
        ("CompanyService_GetAdminInfo", "AdminInfo"),
    ],
)
async def test_every_service_answers_what_the_schema_knows(
    schemas: dict[str, Schema], http: httpx.AsyncClient, version: str, path: str, kind: str
) -> None:
    answer = await http.post(f"{version}/{path}")
    row = json.loads(answer.content, parse_float=Decimal)
    assert Reader(schemas[version], version).unknown(row, kind, path) == []


async def test_a_login_answers_a_session_as_the_schema_knows_it(
    schemas: dict[str, Schema], http: httpx.AsyncClient
) -> None:
    login = {"CompanyDB": "SBODEMOUS", "UserName": "tillbridge", "Password": "b1-password"}
    row = (await http.post("v2/Login", json=login)).json()
    assert Reader(schemas["v2"], "v2").unknown(row, "B1Session", "Login") == []


async def test_the_metadata_served_names_nothing_that_the_schema_lacks(
    schemas: dict[str, Schema], http: httpx.AsyncClient
) -> None:
    served = etree.fromstring((await http.get("v2/$metadata")).content)
    for one in (*served.iterfind(".//{*}EntityType"), *served.iterfind(".//{*}ComplexType")):
        real = schemas["v2"].types[one.get("Name")]
        told = {p.get("Name"): p.get("Type") for p in one.iterfind("{*}Property")}
        assert {n: t for n, t in told.items() if real.get(n) != t and n[:2] != "U_"} == {}
