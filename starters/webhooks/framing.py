"""Refuses requests of which two servers in a row could see different ends."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class OneLengthOnly:
    """ASGI middleware that refuses a request with both a length and a transfer encoding.

    HTTP allows a server to believe the encoding then, as ours would; a proxy before it that
    believes the length hands on the rest of the body as somebody else's request (RFC 9112, 6.1
    and 11.2). Nobody sends both in good faith.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400 and close the connection."""
        names = {name for name, _ in scope.get("headers", ())}
        if {b"content-length", b"transfer-encoding"} <= names:
            refusal = PlainTextResponse(
                "Send a content-length or a transfer-encoding, not both.",
                400,
                headers={"connection": "close"},  # what follows is read as no further request
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
