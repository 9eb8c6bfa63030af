"""Planted secrets and personal words are found in the clear nowhere but where they belong.

They belong in the store and in the ERP. The journal keeps an order's persons sealed in its
snapshots; what is not needed to book an order is not kept at all.
"""

import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client
from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider, create_tracer_provider

from sandbox.bigcommerce import orders_v3, wire_v2
from settings.keyring import Keyring
from tests.end_to_end.eventful_day import (
    KEPT_SEALED,
    NOT_KEPT_AT_ALL,
    SECRETS,
    Day,
    spent,
)
from tests.support.processes import TILLBRIDGE

pytestmark = pytest.mark.seconds(55)

_OURS = ("activities", "connectors", "domain", "journal", "settings", "starters", "temporalio",
         "tillbridge", "workers", "workflows")  # fmt: skip


@pytest.fixture(scope="module")
def spans() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, ReplaySafeTracerProvider):
        provider = create_tracer_provider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture(scope="module")
def talkative_store() -> Any:
    """Have the stand-in tell what real stores tell besides, and what nobody asks them for."""

    def more(name: str, module: Any, change: Mapping[str, object]) -> None:
        told = getattr(module, name)
        patch.setattr(module, name, lambda *args: {**told(*args), **change})

    with pytest.MonkeyPatch.context() as patch:
        more("_head", wire_v2, {"ip_address": NOT_KEPT_AT_ALL["IP address"]})
        card = {
            "card_last4": NOT_KEPT_AT_ALL["card's last four"],
            "card_expiry": NOT_KEPT_AT_ALL["card's expiry"],
        }
        more("transaction_v3", orders_v3, {"credit_card": card})
        fields = [{"name": "Born", "value": NOT_KEPT_AT_ALL["custom field"]}]
        address = wire_v2._address
        patch.setattr(wire_v2, "_address", lambda draft: {**address(draft), "form_fields": fields})
        people = wire_v2._people
        patch.setattr(wire_v2, "_people", lambda order: people(order) | _with_fields(order, fields))
        yield


def _with_fields(order: Any, fields: list[dict[str, str]]) -> dict[str, Any]:
    return {"billing_address": {**order.draft.billing.model_dump(), "form_fields": fields}}


@pytest.fixture(scope="module")
async def day(
    client: Client,
    tmp_path_factory: pytest.TempPathFactory,
    spans: InMemorySpanExporter,
    talkative_store: None,
) -> Day:
    folder = tmp_path_factory.mktemp("day")
    told = Told()
    logging.getLogger().addHandler(told)
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        day = await spent(client, folder)
    finally:
        logging.getLogger().removeHandler(told)
        logging.getLogger().setLevel(before)
    day.places["logs of this process"] = "\n".join(told.lines).encode()
    told_spans = "\n".join(map(spelled_out, spans.get_finished_spans()))
    day.places["spans of this process"] = told_spans.encode()
    return day


class Told(logging.Handler):
    """Keeps what is logged in this process, but for the stand-ins, which know everything."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        # The libraries run in the stand-ins here; the real processes are searched whole.
        if record.name.partition(".")[0] in _OURS:
            self.lines.append(self.format(record))


def spelled_out(span: ReadableSpan) -> str:
    events = [(event.name, dict(event.attributes or {})) for event in span.events]
    return f"{span.name} {dict(span.attributes or {})} {events} {span.status.description}"


PLACES = (
    "histories",
    "descriptions",
    "journal rows",
    "journal files",
    "log of worker",
    "log of serve",
    "logs of this process",
    "exported spans",
    "spans of this process",
    "SDK metrics",
    "command line",
    "answers of the services",
)


@pytest.mark.parametrize("place", PLACES)
def test_no_planted_word_is_found_in_the_clear(day: Day, place: str) -> None:
    content = day.places[place].lower()
    found = [what for what, word in day.planted.items() if word.lower().encode() in content]
    assert found == []


@pytest.mark.parametrize("place", PLACES)
def test_something_was_written_to_every_place_that_is_searched(day: Day, place: str) -> None:
    assert len(day.places[place]) > 100, day.places[place]


@pytest.mark.parametrize("what", KEPT_SEALED)
def test_what_an_order_needs_of_a_person_did_travel_and_lies_sealed(day: Day, what: str) -> None:
    assert KEPT_SEALED[what] in day.sealed
    assert KEPT_SEALED[what].lower() in day.in_erp.lower()


@pytest.mark.parametrize("what", NOT_KEPT_AT_ALL)
def test_what_no_order_needs_is_kept_nowhere_not_even_sealed(day: Day, what: str) -> None:
    assert NOT_KEPT_AT_ALL[what] not in day.sealed
    assert NOT_KEPT_AT_ALL[what] not in day.in_erp


def test_a_stored_secret_lies_sealed_in_the_journal(day: Day) -> None:
    assert SECRETS["operator password"] in day.sealed


def test_the_places_are_searched_whole(day: Day) -> None:
    assert sorted(day.places) == sorted(PLACES)


async def test_secrets_of_places_that_cannot_be_reached_are_not_told(tmp_path: Path) -> None:
    planted = {"api key": "planted-api-key-3c3c", "database password": "planted-db-password-8e8e"}
    settings = tmp_path / "tillbridge.toml"
    key = Keyring.new_key("planted")
    settings.write_text(
        f"""
[temporal]
address = "127.0.0.1:1"
api_key = "{planted["api key"]}"
[journal]
url = "postgresql+psycopg://till:{planted["database password"]}@127.0.0.1:1/journal"
[keys]
journal = "{key}"
payloads = "{key}"
[connections.main]
store = {{ type = "bigcommerce", store_hash = "abc123", access_token = "t" }}
erp = {{ type = "syspro" }}
policy = {{ key_prefix = "BC-" }}
webhooks = {{ path_secret = "an-unguessable-path-secret", client_secret = "s" }}
"""
    )
    commands = ("ping", "status", "worker")
    printed = await asyncio.gather(*(complaint(words, settings) for words in commands))
    for command, told in zip(commands, printed, strict=True):
        assert [what for what, word in planted.items() if word in told] == [], command
        assert key.partition(":")[2] not in told


async def complaint(command: str, settings: Path) -> str:
    """Run a command that must fail; return all that it prints."""
    running = await asyncio.create_subprocess_exec(
        TILLBRIDGE,
        command,
        env={
            **os.environ,
            "TILLBRIDGE_CONFIG": str(settings),
            "TILLBRIDGE_TELEMETRY__LOG_LEVEL": "DEBUG",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asyncio.wait_for(running.communicate(), 60)
    assert running.returncode != 0
    return printed.decode()
