"""Child processes: the ports they are given, and what is told when one does not come up."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from starters.processes import Child, NotReady, claimed_port, until_ready


async def never() -> bool:
    return False


def test_a_claimed_port_is_not_given_to_another_who_prefers_it() -> None:
    port = claimed_port()
    assert claimed_port(port) != port


def test_no_two_claims_get_the_same_port() -> None:
    ports = [claimed_port() for _ in range(50)]
    assert len(set(ports)) == len(ports)


async def test_a_server_can_listen_on_a_claimed_port() -> None:
    port = claimed_port()
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port)
    async with server:
        assert server.is_serving()


async def test_a_process_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no licence')"]
    async with Child("serve", command, log=tmp_path / "serve.log", env=os.environ) as child:
        with pytest.raises(NotReady, match=r"serve ended as soon as it was started(.|\n)*licence"):
            await until_ready(child, never)
