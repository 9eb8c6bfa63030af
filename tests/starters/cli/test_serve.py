"""The serving process: webhooks into Temporal, payloads out of the codec server."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from temporalio.client import Client

from settings.load import load_settings
from settings.model import Settings
from starters.endpoints import EndpointUnusable, endpoints_of, hint_endpoints_of
from starters.serve import serve
from tests.support.journals import fresh_journal
from tests.support.waiting import until

BODY = json.dumps(
    {
        "scope": "store/order/created",
        "data": {"type": "order", "id": 990},
        "producer": "stores/abc123",
        "created_at": 1,
    }
)
PATH = "/webhooks/main/an-unguessable-path-secret"


def signed(secret: str = "the-client-secret") -> dict[str, str]:
    now = datetime.now(UTC)
    signer = Webhook(base64.b64encode(secret.encode()).decode())
    return {
        "webhook-id": "msg_990",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign("msg_990", now, BODY),
    }


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[dict[str, int]]:
    """Serve on free ports until the block ends; yields the ports by service."""
    settings = settings.model_copy(
        update={
            "webhook_service": settings.webhook_service.model_copy(update={"port": 0}),
            "codec_server": settings.codec_server.model_copy(update={"port": 0}),
        }
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    ports: dict[str, int] = {}

    def listening(name: str, port: int) -> None:
        ports[name] = port
        if len(ports) == 2:
            ready.set()

    process = asyncio.create_task(serve(settings, stop=stop, listening=listening))
    try:
        async with asyncio.timeout(30):
            await ready.wait()
        yield ports
    finally:
        stop.set()
        assert await process == 0


async def until_ready(http: httpx.AsyncClient) -> None:
    async def ready() -> bool | None:
        return (await http.get("/readyz")).status_code == 200 or None

    await until(ready, "a service that is ready")


def calling(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)


async def test_a_signed_webhook_starts_the_orders_workflow(shop: Any, client: Client) -> None:
    settings = load_settings(shop.settings_file)
    async with serving(settings) as ports, calling(ports["webhooks"]) as http:
        await until_ready(http)
        answer = await http.post(PATH, content=BODY, headers=signed())
        forged = await http.post(PATH, content=BODY, headers=signed("another-secret"))
    assert (answer.status_code, forged.status_code) == (200, 401)
    started = await client.get_workflow_handle("main:order:990").describe()
    assert started.workflow_type == "OrderSync"


async def test_without_temporal_it_keeps_webhooks_in_the_inbox_and_is_ready(shop: Any) -> None:
    settings = load_settings(shop.settings_file)
    async with serving(settings) as ports, calling(ports["webhooks"]) as http:
        assert (await http.get("/healthz")).status_code == 200
        kept = await http.post(PATH, content=BODY, headers=signed())
        ready = await http.get("/readyz")
    assert (kept.status_code, ready.status_code) == (200, 200)
    async with shop.journal() as journal:
        [entry] = await journal.inbox.oldest()
    assert (entry.connection, entry.workflow, entry.resource_id) == ("main", "order", "990")


async def test_without_temporal_and_journal_it_has_the_store_deliver_again(
    bare_shop: Any,
) -> None:
    settings = load_settings(bare_shop.settings_file)
    async with serving(settings) as ports, calling(ports["webhooks"]) as http:
        assert (await http.get("/healthz")).status_code == 200
        not_ready = await http.get("/readyz")
        refused = await http.post(PATH, content=BODY, headers=signed())
    assert not_ready.status_code == 503
    assert "Temporal has not been reached yet." in not_ready.text
    assert "The journal cannot be used either." in not_ready.text
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")


async def test_without_a_journal_it_hands_webhooks_to_temporal(shop: Any, client: Client) -> None:
    shop.database.unlink()
    settings = load_settings(shop.settings_file)
    async with serving(settings) as ports, calling(ports["webhooks"]) as http:
        await until_ready(http)
        answer = await http.post(PATH, content=BODY, headers=signed())
    assert answer.status_code == 200
    started = await client.get_workflow_handle("main:order:990").describe()
    assert started.workflow_type == "OrderSync"


async def test_a_journal_that_is_migrated_later_is_used_then(bare_shop: Any) -> None:
    settings = load_settings(bare_shop.settings_file)
    async with serving(settings) as ports, calling(ports["webhooks"]) as http:
        assert (await http.post(PATH, content=BODY, headers=signed())).status_code == 503
        await asyncio.to_thread(fresh_journal, bare_shop.database)

        async def taken() -> bool | None:
            answer = await http.post(PATH, content=BODY, headers=signed())
            return answer.status_code == 200 or None

        await until(taken, "an accepted webhook")


async def test_the_codec_server_opens_what_a_client_sealed(shop: Any) -> None:
    payload = (await shop.data_converter().encode(["secret text"]))[0]
    sealed = {
        "metadata": {k: base64.b64encode(v).decode() for k, v in payload.metadata.items()},
        "data": base64.b64encode(payload.data).decode(),
    }
    settings = load_settings(shop.settings_file)
    async with serving(settings) as ports, calling(ports["codec server"]) as http:
        answer = await http.post("/decode", json={"payloads": [sealed]})
    opened = base64.b64decode(answer.json()["payloads"][0]["data"])
    assert opened == b'"secret text"'


async def test_a_taken_port_is_said_and_ends_the_process(shop: Any) -> None:
    settings = load_settings(shop.settings_file)
    listener = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    taken = int(listener.sockets[0].getsockname()[1])
    at = settings.webhook_service.model_copy(update={"port": taken})
    async with listener:
        with pytest.raises(OSError, match="in use"):
            await serve(
                settings.model_copy(update={"webhook_service": at}),
                codec=False,
                stop=asyncio.Event(),
            )


async def test_a_client_secret_may_lie_in_the_journal(shop: Any) -> None:
    settings = with_webhooks(shop, client_secret='"secret:hook"')
    with pytest.raises(EndpointUnusable, match="secret:hook is not stored"):
        await endpoints_of(settings)
    async with shop.journal() as journal:
        await journal.secrets.set("main", "hook", "kept-in-the-journal")
    (endpoint,) = (await endpoints_of(settings)).values()
    headers = [(k.encode(), v.encode()) for k, v in signed("kept-in-the-journal").items()]
    assert endpoint.verifier.verify(headers, BODY.encode()).webhook_id == "msg_990"


async def test_without_a_client_secret_the_custom_header_alone_decides(shop: Any) -> None:
    settings = with_webhooks(shop, header_secret='"the-header-secret"')
    (endpoint,) = (await endpoints_of(settings)).values()
    headers = [(k.encode(), v.encode()) for k, v in signed("not-ours-to-judge").items()]
    proof = (b"x-tillbridge-token", b"the-header-secret")
    assert endpoint.verifier.verify([*headers, proof], BODY.encode()).webhook_id is None


async def test_a_connection_that_nothing_could_prove_is_refused_at_the_start(shop: Any) -> None:
    with pytest.raises(EndpointUnusable, match=r"connections\.main\.webhooks"):
        await endpoints_of(with_webhooks(shop))


def with_webhooks(shop: Any, **webhooks: str) -> Settings:
    text = shop.settings_file.read_text().replace('client_secret = "the-client-secret"\n', "")
    lines = "".join(f"{name} = {value}\n" for name, value in webhooks.items())
    marker = "[connections.main.webhooks]\n"
    shop.settings_file.write_text(text.replace(marker, marker + lines))
    return load_settings(shop.settings_file)


def with_notifications(shop: Any, erp: str = "acumatica", **changed: object) -> Settings:
    table = {
        "path_secret": "the-erps-unguessable-path-secret",
        "header_secret": "secret:told",
        "queries": {"TB-Stock": "stock"},
        **changed,
    }
    settings = load_settings(shop.settings_file)
    connection = settings.connection("main")
    erp_table = {"type": erp, "notifications": table}
    return settings.model_copy(
        update={"connections": {"main": connection.model_copy(update={"erp": erp_table})}}
    )


async def test_the_secret_of_an_erp_s_notifications_may_lie_in_the_journal(shop: Any) -> None:
    settings = with_notifications(shop)
    with pytest.raises(EndpointUnusable, match="secret:told is not stored"):
        await hint_endpoints_of(settings)
    async with shop.journal() as journal:
        await journal.secrets.set("main", "told", "kept-in-the-journal")
    (endpoint,) = (await hint_endpoints_of(settings)).values()
    endpoint.verifier.verify([(b"x-tillbridge-token", b"kept-in-the-journal")], b"")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"path_secret": "short"}, "path secret needs at least 16 characters"),
        ({"header_secret": ""}, "queries need header_secret"),
        ({"header_name": "Content-Type"}, "header_name: .*none that Acumatica sets itself"),
        ({"queries": {"TB-Stock": "stocks"}}, "queries.TB-Stock: .*'stock' or 'prices'"),
        ({"querys": {}}, "querys: Extra inputs are not permitted"),
    ],
    ids=["a short path secret", "no header secret", "a taken header", "no such subject", "a typo"],
)
async def test_notifications_that_cannot_be_verified_or_read_are_refused_at_the_start(
    shop: Any, changed: dict[str, object], fault: str
) -> None:
    with pytest.raises(EndpointUnusable, match=fault) as refused:
        await hint_endpoints_of(with_notifications(shop, **{"header_secret": "hush", **changed}))
    assert "[connections.main.erp.notifications]" in str(refused.value)


@pytest.mark.parametrize(
    ("erp", "changed"), [("acumatica", {"queries": {}}), ("syspro", {})], ids=["none", "SYSPRO"]
)
async def test_an_erp_that_tells_nothing_has_no_door(
    shop: Any, erp: str, changed: dict[str, object]
) -> None:
    assert await hint_endpoints_of(with_notifications(shop, erp, **changed)) == {}
