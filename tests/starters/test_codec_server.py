import asyncio
import base64
import contextlib
import json
import logging
import os
import re
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf import json_format
from temporalio import workflow
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from settings.codec import PayloadEncryption, data_converter
from settings.keyring import Keyring
from starters.codec_server import CodecTokenEmpty, OriginTooWide, codec_app
from starters.webhooks.serving import serve_webhooks
from tests.support.temporal import temporal_server

TEMPORAL = Path(sys.executable).with_name("temporal")
MARKER = "jane.doe@example.com"
TOKEN = "a-codec-token"
ORIGIN = "https://temporal.example.com"
RING = Keyring({"new": b"n" * 32})
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    service = asyncio.create_task(
        serve_webhooks(app, "127.0.0.1", 0, stop=stop, listening=port.set_result)
    )
    try:
        yield f"http://127.0.0.1:{await asyncio.wait_for(port, 30)}"
    finally:
        stop.set()
        await asyncio.wait_for(service, 15)


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with served(codec_app(RING, allowed_origins=[ORIGIN], token=TOKEN)) as address:
        yield address


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, headers=AUTHORIZED, timeout=30) as http:
        yield http


def as_json(*payloads: Payload) -> str:
    return json_format.MessageToJson(Payloads(payloads=payloads))


def plain(text: str = MARKER) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(text).encode())


async def test_what_is_encoded_is_unreadable_and_decodes_again_in_order(
    http: httpx.AsyncClient,
) -> None:
    given = as_json(plain(), plain("second"))
    encoded = await http.post("/encode", content=given)
    raw = json_format.Parse(encoded.content, Payloads())
    assert [p.metadata["encoding"] for p in raw.payloads] == [b"binary/encrypted"] * 2
    assert MARKER.encode() not in raw.SerializeToString()
    decoded = await http.post("/decode", content=encoded.content)
    assert decoded.headers["content-type"] == "application/json"
    assert json_format.Parse(decoded.content, Payloads()) == json_format.Parse(given, Payloads())


async def test_what_is_not_encrypted_passes_through(http: httpx.AsyncClient) -> None:
    answer = await http.post("/decode", content=as_json(plain()))
    assert json_format.Parse(answer.content, Payloads()).payloads[0] == plain()


async def test_an_empty_list_is_answered_with_an_empty_list(http: httpx.AsyncClient) -> None:
    answer = await http.post("/decode", content="{}")
    assert (answer.status_code, answer.json()) == (200, {})


async def test_fields_of_a_newer_ui_do_not_matter(http: httpx.AsyncClient) -> None:
    newer = json.loads(as_json(plain())) | {"fieldOfTomorrow": 1}
    assert (await http.post("/decode", json=newer)).status_code == 200


async def test_an_unknown_key_is_answered_400_with_a_sentence(http: httpx.AsyncClient) -> None:
    lost = PayloadEncryption(Keyring({"lost": b"l" * 32}))
    answer = await http.post("/decode", content=as_json(*await lost.encode([plain()])))
    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "Cannot decode: encrypted with key 'lost', which was not given to this process."
    )


@pytest.mark.parametrize("headers", [
    {}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer wrong"},
    {"authorization": f"Basic {TOKEN}"}, {"authorization": TOKEN},
    {"authorization": b"Bearer \xff\xfe"}, {"authorization": f"Bearer {TOKEN} x"},
])  # fmt: skip
async def test_without_the_token_nothing_is_decoded(address: str, headers: Any) -> None:
    async with httpx.AsyncClient(base_url=address) as http:
        answer = await http.post("/decode", content=as_json(plain()), headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_without_a_configured_token_none_is_asked_for() -> None:
    transport = httpx.ASGITransport(codec_app(RING, allowed_origins=[], token=None))
    async with httpx.AsyncClient(transport=transport, base_url="http://codec") as http:
        assert (await http.post("/decode", content=as_json(plain()))).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"5", b"{", b"\xff\xfe", b"[" * 200_000, b'{"payloads":' * 50_000,
     b'{"payloads":5}', b'{"payloads":[],"payloads":[]}',
     b'{"payloads":[{"data":' + b"9" * 100_000 + b"}]}"],
)  # fmt: skip
async def test_a_body_that_is_no_list_of_payloads_is_answered_400(
    http: httpx.AsyncClient, body: bytes
) -> None:
    answer = await http.post("/decode", content=body)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The body is not a JSON list of Temporal payloads."


async def test_the_browser_of_the_ui_may_call_with_its_headers_and_credentials(
    http: httpx.AsyncClient,
) -> None:
    preflight = await http.options(
        "/decode",
        headers={
            "origin": ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-namespace",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert preflight.headers["access-control-allow-credentials"] == "true"
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "x-namespace"))
    answer = await http.post("/decode", content=as_json(plain()), headers={"origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_the_ui_can_read_a_refusal_too(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as http:
        answer = await http.post("/decode", headers={"origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://temporal.example.com", ORIGIN + ".evil.com"]
)
async def test_a_page_of_another_origin_gets_nothing_even_with_the_token(
    http: httpx.AsyncClient, origin: str
) -> None:
    preflight = await http.options(
        "/decode", headers={"origin": origin, "access-control-request-method": "POST"}
    )
    assert "access-control-allow-origin" not in preflight.headers
    answer = await http.post("/decode", content=as_json(plain()), headers={"origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", ["*", "https://*.example.com"])
def test_a_wildcard_origin_is_not_accepted(origin: str) -> None:
    with pytest.raises(OriginTooWide):
        codec_app(RING, allowed_origins=[origin], token=TOKEN)


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_not_accepted(token: str) -> None:
    with pytest.raises(CodecTokenEmpty):
        codec_app(RING, allowed_origins=[], token=token)


async def test_each_use_is_logged_without_content(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await http.post("/decode", content=as_json(plain()), headers={"x-namespace": "default"})
    assert "codec: decode of 1 for 127.0.0.1 in 'default'" in caplog.text
    for hidden in (MARKER, base64.b64encode(plain().data).decode(), TOKEN):
        assert hidden not in caplog.text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_no_documentation_is_served(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


@workflow.defn
class Greet:
    @workflow.run
    async def run(self, address: str) -> str:
        return f"greeted {address}"


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server(search_attributes=(), converter=data_converter(RING)) as temporal:
        yield temporal.client


async def finished(client: Client) -> str:
    """Run a workflow that is given and returns the marker; return its id."""
    queue, workflow_id = f"codec-{uuid.uuid4()}", f"greet-{uuid.uuid4()}"
    async with Worker(
        client, task_queue=queue, workflows=[Greet], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        result = await client.execute_workflow(Greet.run, MARKER, id=workflow_id, task_queue=queue)
    assert result == f"greeted {MARKER}"
    return workflow_id


async def shown(client: Client, workflow_id: str, home: Path, *options: str) -> bytes:
    """What `temporal workflow show` prints as JSON, its base64 `data` laid open behind it."""
    process = await asyncio.create_subprocess_exec(
        str(TEMPORAL), "workflow", "show", "-w", workflow_id, "--output", "json",
        "--address", client.service_client.config.target_host, *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={"HOME": str(home), "PATH": os.environ.get("PATH", "")},
    )  # fmt: skip
    printed, complained = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, complained.decode()
    encoded = re.findall(rb'"data": "([^"]*)"', printed)
    return b"\n".join([printed, *map(base64.b64decode, encoded)])


async def test_the_temporal_cli_shows_a_workflow_only_through_the_codec_server(
    client: Client, address: str, tmp_path: Path
) -> None:
    workflow_id = await finished(client)
    codec = ("--codec-endpoint", address, "--codec-auth", f"Bearer {TOKEN}")
    readable = await shown(client, workflow_id, tmp_path, *codec)
    assert f'"{MARKER}"'.encode() in readable
    assert f'"greeted {MARKER}"'.encode() in readable
    unreadable = await shown(client, workflow_id, tmp_path)
    assert b"encryption-key-id" in unreadable
    assert b"jane" not in unreadable


async def test_what_the_server_keeps_of_a_workflow_does_not_contain_its_argument(
    client: Client,
) -> None:
    history = await client.get_workflow_handle(await finished(client)).fetch_history()
    stored = b"".join(event.SerializeToString() for event in history.events)
    assert b"binary/encrypted" in stored
    assert MARKER.encode() not in stored
