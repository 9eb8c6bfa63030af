"""The door of the API: tokens, scopes, the shared quota and its headers on every answer."""

import json
import re

from sandbox.asgi import App, Message, Receive, Scope, Send, answer
from sandbox.bigcommerce.refusals import Refused, refusal_body
from sandbox.bigcommerce.settings import StoreSettings, Token

_STORE = re.compile(r"^/stores/([^/]+)/(v2|v3)/(.+)$")


class Gate:
    """ASGI middleware that admits a request or refuses it as the platform would."""

    def __init__(self, app: App, settings: StoreSettings) -> None:
        self._app = app
        self._settings = settings
        self._window_began = settings.stopwatch()
        self._used = 0
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection event as ASGI asks."""
        match = _STORE.match(str(scope["path"])) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope, match[1], f"{match[2]}/{match[3]}")
        limits = {} if refused and refused.status == 401 else self._spend()
        if refused is None and limits is None:
            await self._throttle(send)
        elif refused is not None:
            await _refuse(send, str(scope["path"]), refused, limits or {})
        elif self._settings.max_concurrent is not None and (
            self._in_flight >= self._settings.max_concurrent
        ):
            await answer(send, 429, b"", {})
        else:
            await self._admit(scope, receive, send, limits or {})

    async def _admit(
        self, scope: Scope, receive: Receive, send: Send, limits: dict[str, str]
    ) -> None:
        extra = [(name.lower().encode(), value.encode()) for name, value in limits.items()]

        async def with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        self._in_flight += 1
        try:
            await self._app(scope, receive, with_limits)
        finally:
            self._in_flight -= 1

    def _refusal(self, scope: Scope, store_hash: str, resource: str) -> Refused | None:
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        token = self._settings.tokens.get(headers.get(b"x-auth-token", b"").decode("latin-1"))
        if token is None:
            return Refused(401, "Unauthorized")
        if store_hash != self._settings.store_hash:
            return Refused(403, "You don't have access to this store.")
        if not _allowed(token, resource, reading=scope["method"] == "GET"):
            return Refused(403, "You don't have a required scope to access the endpoint")
        scope["token"] = token
        return None

    def _spend(self) -> dict[str, str] | None:
        """Takes one request from the quota: the headers to answer with, or None when empty."""
        self._roll()
        if self._used >= self._settings.quota:
            return None
        self._used += 1
        return self._headers()

    def _roll(self) -> None:
        window = self._settings.quota_window_ms / 1000
        if self._settings.stopwatch() - self._window_began >= window:
            self._window_began = self._settings.stopwatch()
            self._used = 0

    def _headers(self) -> dict[str, str]:
        window = self._settings.quota_window_ms
        passed = int((self._settings.stopwatch() - self._window_began) * 1000)
        return {
            "X-Rate-Limit-Time-Window-Ms": str(window),
            "X-Rate-Limit-Time-Reset-Ms": str(max(window - passed, 1)),
            "X-Rate-Limit-Requests-Quota": str(self._settings.quota),
            "X-Rate-Limit-Requests-Left": str(max(self._settings.quota - self._used, 0)),
        }

    async def _throttle(self, send: Send) -> None:
        headers = self._headers()
        seconds = -(-int(headers["X-Rate-Limit-Time-Reset-Ms"]) // 1000)
        headers["X-Retry-After"] = str(seconds)
        await answer(send, 429, b"", {} if self._settings.bare_throttle else headers)


def _allowed(token: Token, resource: str, *, reading: bool) -> bool:
    wanted = _scopes_for(resource, reading=reading)
    if not wanted:
        return True
    held = token.scopes
    return any(name in held or (reading and f"{name}_read_only" in held) for name in wanted)


def _scopes_for(resource: str, *, reading: bool) -> tuple[str, ...]:
    """Any one of these lets a request pass (card, section 1.1)."""
    if resource.startswith("v3/hooks"):
        return ()
    if resource.startswith("v3/customers"):
        return ("store_v2_customers",)
    if resource.startswith("v3/catalog"):
        return ("store_v2_products",)
    if resource.startswith("v3/inventory/locations"):
        return ("store_locations",)
    if resource.startswith("v3/inventory"):
        return ("store_inventory",)
    if resource.endswith("/transactions"):
        return ("store_v2_transactions",)
    if "/payment_actions/" in resource and not reading:
        return ("store_v2_orders", "store_v2_transactions")
    if resource.startswith(("v2/store", "v2/time")):
        return ("store_v2_information",)
    return ("store_v2_orders",)


async def _refuse(send: Send, path: str, refused: Refused, limits: dict[str, str]) -> None:
    body = json.dumps(refusal_body(path, refused)).encode()
    headers = {"Content-Type": "application/json", **limits}
    await answer(send, refused.status, body, headers)
