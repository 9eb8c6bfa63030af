"""The webhook service: a stateless door that believes signatures, answers fast, decides nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from starters.webhooks.description import DELIVERY, READINESS, RESPONSES
from starters.webhooks.framing import OneLengthOnly
from starters.webhooks.hardening import SECURITY_HEADERS, SecurityHeaders
from starters.webhooks.intake import Endpoint, Intake, Outcome, Start
from starters.webhooks.limits import read_body
from starters.webhooks.notifications import Hints, add_notifications
from starters.webhooks.pacing import Pacing
from starters.webhooks.paths import door_at
from starters.webhooks.refusals import Refusals
from starters.webhooks.verify import SignatureInvalid

BODY_LIMIT_BYTES = 64 * 1024
_BODY_SECONDS = 5.0
_READY_SECONDS = 2.0
_RETRY_AFTER = {"retry-after": "60"}  # BigCommerce's own first gap

# FastAPI's own spans hold the whole path, and with it the path secret.
UNTRACED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}

_tracer = trace.get_tracer("tillbridge.webhooks")

Ready = Callable[[], Awaitable[str | None]]
"""Returns None when events can be taken, else the reason in one sentence."""


def webhook_app(
    endpoints: Mapping[str, Endpoint],
    start: Start,
    ready: Ready,
    *,
    hints: Hints | None = None,
    accept_seconds: float = 2.0,
    openapi: bool = False,
) -> FastAPI:
    """Build the service for the endpoints, by connection; the mapping may change while it runs.

    A delivery is answered 2xx only after `start` has returned; if it fails or exceeds
    `accept_seconds`, with 503, and the store delivers again. Whatever is genuine but of no use to
    us is answered 200: the store block-lists a host name of which more than a tenth of the answers
    are refusals (documentation, webhooks, "Blocklisting"). With `hints` ERPs find a door, too.
    """
    pacing = Pacing(hints.wake, seconds=accept_seconds) if hints is not None else None
    app = FastAPI(
        title="Tillbridge webhooks",
        openapi_url="/openapi.json" if openapi else None,
        redirect_slashes=False,  # a redirect would repeat the path secret in its Location
        telemetry=UNTRACED,
        lifespan=_closing(pacing),
    )
    app.add_middleware(OneLengthOnly)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(Exception, _unforeseen)
    intake = Intake(start, accept_seconds=accept_seconds)
    refusals = Refusals()

    async def receive(connection: str, path_secret: str, request: Request) -> Response:
        endpoint = door_at(endpoints, connection, path_secret)
        if endpoint is None:
            refusals.tell("delivery to an unknown webhook path")
            raise HTTPException(404)
        with _tracer.start_as_current_span(f"webhook {endpoint.connection}", kind=SpanKind.SERVER):
            return await answer(endpoint, request)

    async def answer(endpoint: Endpoint, request: Request) -> Response:
        body = await read_body(request, limit_bytes=BODY_LIMIT_BYTES, seconds=_BODY_SECONDS)
        try:
            verified = endpoint.verifier.verify(request.headers.raw, body)
        except SignatureInvalid as invalid:
            refusals.tell(f"webhook of {endpoint.connection} refused: {invalid.reason}")
            raise HTTPException(401) from None
        outcome = await intake.take(endpoint, verified, body)
        if outcome is Outcome.REFUSED:
            return Response(status_code=503, headers=_RETRY_AFTER)
        return Response(status_code=200)

    app.add_api_route(
        "/webhooks/{connection}/{path_secret}",
        receive,
        methods=["POST"],
        response_class=Response,
        responses=RESPONSES,
        openapi_extra=DELIVERY,
    )
    if hints is not None and pacing is not None:
        add_notifications(app, hints.endpoints, pacing, refusals)
    _add_health(app, ready)
    return app


def _closing(pacing: Pacing | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        if pacing is not None:
            await pacing.aclose()

    return lifespan


def _add_health(app: FastAPI, ready: Ready) -> None:
    async def healthz() -> Response:
        return PlainTextResponse("ok")

    async def readyz() -> Response:
        try:
            async with asyncio.timeout(_READY_SECONDS):
                reason = await ready()
        except TimeoutError:
            reason = f"No answer within {_READY_SECONDS:.0f} s."
        if reason is not None:
            return JSONResponse({"ready": False, "reason": reason}, 503)
        return JSONResponse({"ready": True})

    app.add_api_route("/healthz", healthz, methods=["GET"], response_class=PlainTextResponse)
    app.add_api_route("/readyz", readyz, methods=["GET"], responses=READINESS)


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    # The server logs the error with its trace once this has been sent; 503 has the store try again.
    return Response(status_code=503, headers=_RETRY_AFTER | SECURITY_HEADERS)
