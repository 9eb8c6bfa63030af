"""Who we are there: OAuth grants with rotating refresh tokens, or a cookie session.

One session is shared by all workers. Its token string holds access and refresh token together, so
that a rotated refresh token is kept before its access token is used.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
from pydantic import Field, ValidationError

from connectors.acumatica.answers import Words, failure, mapping
from connectors.acumatica.settings import AcumaticaSettings
from connectors.errors import (
    CredentialsRejected,
    NoSeat,
    OutsideFailure,
    Throttled,
    Unavailable,
)
from connectors.exact_json import NotExact, decode_json
from connectors.sessions import Session, Sessions
from connectors.transport import Effect, Transport
from domain.record import Record

log = logging.getLogger(__name__)

_SCOPE = "api offline_access"
_FORM = "application/x-www-form-urlencoded"


class Credentials(Record):
    """What a session's token string holds. `of` tells for which settings it was obtained."""

    of: str
    access: str = Field(default="", repr=False)
    refresh: str = Field(default="", repr=False)
    cookies: Mapping[str, str] = Field(default={}, repr=False)


class GrantRefused(Exception):
    """The identity server does not accept what it was given; the text is its own."""


class SignIn:
    """Obtains, renews and ends the session."""

    def __init__(
        self, settings: AcumaticaSettings, sessions: Sessions, transport: Transport
    ) -> None:
        self._settings = settings
        self._auth = settings.auth
        self._sessions = sessions
        self._transport = transport
        self._of = _identity(settings)
        self._seated = False

    async def session(self) -> Session:
        """Return the session in use, signing in if there is none for these settings.

        Raises:
            CredentialsRejected: user, application, tenant or refresh token are not accepted.
            NoSeat: every licence seat is taken.
            Unavailable: no answer.
        """
        current = await self._sessions.current()
        if current is None or _credentials(current).of != self._of:
            current = await self._sessions.renew(current, self._sign_in)
        self._seated = True
        return current

    async def renewed(self, stale: Session) -> Session:
        """Return a newer session than one that Acumatica no longer knows. Raises as `session`."""
        return await self._sessions.renew(stale, self._sign_in)

    async def renew_if_old(self) -> None:
        """Renew an OAuth token before it ends, once nobody is posting with it."""
        session = await self._sessions.current()
        age = timedelta(minutes=self._settings.renew_after_minutes)
        if self._auth.kind == "cookie" or session is None:
            return
        if datetime.now(UTC) - session.renewed_at >= age:
            async with self._sessions.exclusive():
                await self._sessions.renew(session, self._sign_in)

    def headers(self, session: Session) -> dict[str, str]:
        """Return the headers by which Acumatica knows a request."""
        kept = _credentials(session)
        branch = self._settings.branch
        headers = {"PX-CbApiBranch": branch} if branch else {}
        if kept.access:
            headers["Authorization"] = f"Bearer {kept.access}"
        # Always said: a cookie jar would mix in those of a session that is over.
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.cookies.items())
        return headers

    async def sign_out(self) -> None:
        """Give the licence seat back, when nobody is posting.

        Revoking a token frees no seat; signing out does. The refresh token of a person's consent
        stays with the session, as nobody could replace it.
        """
        session = await self._sessions.current() if self._seated else None
        if session is None or not self._settings.logout_on_close:
            return
        if _credentials(session).of != self._of:
            return  # that of newer settings, which somebody else uses
        try:
            async with self._sessions.exclusive():
                if self._auth.kind != "authorization-code" and not await self._sessions.end(
                    session
                ):
                    return
                await self._transport.send(
                    "POST",
                    f"{self._settings.base_url}/entity/auth/logout",
                    operation="logout",
                    effect=Effect.READ,
                    headers=self.headers(session),
                )
        except OutsideFailure as error:
            log.warning("A licence seat of Acumatica stays taken until it times out: %s", error)

    async def _sign_in(self) -> str:
        if self._auth.kind == "cookie":
            return await self._log_in()
        current = await self._sessions.current()
        kept = _credentials(current) if current is not None else Credentials(of="")
        refresh = kept.refresh if kept.of == self._of else ""
        by_consent = self._auth.kind == "authorization-code"
        if by_consent:
            refresh = refresh or self._auth.refresh_token.get_secret_value()
        if refresh:
            try:
                return await self._granted("refresh_token", refresh_token=refresh)
            except GrantRefused as error:
                if by_consent:
                    raise self._consent_over(error) from None
        try:
            return await self._granted(
                "password",
                username=self._auth.username,
                password=self._auth.password.get_secret_value(),
                scope=_SCOPE,
            )
        except GrantRefused as error:
            raise CredentialsRejected(
                f"Acumatica refuses user {self._auth.username}: {error}.",
                remedy="Check auth.username, auth.password and whether the user is locked; then "
                "check the connected application (SM303010).",
            ) from None

    async def _granted(self, grant: str, **fields: str) -> str:
        form = {
            "grant_type": grant,
            "client_id": self._auth.client_id,
            "client_secret": self._auth.client_secret.get_secret_value(),
            **fields,
        }
        operation = f"token ({grant})"
        response = await self._transport.send(
            "POST",
            f"{self._settings.base_url}/identity/connect/token",
            operation=operation,
            effect=Effect.READ,
            content=urlencode(form).encode(),
            headers={"Content-Type": _FORM},
        )
        found = _object(response)
        access, refresh = found.get("access_token"), found.get("refresh_token")
        if response.status_code == 200 and isinstance(access, str) and access:
            kept = str(refresh) if refresh else fields.get("refresh_token", "")
            return Credentials(of=self._of, access=access, refresh=kept).model_dump_json()
        raise self._token_failure(response, found, operation)

    def _token_failure(
        self, response: httpx.Response, found: Mapping[str, object], operation: str
    ) -> Exception:
        error = found.get("error")
        said = str(found.get("error_description") or error or "")[:200].rstrip(".")
        if Words(said, is_own=True).match(self._settings.profile.no_seat_patterns):
            return NoSeat(f"Every API licence seat of Acumatica is taken ({said}).")
        if error == "invalid_grant":
            return GrantRefused(said)
        if isinstance(error, str) and error and response.status_code < 500:
            return CredentialsRejected(
                f"Acumatica's identity server refuses the connected application: {said}.",
                remedy="Check auth.client_id and auth.client_secret, and that the application "
                "(SM303010) allows this flow and the scopes api and offline_access.",
            )
        return self._unanswered(response, operation)

    def _consent_over(self, error: GrantRefused) -> CredentialsRejected:
        return CredentialsRejected(
            f"Acumatica no longer accepts the refresh token ({error}): it has ended, was revoked, "
            "or was used by another program.",
            remedy="Sign in once more as the service user at "
            f"{self._settings.base_url}/identity/connect/authorize (see docs/acumatica.md), and "
            "store the new refresh token as auth.refresh_token.",
        )

    async def _log_in(self) -> str:
        settings = self._settings
        body = {
            "name": self._auth.username,
            "password": self._auth.password.get_secret_value(),
            "tenant": settings.tenant,
            **({"branch": settings.branch} if settings.branch else {}),
        }
        response = await self._transport.send(
            "POST",
            f"{settings.base_url}/entity/auth/login",
            operation="login",
            effect=Effect.READ,
            content=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        cookies = dict(response.cookies.items())
        if response.is_success and cookies:
            return Credentials(of=self._of, cookies=cookies).model_dump_json()
        raise self._login_failure(response)

    def _login_failure(self, response: httpx.Response) -> OutsideFailure:
        said = Words.read(response)
        profile = self._settings.profile
        if said.match(profile.no_seat_patterns) or response.status_code == 429:
            return failure(response, operation="login", effect=Effect.READ, profile=profile)
        if said.match(profile.tenant_patterns):
            return CredentialsRejected(
                f"Acumatica has no tenant {self._settings.tenant}.",
                remedy="Set `tenant` to the name that the log-in page offers.",
            )
        if response.status_code in (400, 401, 403, 422) or (
            said.is_own and not said.match(profile.passing_patterns)
        ):
            return CredentialsRejected(
                f"Acumatica refuses user {self._auth.username}{said.clause}.",
                remedy="Check auth.username, auth.password, `branch`, and whether the user is "
                "locked.",
            )
        return self._unanswered(response, "login")

    def _unanswered(self, response: httpx.Response, operation: str) -> OutsideFailure:
        profile = self._settings.profile
        found = failure(response, operation=operation, effect=Effect.READ, profile=profile)
        if isinstance(found, NoSeat | Throttled):
            return found
        return Unavailable(
            f"Acumatica gave no usable answer to {operation} (HTTP {response.status_code})."
        )


def _identity(settings: AcumaticaSettings) -> str:
    """Name what a session is good for: another tenant, user or consent needs another one."""
    auth = settings.auth
    parts = [auth.kind, settings.base_url, settings.tenant, auth.client_id, auth.username]
    if auth.kind == "authorization-code":
        parts.append(auth.refresh_token.get_secret_value())
    if auth.kind == "cookie":
        parts.append(settings.branch)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _credentials(session: Session) -> Credentials:
    try:
        return Credentials.model_validate_json(session.token)
    except ValidationError:
        return Credentials(of="")  # of another kind of system that this connection once had


def _object(response: httpx.Response) -> Mapping[str, object]:
    try:
        return mapping(decode_json(response.content))
    except NotExact:
        return {}
