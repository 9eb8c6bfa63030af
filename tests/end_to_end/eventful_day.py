"""A day on which everything planted travels and everything goes wrong, and what it leaves."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import httpx
from fastapi import FastAPI, Request, Response
from temporalio.client import Client
from typer.testing import CliRunner

from sandbox.assortment import UNLISTED_SKU
from sandbox.bigcommerce import StoreSettings, Token
from sandbox.bigcommerce.drafts import AddressDraft, CustomerDraft, OrderDraft, ShippingDraft
from sandbox.faults import Fault, FaultKind
from sandbox.serving import StandInServer
from sandbox.syspro import SysproSettings as SysproSite
from starters.cli.main import app
from starters.processes import claimed_port
from tests.end_to_end.drafts import an_order, line
from tests.support.processes import process
from tests.support.searching import bytes_on_disk, opened_rows
from tests.support.temporal import PAYLOAD_KEY
from tests.support.world import World
from tests.support.worlds import a_world

SECRETS = {
    "store token": "planted-token-5f1d",
    "client secret": "planted-client-secret-77aa",
    "previous client secret": "planted-previous-secret-9d0e",
    "header secret": "planted-header-secret-61c7",
    "operator password": "planted-operator-password-0c3e",
    "company password": "planted-company-password-b1b1",
    "OData password": "planted-odata-password-9b21",
    "codec token": "planted-codec-token-2e2e",
}
KEPT_SEALED = {
    "first name": "Quirinus",
    "last name": "Plantedname",
    "company": "Plantedfirm",
    "e-mail": "quirinus@planted.example",
    "phone": "0555471199",
    "street 1": "17 Planted Crescent",
    "street 2": "Quirin Tower",
    "city": "Plantedville",
    "postcode": "PLQ49TD",
}
NOT_KEPT_AT_ALL = {
    "customer message": "planted customer message",
    "staff notes": "planted staff note",
    "gift message": "planted gift message",
    "custom field": "planted form field",
    "IP address": "203.0.113.77",
    "card's last four": "planted-last4-4242",
    "card's expiry": "planted-expiry-1229",
    "customer notes": "planted customer note",
}
# What goes wrong during the day, each while persons travel; all of it passes by itself.
FAILURES = (
    ("store", Fault(kind=FaultKind.SERVER_ERROR, path="/v2/orders/")),
    ("store", Fault(kind=FaultKind.GARBAGE, path="/v2/orders/\\d+/shipping_addresses")),
    ("store", Fault(kind=FaultKind.TRUNCATE, path="/v2/orders/\\d+/products")),
    ("store", Fault(kind=FaultKind.THROTTLE, path="/v2/orders/", after=2)),
    ("ERP", Fault(kind=FaultKind.DROP_AFTER, path="Setup/Add")),
    ("ERP", Fault(kind=FaultKind.GARBAGE, path="ArCustomer")),
    ("ERP", Fault(kind=FaultKind.WRONG_TYPE, path="ArCustomer", after=1)),
    ("ERP", Fault(kind=FaultKind.DROP_AFTER, path="Transaction/Post")),
    ("ERP", Fault(kind=FaultKind.UNAVAILABLE, path="Transaction/Post", after=1)),
)


@dataclass
class Day:
    """What an eventful day has left behind, by place, and what lay sealed in the journal."""

    places: dict[str, bytes] = field(default_factory=dict)
    planted: dict[str, str] = field(default_factory=dict)
    sealed: str = ""
    in_erp: str = ""


async def spent(client: Client, folder: Path) -> Day:
    """Post, hold, fail and recover with every planted word; collect all that was written."""
    token = Token(client_secret=SECRETS["client secret"])
    store = StoreSettings(quota=1_000_000, tokens={SECRETS["store token"]: token})
    site = SysproSite(
        operator_password=SECRETS["operator password"],
        odata_password=SECRETS["OData password"],
        company_password=SECRETS["company password"],
    )
    erp: dict[str, object] = {
        "operator_password": "secret:operator",
        "company_password": SECRETS["company password"],
    }
    journal = folder / "journal"
    journal.mkdir()
    day, exported = Day(), list[bytes]()
    async with (
        StandInServer(collecting(exported)) as collector,
        a_world(client, journal, store=store, site=site, odata=True, erp=erp) as world,
    ):
        await world.journal.secrets.set(world.connection, "operator", SECRETS["operator password"])
        await world.stop_worker()
        metrics = claimed_port()
        plant(world, metrics=metrics, collector=collector.base_url)
        settings = world.settings_file(folder)
        async with process("worker", settings, folder) as worker, served(world, folder) as serve:
            orders = await eventful(world)
            day.places["answers of the services"] = await knock(world, serve)
            day.places["SDK metrics"] = await get(f"http://127.0.0.1:{metrics}/metrics")
            day.places["command line"] = await commands(settings, orders)
        session = await world.journal.sessions.for_connection(world.connection).current()
        assert session is not None
        for path in (worker, serve):
            day.places[f"log of {path.stem}"] = path.read_bytes()
        day.places["exported spans"] = b"".join(exported)
        day.places["histories"], day.places["descriptions"] = await histories(world)
        day.places["journal files"] = bytes_on_disk(journal)
        rows = await opened_rows(world.journal_url, world.keyring)
        kept = [row for row in rows if not row.startswith(("snapshots ", "secrets ", "sessions "))]
        day.places["journal rows"] = "\n".join(kept).encode()
        day.sealed = "\n".join(row for row in rows if row.startswith(("snapshots ", "secrets ")))
        day.in_erp = str(list(world.erp.books.customers.values()))
        keys = (world.settings.keys.journal.get_secret_value(), PAYLOAD_KEY)
        day.planted = {
            **SECRETS,
            **KEPT_SEALED,
            **NOT_KEPT_AT_ALL,
            "path secret": path_secret(world),
            "session token": session.token.strip(),
            "journal key": keys[0].partition(":")[2],
            "payload key": keys[1].partition(":")[2],
        }
    return day


def plant(world: World, *, metrics: int, collector: str) -> None:
    """Write the secrets into the settings that the processes read."""
    world.tree["telemetry"] = {
        "log_level": "DEBUG",
        "prometheus": f"127.0.0.1:{metrics}",
        "otlp_endpoint": collector,
    }
    world.tree["codec_server"] = {"port": claimed_port(), "token": SECRETS["codec token"]}
    own = cast(dict[str, Any], world.tree["connections"])[world.connection]
    own["webhooks"] |= {
        "header_secret": SECRETS["header secret"],
        "previous_client_secret": SECRETS["previous client secret"],
    }


def path_secret(world: World) -> str:
    own = world.settings.connection(world.connection)
    return own.webhooks.path_secret.get_secret_value()


async def eventful(world: World) -> list[str]:
    """Let orders meet every failure; hold one, decide on it, refund another."""
    await world.look_after_webhooks()  # tells the store the planted header
    for system, fault in FAILURES:
        (world.store if system == "store" else world.erp).faults.add(fault)
    paid = [world.place(his_order(customer=customer())), world.place(his_order())]
    held = world.place(his_order(lines=(line(sku=UNLISTED_SKU),)))
    for order in paid:
        await world.settled(order, within=90)
        assert world.invoice(order).value == world.store_total(order)
    world.erp.steal_session()
    world.store.refund(int(paid[0]))
    await world.look_again(paid[0])
    await world.settled(paid[0], within=60)
    await world.held(held)
    await world.signal(held, "skip", {"actor": "ann", "reason": "done"})
    await world.settled(held)
    assert world.store.faults.pending == world.erp.faults.pending == ()
    return [*paid, held]


def his_order(**changes: object) -> OrderDraft:
    address = AddressDraft(
        first_name=KEPT_SEALED["first name"],
        last_name=KEPT_SEALED["last name"],
        company=KEPT_SEALED["company"],
        street_1=KEPT_SEALED["street 1"],
        street_2=KEPT_SEALED["street 2"],
        city=KEPT_SEALED["city"],
        zip=KEPT_SEALED["postcode"],
        phone=KEPT_SEALED["phone"],
        email=KEPT_SEALED["e-mail"],
    )
    usual: dict[str, object] = {
        "billing": address,
        "shipping": (ShippingDraft(address=address, cost=Decimal("9.95")),),
        "lines": (line(options=(("Gift message", NOT_KEPT_AT_ALL["gift message"]),)),),
        "customer_message": NOT_KEPT_AT_ALL["customer message"],
        "staff_notes": NOT_KEPT_AT_ALL["staff notes"],
    }
    return an_order(**{**usual, **changes})


def customer() -> CustomerDraft:
    return CustomerDraft(
        email=KEPT_SEALED["e-mail"],
        first_name=KEPT_SEALED["first name"],
        last_name=KEPT_SEALED["last name"],
        company=KEPT_SEALED["company"],
        phone=KEPT_SEALED["phone"],
        notes=NOT_KEPT_AT_ALL["customer notes"],
    )


async def knock(world: World, serve: Path) -> bytes:
    """Call the services with what is right and what is wrong; return all that they answer."""
    webhooks = cast(dict[str, Any], world.tree["webhook_service"])["port"]
    codec = cast(dict[str, Any], world.tree["codec_server"])["port"]
    answers: list[str] = []
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        address = f"http://127.0.0.1:{webhooks}/webhooks/{world.connection}"
        for path, header in (
            (path_secret(world), SECRETS["header secret"]),
            (path_secret(world), "wrong"),
            ("wrong", SECRETS["header secret"]),
        ):
            body = json.dumps({"scope": "store/order/updated", "data": {"type": "order", "id": 1}})
            answer = await http.post(
                f"{address}/{path}", content=body, headers={"X-Tillbridge-Token": header}
            )
            answers.append(f"{answer.status_code} {answer.headers} {answer.text}")
        for token in (SECRETS["codec token"], "wrong"):
            answer = await http.post(
                f"http://127.0.0.1:{codec}/decode",
                content=b"{}",
                headers={"authorization": f"Bearer {token}"},
            )
            answers.append(f"{answer.status_code} {answer.headers} {answer.text}")
    assert [answer[:3] for answer in answers[3:]] == ["200", "401"], answers
    return "\n".join(answers).encode()


async def commands(settings: Path, orders: list[str]) -> bytes:
    """Run what shows something about orders and settings; return all that is printed."""
    env = {"TILLBRIDGE_CONFIG": str(settings)}
    printed: list[str] = []
    for words in (
        ("status", "--json"),
        ("ping",),
        ("secrets", "list"),
        ("secrets", "keys"),
        ("secrets", "check"),
        ("webhooks", "list"),
        *((name, orders[0], "--json") for name in ("status", "audit", "preview")),
        *((name, orders[-1]) for name in ("status", "audit", "preview")),
    ):
        result = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=env)
        assert result.exit_code in (0, 1), (words, result.output)
        printed.append(result.output)
    return "\n".join(printed).encode()


async def histories(world: World) -> tuple[bytes, bytes]:
    """Return all histories as Temporal stores them, and what its lists and descriptions show."""
    events, described = b"", b""
    async for found in world.client.list_workflows(f"WorkflowId STARTS_WITH '{world.connection}:'"):
        handle = world.client.get_workflow_handle(found.id, run_id=found.run_id)
        history = await handle.fetch_history()
        events += b"".join(event.SerializeToString() for event in history.events)
        described += (await handle.describe()).raw_description.SerializeToString()
    assert b"binary/encrypted" in events
    return events, described


@contextlib.asynccontextmanager
async def served(world: World, folder: Path) -> AsyncIterator[Path]:
    """Run the webhook service and codec server in place of the world's own."""
    await world.webhook_server.stop()
    settings = world.settings_file(folder)
    port = cast(dict[str, Any], world.tree["webhook_service"])["port"]

    async def answers() -> bool | None:
        try:
            return (await get(f"http://127.0.0.1:{port}/healthz")) is not None or None
        except httpx.HTTPError:
            return None

    elsewhere = {"TILLBRIDGE_TELEMETRY__PROMETHEUS": ""}  # the address is the worker's
    async with process("serve", settings, folder, **elsewhere) as log:
        await world.until(answers, "the service's start", within=60)
        yield log


async def get(url: str) -> bytes:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        return (await http.get(url)).raise_for_status().content


def collecting(bodies: list[bytes]) -> FastAPI:
    """Return a collector of traces, which keeps them as they come."""
    collector = FastAPI()

    @collector.post("/v1/traces")
    async def take(request: Request) -> Response:
        body = await request.body()
        packed = request.headers.get("content-encoding") == "gzip"
        bodies.append(gzip.decompress(body) if packed else body)
        return Response()

    return collector
