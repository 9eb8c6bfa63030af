"""Lets the Temporal UI and CLI show encrypted payloads to people who may see them.

It decrypts everything, so it is guarded like the console and never exposed beyond it.
"""

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from settings.codec import PayloadEncryption
from settings.keyring import Keyring, KeyUnknown
from starters.webhooks.hardening import SecurityHeaders
from starters.webhooks.limits import read_body

# A page of history: many payloads of at most 2 MB, in base64.
BODY_LIMIT_BYTES = 32 * 1024 * 1024
_BODY_SECONDS = 30.0

_log = logging.getLogger(__name__)
_Transform = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


class OriginTooWide(ValueError):
    """A wildcard origin would let any web page read what its visitor may decrypt."""


class CodecTokenEmpty(ValueError):
    """An empty token would open the server to everybody; give one, or None to have none."""


def codec_app(
    keyring: Keyring, *, allowed_origins: Sequence[str], token: str | None, openapi: bool = False
) -> FastAPI:
    """Build the codec server: `POST /encode` and `POST /decode` of JSON `Payloads`.

    `allowed_origins` are the UI's own, such as `https://temporal.example.com`. With a token,
    requests must carry `Authorization: Bearer <token>` (CLI: `--codec-auth "Bearer <token>"`).
    Source: Temporal documentation, "Codec Server setup".

    Raises:
        OriginTooWide: an origin is `*`.
        CodecTokenEmpty: the token is an empty text.
    """
    if any("*" in origin for origin in allowed_origins):
        raise OriginTooWide("name the origin of the Temporal UI; a wildcard is not accepted")
    if token is not None and not token.strip():
        raise CodecTokenEmpty("the codec server's token is empty")
    origins = frozenset(origin.rstrip("/") for origin in allowed_origins)
    codec = PayloadEncryption(keyring)
    app = FastAPI(title="Tillbridge codec server", openapi_url="/openapi.json" if openapi else None)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(origins),
        allow_credentials=True,
        allow_methods=["POST"],
        allow_headers=["x-namespace", "authorization", "content-type"],
    )
    app.add_middleware(SecurityHeaders)

    def route(name: str, transform: _Transform) -> None:
        async def answer(request: Request) -> Response:
            _check_origin(request, origins)
            _check_token(request, token)
            return await _answer(request, name, transform)

        app.add_api_route(f"/{name}", answer, methods=["POST"], response_model=None)

    route("encode", codec.encode)
    route("decode", codec.decode)
    return app


async def _answer(request: Request, name: str, transform: _Transform) -> Response:
    body = await read_body(request, limit_bytes=BODY_LIMIT_BYTES, seconds=_BODY_SECONDS)
    try:
        # Fields that a newer UI adds are no reason to show nothing.
        payloads = json_format.Parse(body, Payloads(), ignore_unknown_fields=True).payloads
    except (json_format.ParseError, UnicodeDecodeError, RecursionError):
        raise HTTPException(400, "The body is not a JSON list of Temporal payloads.") from None
    asked_by = request.client.host if request.client else "unknown"
    namespace = request.headers.get("x-namespace", "")
    try:
        transformed = await transform(payloads)
    except KeyUnknown as unknown:
        _log.warning("codec: %s for %s in %.80r: key unknown", name, asked_by, namespace)
        raise HTTPException(400, f"Cannot {name}: {unknown}.") from None
    _log.info("codec: %s of %d for %s in %.80r", name, len(payloads), asked_by, namespace)
    text = json_format.MessageToJson(Payloads(payloads=transformed), indent=None)
    return Response(text, media_type="application/json")


def _check_origin(request: Request, origins: frozenset[str]) -> None:
    # CORS only keeps a foreign page from reading the answer; this keeps it from being made.
    origin = request.headers.get("origin")
    if origin is not None and origin not in origins:
        _log.warning("codec: refused a request of a foreign origin")
        raise HTTPException(403, "This origin may not use the codec server.")


def _check_token(request: Request, token: str | None) -> None:
    if token is None:
        return
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    matches = hmac.compare_digest(_digest(token), _digest(presented.strip()))
    if scheme.lower() != "bearer" or not matches:
        _log.warning("codec: refused a request without the token")
        raise HTTPException(
            401, "A bearer token is needed.", headers={"www-authenticate": "Bearer"}
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
