"""How much of a request is read, and for how long, before anything is believed of it."""

import asyncio

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect


async def read_body(request: Request, *, limit_bytes: int, seconds: float) -> bytes:
    """Read the raw body, counting while it streams: a declared length is not to be trusted.

    Raises:
        HTTPException: 413 too large, 415 compressed, 408 too slow, 400 broken off. Each closes
            the connection: what is left of the body is not read.
    """
    too_large = f"At most {limit_bytes} bytes."
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        # A kilobyte can unpack to a gigabyte, and a signature covers the bytes as sent.
        raise _unread(415, "Send the body uncompressed.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 19 or int(declared) > limit_bytes):
        raise _unread(413, too_large)
    read = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                read += chunk
                if len(read) > limit_bytes:
                    raise _unread(413, too_large)
    except TimeoutError:
        raise _unread(408, "The body came too slowly.") from None
    except ClientDisconnect:
        raise _unread(400, "The body broke off.") from None
    return bytes(read)


def _unread(status: int, detail: str) -> HTTPException:
    # The rest is not read, so the connection cannot carry another request.
    return HTTPException(status, detail, headers={"connection": "close"})
