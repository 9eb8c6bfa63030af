"""Speaks the Service Layer: one session for all, both OData versions, whole lists, verdicts."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar, cast
from urllib.parse import quote, urlencode

import httpx

from connectors.errors import SessionExpired, Unavailable
from connectors.sap_business_one.answers import decoded, object_of, parsed
from connectors.sap_business_one.login import log_in, root
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.text import literal
from connectors.sap_business_one.verdict import (
    failure,
    node_is_broken,
    unexpected,
)
from connectors.sap_business_one.wire import Wire, encoded
from connectors.sessions import Session, Sessions
from connectors.transport import Effect, Transport

Row = Mapping[str, object]
_W = TypeVar("_W", bound=Wire)
_SMALLEST_PAGE = 20  # what a server gives that ignores the page size asked for


class ServiceLayerClient:
    """One user in one company. The session is shared by all workers through `sessions`."""

    def __init__(
        self, settings: SapBusinessOneSettings, sessions: Sessions, transport: Transport
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._sessions = sessions
        self._transport = transport
        self._root = root(settings)
        self.server_time: datetime | None = None

    async def log_on(self) -> Session:
        """Return the session in use, logging in if there is none.

        Raises:
            CredentialsRejected: SAP knows no such user, password or company.
            Unavailable: no answer, or not now.
        """
        return await self._sessions.current() or await self._sessions.renew(None, self._log_in)

    async def keep_alive(self) -> None:
        """Use the session once if it is old: an idle one ends after half an hour."""
        age = timedelta(minutes=self._settings.renew_after_minutes)
        session = await self._sessions.current()
        if session is not None and datetime.now(UTC) - session.renewed_at >= age:
            await self.function("CompanyService_GetCompanyInfo")

    async def close(self) -> None:
        """Log out, where the settings say that nobody else needs the session."""
        session = await self._sessions.current() if self._settings.logout_on_close else None
        if session is not None and await self._sessions.end(session):
            await self._transport.send(
                "POST",
                f"{self._root}/Logout",
                operation="Logout",
                effect=Effect.READ,
                headers={"Cookie": session.token},
            )

    async def read(self, path: str, model: type[_W], *, operation: str = "") -> _W:
        """Read one record whole, by its key.

        Raises:
            NotFound: there is none.
            Refusal: SAP refuses the question.
            Unavailable: no answer, or not one of SAP's.
        """
        name = operation or named(path)
        return parsed(model, await self._call("GET", path, name, Effect.READ), name)

    async def read_tagged(self, path: str, model: type[_W]) -> tuple[_W, str]:
        """Read one record whole, with its ETag; only the header of a whole read tells it truly."""
        response = await self._respond("GET", path, named(path), Effect.READ)
        content = decoded(response, named(path), Effect.READ)
        return parsed(model, content, named(path)), response.headers.get("ETag", "")

    async def function(self, name: str, arguments: Mapping[str, object] | None = None) -> Row:
        """Ask a service method that changes nothing."""
        # OData 3 knows them as POST only; in OData 4 those without arguments are functions.
        read_only = arguments is None and self._settings.protocol == "v2"
        content = await self._call(
            "GET" if read_only else "POST", name, name, Effect.READ, body=arguments
        )
        return object_of(content, name, Effect.READ)

    async def rows(
        self,
        entity: str,
        select: Sequence[str],
        *,
        where: str = "",
        key: str = "DocEntry",
        any_case: bool = False,
    ) -> tuple[Row, ...]:
        """Return all rows of a set that meet the condition, page by page in the order of the key.

        Pages are ranges of keys: SAP's own links skip rows that shift meanwhile.
        """
        found: list[Row] = []
        last: str | int | None = None
        while True:
            page, more = await self._page(entity, select, where, key, last, any_case=any_case)
            if not page:
                return tuple(found)
            found += page
            newest = page[-1].get(key)
            if not isinstance(newest, str | int) or newest == last:
                raise Unavailable(f"SAP Business One gave the same page of {entity} twice.")
            if not more:
                return tuple(found)
            last = newest

    async def page_after(
        self,
        entity: str,
        select: Sequence[str],
        *,
        key: str,
        last: str,
        where: str = "",
        size: int,
    ) -> tuple[tuple[Row, ...], bool]:
        """Return the rows that follow a key, and whether there may be more."""
        return await self._page(entity, select, where, key, last or None, size=size)

    async def query_page(self, code: str, *, after: str) -> tuple[tuple[Row, ...], bool]:
        """Run a stored query of ours from a key on; tell whether there may be more."""
        size = self._profile.page_size
        path = f"{keyed('SQLQueries', code)}/List?after={quote(literal(after), safe='')}"
        headers = {"Prefer": f"odata.maxpagesize={size}"}
        content = await self._call("GET", path, "SQLQueries", Effect.READ, headers=headers)
        return _rows_of(content, "SQLQueries", full=size)

    async def create(self, entity: str, body: Mapping[str, object]) -> Row:
        """Create a record and return it as SAP made it; empty where it answers with nothing.

        Replayed only when the session had ended, because then nothing was executed.

        Raises:
            Refusal: SAP refuses it; nothing was created.
            Conflict: a record with that key exists.
            OutcomeUnknown: it may have been created.
            Unavailable: certainly not created.
        """
        content = await self._call("POST", entity, entity, Effect.WRITE, body=body)
        return {} if content is None else object_of(content, entity, Effect.WRITE)

    async def change(self, path: str, body: Mapping[str, object], *, etag: str) -> None:
        """Change parts of a record, unless somebody else has changed it since it was read.

        Raises:
            Modified: somebody has.
            Refusal: SAP refuses it.
            OutcomeUnknown: it may have been changed.
        """
        headers = {"If-Match": etag} if etag else {}
        await self._call("PATCH", path, named(path), Effect.WRITE, body=body, headers=headers)

    async def _page(
        self,
        entity: str,
        select: Sequence[str],
        where: str,
        key: str,
        last: str | int | None,
        *,
        any_case: bool = False,
        size: int = 0,
    ) -> tuple[tuple[Row, ...], bool]:
        size = size or self._profile.page_size
        conditions = [f"({where})"] if where and last is not None else [where] if where else []
        if last is not None:
            conditions.append(f"{key} gt {literal(last)}")
        options = {"$select": ",".join(select), "$orderby": key, "$top": str(size)}
        if conditions:
            options["$filter"] = " and ".join(conditions)
        headers = {"Prefer": f"odata.maxpagesize={size}"}
        if any_case:
            headers["B1S-CaseInsensitive"] = "true"
        path = f"{entity}?{urlencode(options, quote_via=quote, safe='$,')}"
        content = await self._call("GET", path, entity, Effect.READ, headers=headers)
        return _rows_of(content, entity, full=min(size, _SMALLEST_PAGE))

    async def _call(
        self,
        method: str,
        path: str,
        operation: str,
        effect: Effect,
        *,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> object:
        response = await self._respond(method, path, operation, effect, body=body, headers=headers)
        return decoded(response, operation, effect)

    async def _respond(
        self,
        method: str,
        path: str,
        operation: str,
        effect: Effect,
        *,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        content = encoded(body) if body is not None else None
        session = await self.log_on()
        try:
            return await self._once(method, path, operation, effect, session, content, headers)
        except SessionExpired:
            session = await self._sessions.renew(session, self._log_in)
        return await self._once(method, path, operation, effect, session, content, headers)

    async def _once(
        self,
        method: str,
        path: str,
        operation: str,
        effect: Effect,
        session: Session,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Response:
        sent = {"Cookie": session.token, "Accept": "application/json", **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        response = await self._transport.send(
            method,
            f"{self._root}/{path}",
            operation=f"{method} {operation}",
            effect=effect,
            content=content,
            headers=sent,
            read_seconds=self._profile.post_seconds if effect is Effect.WRITE else None,
        )
        self._note_time(response)
        if response.is_success:
            return response
        if node_is_broken(response):
            await self._sessions.end(session)
        raise failure(response, operation=operation, effect=effect, profile=self._profile)

    async def _log_in(self) -> str:
        return await log_in(self._settings, self._transport)

    def _note_time(self, response: httpx.Response) -> None:
        try:
            told = parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        self.server_time = told if told.tzinfo else None


def _rows_of(content: object, entity: str, *, full: int) -> tuple[tuple[Row, ...], bool]:
    """Read a page; one that is full may have a next one, whether it is linked or not."""
    body = object_of(content, entity, Effect.READ)
    page = body.get("value")
    if not isinstance(page, list) or not all(
        isinstance(row, dict) for row in cast(list[object], page)
    ):
        raise unexpected("no rows", entity, Effect.READ)
    rows = tuple(cast(list[Row], page))
    linked = "odata.nextLink" in body or "@odata.nextLink" in body
    return rows, linked or len(rows) >= full


def named(path: str) -> str:
    """Name a path without its keys and its conditions: spans and messages must hold no data."""
    return re.sub(r"\(.*\)", "", path.partition("?")[0])


def keyed(entity: str, key: str | int) -> str:
    """Write the path of one record."""
    return f"{entity}({quote(literal(key), safe='')})"
