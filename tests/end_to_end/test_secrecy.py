"""Planted secrets and personal data are found in the clear nowhere but where they belong."""

import logging
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client
from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider, create_tracer_provider

from sandbox.assortment import UNLISTED_SKU
from sandbox.bigcommerce import StoreSettings, Token
from sandbox.faults import Fault, FaultKind
from sandbox.syspro import SysproSettings as SysproSite
from tests.end_to_end.drafts import JANE, a_person, an_order, line
from tests.support.world import World, a_world

SECRETS = {
    "store token": "planted-token-5f1d",
    "client secret": "planted-client-secret-77aa",
    "operator password": "planted-operator-password-0c3e",
    "OData password": "planted-odata-password-9b21",
}
PERSONAL = {
    "first name": "Quirinus",
    "last name": "Plantedname",
    "e-mail": "quirinus@planted.example",
    "street": "17 Planted Crescent",
}


@pytest.fixture(scope="module")
def spans() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, ReplaySafeTracerProvider):
        provider = create_tracer_provider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


async def test_secrets_and_persons_stay_out_of_histories_journal_logs_and_spans(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture, spans: InMemorySpanExporter
) -> None:
    caplog.set_level(logging.DEBUG)
    token = Token(client_secret=SECRETS["client secret"])
    store = StoreSettings(quota=1_000_000, tokens={SECRETS["store token"]: token})
    site = SysproSite(
        operator_password=SECRETS["operator password"], odata_password=SECRETS["OData password"]
    )
    async with a_world(client, tmp_path, store=store, site=site, odata=True) as world:
        histories = await eventful_day(world)
        path_secret = world.settings.connection(world.connection).webhooks.path_secret
        sessions = await world.journal.sessions.for_connection(world.connection).current()
        assert sessions is not None
        planted = {
            **SECRETS,
            **PERSONAL,
            "path secret": path_secret.get_secret_value(),
            "session token": sessions.token.strip(),
        }
    told = "\n".join(f"{r.name} {r.getMessage()}" for r in caplog.records if ours(r))
    places = {
        "Temporal histories": histories,
        "journal": on_disk(tmp_path),
        "logs": told.encode(),
        "spans": "\n".join(map(spelled_out, spans.get_finished_spans())).encode(),
    }
    assert spans.get_finished_spans()
    found = [
        f"{what} in {where}"
        for where, content in places.items()
        for what, marker in planted.items()
        if marker.encode() in content
    ]
    assert found == []


async def eventful_day(world: World) -> bytes:
    """Post, hold, fail and recover; return every history of it as it is stored."""
    person = a_person(PERSONAL["first name"], PERSONAL["last name"], PERSONAL["e-mail"])
    person = person.model_copy(update={"street_1": PERSONAL["street"]})
    buyer = JANE.model_copy(update={"email": person.email, "first_name": person.first_name})
    world.erp.faults.add(Fault(kind=FaultKind.DROP_AFTER, path="Transaction/Post"))
    posted = await world.post(an_order(billing=person, customer=buyer))
    world.erp.steal_session()
    world.store.faults.add(Fault(kind=FaultKind.SERVER_ERROR, path="/v2/orders/"))
    held = world.place(an_order(billing=person, lines=(line(sku=UNLISTED_SKU),)))
    await world.held(held)
    await world.signal(held, "skip", {"actor": "ann", "reason": "done"})
    await world.settled(held)
    stored = b""
    for order in (posted, held):
        history = await world.workflow(order).fetch_history()
        stored += b"".join(event.SerializeToString() for event in history.events)
    return stored


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def ours(record: logging.LogRecord) -> bool:
    """Leave out the stand-ins' and the database driver's own chatter: they run in this process."""
    return not record.name.startswith(("uvicorn", "aiosqlite", "sandbox", "asyncio", "httpcore"))


def spelled_out(span: ReadableSpan) -> str:
    events = [(event.name, dict(event.attributes or {})) for event in span.events]
    return f"{span.name} {dict(span.attributes or {})} {events} {span.status.description}"
