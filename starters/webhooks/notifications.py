"""The door for ERPs: believes one secret header, answers fast, and only ever says "look"."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, HTTPException, Request, Response
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from starters.webhooks.description import NOTIFICATION, NOTIFICATION_RESPONSES
from starters.webhooks.hints import HintEndpoint, HintIntake
from starters.webhooks.intake import Outcome
from starters.webhooks.limits import read_body
from starters.webhooks.pacing import Pacing, Wake
from starters.webhooks.paths import door_at
from starters.webhooks.refusals import Refusals
from starters.webhooks.verify import SignatureInvalid

# One data transaction is one notification: a receipt of a thousand lines has two thousand rows.
NOTIFICATION_LIMIT_BYTES = 1024 * 1024
_BODY_SECONDS = 5.0
_RETRY_AFTER = {"retry-after": "60"}

_tracer = trace.get_tracer("tillbridge.webhooks")


@dataclass(frozen=True)
class Hints:
    """The endpoints of the ERPs that tell of changes, by connection, and how a push is woken."""

    endpoints: Mapping[str, HintEndpoint]
    wake: Wake


def add_notifications(
    app: FastAPI, endpoints: Mapping[str, HintEndpoint], pacing: Pacing, refusals: Refusals
) -> None:
    """Add the route.

    Whatever is genuine but of no use is answered 200: Acumatica would deliver it four times more.
    """
    intake = HintIntake(pacing)

    async def receive(connection: str, path_secret: str, request: Request) -> Response:
        endpoint = door_at(endpoints, connection, path_secret)
        if endpoint is None:
            refusals.tell("notification to an unknown path")
            raise HTTPException(404)
        with _tracer.start_as_current_span(f"notification {connection}", kind=SpanKind.SERVER):
            return await answer(endpoint, request)

    async def answer(endpoint: HintEndpoint, request: Request) -> Response:
        try:
            # Before the body: whoever does not know the secret has nothing of theirs read.
            endpoint.verifier.verify(request.headers.raw, b"")
        except SignatureInvalid as invalid:
            refusals.tell(f"notification of {endpoint.connection} refused: {invalid.reason}")
            # What follows the head is not read, so the connection can carry nothing else.
            raise HTTPException(401, headers={"connection": "close"}) from None
        body = await read_body(request, limit_bytes=NOTIFICATION_LIMIT_BYTES, seconds=_BODY_SECONDS)
        if await intake.take(endpoint, body) is Outcome.REFUSED:
            return Response(status_code=503, headers=_RETRY_AFTER)
        return Response(status_code=200)

    app.add_api_route(
        "/notifications/{connection}/{path_secret}",
        receive,
        methods=["POST"],
        response_class=Response,
        responses=NOTIFICATION_RESPONSES,
        openapi_extra=NOTIFICATION,
    )
