"""The webhook registrations of every API account, their rules, and which hosts are blocked."""

import itertools
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.bigcommerce.refusals import Refused, not_found
from sandbox.bigcommerce.settings import Clock, StoreSettings, Token

_PER_SCOPE = 10
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Hook:
    """One registration. `deactivated` says that the platform, not the owner, switched it off."""

    id: int
    client_id: str
    scope: str
    destination: str
    headers: dict[str, str]
    is_active: bool
    created_at: int
    updated_at: int
    deactivated: bool = False

    @property
    def host(self) -> str:
        """The host name that block-listing goes by."""
        return urlsplit(self.destination).netloc

    def hears(self, scope: str) -> bool:
        """Whether the hook's scope covers that of an event."""
        if self.scope.endswith("/*"):
            return scope.startswith(self.scope[:-1])
        return self.scope == scope


@dataclass(frozen=True)
class Block:
    """A host that gets nothing until `until` on the monotonic clock."""

    until: float
    failures: int
    since: int


@dataclass
class Hooks:
    """Every registration of the store."""

    settings: StoreSettings
    clock: Clock
    emails: list[str] = field(default_factory=list)
    _hooks: dict[int, Hook] = field(default_factory=dict)
    _blocks: dict[str, Block] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(18_048_287))

    def get(self, hook_id: int) -> Hook | None:
        """The hook of that id, if it still exists."""
        return self._hooks.get(hook_id)

    def owned(self, token: Token, hook_id: int) -> Hook:
        """A hook of the calling account. Raises Refused (404)."""
        hook = self._hooks.get(hook_id)
        if hook is None or hook.client_id != token.client_id:
            raise not_found()
        return hook

    def of(self, token: Token) -> list[Hook]:
        """The calling account's hooks; those of others are invisible."""
        return [hook for hook in self._hooks.values() if hook.client_id == token.client_id]

    def listening(self, scope: str) -> list[Hook]:
        """Active hooks that cover a scope."""
        return [hook for hook in self._hooks.values() if hook.is_active and hook.hears(scope)]

    def secret_of(self, hook: Hook) -> str:
        """The client secret of the account that owns a hook."""
        owners = self.settings.tokens.values()
        return next((t.client_secret for t in owners if t.client_id == hook.client_id), "")

    def create(self, token: Token, sent: dict[str, object]) -> Hook:
        """Registers a hook. Raises Refused (422)."""
        scope, destination = sent.get("scope"), sent.get("destination")
        missing = {n: "error.path.missing." for n in ("scope", "destination") if not sent.get(n)}
        if missing or not isinstance(scope, str) or not isinstance(destination, str):
            raise Refused(422, "JSON data is missing or invalid", errors=missing)
        self._check(token, scope, destination, None)
        now = int(self.clock().timestamp())
        headers, active = _headers(sent.get("headers")), sent.get("is_active", True) is True
        hook_id = next(self._ids)
        hook = Hook(hook_id, token.client_id, scope, destination, headers, active, now, now)
        self._hooks[hook.id] = hook
        return hook

    def update(self, hook: Hook, token: Token, sent: dict[str, object]) -> None:
        """Changes the given fields. Raises Refused (422)."""
        if not set(sent) & {"scope", "destination", "headers", "is_active"}:
            raise Refused(422, "At least one field is required.")
        scope = str(sent.get("scope", hook.scope))
        destination = str(sent.get("destination", hook.destination))
        self._check(token, scope, destination, hook.id)
        hook.scope, hook.destination = scope, destination
        if "headers" in sent:
            hook.headers = _headers(sent["headers"])
        if "is_active" in sent:
            hook.is_active = sent["is_active"] is True
            hook.deactivated = False
        hook.updated_at = int(self.clock().timestamp())

    def delete(self, hook: Hook) -> None:
        """Forgets a hook."""
        del self._hooks[hook.id]

    def deactivate(self, hook_id: int) -> None:
        """What the platform does after the last failed attempt."""
        hook = self._hooks.get(hook_id)
        if hook is not None:
            hook.is_active, hook.deactivated = False, True
            hook.updated_at = int(self.clock().timestamp())

    def block(self, hook: Hook, *, seconds: float, failures: int) -> None:
        """Stops deliveries to the hook's host for a while."""
        since = int(self.clock().timestamp())
        self._blocks[hook.host] = Block(time.monotonic() + seconds, failures, since)

    def blocked_for(self, hook: Hook) -> bool:
        """Whether the hook's host is blocked now."""
        return hook.host in self.blocks()

    def blocks(self) -> dict[str, Block]:
        """The hosts blocked now."""
        now = time.monotonic()
        self._blocks = {host: b for host, b in self._blocks.items() if b.until > now}
        return dict(self._blocks)

    def _check(self, token: Token, scope: str, destination: str, own_id: int | None) -> None:
        others = [hook for hook in self.of(token) if hook.id != own_id and hook.scope == scope]
        if any(hook.destination == destination for hook in others):
            raise Refused(422, "A webhook with this scope and destination already exists.")
        if len(others) >= _PER_SCOPE:
            raise Refused(422, "The limit of 10 webhooks for this scope is reached.")
        if not _reachable(destination, loopback=self.settings.allow_http_loopback):
            problem = {"destination": "error.destination.invalid."}
            raise Refused(422, "The destination must be https on port 443.", errors=problem)


def _reachable(destination: str, *, loopback: bool) -> bool:
    parts = urlsplit(destination)
    if loopback and parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return True
    return parts.scheme == "https" and parts.port in (None, 443)


def _headers(sent: object) -> dict[str, str]:
    if not isinstance(sent, dict):
        return {}
    return {str(name): str(value) for name, value in sent.items()}
