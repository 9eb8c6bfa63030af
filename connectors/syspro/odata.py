"""Speaks SYSPRO's OData 4.0 service: read-only, Basic authentication, at most 5000 rows a page."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast
from urllib.parse import quote, urlencode

import httpx

from connectors.errors import (
    CredentialsRejected,
    NotFound,
    Rejected,
    Throttled,
    Unavailable,
)
from connectors.exact_json import NotExact, decode_json
from connectors.syspro.settings import SysproSettings
from connectors.syspro.status import retry_after
from connectors.transport import Effect, Transport

Cell = str | int | Decimal | bool | None
Alternatives = tuple[str, tuple[str, ...]]  # a column, and the values of which it must hold one


class ODataClient:
    """One company's tables."""

    def __init__(self, settings: SysproSettings, transport: Transport) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._transport = transport

    async def metadata(self) -> None:
        """Check that the service describes itself.

        Raises:
            OutsideFailure: as `select`.
        """
        await self._get(self._address("$metadata"), "$metadata")

    async def select(
        self,
        table: str,
        columns: Sequence[str],
        *,
        where: Sequence[Alternatives],
        order_by: Sequence[str],
        limit: int | None = None,
        after: tuple[str, str] | None = None,
    ) -> tuple[Mapping[str, str], ...]:
        """Return the rows where every column holds one of its values, page by page.

        `after` is a column and a value: only rows where it is greater.

        Raises:
            NotFound: the service, the company or the table is not there, or not licensed.
            CredentialsRejected: OData's own user or password is wrong.
            Rejected: the service does not understand the question.
            Unavailable: no answer.
        """
        selected = list(dict.fromkeys([*columns, *order_by]))
        conditions = [_any_of(column, values) for column, values in where]
        if after is not None:
            conditions.append(f"{after[0]} gt {literal(after[1])}")
        found: list[Mapping[str, Cell]] = []
        address: str | None = None
        asked: set[str] = set()
        while limit is None or len(found) < limit:
            size = self._page_size(limit, len(found))
            if address is None:
                address = self._page(table, selected, conditions, order_by, size, found)
            if address in asked:
                raise Unavailable("SYSPRO OData names a page that was read already as the next.")
            asked.add(address)
            page, following = _read(await self._get(address, table), address)
            found += page
            if not following and len(page) < size:
                break
            if following and not page:
                raise Unavailable("SYSPRO OData names a next page after an empty one.")
            address = following
        rows = found if limit is None else found[:limit]
        return tuple({name: _text(row.get(name)) for name in columns} for row in rows)

    def _page_size(self, limit: int | None, found: int) -> int:
        size = min(self._profile.odata_page_size, self._profile.odata_cap)
        return size if limit is None else min(size, limit - found)

    def _page(
        self,
        table: str,
        selected: Sequence[str],
        conditions: Sequence[str],
        order_by: Sequence[str],
        size: int,
        found: Sequence[Mapping[str, Cell]],
    ) -> str:
        wanted = list(conditions)
        options = {
            "$select": ",".join(selected),
            "$orderby": ",".join(order_by),
            "$top": str(size),
        }
        if found and self._profile.odata_paging == "skip":
            options["$skip"] = str(len(found))
        elif found and self._profile.odata_paging == "keyset":
            wanted.append(_after(order_by, found[-1]))
        elif found:
            raise Unavailable("SYSPRO OData cut a page off and names no next one.")
        if wanted:
            options["$filter"] = " and ".join(wanted)
        query = urlencode(options, quote_via=quote, safe="$,")
        return f"{self._address(self._profile.table(table))}?{query}"

    def _address(self, table: str) -> str:
        return self._profile.odata_template.format(
            root=self._settings.odata_url,
            company=quote(self._settings.company, safe=""),
            table=quote(table, safe="$"),
        )

    async def _get(self, address: str, what: str) -> httpx.Response:
        password = self._settings.odata_password.get_secret_value()
        response = await self._transport.send(
            "GET",
            address,
            operation=f"read {what}",
            effect=Effect.READ,
            headers={"Accept": "application/json, application/xml;q=0.5"},
            auth=(self._settings.odata_user, password),
        )
        status = response.status_code
        if status == 200:
            return response
        if status == 401:
            raise CredentialsRejected(
                "SYSPRO OData refuses its user or password.",
                remedy="OData has credentials of its own; new ones need a refresh of the service.",
            )
        if status in (403, 404):
            raise NotFound(f"SYSPRO OData does not offer {what} (HTTP {status}).")
        if status == 429:
            raise Throttled(retry_after=retry_after(response), limit="SYSPRO OData")
        if status == 400:
            raise Rejected(f"SYSPRO OData does not understand the search in {what}.")
        raise Unavailable(f"SYSPRO OData gave an unexpected answer for {what} (HTTP {status}).")


def literal(value: Cell) -> str:
    """Write a value into a filter. Quotes are doubled, so that no value can end its text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{value}"
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _any_of(column: str, values: Sequence[str]) -> str:
    # An empty text is stored as one blank, and not every provider ignores trailing blanks.
    written = [blank for value in values for blank in (("", " ") if not value else (value,))]
    return "(" + " or ".join(f"{column} eq {literal(value)}" for value in written) + ")"


def _after(order_by: Sequence[str], last: Mapping[str, Cell]) -> str:
    """Write the condition "comes after the last row" for a key of one or several columns."""
    alternatives: list[str] = []
    for index, column in enumerate(order_by):
        same = [f"{before} eq {literal(last.get(before))}" for before in order_by[:index]]
        same.append(f"{column} gt {literal(last.get(column))}")
        alternatives.append("(" + " and ".join(same) + ")")
    return "(" + " or ".join(alternatives) + ")"


def _read(response: httpx.Response, address: str) -> tuple[list[Mapping[str, Cell]], str | None]:
    try:
        content = decode_json(response.content)
    except NotExact as reason:
        raise Unavailable(f"SYSPRO OData gave an unexpected answer ({reason}).") from None
    if not isinstance(content, dict):
        raise Unavailable("SYSPRO OData gave an unexpected answer (no object).")
    body = cast(dict[str, object], content)
    rows, following = body.get("value"), body.get("@odata.nextLink")
    if not isinstance(rows, list) or not all(_is_row(row) for row in cast(list[object], rows)):
        raise Unavailable("SYSPRO OData gave an unexpected answer (no rows).")
    if following is None:
        return cast(list[Mapping[str, Cell]], rows), None
    # A service behind a proxy names its inner address; our credentials go to the known one only.
    here = httpx.URL(address)
    try:
        target = here.copy_with(raw_path=here.join(str(following)).raw_path)
    except httpx.InvalidURL:
        raise Unavailable("SYSPRO OData names a next page that is no address.") from None
    return cast(list[Mapping[str, Cell]], rows), str(target)


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and all(
        cell is None or isinstance(cell, str | int | Decimal)
        for cell in cast(dict[str, object], row).values()
    )


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell).strip()
