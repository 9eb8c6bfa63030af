"""Reads an answer of an outside system to its end, which must come, and tells where it leads."""

import httpx

CODINGS = "deflate, gzip"
_KNOWN = frozenset({"deflate", "gzip", "identity", ""})
_FRAMING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class UnreadableAnswer(Exception):
    """The answer may not be read to its end; the text says why, and quotes nothing."""


async def read_whole(response: httpx.Response, longest: int) -> bytes:
    """Return the unpacked body of a streamed answer.

    Raises:
        UnreadableAnswer: it is longer than that many bytes, or packed in layers.
        httpx.RequestError: it breaks off, or does not unpack.
    """
    codings = response.headers.get("Content-Encoding", "").lower().split(",")
    if len(codings) > 1 or codings[0].strip() not in _KNOWN:
        # Each layer may multiply the size by a thousand before anybody can count.
        raise UnreadableAnswer("packed in a way that was not asked for")
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > longest:
            raise UnreadableAnswer(f"longer than {longest // 1024} KB")
    return bytes(body)


def unpacked(response: httpx.Response, body: bytes) -> httpx.Response:
    """Return the same answer with its body read and plain."""
    # As bytes: a header of someone else's need not be ASCII.
    headers = [(k, v) for k, v in response.headers.raw if k.lower() not in _FRAMING]
    return httpx.Response(
        response.status_code, headers=headers, content=body, request=response.request
    )


def redirect_target(response: httpx.Response) -> str:
    """Name where a redirect leads, without path and query: they may quote our own."""
    url = httpx.URL(response.headers["Location"])
    if not url.host:
        return "another path"
    here = response.request.url
    if (url.scheme, url.host, url.port) == (here.scheme, here.host, here.port):
        return "another path"
    return f"{url.scheme or here.scheme}://{url.host[:100]}"
