import asyncio
import signal
import socket
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from starters.webhooks.serving import serve_webhooks
from tests.support.promptness import quickest_answer_seconds


async def test_a_stop_lets_the_request_under_way_finish_and_then_frees_the_port() -> None:
    app, entered, go_on = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        entered.set()
        await go_on.wait()
        return "done"

    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    service = asyncio.create_task(
        serve_webhooks(app, "127.0.0.1", 0, stop=stop, listening=port.set_result)
    )
    bound = await asyncio.wait_for(port, 30)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{bound}", timeout=30) as http:
        asked = asyncio.create_task(http.get("/slow"))
        await asyncio.wait_for(entered.wait(), 30)
        stop.set()
        go_on.set()
        assert (await asked).json() == "done"
        await asyncio.wait_for(service, 30)
        with pytest.raises(httpx.ConnectError):
            await http.get("/slow")


async def test_the_process_keeps_its_own_signal_handlers(serve: Any) -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with serve(FastAPI()):
        assert signal.getsignal(signal.SIGTERM) is before


async def test_a_port_that_is_taken_is_told_as_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            await serve_webhooks(FastAPI(), "127.0.0.1", port, stop=asyncio.Event())


async def test_a_small_answer_over_a_kept_connection_is_sent_at_once(serve: Any) -> None:
    app = FastAPI()

    @app.post("/taken")
    async def taken() -> str:
        return "taken"

    async with (
        serve(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        assert await quickest_answer_seconds(http, "/taken") < 0.03
