"""The identity server: OAuth 2.0 tokens, rotating refresh tokens, an account that locks."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.acumatica.settings import AcumaticaSettings


@dataclass
class Grant:
    """What one authorisation gave: the session it works in and the tokens that are valid now."""

    scope: str
    access_token: str
    expires: datetime
    refresh_token: str = ""
    session_id: str | None = None


@dataclass
class TokenRefused(Exception):
    """The token endpoint answers 400 with this error."""

    error: str
    description: str = ""


@dataclass(frozen=True)
class _Code:
    scope: str
    redirect_uri: str
    challenge: str


class Identity:
    """Issues and checks tokens."""

    def __init__(self, settings: AcumaticaSettings) -> None:
        self._settings = settings
        self._grants: list[Grant] = []
        self._codes: dict[str, _Code] = {}
        self._wrong_passwords = 0
        self.issued = 0
        """How many access tokens were issued."""

    @property
    def locked(self) -> bool:
        """Whether wrong passwords have locked the account."""
        return self._wrong_passwords >= self._settings.lock_after

    def unlock(self) -> None:
        """An administrator unlocks the account."""
        self._wrong_passwords = 0

    def check_password(self, username: str, password: str) -> bool:
        """Whether name and password fit; a wrong password counts towards the lock."""
        if username.lower() != self._settings.username.lower() or self.locked:
            return False
        if password != self._settings.password:
            self._wrong_passwords += 1
            return False
        self._wrong_passwords = 0
        return True

    def authorise(self, scope: str = "api offline_access") -> str:
        """A person signs in and consents: returns the first refresh token of a new grant."""
        return self._issue(Grant(scope, "", datetime.now(UTC))).refresh_token

    def code(self, query: dict[str, str]) -> str:
        """An authorisation code for a request of the authorize endpoint. Raises TokenRefused."""
        if query.get("client_id") != self._settings.client_id:
            raise TokenRefused("unauthorized_client")
        if query.get("response_type") != "code":
            raise TokenRefused("unsupported_response_type")
        if query.get("redirect_uri") != self._settings.redirect_uri:
            raise TokenRefused("invalid_request", "Invalid redirect_uri")
        code = secrets.token_hex(32)
        self._codes[code] = _Code(
            query.get("scope", "api"), query["redirect_uri"], query.get("code_challenge", "")
        )
        return code

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint. Raises TokenRefused."""
        client = (form.get("client_id"), form.get("client_secret"))
        if client != (self._settings.client_id, self._settings.client_secret):
            raise TokenRefused("invalid_client")
        match form.get("grant_type"):
            case "password":
                grant = self._by_password(form)
            case "authorization_code":
                grant = self._by_code(form)
            case "refresh_token":
                grant = self._by_refresh_token(form)
            case _:
                # Client credentials are not among the flows of this server.
                raise TokenRefused("unsupported_grant_type")
        answer = {
            "access_token": grant.access_token,
            "expires_in": self._settings.token_seconds,
            "token_type": "Bearer",
            "scope": grant.scope,
        }
        return answer | ({"refresh_token": grant.refresh_token} if grant.refresh_token else {})

    def grant_of(self, access_token: str) -> Grant | None:
        """The grant of a valid access token."""
        now = datetime.now(UTC)
        return next(
            (g for g in self._grants if g.access_token == access_token and g.expires > now), None
        )

    def expire_tokens(self) -> None:
        """Every access token is past its time; refresh tokens stay good."""
        for grant in self._grants:
            grant.expires = datetime.min.replace(tzinfo=UTC)

    def expire_refresh_tokens(self) -> None:
        """Every refresh token is past its time, as thirty days after the first issue."""
        for grant in self._grants:
            grant.refresh_token = ""

    def revoke(self, token: str | None = None) -> None:
        """Access is revoked: of one token's grant, or of all."""
        self._grants = [
            g for g in self._grants if token and token not in (g.access_token, g.refresh_token)
        ]

    def _by_password(self, form: dict[str, str]) -> Grant:
        if not self.check_password(form.get("username", ""), form.get("password", "")):
            raise TokenRefused("invalid_grant", "invalid_username_or_password")
        return self._issue(Grant(form.get("scope", "api"), "", datetime.now(UTC)))

    def _by_code(self, form: dict[str, str]) -> Grant:
        known = self._codes.pop(form.get("code", ""), None)
        if known is None or form.get("redirect_uri") != known.redirect_uri:
            raise TokenRefused("invalid_grant")
        verifier = form.get("code_verifier", "").encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        if known.challenge and known.challenge != digest:
            raise TokenRefused("invalid_grant")
        return self._issue(Grant(known.scope, "", datetime.now(UTC)))

    def _by_refresh_token(self, form: dict[str, str]) -> Grant:
        sent = form.get("refresh_token", "")
        grant = next((g for g in self._grants if sent and g.refresh_token == sent), None)
        if grant is None:
            raise TokenRefused("invalid_grant")
        return self._issue(grant)

    def _issue(self, grant: Grant) -> Grant:
        if grant not in self._grants:
            self._grants.append(grant)
        grant.access_token = secrets.token_hex(32)
        grant.expires = datetime.now(UTC) + timedelta(seconds=self._settings.token_seconds)
        offline = "offline_access" in grant.scope.split()
        if offline and (self._settings.rotate_refresh_tokens or not grant.refresh_token):
            grant.refresh_token = secrets.token_hex(32)
        self.issued += 1
        return grant
