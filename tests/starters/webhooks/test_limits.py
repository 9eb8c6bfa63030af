import asyncio
from typing import Any

import pytest
from fastapi import HTTPException, Request

from starters.webhooks.limits import read_body


def request(*messages: Any, **headers: str) -> Request:
    """A request of which the messages arrive, and then nothing more."""
    left = list(messages)

    async def receive() -> Any:
        if left:
            return left.pop(0)
        return await asyncio.Event().wait()

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def part(content: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


async def status_of(refused: Request) -> int:
    with pytest.raises(HTTPException) as answer:
        await read_body(refused, limit_bytes=4, seconds=0.05)
    return answer.value.status_code


async def test_the_parts_of_a_body_are_put_together() -> None:
    whole = request(part(b"ab"), part(b"cd", more=False), content_encoding="identity")
    assert await read_body(whole, limit_bytes=4, seconds=5) == b"abcd"


async def test_a_body_longer_than_its_declared_length_is_refused() -> None:
    assert await status_of(request(part(b"abcde", more=False), content_length="3")) == 413


async def test_reading_stops_at_the_first_part_beyond_the_limit() -> None:
    assert await status_of(request(part(b"abc"), part(b"de"))) == 413


async def test_a_body_that_does_not_come_in_time_is_given_up() -> None:
    assert await status_of(request(part(b"a"))) == 408


async def test_a_body_that_breaks_off_is_refused() -> None:
    assert await status_of(request(part(b"a"), {"type": "http.disconnect"})) == 400


async def test_a_compressed_body_is_refused_unread() -> None:
    assert await status_of(request(content_encoding="gzip")) == 415
