"""Speaks e.net REST: log-on, queries, setups and postings, and reads the verdict off the body.

Password, token and whole documents travel in URLs: none of them ever reaches a log or an error.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar
from urllib.parse import quote, urlencode

import httpx

from connectors.errors import (
    OutcomeUnknown,
    Rejected,
    SessionExpired,
    Unavailable,
)
from connectors.sessions import Session, Sessions
from connectors.syspro.documents import envelope
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.status import body_of, unexpected
from connectors.syspro.verdict import UnknownText, check, cut, is_error, logon_failure, text_failure
from connectors.syspro.xml import Node, Unreadable, parse
from connectors.transport import Effect, Transport
from domain.privacy import blanked

_T = TypeVar("_T")
_ENCODING = "cp1252"
_TOKEN_LIKE = re.compile(r"[0-9A-Fa-f]{32,}")
_LONGEST_ERROR = 4096
_PARAMETERS_NONE = "<Parameters/>"


class EnetClient:
    """One operator in one company. The session is shared by all workers through `sessions`."""

    def __init__(self, settings: SysproSettings, sessions: Sessions, transport: Transport) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._sessions = sessions
        self._transport = transport
        self._large_posts = True

    async def version(self) -> str:
        """Return e.net's version; needs no session."""
        path = self._profile.path_version
        body = await self._read(path, {}, operation="GetVersion")
        return body.decode(_ENCODING, errors="replace").strip()

    async def operator_profile(self) -> Node:
        """Return the operator's defaults and the company's name, date and currency."""

        async def ask(token: str) -> Node:
            query = {"UserId": token}
            body = await self._read(self._profile.path_operator, query, operation="GetLogonProfile")
            return self._answer(body, "GetLogonProfile", Effect.READ)

        return await self._asking(ask)

    async def query(
        self, asked: BusinessObject, document: str, *, seconds: float | None = None
    ) -> Node:
        """Ask a query object.

        Raises:
            Unavailable: no answer, or not one of SYSPRO's.
            Refusal: SYSPRO refuses the question.
        """
        code = self._profile.code(asked)

        async def ask(token: str) -> Node:
            query = {"UserId": token, "BusinessObject": code, "XmlIn": document}
            path = self._profile.path_query
            body = await self._read(path, query, operation=f"Query {code}", seconds=seconds)
            return self._answer(body, code, Effect.READ)

        answer = await self._asking(ask)
        check(answer, code, self._profile)
        return answer

    async def setup(
        self, verb: Literal["Add", "Update"], asked: BusinessObject, parameters: str, document: str
    ) -> Node:
        """Add or change master data. As `post`."""
        code = self._profile.code(asked)

        async def apply(token: str) -> Node:
            query = {
                "UserId": token,
                "BusinessObject": code,
                "XmlParameters": parameters or _PARAMETERS_NONE,
                "XmlIn": document,
            }
            path = f"{self._profile.path_setup}{verb}"
            response = await self._get(path, query, f"Setup {verb} {code}", Effect.WRITE)
            return self._answer(body_of(response, code, Effect.WRITE), code, Effect.WRITE)

        return await self._applying(apply, code)

    async def post(self, asked: BusinessObject, parameters: str, document: str) -> Node:
        """Post a transaction.

        Replayed only when the session had ended, because then nothing was executed.

        Raises:
            Refusal: SYSPRO refuses it; nothing was posted.
            OutcomeUnknown: it may have been posted.
        """
        code = self._profile.code(asked)

        async def apply(token: str) -> Node:
            parts = (token, code, parameters or _PARAMETERS_NONE, document)
            body = await self._send_post(*parts)
            return self._answer(body, code, Effect.WRITE)

        return await self._applying(apply, code)

    async def renew_if_old(self) -> None:
        """Log on anew when the session is old, once nobody is posting with it."""
        age = timedelta(minutes=self._settings.renew_after_minutes)
        session = await self._sessions.current()
        if session is None or datetime.now(UTC) - session.renewed_at < age:
            return
        async with self._sessions.exclusive():
            await self._sessions.renew(session, self._logon)

    async def close(self) -> None:
        """Log off, where the settings say that nobody else needs the session."""
        session = await self._sessions.current() if self._settings.logoff_on_close else None
        if session is not None and await self._sessions.end(session):
            query = {"UserId": session.token}
            await self._read(self._profile.path_logoff, query, operation="Logoff")

    async def log_on(self) -> Session:
        """Return the session in use, logging on if there is none.

        Raises:
            CredentialsRejected: SYSPRO knows no such operator, company or password.
            Unavailable: no answer, or no free licence seat.
        """
        return await self._sessions.current() or await self._sessions.renew(None, self._logon)

    async def _logon(self) -> str:
        settings = self._settings
        query = {
            "Operator": settings.operator,
            "OperatorPassword": settings.operator_password.get_secret_value(),
            "CompanyId": settings.company,
            "CompanyPassword": settings.company_password.get_secret_value(),
            # Some builds insist on the optional ones being there, be they empty.
            "LanguageCode": "",
            "LogLevel": "",
            "EncoreInstance": "",
            "XmlIn": "",
        }
        body = await self._read(self._profile.path_logon, query, operation="Logon")
        text = body.decode(_ENCODING, errors="replace")
        token = self._token(body, text)
        if is_error(token):
            raise logon_failure(cut(self._without_secrets(token.strip())), self._profile)
        if not token.strip() or "<" in token or not (token.isascii() and token.isprintable()):
            raise Unavailable("SYSPRO gave an unexpected answer to the log-on.")
        return token

    def _token(self, body: bytes, text: str) -> str:
        token = text
        if self._profile.unwrap_token:
            if text.lstrip().startswith("<"):
                try:
                    token = parse(body).text
                except Unreadable:
                    token = text
            elif text.strip().startswith('"'):
                token = text.strip().strip('"')
        return token.strip() if self._profile.trim_token else token

    async def _asking(self, ask: Callable[[str], Awaitable[_T]]) -> _T:
        session = await self.log_on()
        try:
            return await ask(session.token)
        except SessionExpired:
            session = await self._sessions.renew(session, self._logon)
        except UnknownText:
            # It may be a dead session in words that nobody has recorded. A log-on would end the
            # session that a posting is using, so it waits for those.
            async with self._sessions.exclusive():
                session = await self._sessions.renew(session, self._logon)
        try:
            return await ask(session.token)
        except UnknownText as error:
            raise Rejected(f"SYSPRO says: {error}") from None

    async def _applying(self, apply: Callable[[str], Awaitable[Node]], code: str) -> Node:
        async with self._sessions.exclusive():
            session = await self.log_on()
            try:
                try:
                    answer = await apply(session.token)
                except SessionExpired:
                    session = await self._sessions.renew(session, self._logon)
                    answer = await apply(session.token)
            except UnknownText as error:
                raise Rejected(f"SYSPRO refuses {code}: {error}") from None
        check(answer, code, self._profile)
        return answer

    async def _send_post(self, token: str, code: str, parameters: str, document: str) -> bytes:
        query = {
            "UserId": token,
            "BusinessObject": code,
            "XmlParameters": parameters,
            "XmlIn": document,
        }
        mode = self._profile.post_mode
        length = len(self._settings.rest_base_url) + len(urlencode(query, quote_via=quote))
        large = mode == "post-ld" or (mode == "auto" and length > self._profile.max_url_chars)
        if large and self._large_posts:
            response = await self._transport.send(
                "POST",
                f"{self._settings.rest_base_url}{self._profile.path_post_large}",
                operation=f"PostLD {code}",
                effect=Effect.WRITE,
                content=envelope(token, code, parameters, document),
                headers={"Content-Type": "application/xml"},
                read_seconds=self._profile.post_seconds,
            )
            if mode != "auto" or response.status_code not in (404, 405):
                return body_of(response, code, Effect.WRITE)
            self._large_posts = False  # this build has no PostLD; nothing was applied
        path = self._profile.path_post
        response = await self._get(path, query, f"Post {code}", Effect.WRITE)
        return body_of(response, code, Effect.WRITE)

    async def _read(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        operation: str,
        seconds: float | None = None,
    ) -> bytes:
        response = await self._get(path, query, operation, Effect.READ, seconds=seconds)
        return body_of(response, operation, Effect.READ)

    async def _get(
        self,
        path: str,
        query: Mapping[str, str],
        operation: str,
        effect: Effect,
        *,
        seconds: float | None = None,
    ) -> httpx.Response:
        if effect is Effect.WRITE:
            seconds = self._profile.post_seconds
        return await self._transport.send(
            "GET",
            # Blanks as %20, as every recorded client sends them; httpx would write +.
            f"{self._settings.rest_base_url}{path}?{urlencode(query, quote_via=quote)}",
            operation=operation,
            effect=effect,
            read_seconds=seconds,
        )

    def _answer(self, body: bytes, code: str, effect: Effect) -> Node:
        text = body[:_LONGEST_ERROR].decode(_ENCODING, errors="replace").strip()
        if is_error(text):
            text = cut(self._without_secrets(text))
            failure = text_failure(text, code, self._profile)
            if isinstance(failure, Unavailable) and effect is Effect.WRITE:
                raise OutcomeUnknown(f"{failure} It may have been applied.")
            raise failure
        try:
            return parse(body)
        except Unreadable as reason:
            raise unexpected(str(reason), code, effect) from None

    def _without_secrets(self, text: str) -> str:
        secrets = (self._settings.operator_password, self._settings.company_password)
        for secret in secrets:
            value = secret.get_secret_value()
            if value:
                text = text.replace(value, "***")
        return blanked(_TOKEN_LIKE.sub("***", text))
